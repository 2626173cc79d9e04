//! Whether the reference family is special: the same comparison on families drawn anew.

use lowregret::Result;
use lowregret::learner::in_context_q::QLearner;
use lowregret::metrics::interval::Estimate;
use lowregret::numeric::linalg::symmetric_eigen;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::linear_mdp::{Family, TaskLaw};
use lowregret::report::Experiment;
use rand::Rng;
use serde::Serialize;

use super::layers::Layer;
use super::tasks::Tasks;
use super::trial::{Quantity, Shown, Trial};
use super::{HORIZON, Sizes};

/// One layer on one family, made for and shown contexts of 32.
#[derive(Serialize)]
pub struct FamilyRow {
    pub family: usize,
    states: usize,
    actions: usize,
    factors: usize,
    condition: f64,
    pub layer: &'static str,
    pub loss: f64,
    low: Option<f64>,
    high: Option<f64>,
    tasks: usize,
    pub violation: f64,
    pub identity: f64,
}

/// Layers compared on every family.
pub const LAYERS: [Layer; 3] = [Layer::Raw, Layer::Centred, Layer::ContextCentred];

/// Draws families of several sizes and measures the layers on them.
pub fn measure(
    experiment: &Experiment,
    sizes: &Sizes,
    streams: &Streams,
) -> Result<Vec<FamilyRow>> {
    let progress = experiment.progress("families", sizes.families as u64);
    let mut rows = Vec::new();
    for index in 0..sizes.families {
        let mut rng = streams.stream(Purpose::Stress, 0, index, 0);
        // Tasks and contexts of its own for every family.
        let streams = Streams::new(rng.next_u64());
        let (states, actions, factors) = (6 + 3 * (index % 3), 2 + index % 4, 4 + index % 5);
        let law =
            TaskLaw { concentration: 0.5, reward_power: if index % 2 == 0 { 1.0 } else { 6.0 } };
        let family = Family::draw((states, actions, factors), 0.5, law, &mut rng)?;
        let (training, evaluation) = (sizes.training / 2, sizes.evaluation / 2);
        let tasks = Tasks::draw(&family, HORIZON, training, evaluation, &streams)?;
        let (eigenvalues, _) = symmetric_eigen(family.second_moments().view())?;
        let condition = eigenvalues[eigenvalues.len() - 1] / eigenvalues[0];
        let learners = LAYERS.map(|layer| layer.learner(&tasks, 32, 0.0));
        let learners = learners.into_iter().collect::<Result<Vec<_>>>()?;
        let learners: Vec<&(dyn QLearner + Sync)> =
            learners.iter().map(|learner| learner as &(dyn QLearner + Sync)).collect();
        let trial = Trial {
            tasks: &tasks.evaluation,
            contexts: sizes.contexts,
            noise: 0.0,
            streams: &streams,
            purpose: Purpose::Evaluation,
        };
        for (layer, outcome) in LAYERS.iter().zip(trial.run(&learners, Shown::Samples(32))?) {
            let Estimate { mean, low, high, n } = outcome.estimate(Quantity::Loss)?;
            rows.push(FamilyRow {
                family: index,
                states,
                actions,
                factors,
                condition,
                layer: layer.name(),
                loss: mean,
                low,
                high,
                tasks: n,
                violation: outcome.violation,
                identity: outcome.identity,
            });
        }
        progress.advance(1);
    }
    progress.finish();
    Ok(rows)
}
