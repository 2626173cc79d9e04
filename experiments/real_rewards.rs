//! Is a layer that has only ever seen synthetic rewards a no-regret learner on real ones?
//!
//! Trains a layer on the balanced family (30 arms, 50 rounds), once on the ball and once on the simplex, and plays it on daily
//! log returns of 30 stocks beside learners with guarantees: over the whole table and block by block. All learners are told
//! the same scale of rewards, the root mean square length of a day's reward vector in the first block.

use std::path::PathBuf;

use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::play;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::metrics::growth::growth_exponent;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::structure::Effective;
use lowregret::model::linear_attention::LinearAttention;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::full_information::FullInformation;
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::{Experiment, Figure, Panel, Role, Table, table::number};
use lowregret::theory::ftrl_bound::best_bound;
use lowregret::train::config::RmftConfig;
use lowregret::train::single_layer::train_single_layer;
use lowregret::{Error, Result};
use ndarray::Array2;
use serde::Serialize;

#[derive(clap::Args, Debug)]
struct Extra {
    /// Reward table: CSV, a header naming the arms, a row a round, a number a cell
    #[arg(long, value_name = "CSV", default_value = "experiments/data/djia_daily_log_returns.csv")]
    rewards: PathBuf,
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

fn main() -> std::process::ExitCode {
    lowregret::report::run(
        "real_rewards",
        "Plays a layer trained on synthetic rewards on a table of real ones, beside classical learners.",
        body,
    )
}

fn body(experiment: &mut Experiment, extra: Extra) -> Result<()> {
    let table = RewardTable::read(&extra.rewards)?;
    if table.rounds() < 2 * extra.block || extra.block < 2 {
        let expected = format!("2 to {}, half of the table's rounds", table.rounds() / 2);
        return Err(Error::parameter("--block", extra.block, expected));
    }
    let blocks = table.blocks(extra.block)?;
    // What a learner could know after the first block.
    let scale = (blocks[0].iter().map(|r| r * r).sum::<f64>() / extra.block as f64).sqrt();
    if scale == 0.0 {
        return Err(Error::content(
            &extra.rewards,
            "all rewards of the first block are 0: nothing to decide",
        ));
    }
    experiment.config("rewards", &extra.rewards)?;
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
        let parts: Vec<Vec<Played>> = blocks
            .iter()
            .map(|block| play_all(set, block, scale, &layers, extra.block))
            .collect::<Result<_>>()?;
        collect(&mut rows, name, "whole", &whole);
        for (i, part) in parts.iter().enumerate() {
            collect(&mut rows, name, &format!("block {}", i + 1), part);
        }
        summarize(&mut headline, name, &whole, &parts)?;
        figure = figure.panel(whole_panel(name, &whole)).panel(block_panel(name, &parts)?);
        claims(experiment, name, set, &table, scale, &whole, &parts)?;
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

/// Final regrets of one learner on every block; the mean over training seeds where there are several.
fn block_regrets(parts: &[Vec<Played>], learner: &str) -> Vec<f64> {
    parts
        .iter()
        .map(|part| {
            let own: Vec<f64> =
                part.iter().filter(|p| p.learner == learner).map(Played::last).collect();
            own.iter().sum::<f64>() / own.len() as f64
        })
        .collect()
}

/// Number of blocks in which `learner` has less regret than every other real learner.
fn blocks_won(parts: &[Vec<Played>], learner: &str) -> usize {
    let own = block_regrets(parts, learner);
    let others: Vec<Vec<f64>> = [LAYER, "center", "ftl", "hedge", "optimistic-ftrl", "ftrl"]
        .iter()
        .filter(|&&name| name != learner)
        .map(|name| block_regrets(parts, name))
        .collect();
    (0..own.len()).filter(|&i| others.iter().all(|other| own[i] < other[i])).count()
}

fn summarize(
    headline: &mut Table,
    set: &str,
    whole: &[Played],
    parts: &[Vec<Played>],
) -> Result<()> {
    for p in whole {
        if p.learner == BEST_FIXED {
            // Its regret is 0 by definition.
            continue;
        }
        let growth = growth_exponent(&p.regret)?
            .fit
            .map_or("-".to_owned(), |f| format!("{:.2}", f.exponent));
        let name = match p.seed {
            Some(seed) => format!("{}, seed {seed}", p.learner),
            None => p.learner.to_owned(),
        };
        let mut cells = vec![set.to_owned(), name, number(p.last()), growth];
        if p.learner == RESCALED {
            cells.extend(["-".to_owned(), "-".to_owned(), "-".to_owned()]);
        } else {
            let blocks = Estimate::of(&block_regrets(parts, p.learner))?;
            let half = blocks.half_width().unwrap_or(f64::NAN);
            cells.push(number(blocks.mean));
            cells.push(format!("+- {}", number(half)));
            cells.push(format!("{} of {}", blocks_won(parts, p.learner), parts.len()));
        }
        headline.push(cells);
    }
    Ok(())
}

fn style(learner: &str) -> (&str, Role) {
    match CLASSICAL.iter().find(|(name, ..)| *name == learner) {
        Some(&(_, label, role)) => (label, role),
        None if learner == LAYER => ("trained layer", Role::Learned),
        None => ("trained layer, rescaled", Role::Extra2),
    }
}

fn whole_panel(set: &str, whole: &[Played]) -> Panel {
    let rounds = whole.first().map_or(0, |p| p.regret.len());
    let panel = Panel::new(format!("Whole table, {set}, {rounds} rounds"))
        .x("round t")
        .y("regret, log return");
    let mut named = Vec::new();
    whole.iter().fold(panel, |panel, p| {
        let (label, role) = style(p.learner);
        let label = if named.contains(&p.learner) { "" } else { label };
        named.push(p.learner);
        let points: Vec<_> =
            p.regret.iter().enumerate().map(|(t, &r)| ((t + 1) as f64, r)).collect();
        panel.line(label, role.pen().width(1.2), &points)
    })
}

fn block_panel(set: &str, parts: &[Vec<Played>]) -> Result<Panel> {
    let mut panel =
        Panel::new(format!("Block by block, {set}")).x("block").y("final regret, log return");
    for learner in ["center", "ftl", "hedge", "ftrl", LAYER] {
        let (label, role) = style(learner);
        let points: Vec<_> = block_regrets(parts, learner)
            .into_iter()
            .enumerate()
            .map(|(i, r)| ((i + 1) as f64, r))
            .collect();
        panel = panel.line(label, role.pen().width(1.0), &points).points("", role, &points);
    }
    Ok(panel)
}

fn claims(
    experiment: &mut Experiment,
    name: &str,
    set: DecisionSet,
    table: &RewardTable,
    scale: f64,
    whole: &[Played],
    parts: &[Vec<Played>],
) -> Result<()> {
    let last = |learner: &str| {
        whole
            .iter()
            .filter(|p| p.learner == learner)
            .map(Played::last)
            .fold(f64::NEG_INFINITY, f64::max)
    };
    // FTRL's bound at the step it used, with the lengths that the table really has.
    let (rounds, d) = (table.rounds(), table.arms.len());
    let bound = 0.5 * best_bound(set, d, scale, rounds) * (1.0 + (table.scale() / scale).powi(2));
    let layer = last(RESCALED);
    let statement =
        format!("{name}: whole table, rescaled layer's regret over FTRL's bound (worst seed)");
    experiment.claim(
        format!("REAL-{name}/bound"),
        statement,
        layer / bound,
        "<= 1",
        layer <= bound,
    );
    let ratio = layer / last("ftrl");
    let statement =
        format!("{name}: whole table, rescaled layer's regret over FTRL's (worst seed)");
    experiment.claim(format!("REAL-{name}/ftrl"), statement, ratio, "<= 1.1", ratio <= 1.1);
    for other in ["hedge", "ftrl", "ftl", "center"] {
        let difference =
            Estimate::difference(&block_regrets(parts, LAYER), &block_regrets(parts, other))?;
        let high = difference.high.unwrap_or(f64::NAN);
        let statement = format!(
            "{name}: blocks, layer's regret minus that of {other}, upper end of the 95 % interval"
        );
        experiment.claim(format!("REAL-{name}/blocks-{other}"), statement, high, "< 0", high < 0.0);
    }
    Ok(())
}
