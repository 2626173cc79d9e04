//! The contexts of the pages in words, and how scenarios are told in them.

use lowregret::Result;
use lowregret::learner::verbal::class::{Class, Source};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::verbal::context::{Library, Part};
use lowregret::problem::verbal::labels::LabelStyle;
use lowregret::problem::verbal::telling::{Asking, Rewards, Style};

/// Contexts of a model's childhood, besides those in English (TEXT-D3).
const INVENTED: usize = 60;

/// The contexts, with those in invented words.
pub fn library() -> Result<Library> {
    let mut rng = Streams::new(0).stream(Purpose::Theory, 20, 0, 0);
    Library::bundled()?.with_invented(INVENTED, &mut rng)
}

/// Scenarios of `source` with letters for labels, the form of the answer said once.
pub fn class(source: Source, rewards: Rewards, part: Part) -> Class {
    let style =
        Style { asking: Asking::Once, labels: Some(LabelStyle::Letters), ..Style::default() };
    Class { source, rewards, style, part }
}
