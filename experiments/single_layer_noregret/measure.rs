//! What is run and measured: training, classical learners and rest points at one horizon; the ablation.

use lowregret::Result;
use lowregret::learner::constant::Constant;
use lowregret::learner::ftrl::{Ftrl, FtrlStep};
use lowregret::learner::hedge::Hedge;
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::regret_curves;
use lowregret::learner::tuning::best_step;
use lowregret::metrics::curve::final_regret;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::prediction_distance::prediction_distance;
use lowregret::metrics::structure::{Effective, Structure};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::Experiment;
use lowregret::theory::ftrl_bound::regret_bound;
use lowregret::theory::perturbation::regret_guarantee;
use lowregret::theory::rest_point::rest_point;
use lowregret::theory::simulated_rest_point::{
    Selection, SimulatedRestPoint, simulated_rest_point,
};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::VALIDATION;
use lowregret::train::layer::single_layer::{Trained, train_single_layer};
use ndarray::ArrayView2;
use serde::Serialize;

use super::judge::{Judge, Outcome};

/// Dimension of rewards and decisions.
pub const D: usize = 2;
pub const LAYER: &str = "layer";
pub const UNTRAINED: &str = "untrained";
pub const FTRL: &str = "ftrl";
pub const HEDGE: &str = "hedge";
pub const FTL: &str = "ftl";
pub const STILL: &str = "never moves";
pub const FTRL_AT_REST: &str = "ftrl at rest point";
pub const BOUND: &str = "ftrl bound";
pub const GUARANTEE: &str = "layer guarantee";

/// How much is computed.
#[derive(Clone, Debug, Serialize)]
pub struct Sizes {
    /// Horizons T.
    pub horizons: Vec<usize>,
    /// The horizon whose curves and matrices are drawn, and at which rewards are not shared in the ablation.
    pub shown: usize,
    /// Fresh scenarios for every reported regret.
    pub evaluation: usize,
    /// Scenarios for step sizes and rest points.
    pub tuning: usize,
    /// Scenarios of the simulated rest point.
    pub selection: usize,
    /// Divides the number of training iterations.
    pub shorten: usize,
    /// Bootstrap resamples.
    pub resamples: usize,
}

impl Sizes {
    pub fn of(quick: bool) -> Self {
        if quick {
            Self {
                horizons: vec![10, 20, 40],
                shown: 40,
                evaluation: 1000,
                tuning: 500,
                selection: 2048,
                shorten: 4,
                resamples: 100,
            }
        } else {
            Self {
                horizons: vec![10, 20, 40, 80, 160],
                shown: 40,
                evaluation: 8000,
                tuning: 8000,
                selection: 49152,
                shorten: 1,
                resamples: 400,
            }
        }
    }

    pub fn recipe(&self, horizon: usize) -> RmftConfig {
        let recipe = RmftConfig::single_layer(horizon, D);
        RmftConfig { iterations: recipe.iterations / self.shorten, ..recipe }
    }
}

/// One training seed at one horizon.
pub struct SeedResult {
    pub seed: u64,
    pub trained: Trained,
    pub structure: Structure,
    pub prediction_distance: f64,
    /// Regret of the best-tuned FTRL on the validation scenarios of this seed.
    pub validation_ftrl: f64,
    /// Evaluation scenarios on which the layer's regret exceeded its guarantee (RMFT-T1): must be 0.
    pub guarantee_violations: usize,
}

/// Everything measured at one horizon.
pub struct HorizonResult {
    pub horizon: usize,
    pub tuned_eta: f64,
    pub hedge_eta: f64,
    pub rest_formula: f64,
    pub rest_simulated: SimulatedRestPoint,
    pub outcomes: Vec<Outcome>,
    pub seeds: Vec<SeedResult>,
}

impl HorizonResult {
    pub fn of<'a>(&'a self, learner: &'a str) -> impl Iterator<Item = &'a Outcome> {
        self.outcomes.iter().filter(move |o| o.learner == learner)
    }

    /// Mean final regret over scenarios and training seeds.
    pub fn mean_regret(&self, learner: &str) -> f64 {
        let all: Vec<f64> = self.of(learner).map(|o| o.last.mean).collect();
        all.iter().sum::<f64>() / all.len() as f64
    }
}

