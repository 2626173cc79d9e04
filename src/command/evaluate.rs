//! `lowregret evaluate`: a trained model beside classical learners.

mod bandit;
mod online;
mod problem;

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use lowregret::metrics::curve::CurvePoint;
use lowregret::metrics::interval::Estimate;
use lowregret::model::saved::SavedModel;
use lowregret::report::{Panel, Pen};
use lowregret::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Common, Output};

pub const EXAMPLES: &str = "\
Examples:
  lowregret evaluate figures/transformer_bandit/weights/posterior_decisions_seed0.safetensors --figure regret.svg
  lowregret evaluate model.safetensors --problem gap --rounds 100 --learner ucb1:c=0.3 --learner gittins
  lowregret evaluate model.safetensors --feedback full --problem alternating --json
  lowregret evaluate layer.safetensors --problem problem.json

Problems with bandit feedback (Bernoulli rewards): bernoulli (means uniform on [0, 1]), gap (one arm of mean 0.6, the others
0.4), drifting (switches, sinusoid, random walk). With full information: balanced, gaussian, uniform, alternating, sinusoid,
trend. Or a file with a problem as JSON, as config.json of an experiment shows it, e.g.
  {\"arms\": 5, \"horizon\": 50, \"means\": {\"kind\": \"uniform\", \"low\": 0, \"high\": 1}, \"rewards\": {\"kind\": \"bernoulli\"}}
--json shows the problem of an answer in this form.
Bandit learners are tuned on scenarios of their own; all players meet the same evaluation scenarios, so differences are
paired. SuffFail: share of runs that never choose the best arm in the second half; K MinFrac: K times the share of
rounds of the least chosen arm; GreedyFrac: share of rounds that play an arm of highest empirical mean; growth: exponent
of the mean regret curve over its last four fifths.";

/// Most rewards of all evaluation scenarios together.
const MAX_REWARDS: usize = 1 << 26;

#[derive(clap::Args)]
pub struct Arguments {
    /// Weight file of a layer or a Transformer
    #[arg(value_name = "FILE")]
    weights: PathBuf,
    /// A problem by name, or a JSON file [default: bernoulli, or balanced with full information]
    #[arg(long, value_name = "NAME|FILE")]
    problem: Option<String>,
    /// What the model sees after deciding [default: full for a layer, bandit for a Transformer]
    #[arg(long, value_enum)]
    feedback: Option<Feedback>,
    /// Rounds of a scenario, for a named problem [default: those of the model]
    #[arg(long, value_name = "ROUNDS")]
    rounds: Option<usize>,
    /// A learner to compare with; may be repeated [default: the usual ones]
    #[arg(long, value_name = "NAME[:PARAMETER=..]")]
    learner: Vec<String>,
    /// Number of evaluation scenarios
    #[arg(long, value_name = "N", default_value_t = 1000)]
    scenarios: usize,
    /// Number of scenarios on which bandit learners without given parameters are tuned; 0 for no tuning
    #[arg(long, value_name = "N", default_value_t = 200)]
    tuning: usize,
    /// Seed of all scenarios
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Draw the regret curves: a file name that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Feedback {
    Full,
    Bandit,
}

/// Name of the model in tables.
const MODEL: &str = "model";

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let model = SavedModel::load(&arguments.weights)?;
    match (&model, arguments.feedback) {
        (SavedModel::Layer(_), Some(Feedback::Bandit)) => Err(Error::parameter(
            "--feedback",
            "bandit",
            "full: a layer needs the rewards of all arms",
        )),
        (SavedModel::Transformer(model), None | Some(Feedback::Bandit)) => {
            bandit::run(arguments, model, common)
        }
        (model, _) => online::run(arguments, model),
    }
}

impl Arguments {
    /// The learners that were asked for, or the usual ones.
    fn learners<L: FromStr<Err = Error>>(&self, usual: &[&str]) -> Result<Vec<L>> {
        match self.learner.as_slice() {
            [] => usual.iter().map(|name| name.parse()).collect(),
            given => given.iter().map(|name| name.parse()).collect(),
        }
    }

    /// Refuses scenarios that would not fit in memory.
    fn check_size(&self, rounds: usize, arms: usize) -> Result<()> {
        let one = rounds.saturating_mul(arms).max(1);
        if one.saturating_mul(self.scenarios.max(64)) > MAX_REWARDS {
            let value = format!("{} of {rounds} rounds and {arms} arms", self.scenarios);
            return Err(Error::parameter(
                "--scenarios",
                value,
                format!("at most {MAX_REWARDS} rewards together"),
            ));
        }
        Ok(())
    }
}

/// Records and paired differences, as JSON.
fn players<R: Serialize>(rows: &[R], differences: &[Estimate]) -> Vec<Value> {
    let pairs = rows.iter().zip(differences);
    pairs.map(|(row, difference)| json!({ "record": row, "minus_model": difference })).collect()
}

fn optional(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.2}"))
}

/// Mean regret curves with their intervals, the model's first.
fn curves<'a>(title: &str, players: impl Iterator<Item = (&'a str, &'a [CurvePoint])>) -> Panel {
    let panel = Panel::new(title).x("round t").y("mean regret");
    players.enumerate().fold(panel, |panel, (i, (name, curve))| {
        let pen = Pen::of_curve(i);
        let line: Vec<_> = curve.iter().map(|p| (p.round as f64, p.mean)).collect();
        let band: Vec<_> = curve.iter().map(|p| (p.round as f64, p.low, p.high)).collect();
        panel.band(pen, &band).line(name, pen, &line)
    })
}
