//! Is a layer that has only ever seen synthetic rewards a no-regret learner on real ones?
//!
//! Trains a layer on the balanced family (30 arms, 50 rounds), once on the ball and once on the simplex, and plays it on daily
//! log returns of 30 stocks beside learners with guarantees: over the whole table and block by block. All learners are told
//! the same scale of rewards, the root mean square length of a day's reward vector in the first block, which is therefore
//! left out of the comparison of blocks.

#[path = "real_rewards/present.rs"]
mod present;

use std::path::PathBuf;

use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::play;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::metrics::structure::Effective;
use lowregret::model::linear_attention::LinearAttention;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::full_information::FullInformation;
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::{Experiment, Figure, Page, Role, Table};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::single_layer::train_single_layer;
use lowregret::{Error, Result};
use ndarray::Array2;
use serde::Serialize;

#[derive(clap::Args, Debug)]
struct Extra {
    /// Reward table: CSV, a header naming the arms, a row a round, a number a cell [default: 30 stocks, built in]
    #[arg(long, value_name = "CSV")]
    rewards: Option<PathBuf>,
    /// Rounds of a block, and horizon of the layer's synthetic training
    #[arg(long, value_name = "ROUNDS", default_value_t = 50)]
    block: usize,
}

const CLASSICAL: [(&str, &str, Role); 6] = [
    ("center", "never moves", Role::Still),
    ("ftl", "follow the leader", Role::Ftl),
    ("hedge", "Hedge", Role::Hedge),
    ("optimistic-ftrl", "optimistic FTRL", Role::Extra1),
    ("ftrl", "FTRL", Role::Ftrl),
    (BEST_FIXED, "best fixed", Role::Theory),
];
const BEST_FIXED: &str = "best-fixed";
/// The table of the committed run, for places where only the program is.
const STOCKS: (&str, &[u8]) = (
    "experiments/data/djia_daily_log_returns.csv",
    include_bytes!("data/djia_daily_log_returns.csv"),
);
const LAYER: &str = "layer";
/// The layer with its weights multiplied by sqrt(block / rounds): the step size that theory asks for at the longer horizon.
const RESCALED: &str = "layer, rescaled";

/// Regret in units of the table.
#[derive(Serialize)]
struct CurveRow {
    set: &'static str,
    part: String,
    learner: String,
    seed: Option<u64>,
    round: usize,
    regret: f64,
}

/// One learner on one part of the table.
struct Played {
    learner: &'static str,
    seed: Option<u64>,
    regret: Vec<f64>,
}

