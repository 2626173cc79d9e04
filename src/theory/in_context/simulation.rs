//! Simulations that the closed forms are held against: errors over fresh prompts, the optimum by least squares, and what a
//! greedy policy loses. Bit-identical for any number of threads.

use ndarray::{Array1, Array2, ArrayView2};

use super::check_length;
use super::optimum::check_matrix;
use crate::Result;
use crate::metrics::interval::Estimate;
use crate::numeric::linalg::solve;
use crate::numeric::parallel;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::regression::{LinearRegression, Prompt, Prompts};

/// Prompts a task of the thread pool works on. Fixed, so that sums do not depend on the number of threads.
const PROMPTS_PER_TASK: usize = 256;

/// Mean and 95 % interval of `measure` over `prompts` fresh prompts of `samples` features, e.g. of a squared error.
///
/// # Errors
/// `samples` or `prompts` of 0, and those of [`Estimate::of`].
pub fn mean_over_prompts(
    task: &LinearRegression,
    samples: usize,
    prompts: usize,
    streams: &Streams,
    purpose: Purpose,
    measure: impl Fn(&Prompt) -> f64 + Sync,
) -> Result<Estimate> {
    let empty = Prompt::empty(samples, task.dimension())?;
    let values = over_prompts(task, &empty, prompts, streams, purpose, |_, prompt| measure(prompt));
    Estimate::of(&values)
}

/// The simulated error of `matrix` A: [`mean_over_prompts`] of `(<x_q, A h> - <x_q, w>)^2`.
///
/// # Errors
/// As for [`mean_over_prompts`]; a `matrix` of another shape or not finite.
pub fn simulated_error(
    task: &LinearRegression,
    matrix: ArrayView2<'_, f64>,
    samples: usize,
    prompts: usize,
    streams: &Streams,
) -> Result<Estimate> {
    check_matrix(matrix, task.dimension())?;
    mean_over_prompts(task, samples, prompts, streams, Purpose::Theory, |prompt| {
        (prompt.query.dot(&matrix.dot(&prompt.statistic())) - prompt.target()).powi(2)
    })
}

/// The optimum by least squares over `prompts` simulated prompts: `(sum w h^T)(sum h h^T)^-1` (d x d).
///
/// # Errors
/// `samples` of 0; fewer prompts than features, or otherwise a singular sum.
pub fn fitted_optimum(
    task: &LinearRegression,
    samples: usize,
    prompts: usize,
    streams: &Streams,
) -> Result<Array2<f64>> {
    let d = task.dimension();
    let empty = Prompt::empty(samples, d)?;
    let sums = parallel::over(prompts.div_ceil(PROMPTS_PER_TASK), |chunk| {
        let mut prompt = empty.clone();
        let mut sums = [Array2::zeros((d, d)), Array2::zeros((d, d))];
        for index in numbers(chunk, prompts) {
            task.fill(&mut prompt, &mut streams.stream(Purpose::Theory, 0, index, 0));
            let h = prompt.statistic();
            for (sum, left) in sums.iter_mut().zip([&prompt.w, &h]) {
                sum.rows_mut()
                    .into_iter()
                    .zip(left)
                    .for_each(|(mut row, &l)| row.scaled_add(l, &h));
            }
        }
        sums
    });
    let zero = || Array2::<f64>::zeros((d, d));
    let [cross, square] = sums.iter().fold([zero(), zero()], |[a, b], [c, e]| [a + c, b + e]);
    // A square = cross, transposed, since `square` is symmetric.
    Ok(solve(square.view(), cross.t())?.t().to_owned())
}

/// How often a greedy policy chooses.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct GreedyPlay {
    /// Actions to choose from, each with features drawn from the law.
    pub actions: usize,
    /// Tasks, each with one prompt.
    pub tasks: usize,
    /// Choices on the same prompt.
    pub choices: usize,
}

/// What the policy that is greedy on `<x, A h>` loses to the one that is greedy on `<x, w>`, per choice (Q-A7): mean and 95 %
/// interval over tasks. `samples` is the length of prompts; `None` is an infinite one, `h = L w`.
///
/// # Errors
/// No action, task, choice or sample; a `matrix` of another shape or not finite.
pub fn greedy_loss(
    task: &LinearRegression,
    matrix: ArrayView2<'_, f64>,
    samples: Option<usize>,
    play: GreedyPlay,
    streams: &Streams,
) -> Result<Estimate> {
    check_matrix(matrix, task.dimension())?;
    check_length("actions", play.actions, 1)?;
    check_length("choices", play.choices, 1)?;
    let second = task.features().second();
    // Without a prompt a single sample is drawn and not looked at.
    let empty = Prompt::empty(samples.unwrap_or(1), task.dimension())?;
    let losses =
        over_prompts(task, &empty, play.tasks, streams, Purpose::Theory, |index, prompt| {
            let statistic = match samples {
                Some(_) => prompt.statistic(),
                None => second.dot(&prompt.w),
            };
            let estimate = matrix.dot(&statistic);
            // Choices have a stream of their own: they are the same for prompts of any length.
            let mut rng = streams.stream(Purpose::Theory, 1, index, 0);
            let (mut x, mut loss) = (Array1::zeros(task.dimension()), 0.0);
            for _ in 0..play.choices {
                let (mut best, mut chosen) = (f64::NEG_INFINITY, (f64::NEG_INFINITY, 0.0));
                for _ in 0..play.actions {
                    task.features().fill(x.view_mut(), &mut rng);
                    let value = x.dot(&prompt.w);
                    let predicted = x.dot(&estimate);
                    best = best.max(value);
                    if predicted > chosen.0 {
                        chosen = (predicted, value);
                    }
                }
                loss += best - chosen.1;
            }
            loss / play.choices as f64
        });
    Estimate::of(&losses)
}

/// What `measure` says of each of `count` drawn prompts as long as `empty`, given its number.
fn over_prompts(
    task: &LinearRegression,
    empty: &Prompt,
    count: usize,
    streams: &Streams,
    purpose: Purpose,
    measure: impl Fn(usize, &Prompt) -> f64 + Sync,
) -> Vec<f64> {
    let chunks = parallel::over(count.div_ceil(PROMPTS_PER_TASK), |chunk| {
        let mut prompt = empty.clone();
        let value = |index| {
            task.fill(&mut prompt, &mut streams.stream(purpose, 0, index, 0));
            measure(index, &prompt)
        };
        numbers(chunk, count).map(value).collect::<Vec<f64>>()
    });
    chunks.concat()
}

/// The prompts of one chunk.
fn numbers(chunk: usize, prompts: usize) -> std::ops::Range<usize> {
    chunk * PROMPTS_PER_TASK..((chunk + 1) * PROMPTS_PER_TASK).min(prompts)
}
