//! What the layer's error costs a policy that is greedy on its predictions.

use lowregret::Result;
use lowregret::numeric::linalg::solve;
use lowregret::problem::regression::LinearRegression;
use lowregret::report::Experiment;
use lowregret::theory::in_context::TestError;
use lowregret::theory::in_context::bound::published_bound;
use lowregret::theory::in_context::error::test_error;
use lowregret::theory::in_context::optimum::optimum;
use lowregret::theory::in_context::simulation::{GreedyPlay, greedy_loss};
use lowregret::theory::suboptimality::averaged_bound;
use ndarray::Array2;
use serde::Serialize;

use super::errors::{Part, conditioned, own_streams};
use super::sizes::Sizes;

/// The loss of the greedy policy in one setting, d = 5.
#[derive(Serialize)]
pub struct PlayRow {
    pub actions: usize,
    pub condition: f64,
    /// Training length of the optimum in use; empty for infinite.
    pub training: Option<usize>,
    /// Test length; empty for infinite.
    pub test: Option<usize>,
    pub tasks: usize,
    pub choices: usize,
    pub loss: f64,
    pub low: f64,
    pub high: f64,
    /// Exact mean squared error of the predictions, for a finite test length.
    pub error: Option<f64>,
    /// End-to-end bound on the loss (Q-B5) made of that error.
    pub bound: Option<f64>,
    /// The same made of the published bound on the error (Q-B6).
    pub published_bound: Option<f64>,
}

const TWO_ACTIONS: [usize; 5] = [8, 16, 32, 128, 512];
pub const TRAINING: [usize; 7] = [16, 32, 64, 128, 256, 512, 1024];
pub const TEST: [usize; 6] = [16, 32, 64, 128, 256, 512];

/// All settings: two actions along the test length, four actions along the training and along the test length.
pub fn play(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<PlayRow>> {
    let total = TWO_ACTIONS.len() + 2 * (TRAINING.len() + TEST.len());
    let progress = experiment.progress("greedy policies", total as u64).unit("settings");
    let two = GreedyPlay { actions: 2, tasks: sizes.two_action_tasks, choices: 8 };
    let four = GreedyPlay { actions: 4, tasks: sizes.four_action_tasks, choices: 8 };
    let mut rows = Vec::new();
    let mut push = |play: GreedyPlay, condition, training, test: Option<usize>| -> Result<()> {
        let task = conditioned(5, condition)?;
        let matrix = match training {
            Some(samples) => optimum(&task, samples)?,
            None => limit(&task)?,
        };
        // In an infinite prompt the same tasks serve all training lengths: only the matrix differs.
        let number = if test.is_some() { rows.len() } else { usize::MAX };
        let streams = own_streams(experiment, Part::Play, number);
        let loss = greedy_loss(&task, matrix.view(), test, play, &streams)?;
        let error = test.map(|m| test_error(&task, matrix.view(), m)).transpose()?;
        let spectrum = task.features().second().diag().to_vec();
        let endless = training.unwrap_or(usize::MAX);
        let published = test.map(|m| published_bound(&spectrum, endless, m)).transpose()?;
        // All actions have features of the law that the error is an average over: no state is preferred.
        let end_to_end = |error: TestError| averaged_bound(play.actions, 1.0, &[error.total()]);
        rows.push(PlayRow {
            actions: play.actions,
            condition,
            training,
            test,
            tasks: play.tasks,
            choices: play.choices,
            loss: loss.mean,
            low: loss.low.unwrap_or(f64::NAN),
            high: loss.high.unwrap_or(f64::NAN),
            error: error.map(|error| error.total()),
            bound: error.map(end_to_end),
            published_bound: published.map(end_to_end),
        });
        progress.advance(1);
        Ok(())
    };
    for test in TWO_ACTIONS {
        push(two, 1.0, None, Some(test))?;
    }
    for condition in [1.0, 10.0] {
        for training in TRAINING {
            push(four, condition, Some(training), None)?;
        }
        for test in TEST {
            push(four, condition, None, Some(test))?;
        }
    }
    progress.finish();
    Ok(rows)
}

/// The optimum for ever longer prompts and exact labels: the inverse of Lambda.
fn limit(task: &LinearRegression) -> Result<Array2<f64>> {
    solve(task.features().second().view(), Array2::eye(task.dimension()).view())
}
