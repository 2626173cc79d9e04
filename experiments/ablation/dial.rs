//! The share of trajectories kept, k / L, as a risk dial: of a table and of a network, with the negative control.

use lowregret::Result;
use lowregret::learner::bandit::spec::{BanditSpec, Knowledge};
use lowregret::learner::tabular::TabularLearner;
use lowregret::metrics::bandit_outcome::{BanditOutcome, evaluate_learner};
use lowregret::metrics::comparison::Comparison;
use lowregret::metrics::interval::Estimate;
use lowregret::model::tabular::TabularPolicy;
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::{Bandit, BanditRegret};
use lowregret::report::Experiment;
use lowregret::train::bandit::run::{BanditRun, Lesson};
use lowregret::train::config::RmftConfig;
use lowregret::train::ranking::{Credit, Ranking};
use lowregret::train::tabular;
use serde::Serialize;

use super::{Sizes, training};

pub const TABLE: &str = "table";
pub const NETWORK: &str = "network";
pub const TRUE_REGRET: &str = "true regret";
pub const REALISED: &str = "realised reward";
pub const POSTERIOR: &str = "observable posterior";
pub const UNIFORM: &str = "uniform";
pub const BAYES: &str = "bayes-optimal";

/// Rollouts L and the k of the table's dial.
const TABLE_ROLLOUTS: usize = 16;
const TABLE_KEEPS: [usize; 8] = [1, 2, 4, 6, 8, 10, 12, 14];
/// Rollouts L and the k of the network's dial; the first is the negative control.
const NETWORK_ROLLOUTS: usize = 32;
pub const NETWORK_KEEPS: [usize; 4] = [2, 8, 16, 24];
/// Optimiser steps of an iteration of the network, whatever is kept.
const UPDATES: usize = 16;

fn table_problem() -> Bandit {
    Bandit::bernoulli(2, 8)
}

fn network_problem() -> Bandit {
    Bandit::bernoulli(2, 25)
}

/// One run, or one classical learner.
#[derive(Clone, Serialize)]
pub struct DialRow {
    /// Table, network, or the name of a classical learner.
    pub model: &'static str,
    pub horizon: usize,
    /// What trajectories are ranked by; empty for a classical learner.
    pub score: &'static str,
    pub rollouts: usize,
    pub keep: Option<usize>,
    pub seed: Option<u64>,
    pub regret: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Of the table over uniform means.
    pub exact_regret: Option<f64>,
    pub suffix_failure: f64,
    pub suffix_failure_low: Option<f64>,
    pub suffix_failure_high: Option<f64>,
    /// Probability of another arm after the first one has failed, of the table.
    pub switch_after_failure: Option<f64>,
    pub scenarios: usize,
}

pub struct Dial {
    pub rows: Vec<DialRow>,
}

impl Dial {
    /// The rows of `model` with this score and k: one a seed.
    pub fn of<'a>(
        &'a self,
        model: &'a str,
        score: &'a str,
        keep: usize,
    ) -> impl Iterator<Item = &'a DialRow> {
        let own = move |row: &&DialRow| {
            row.model == model && row.score == score && row.keep == Some(keep)
        };
        self.rows.iter().filter(own)
    }

    /// The k that `model` was trained with.
    pub fn keeps(model: &str) -> (&'static [usize], usize) {
        match model {
            TABLE => (&TABLE_KEEPS, TABLE_ROLLOUTS),
            _ => (&NETWORK_KEEPS, NETWORK_ROLLOUTS),
        }
    }

    /// The classical learner's row at the horizon that `model` was trained at.
    pub fn classical(&self, name: &str, model: &str) -> Option<&DialRow> {
        let problem = if model == TABLE { table_problem() } else { network_problem() };
        self.rows.iter().find(|row| row.model == name && row.horizon == problem.horizon)
    }
}

/// A row of a player of `problem`, all but what only tables have.
fn row(model: &'static str, problem: &Bandit, outcome: &BanditOutcome) -> Result<DialRow> {
    let regret: Estimate = outcome.pseudo.last()?;
    let failure = outcome.exploration.suffix_failure;
    Ok(DialRow {
        model,
        horizon: problem.horizon,
        score: "",
        rollouts: 0,
        keep: None,
        seed: None,
        regret: regret.mean,
        low: regret.low,
        high: regret.high,
        exact_regret: None,
        suffix_failure: failure.mean,
        suffix_failure_low: failure.low,
        suffix_failure_high: failure.high,
        switch_after_failure: None,
        scenarios: regret.n,
    })
}

/// Trains and evaluates tables and networks.
pub fn measure(experiment: &mut Experiment, sizes: &Sizes) -> Result<Dial> {
    let mut rows = tables(experiment, sizes)?;
    rows.extend(networks(experiment, sizes)?);
    Ok(Dial { rows })
}

