//! Fitting text models: maximum likelihood of chosen tokens, say of what the assistant has said.

pub mod base;
mod fitter;
mod imitated;
mod passage;
pub mod rmft;
mod student;
mod tuning;

pub use fitter::TextFitter;
pub use imitated::Imitated;
pub use passage::Passage;
pub use student::{Student, TextStudent};
pub use tuning::Tuning;

use std::cmp::Reverse;

use rand::seq::SliceRandom;

use super::supervised::{StepReport, Steps, SupervisedConfig};
use crate::learner::verbal::class::Class;
use crate::model::text::TextModel;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::context::Part;
use crate::{Error, Result};

/// Fits `model`, as it stands, to `passages`; `observe` sees every step's report, and its error ends the fit. Every pass goes
/// through all passages in an order of its own, drawn from the stream ([`Purpose::Batches`], pass, 0, 0), within a step the
/// longest first; what is left at the end of a pass and fills no batch is a smaller one. The moments of the optimiser start at zero.
///
/// The result is the same for any number of threads of the current pool.
///
/// # Errors
/// Those of [`SupervisedConfig::check`], [`Passage::check`] and [`TextFitter::new`]; no passage; a loss or gradient that is
/// not finite: then the model keeps the last parameters whose loss was.
pub fn fit(
    model: &mut TextModel,
    passages: &[Passage],
    config: &SupervisedConfig,
    streams: &Streams,
    mut observe: impl FnMut(&StepReport) -> Result<()>,
) -> Result<()> {
    config.check()?;
    if passages.is_empty() {
        return Err(Error::parameter("passages", 0, "at least 1"));
    }
    for passage in passages {
        passage.check(model)?;
    }
    let mut fitter = TextFitter::new(model, config.batch.min(passages.len()))?;
    let mut steps = Steps::new(model.transformer(), config);
    let mut order: Vec<usize> = (0..passages.len()).collect();
    for pass in 0.. {
        order.shuffle(&mut streams.stream(Purpose::Batches, pass, 0, 0));
        for batch in order.chunks_mut(config.batch) {
            if steps.next().is_none() {
                return Ok(());
            }
            // The longest first: then the threads end together.
            batch.sort_by_key(|&i| Reverse(passages[i].tokens.len()));
            let (loss, gradient) = fitter.loss_and_gradient(model.transformer(), passages, batch);
            observe(&steps.take(model.transformer_mut(), loss, gradient)?)?;
        }
    }
    Ok(())
}

/// What is held out is for exams.
fn none_held_out(classes: &[Class]) -> Result<()> {
    match classes.iter().find(|class| class.part != Part::Training) {
        Some(class) => {
            let expected = "training: contexts that are held out are for exams";
            Err(Error::parameter("contexts", format!("{:?}", class.part), expected))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
