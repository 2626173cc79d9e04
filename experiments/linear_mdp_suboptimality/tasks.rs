//! The tasks of the page: those that layers are made from, and those on which everybody is judged.

use lowregret::Result;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::linear::{Solved, WeightPrior};
use lowregret::problem::linear_mdp::Family;

/// Tasks of one family over one horizon.
pub struct Tasks {
    pub family: Family,
    /// Layers, priors and fits are made from these.
    pub training: Vec<Solved>,
    /// Moments of the weights of the training tasks.
    pub prior: WeightPrior,
    /// Judged on these.
    pub evaluation: Vec<Solved>,
}

impl Tasks {
    /// Draws and solves `training` and `evaluation` tasks.
    pub fn draw(
        family: &Family,
        horizon: usize,
        training: usize,
        evaluation: usize,
        streams: &Streams,
    ) -> Result<Self> {
        let solve = |purpose, count: usize| -> Result<Vec<Solved>> {
            parallel::try_over(count, |index| {
                // A slot that no context of the same task uses.
                let mut rng = streams.stream(purpose, usize::MAX, index, 0);
                Solved::new(family.task(&mut rng), horizon)
            })
        };
        let training = solve(Purpose::Training, training)?;
        let prior = WeightPrior::of(training.iter().map(|solved| solved.weights.view()))?;
        let evaluation = solve(Purpose::Evaluation, evaluation)?;
        Ok(Self { family: family.clone(), training, prior, evaluation })
    }

    /// Number of steps.
    pub fn horizon(&self) -> usize {
        self.prior.mean.nrows()
    }
}