fn table_recipe(sizes: &Sizes, keep: usize, shared_rewards: bool) -> RmftConfig {
    RmftConfig {
        scenarios: sizes.table_scenarios,
        rollouts: TABLE_ROLLOUTS,
        keep,
        // As many optimiser steps whatever is kept.
        batch: Some((sizes.table_scenarios * keep / 8).max(1)),
        clip: None,
        learning_rate: Schedule::cosine(0.1, 0.02),
        shared_rewards,
        ..RmftConfig::transformer(sizes.table_iterations)
    }
}

fn tables(experiment: &mut Experiment, sizes: &Sizes) -> Result<Vec<DialRow>> {
    let problem = table_problem();
    experiment.config("table", table_recipe(sizes, 8, true))?;
    let scores = [
        (TRUE_REGRET, Ranking::Regret(BanditRegret::Pseudo), true),
        (REALISED, Ranking::RealisedReward, false),
        (POSTERIOR, Ranking::BETA_POSTERIOR, false),
    ];
    let mut runs = Vec::new();
    for score in scores {
        for keep in TABLE_KEEPS {
            runs.extend(Sizes::seeds(experiment, sizes.seeds).map(|seed| (score, keep, seed)));
        }
    }
    let progress =
        experiment.progress("train tables", (runs.len() * sizes.table_iterations) as u64);
    let streams = Streams::new(experiment.seed());
    let evaluate = |table: &TabularPolicy| {
        let build = |_: &_| Ok(TabularLearner::new(table));
        evaluate_learner(&problem, streams, Purpose::Evaluation, sizes.table_evaluation, build)
    };
    let train = |&((score, ranking, shared), keep, seed): &(_, usize, u64)| {
        let mut table = TabularPolicy::uniform(problem.arms, problem.horizon)?;
        let config = table_recipe(sizes, keep, shared);
        let task = (ranking, Credit::Trajectory);
        let observe = |_: &_, _: &_| progress.advance(1);
        tabular::train(&mut table, &problem, task, &config, Streams::new(seed), observe)?;
        Ok(DialRow {
            score,
            rollouts: TABLE_ROLLOUTS,
            keep: Some(keep),
            seed: Some(seed),
            exact_regret: Some(table.expected_regret()),
            switch_after_failure: table.switch_after_failure(),
            ..row(TABLE, &problem, &evaluate(&table)?)?
        })
    };
    let trained = parallel::try_each(&runs, train);
    progress.finish();
    let mut rows: Vec<DialRow> = trained?;
    for name in [UNIFORM, BAYES] {
        let learner: BanditSpec = name.parse()?;
        let prepared = learner.prepare(Knowledge::of(&problem))?;
        let build = |_: &_| prepared.build(problem.arms);
        let count = sizes.table_evaluation;
        let outcome = evaluate_learner(&problem, streams, Purpose::Evaluation, count, build)?;
        rows.push(row(name, &problem, &outcome)?);
    }
    Ok(rows)
}

fn networks(experiment: &mut Experiment, sizes: &Sizes) -> Result<Vec<DialRow>> {
    let problem = network_problem();
    let scenarios = 2048 / NETWORK_ROLLOUTS;
    let mut runs = Vec::new();
    for keep in NETWORK_KEEPS {
        let config = RmftConfig {
            scenarios,
            rollouts: NETWORK_ROLLOUTS,
            keep,
            batch: Some(scenarios * keep / UPDATES),
            ..RmftConfig::transformer(sizes.dial_iterations)
        };
        let lesson = Lesson::own(Ranking::Regret(BanditRegret::Pseudo), Credit::Trajectory, config);
        let run = BanditRun::new(&format!("k = {keep}"), &problem, lesson);
        experiment.config(&format!("network, k = {keep}"), &run)?;
        let control = keep == NETWORK_KEEPS[0];
        let seeds = if control { sizes.seeds } else { sizes.minor_seeds };
        runs.extend(Sizes::seeds(experiment, seeds).map(|seed| (run.clone(), seed)));
    }
    let trained = training::train_all(experiment, "train the dial's networks", &runs)?;
    let mut comparison = Comparison::new(&problem, experiment.seed(), sizes.scenarios)?;
    let mut rows = Vec::new();
    for ((run, seed), trained) in runs.iter().zip(&trained) {
        comparison.add_model(&run.name, *seed, &trained.model)?;
    }
    for name in [UNIFORM, BAYES] {
        comparison.add_learner(name, &name.parse()?)?;
    }
    for keep in NETWORK_KEEPS {
        for entry in comparison.of(&format!("k = {keep}")) {
            rows.push(DialRow {
                score: TRUE_REGRET,
                rollouts: NETWORK_ROLLOUTS,
                keep: Some(keep),
                seed: entry.seed,
                ..row(NETWORK, &problem, &entry.outcome)?
            });
        }
    }
    for name in [UNIFORM, BAYES] {
        for entry in comparison.of(name) {
            rows.push(row(name, &problem, &entry.outcome)?);
        }
    }
    Ok(rows)
}