/// Trains and evaluates everything at one horizon.
pub fn horizon(experiment: &Experiment, sizes: &Sizes, horizon: usize) -> Result<HorizonResult> {
    let problem = FullInformation::balanced(D, horizon);
    let set = problem.set;
    let config = sizes.recipe(horizon);
    let streams = Streams::new(experiment.seed());
    let scenarios = problem.scenarios(&streams, Purpose::Evaluation, sizes.evaluation);
    let tuning = problem.scenarios(&streams, Purpose::Tuning, sizes.tuning);
    let root = (horizon as f64).sqrt();
    let ftrl = |eta: f64| Ftrl::new(set, D, FtrlStep::Fixed(eta), false);
    let hedge = |eta: f64| Hedge::new(set, D, eta, false, false);
    let range = |low: f64, high: f64| (low / root, high / root);
    let tuned_eta = best_step(set, &tuning, range(0.2, 5.0), ftrl)?.step;
    let hedge_eta = best_step(set, &tuning, range(0.5, 20.0), hedge)?.step;
    let judge =
        Judge { problem: &problem, scenarios: &scenarios, resamples: sizes.resamples, streams };
    let mut outcomes = vec![
        judge.outcome(FTRL, None, |_| ftrl(tuned_eta))?,
        judge.outcome(HEDGE, None, |_| hedge(hedge_eta))?,
        judge.outcome(FTL, None, |_| Ftrl::new(set, D, FtrlStep::Leader, false))?,
        judge.outcome(STILL, None, |_| Constant::center(set, D))?,
        judge.bound(BOUND, None, |rewards| regret_bound(set, tuned_eta, rewards))?,
    ];
    let mut seeds = Vec::new();
    for seed in experiment.seeds() {
        let progress =
            experiment.progress(format!("train T={horizon} seed {seed}"), config.iterations as u64);
        let trained =
            train_single_layer("shared", &problem, &config, seed, || progress.advance(1))?;
        progress.finish();
        let effective = Effective::of(&trained.layer);
        let guarantee = |rewards: ArrayView2<f64>| regret_guarantee(set, &effective, rewards);
        let layer = judge.curves(|_| LayerLearner::new(&trained.layer));
        let limit = judge.bound_curves(guarantee);
        let broken = layer.rows().into_iter().zip(limit.rows());
        let guarantee_violations = broken
            .filter(|(regret, limit)| regret.iter().zip(limit).any(|(r, l)| *r > l + 1e-9))
            .count();
        outcomes.push(judge.summarize(LAYER, Some(seed), layer)?);
        outcomes.push(judge.summarize(GUARANTEE, Some(seed), limit)?);
        outcomes
            .push(judge.outcome(UNTRAINED, Some(seed), |_| LayerLearner::new(&trained.untrained))?);
        let structure = effective.structure();
        let prediction_distance = prediction_distance(&trained.layer, structure.eta, &scenarios);
        let validation = problem.scenarios(&Streams::new(seed), Purpose::Validation, VALIDATION);
        let validation_curves = regret_curves(set, &validation, |_| ftrl(tuned_eta));
        let validation_ftrl = Estimate::of(&final_regret(validation_curves.view()))?.mean;
        seeds.push(SeedResult {
            validation_ftrl,
            seed,
            trained,
            structure,
            prediction_distance,
            guarantee_violations,
        });
    }
    let rest_formula = rest_point(set, &tuning, 0.2 / root, (6.0 / root).min(0.95));
    let selection =
        Selection { rollouts: config.rollouts, keep: config.keep, sigma: config.exploration.end };
    let theory = streams.branch(Purpose::Theory);
    let scenarios = problem.scenarios(&theory, Purpose::Theory, sizes.selection);
    let rest_simulated =
        simulated_rest_point(set, &scenarios, selection, &theory, rest_formula, 16)?;
    outcomes.push(judge.outcome(FTRL_AT_REST, None, |_| ftrl(rest_formula))?);
    Ok(HorizonResult {
        horizon,
        tuned_eta,
        hedge_eta,
        rest_formula,
        rest_simulated,
        outcomes,
        seeds,
    })
}