impl Played {
    fn last(&self) -> f64 {
        self.regret.last().copied().unwrap_or(0.0)
    }
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "real_rewards",
    question: "Is a layer that has only ever seen synthetic rewards a no-regret learner on real ones?",
    about: "Plays a layer trained on synthetic rewards on a table of real ones, beside classical learners.",
    notes: "rmft.md",
    timed: false,
    seeds: 3,
    seconds: 40,
    figures: &[(
        "real_rewards",
        "Regret on daily log returns of 30 stocks, deciding on the unit ball (a, b) and on the simplex (c, d): over \
             all 507 days, and over blocks of 50 days. Bands reach from the least to the most of three training seeds.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, extra: Extra) -> Result<()> {
    let (name, table) = match extra.rewards {
        Some(path) => (path.clone(), RewardTable::read(path)?),
        None => {
            let stocks = RewardTable::parse(STOCKS.1);
            (STOCKS.0.into(), stocks.map_err(|message| Error::content(STOCKS.0, message))?)
        }
    };
    if table.rounds() < 3 * extra.block || extra.block < 2 {
        let expected = format!("2 to {}, a third of the table's rounds", table.rounds() / 3);
        return Err(Error::parameter("--block", extra.block, expected));
    }
    let blocks = table.blocks(extra.block)?;
    // What a learner could know after the first block.
    let scale = (blocks[0].iter().map(|r| r * r).sum::<f64>() / extra.block as f64).sqrt();
    if scale == 0.0 {
        return Err(Error::content(
            &name,
            "all rewards of the first block are 0: nothing to decide",
        ));
    }
    experiment.config("rewards", &name)?;
    experiment.config("block", extra.block)?;
    experiment.config("reward_scale", scale)?;
    let mut rows = Vec::new();
    let mut headline = Table::new(&[
        "set",
        "learner",
        "whole table",
        "growth",
        "blocks: mean",
        "95 % interval",
        "blocks won",
    ]);
    let mut figure = Figure::new(2).shared_legend();
    for (name, set) in [("ball", DecisionSet::UNIT_BALL), ("simplex", DecisionSet::Simplex)] {
        let layers = train_layers(experiment, set, name, table.arms.len(), extra.block)?;
        let whole = play_all(set, &table.rewards, scale, &layers, extra.block)?;
        let parts: Vec<Vec<Played>> = blocks[1..]
            .iter()
            .map(|block| play_all(set, block, scale, &layers, extra.block))
            .collect::<Result<_>>()?;
        collect(&mut rows, name, "whole", &whole);
        for (i, part) in parts.iter().enumerate() {
            collect(&mut rows, name, &format!("block {}", i + 2), part);
        }
        present::summarize(&mut headline, name, &whole, &parts)?;
        figure = figure
            .panel(present::whole_panel(name, &whole))
            .panel(present::block_panel(name, &parts)?);
        present::claims(experiment, name, set, &table, scale, &whole, &parts)?;
    }
    experiment.csv("regret.csv", &rows)?;
    experiment.figure("real_rewards", &figure)?;
    experiment.note(
        "\nRegret in units of the table (log returns); layers trained on synthetic rewards only.\n",
    );
    experiment.print(&headline);
    Ok(())
}

/// One layer a training seed.
fn train_layers(
    experiment: &mut Experiment,
    set: DecisionSet,
    name: &str,
    arms: usize,
    horizon: usize,
) -> Result<Vec<(u64, LinearAttention<f64>)>> {
    let problem = FullInformation { set, ..FullInformation::balanced(arms, horizon) };
    let recipe = RmftConfig::single_layer(horizon, arms);
    let iterations = if experiment.quick() { 60 } else { recipe.iterations };
    let config = RmftConfig { scenarios: 64, iterations, ..recipe };
    experiment.config("rmft", &config)?;
    let mut layers = Vec::new();
    for seed in experiment.seeds() {
        let progress = experiment.progress(format!("train {name}, seed {seed}"), iterations as u64);
        let trained = train_single_layer(name, &problem, &config, seed, || progress.advance(1))?;
        progress.finish();
        experiment.file(
            &format!("weights/layer_{name}_seed{seed}.safetensors"),
            trained.layer.to_bytes()?,
        )?;
        let structure = Effective::of(&trained.layer).structure();
        experiment.note(&format!(
            "layer for the {name}, seed {seed}: off-isotropy {:.2}, value bias {:.2}, key content {:.2} (0, 0, 0 is FTRL)",
            structure.off_isotropy, structure.value_bias, structure.key_content,
        ));
        experiment.result(&format!("structure_{name}_seed{seed}"), structure)?;
        layers.push((seed, trained.layer));
    }
    Ok(layers)
}

/// Plays everybody on `rewards`, divided by `scale` before and regret multiplied by it after.
fn play_all(
    set: DecisionSet,
    rewards: &Array2<f64>,
    scale: f64,
    layers: &[(u64, LinearAttention<f64>)],
    trained_rounds: usize,
) -> Result<Vec<Played>> {
    let unit = rewards / scale;
    let back = |regret: Vec<f64>| regret.into_iter().map(|r| r * scale).collect();
    let known = Scale { rounds: unit.nrows(), bound: 1.0 };
    let mut played: Vec<Played> = CLASSICAL
        .iter()
        .filter_map(|&(learner, ..)| {
            let mut built = learner.parse::<LearnerSpec>().ok()?.build(set, known, unit.view());
            Some(Played { learner, seed: None, regret: back(play(set, &mut built, unit.view())) })
        })
        .collect();
    for (seed, layer) in layers {
        let mut learner = LayerLearner::new(layer);
        let regret = back(play(set, &mut learner, unit.view()));
        played.push(Played { learner: LAYER, seed: Some(*seed), regret });
        if unit.nrows() > trained_rounds {
            let factor = (trained_rounds as f64 / unit.nrows() as f64).sqrt();
            let shorter = layer.rescaled(factor)?;
            let mut learner = LayerLearner::new(&shorter);
            let regret = back(play(set, &mut learner, unit.view()));
            played.push(Played { learner: RESCALED, seed: Some(*seed), regret });
        }
    }
    Ok(played)
}

fn collect(rows: &mut Vec<CurveRow>, set: &'static str, part: &str, played: &[Played]) {
    for p in played {
        rows.extend(p.regret.iter().enumerate().map(|(t, &regret)| CurveRow {
            set,
            part: part.to_owned(),
            learner: p.learner.to_owned(),
            seed: p.seed,
            round: t + 1,
            regret,
        }));
    }
}
