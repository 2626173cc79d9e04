//! Training runs side by side, with one progress over all of them.

use lowregret::Result;
use lowregret::numeric::parallel;
use lowregret::report::Experiment;
use lowregret::train::bandit::run::{BanditRun, TrainedBandit};

/// Trains every run with its seed, on all threads; results in the order of `runs`.
pub fn train_all(
    experiment: &Experiment,
    label: &str,
    runs: &[(BanditRun, u64)],
) -> Result<Vec<TrainedBandit>> {
    let iterations: usize = runs.iter().map(|(run, _)| run.iterations()).sum();
    let progress = experiment.progress(label, iterations as u64);
    let trained = parallel::try_each(runs, |(run, seed)| run.train(*seed, || progress.advance(1)));
    progress.finish();
    trained
}
