//! The headline table, the figure's panels and the claims of the experiment.

use lowregret::Result;
use lowregret::metrics::growth::growth_exponent;
use lowregret::metrics::interval::{Estimate, largest, smallest};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::reward_table::RewardTable;
use lowregret::report::{Experiment, Panel, Role, Table, table::number};
use lowregret::theory::ftrl_bound::best_bound;

use super::{BEST_FIXED, CLASSICAL, LAYER, Played, RESCALED};

/// Final regrets of one learner on every block: of one training seed, or the mean over all seeds.
fn block_regrets(parts: &[Vec<Played>], learner: &str, seed: Option<u64>) -> Vec<f64> {
    parts
        .iter()
        .map(|part| {
            let own: Vec<f64> = part
                .iter()
                .filter(|p| p.learner == learner && (seed.is_none() || p.seed == seed))
                .map(Played::last)
                .collect();
            own.iter().sum::<f64>() / own.len() as f64
        })
        .collect()
}

/// Number of blocks in which `learner` has less regret than every other learner (the layer: its mean over seeds).
fn blocks_won(parts: &[Vec<Played>], learner: &str, seed: Option<u64>) -> usize {
    let own = block_regrets(parts, learner, seed);
    let others: Vec<Vec<f64>> = CLASSICAL
        .iter()
        .map(|c| c.0)
        .chain([LAYER])
        .filter(|&name| name != learner && name != BEST_FIXED)
        .map(|name| block_regrets(parts, name, None))
        .collect();
    (0..own.len()).filter(|&i| others.iter().all(|other| own[i] < other[i])).count()
}

pub fn summarize(
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
            let blocks = Estimate::of(&block_regrets(parts, p.learner, p.seed))?;
            let half = blocks.half_width().unwrap_or(f64::NAN);
            cells.push(number(blocks.mean));
            cells.push(format!("+- {}", number(half)));
            cells.push(format!("{} of {}", blocks_won(parts, p.learner, p.seed), parts.len()));
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

/// Regret against round; a learner of several seeds is its mean with a band from the least to the most.
pub fn whole_panel(set: &str, whole: &[Played]) -> Panel {
    let rounds = whole.first().map_or(0, |p| p.regret.len());
    let title = format!("Whole table, {set}, {rounds} rounds");
    let panel = Panel::new(title).x("round t").y("regret, log return");
    let learners = CLASSICAL.iter().map(|c| c.0).chain([LAYER, RESCALED]);
    learners.fold(panel, |panel, learner| {
        let own: Vec<&Played> = whole.iter().filter(|p| p.learner == learner).collect();
        let (label, role) = style(learner);
        let at = |t: usize| own.iter().map(move |p| p.regret[t]);
        let mean = |t| ((t + 1) as f64, at(t).sum::<f64>() / own.len() as f64);
        let panel =
            panel.line(label, role.pen().width(1.2), &(0..rounds).map(mean).collect::<Vec<_>>());
        if own.len() < 2 {
            return panel;
        }
        let band = |t| ((t + 1) as f64, smallest(at(t)), largest(at(t)));
        panel.band(role, &(0..rounds).map(band).collect::<Vec<_>>())
    })
}

pub fn block_panel(set: &str, parts: &[Vec<Played>]) -> Result<Panel> {
    let mut panel =
        Panel::new(format!("Block by block, {set}")).x("block").y("final regret, log return");
    for learner in ["center", "ftl", "hedge", "ftrl", LAYER] {
        let (label, role) = style(learner);
        let points: Vec<_> = block_regrets(parts, learner, None)
            .into_iter()
            .enumerate()
            .map(|(i, r)| ((i + 2) as f64, r))
            .collect();
        panel = panel.line(label, role.pen().width(1.0), &points).points("", role, &points);
    }
    Ok(panel)
}

pub fn claims(
    experiment: &mut Experiment,
    name: &str,
    set: DecisionSet,
    table: &RewardTable,
    scale: f64,
    whole: &[Played],
    parts: &[Vec<Played>],
) -> Result<()> {
    let last =
        |learner: &str| largest(whole.iter().filter(|p| p.learner == learner).map(Played::last));
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
        let difference = Estimate::difference(
            &block_regrets(parts, LAYER, None),
            &block_regrets(parts, other, None),
        )?;
        let high = difference.high.unwrap_or(f64::NAN);
        let statement = format!(
            "{name}: blocks, layer's regret minus that of {other}, upper end of the 95 % interval"
        );
        experiment.claim(format!("REAL-{name}/blocks-{other}"), statement, high, "< 0", high < 0.0);
    }
    Ok(())
}
