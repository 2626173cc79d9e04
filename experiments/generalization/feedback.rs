//! Models on full information: those trained on it, and those that have only ever seen one arm's reward a round.

use lowregret::Result;
use lowregret::learner::Learner;
use lowregret::learner::ftrl::{Ftrl, FtrlStep};
use lowregret::learner::hedge::Hedge;
use lowregret::learner::play::regret_curves;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::learner::transformer::TransformerLearner;
use lowregret::metrics::curve::final_regret;
use lowregret::metrics::interval::Estimate;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::{Experiment, Table};
use serde::Serialize;

use super::Sizes;
use super::models::{FULL, MODEL, Models, full_information_problem};

pub const CENTER: &str = "center";
pub const NORMAL: &str = "normal rewards";
pub const UNIFORM_REWARDS: &str = "uniform rewards";

/// One player of one problem of full information.
#[derive(Serialize)]
pub struct Row {
    pub problem: &'static str,
    pub player: &'static str,
    pub seed: Option<u64>,
    pub regret: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub scenarios: usize,
}

pub struct Feedback {
    pub rows: Vec<Row>,
}

impl Feedback {
    /// The rows of `player` on `problem`: one a seed.
    pub fn of<'a>(
        &'a self,
        problem: &'a str,
        player: &'a str,
    ) -> impl Iterator<Item = &'a Row> + Clone {
        self.rows.iter().filter(move |row| row.problem == problem && row.player == player)
    }

    pub fn print(&self, experiment: &Experiment) {
        let mut table = Table::new(&["full information", "player", "seed", "regret"]);
        for row in &self.rows {
            table.push(vec![
                row.problem.to_owned(),
                row.player.to_owned(),
                row.seed.map_or("-".to_owned(), |seed| seed.to_string()),
                match row.high {
                    Some(high) => format!("{:.3} +- {:.3}", row.regret, high - row.regret),
                    None => format!("{:.3}", row.regret),
                },
            ]);
        }
        experiment.print(&table);
    }
}

/// Plays full information: rewards like those of training, and uniform ones.
pub fn measure(experiment: &mut Experiment, sizes: &Sizes, models: &Models) -> Result<Feedback> {
    let normal = full_information_problem();
    let uniform =
        FullInformation { family: RewardFamily::Uniform { width: 0.5 }, ..normal.clone() };
    let mut rows = Vec::new();
    for (name, problem) in [(NORMAL, normal), (UNIFORM_REWARDS, uniform)] {
        rows.extend(play_all(name, &problem, experiment.seed(), sizes, models)?);
    }
    Ok(Feedback { rows })
}

fn play_all(
    name: &'static str,
    problem: &FullInformation,
    seed: u64,
    sizes: &Sizes,
    models: &Models,
) -> Result<Vec<Row>> {
    let (set, d, streams) = (problem.set, problem.dimension, Streams::new(seed));
    let tuning = problem.scenarios(&streams, Purpose::Tuning, sizes.tuning);
    let scenarios = problem.scenarios(&streams, Purpose::Evaluation, sizes.scenarios);
    let mut rows = Vec::new();
    for player in [FULL, MODEL] {
        for named in models.of(player) {
            TransformerLearner::new(&named.model)?;
            let finals = finals_of(problem, &scenarios, |_| {
                TransformerLearner::new(&named.model).expect("built once before")
            });
            rows.push(row(name, player, Some(named.seed), &finals)?);
        }
    }
    let tuning = (problem, tuning.as_slice());
    let ftrl = |step| Ftrl::new(set, d, FtrlStep::Fixed(step), false);
    let step = best_of(tuning, ftrl);
    rows.push(row(name, "ftrl", None, &finals_of(problem, &scenarios, |_| ftrl(step)))?);
    let hedge = |step| Hedge::new(set, d, step, false, false);
    let step = best_of(tuning, hedge);
    rows.push(row(name, "hedge", None, &finals_of(problem, &scenarios, |_| hedge(step)))?);
    let scale = Scale { rounds: problem.horizon, bound: 1.0 };
    for player in ["ftl", CENTER] {
        let learner: LearnerSpec = player.parse()?;
        let build = |rewards: ndarray::ArrayView2<f64>| learner.build(set, scale, rewards);
        rows.push(row(name, player, None, &finals_of(problem, &scenarios, build))?);
    }
    Ok(rows)
}

/// Step sizes that tuning searches; with the longest everybody follows the leader, who may be the best here.
const STEPS: [f64; 12] = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// The step size of least mean regret on the tuning scenarios.
fn best_of<L: Learner>(
    (problem, scenarios): (&FullInformation, &[ndarray::Array2<f64>]),
    build: impl Fn(f64) -> L + Sync,
) -> f64 {
    let regret = |step| finals_of(problem, scenarios, |_| build(step)).iter().sum::<f64>();
    let all = STEPS.map(|step| (regret(step), step));
    all.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).map_or(STEPS[0], |(_, step)| step)
}

fn finals_of<L: Learner>(
    problem: &FullInformation,
    scenarios: &[ndarray::Array2<f64>],
    build: impl Fn(ndarray::ArrayView2<f64>) -> L + Sync,
) -> Vec<f64> {
    final_regret(regret_curves(problem.set, scenarios, build).view())
}

fn row(
    problem: &'static str,
    player: &'static str,
    seed: Option<u64>,
    finals: &[f64],
) -> Result<Row> {
    let regret = Estimate::of(finals)?;
    let (low, high) = (regret.low, regret.high);
    Ok(Row { problem, player, seed, regret: regret.mean, low, high, scenarios: regret.n })
}
