//! One drawn wording of one scenario (VERB-D2).

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::answer::Form;
use super::context::{Context, Library, Part, Shared};
use super::labels::{LabelStyle, Labels};
use super::phrase::Phrase;
use super::scale::Scale;
use crate::numeric::rng::{Purpose, Streams};
use crate::{Error, Result};

mod rules;
mod said;
mod shape;

pub use shape::{Asking, History, Kind, Rewards, Shape, Style};

/// The rollout slot of a scenario's wording: rewards count theirs up from 0, decisions down from the last one.
const WORDS: usize = usize::MAX / 2;

/// A wording: a context, which of its wordings of every phrase, which names in which order, and how they are labelled.
#[derive(Clone, Debug)]
pub struct Telling<'a> {
    context: &'a Context,
    shared: &'a Shared,
    shape: Shape,
    history: History,
    form: Form,
    asking: Asking,
    variants: Vec<usize>,
    labels: Labels,
    states: Vec<&'a str>,
    observations: Vec<&'a str>,
    rules: Option<String>,
}

impl<'a> Telling<'a> {
    /// Draws a wording in a context of `library`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no arm or round, or more arms, states or observations than the context has names for.
    pub fn draw(
        library: &'a Library,
        context: &'a Context,
        shape: &Shape,
        style: &Style,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        let (names, nouns) = match shape.is_process() {
            true => (&context.actions, &library.shared.option),
            false => (&context.arms, &context.nouns),
        };
        if shape.rounds == 0 {
            return Err(Error::parameter("rounds", 0, "at least 1"));
        }
        let names = pick("arms", context, names, shape.arms, rng)?;
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.shuffle(rng);
        let coin = if rng.random() { LabelStyle::Names } else { LabelStyle::Letters };
        let names = names.into_iter().map(str::to_owned).collect();
        let labels = Labels::new(names, order, style.labels.unwrap_or(coin), nouns);
        let (states, observations) = match shape.kind {
            Kind::Bandit | Kind::DriftingBandit | Kind::FullInformation => (None, None),
            Kind::Mdp { states } => (Some(states), None),
            Kind::Pomdp { states, observations } => (Some(states), Some(observations)),
        };
        let mut of = |what, names, count: Option<usize>| {
            count.map_or(Ok(Vec::new()), |count| pick(what, context, names, count, rng))
        };
        let states = of("states", &context.states, states)?;
        let observations = of("observations", &context.observations, observations)?;
        let mut variants = vec![0; Phrase::COUNT];
        for phrase in Phrase::all(false).chain(Phrase::all(true)) {
            let wordings =
                if phrase.is_shared() { &library.shared.wordings } else { &context.wordings };
            variants[phrase as usize] = rng.random_range(0..wordings.of(phrase).len());
        }
        Ok(Self {
            context,
            shared: &library.shared,
            shape: *shape,
            history: style.history,
            form: style.form,
            asking: style.asking,
            variants,
            labels,
            states,
            observations,
            rules: None,
        })
    }

    /// The wording of a scenario: a context of `part` and everything else drawn from the scenario's own stream, which
    /// neither its rewards nor anybody's decisions share. All rollouts of a scenario are told alike.
    ///
    /// # Errors
    /// Those of [`Self::draw`] and [`Library::draw`].
    pub fn of_scenario(
        library: &'a Library,
        part: Part,
        shape: &Shape,
        style: &Style,
        streams: &Streams,
        purpose: Purpose,
        (iteration, scenario): (usize, usize),
    ) -> Result<Self> {
        let mut rng = streams.stream(purpose, iteration, scenario, WORDS);
        let context = library.draw(part, &mut rng)?;
        Self::draw(library, context, shape, style, &mut rng)
    }

    /// The context.
    #[must_use]
    pub fn context(&self) -> &'a Context {
        self.context
    }

    /// What is told about.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What is said of earlier rounds.
    #[must_use]
    pub fn history(&self) -> History {
        self.history
    }

    /// What answers give.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Where the form of the answer is said.
    #[must_use]
    pub fn asking(&self) -> Asking {
        self.asking
    }

    /// What arms are called.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Rewards as amounts.
    #[must_use]
    pub fn scale(&self) -> &'a Scale {
        if self.shape.is_process() { &self.context.earned } else { &self.context.amount }
    }

    /// What an arm or action is, and what they are.
    fn nouns(&self) -> &'a [String; 2] {
        if self.shape.is_process() { &self.shared.option } else { &self.context.nouns }
    }
}

/// `count` of the names, in a drawn order.
fn pick<'a>(
    what: &str,
    context: &Context,
    names: &'a [String],
    count: usize,
    rng: &mut impl Rng,
) -> Result<Vec<&'a str>> {
    if !(1..=names.len()).contains(&count) {
        let expected =
            format!("1 to {}, as many as \"{}\" has names for", names.len(), context.name);
        return Err(Error::parameter(what, count, expected));
    }
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.shuffle(rng);
    names.truncate(count);
    Ok(names)
}