pub const BALANCED: &str = "balanced";
pub const WITHOUT_NOISY_DRIFT: &str = "without noisy drift";

/// One run of the ablation, in which every trajectory of a scenario meets rewards of its own (RMFT-R5).
pub struct Fresh {
    pub family: &'static str,
    pub trained: Trained,
    /// The same run with shared rewards.
    pub twin: Trained,
    pub structure: Structure,
    /// Regret on the classes that the training family is a mixture of.
    pub regret: Vec<FreshRegret>,
}

/// Regret of one run of the ablation on one class of its training family.
#[derive(Serialize)]
pub struct FreshRegret {
    pub trained_on: &'static str,
    pub seed: u64,
    pub class: &'static str,
    /// Weight of the class in the training family.
    pub weight: f64,
    pub trained: Estimate,
    pub untrained: Estimate,
    pub never_moves: Estimate,
}

impl Fresh {
    /// Mean regret on the training family: the classes' means, weighed.
    pub fn on_family(&self, who: fn(&FreshRegret) -> &Estimate) -> f64 {
        self.regret.iter().map(|r| r.weight * who(r).mean).sum()
    }
}

/// The recipe of the ablation: constant noise, so that its end state does not depend on the annealing.
pub fn ablation_recipe(sizes: &Sizes) -> RmftConfig {
    let recipe = sizes.recipe(sizes.shown);
    RmftConfig {
        shared_rewards: false,
        iterations: 2 * recipe.iterations / 3,
        exploration: Schedule::constant(0.3),
        ..recipe
    }
}

/// The ablation at the shown horizon, for every seed, on the balanced family and on the one without noisy drift.
pub fn fresh_rewards(experiment: &Experiment, sizes: &Sizes) -> Result<Vec<Fresh>> {
    let config = ablation_recipe(sizes);
    let mut runs = Vec::new();
    for (name, family) in [
        (BALANCED, RewardFamily::balanced()),
        (WITHOUT_NOISY_DRIFT, RewardFamily::without_noisy_drift()),
    ] {
        let problem = FullInformation { family, ..FullInformation::balanced(D, sizes.shown) };
        for seed in experiment.seeds() {
            let label =
                format!("train T={} seed {seed}, rewards fresh and shared, {name}", sizes.shown);
            let progress = experiment.progress(label, 2 * config.iterations as u64);
            let run = |kind: &str, shared_rewards| {
                let config = RmftConfig { shared_rewards, ..config.clone() };
                let run = format!("{kind}, {name}");
                train_single_layer(&run, &problem, &config, seed, || progress.advance(1))
            };
            let (trained, twin) = (run("fresh", false)?, run("twin", true)?);
            progress.finish();
            let regret = fresh_regret(experiment, sizes, &problem, name, seed, &trained)?;
            let structure = Effective::of(&trained.layer).structure();
            runs.push(Fresh { family: name, structure, regret, trained, twin });
        }
    }
    Ok(runs)
}

/// Class by class: the mixture's regret is a small difference of large numbers, which sampled classes would drown.
fn fresh_regret(
    experiment: &Experiment,
    sizes: &Sizes,
    problem: &FullInformation,
    trained_on: &'static str,
    seed: u64,
    trained: &Trained,
) -> Result<Vec<FreshRegret>> {
    let RewardFamily::Mixture { parts } = &problem.family else {
        return Ok(Vec::new());
    };
    let streams = Streams::new(experiment.seed());
    parts
        .iter()
        .zip(["alternating", "drift", "noisy drift"])
        .map(|((weight, part), class)| {
            let problem = FullInformation { family: part.clone(), ..problem.clone() };
            let scenarios = problem.scenarios(&streams, Purpose::Evaluation, sizes.evaluation);
            let judge = Judge { problem: &problem, scenarios: &scenarios, resamples: 0, streams };
            let layer = |layer| judge.last(|_| LayerLearner::new(layer));
            Ok(FreshRegret {
                trained_on,
                seed,
                class,
                weight: *weight,
                trained: layer(&trained.layer)?,
                untrained: layer(&trained.untrained)?,
                never_moves: judge.last(|_| Constant::center(problem.set, D))?,
            })
        })
        .collect()
}
