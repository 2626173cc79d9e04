//! What needs no simulation: exact errors of the layers, and the bounds that follow.

use lowregret::Result;
use lowregret::oracle::finite_horizon::evaluate;
use lowregret::oracle::linear::WeightPrior;
use lowregret::problem::mdp::Policy;
use lowregret::problem::regression::LinearRegression;
use lowregret::theory::in_context::{error::test_error, optimum::optimum};
use lowregret::theory::suboptimality::{averaged_bound, feature_bound, largest_leverage};

use super::layers::feature_law;
use super::tasks::Tasks;

/// The exact squared error of the Q-function of each step: of prior-centred layers made for prompts of `length` samples (`None`:
/// infinitely many) from the training tasks, on contexts of `samples` samples of tasks with the moments `judged`.
pub fn step_errors(
    tasks: &Tasks,
    judged: &WeightPrior,
    length: Option<usize>,
    samples: usize,
) -> Result<Vec<f64>> {
    let (law, made) = (feature_law(tasks)?, tasks.prior.centred());
    (0..tasks.horizon())
        .map(|h| {
            let made = LinearRegression::new(law.clone(), made.between(h, h), 0.0)?;
            let matrix = optimum(&made, length.unwrap_or(usize::MAX))?;
            let judged = LinearRegression::new(law.clone(), judged.between(h, h), 0.0)?;
            Ok(test_error(&judged, matrix.view(), samples)?.total())
        })
        .collect()
}

/// The moments of the very tasks that everybody is judged on, around the prior mean: with them, what separates an exact error
/// from a measured one is the randomness of contexts alone.
pub fn judged_moments(tasks: &Tasks) -> Result<WeightPrior> {
    let deviations: Vec<_> =
        tasks.evaluation.iter().map(|solved| &solved.weights - &tasks.prior.mean).collect();
    WeightPrior::of(deviations.iter().map(|deviation| deviation.view()))
}

/// Bounds on the mean loss of layers made for infinitely long prompts, on contexts of `samples`: by the number of states (Q-B5)
/// and by the features (Q-B4).
pub fn bounds(tasks: &Tasks, samples: usize) -> Result<[f64; 2]> {
    let family = &tasks.family;
    let errors = step_errors(tasks, &tasks.prior.centred(), None, samples)?;
    let states = family.states() as f64;
    let leverage = largest_leverage(family.features())?;
    Ok([averaged_bound(family.actions(), states, &errors), feature_bound(leverage, &errors)])
}

/// What the uniform policy loses on average over the tasks that everybody is judged on.
pub fn uniform_loss(tasks: &Tasks) -> Result<f64> {
    let mut sum = 0.0;
    for solved in &tasks.evaluation {
        let mdp = &solved.task.mdp;
        let uniform = Policy::uniform(mdp, tasks.horizon())?;
        sum += solved.value() - evaluate(mdp, &uniform).at_start(mdp);
    }
    Ok(sum / tasks.evaluation.len() as f64)
}
