//! The figures of the page.

use lowregret::Result;
use lowregret::metrics::comparison::Comparison;
use lowregret::metrics::interval::Estimate;
use lowregret::report::{Figure, Legend, Panel, Pen, Role};
use lowregret::train::log::TrainingRow;

use super::Outcome;
use super::runs::{
    CONTROL, POSTERIOR_CONSTANT, POSTERIOR_DECISIONS, POSTERIOR_TRAJECTORIES, REGRET_CONSTANT,
    REGRET_DECISIONS, REGRET_TRAJECTORIES, TWO_ARMS,
};

/// Iterations that are averaged into one point of a training curve.
const WINDOW: usize = 5;

/// The runs at five arms with the pens they are drawn with.
fn pens() -> [(&'static str, Pen); 6] {
    [
        (REGRET_TRAJECTORIES, Role::Ftrl.pen()),
        (POSTERIOR_TRAJECTORIES, Role::Still.pen()),
        (REGRET_DECISIONS, Role::Hedge.pen()),
        (POSTERIOR_DECISIONS, Role::Learned.pen()),
        (REGRET_CONSTANT, Role::Bound.pen()),
        (POSTERIOR_CONSTANT, Role::Extra1.pen()),
    ]
}

/// Means over windows of iterations: environment steps in millions, and the value.
fn curve(history: &[TrainingRow], value: fn(&TrainingRow) -> Option<f64>) -> Vec<(f64, f64)> {
    history
        .chunks(WINDOW)
        .filter_map(|window| {
            let values: Vec<f64> = window.iter().filter_map(value).collect();
            let last = window.last()?;
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            mean.is_finite().then_some((last.steps as f64 / 1e6, mean))
        })
        .collect()
}

/// Regret and exploration while training at five arms, beside the classical learners; and the collapse at two arms.
pub fn training(outcomes: &[Outcome], five: &Comparison) -> Result<Figure> {
    let mut regret = Panel::new("Regret while training, K = 5")
        .x("environment steps (millions)")
        .y("pseudo-regret")
        .log_y()
        .legend(Legend::TopRight);
    let mut suffix = Panel::new("Exploration failures, K = 5")
        .x("environment steps (millions)")
        .y("suffix failure from T / 2")
        .legend(Legend::None);
    let mut entropy = Panel::new("Entropy of decisions, K = 5")
        .x("environment steps (millions)")
        .y("nats")
        .legend(Legend::Below);
    for (name, pen) in pens() {
        for (n, o) in outcomes.iter().filter(|o| o.name == name).enumerate() {
            let label = if n == 0 { name } else { "" };
            let history = &o.trained.history;
            regret = regret.line("", pen.width(1.2), &curve(history, |row| Some(row.regret)));
            suffix = suffix.line(label, pen.width(1.2), &curve(history, |row| row.suffix_failure));
            entropy = entropy.line(label, pen.width(1.2), &curve(history, |row| row.entropy));
        }
    }
    for (player, role) in [("ucb1", Role::Theory), ("gittins", Role::Untrained)] {
        for entry in five.of(player) {
            let label = if player == "ucb1" { "UCB1, tuned" } else { "Gittins index" };
            regret = regret.horizontal(label, role, five.regret(entry)?.mean);
            let failures = entry.outcome.exploration.suffix_failure.mean;
            suffix = suffix.horizontal("", role, failures);
        }
    }
    let mut control = Panel::new("Small k / L collapses, K = 2")
        .x("environment steps (millions)")
        .y("pseudo-regret; suffix failure (dashed)")
        .legend(Legend::Below);
    for (name, role) in [(TWO_ARMS, Role::Learned), (CONTROL, Role::Untrained)] {
        for (n, o) in outcomes.iter().filter(|o| o.name == name).enumerate() {
            let label = if n == 0 { name } else { "" };
            let history = &o.trained.history;
            control = control.line(label, role, &curve(history, |row| Some(row.regret)));
            control = control.dashed("", role, &curve(history, |row| row.suffix_failure));
        }
    }
    Ok(Figure::new(2).panel(regret).panel(suffix).panel(entropy).panel(control))
}

/// Final regret of everybody with intervals, and the mean regret curves at five arms.
pub fn regret(five: &Comparison, two: &Comparison, hard: &Comparison) -> Result<Figure> {
    let growth_panel = Panel::new("Regret after t rounds, K = 5")
        .x("round t")
        .y("pseudo-regret")
        .log_x()
        .log_y()
        .legend(Legend::TopLeft);
    let shown = [
        ("uniform", Role::Bound),
        ("ucb1", Role::Theory),
        (super::BETA_THOMPSON, Role::Ftl),
        ("gittins", Role::Untrained),
        (POSTERIOR_TRAJECTORIES, Role::Still),
        (POSTERIOR_DECISIONS, Role::Learned),
    ];
    let growth = shown.into_iter().fold(growth_panel, |panel, (player, role)| {
        five.of(player).enumerate().fold(panel, |panel, (n, entry)| {
            let curve = entry.outcome.pseudo.mean_curve();
            let points: Vec<_> =
                curve.iter().enumerate().map(|(t, &r)| ((t + 1) as f64, r)).collect();
            panel.line(if n == 0 { player } else { "" }, role, &points)
        })
    });
    let mut against = Panel::new("Regret minus that of tuned UCB1, K = 5")
        .y("difference, paired")
        .horizontal("", Role::Bound, 0.0);
    let classical = [
        ("gittins", Role::Untrained.pen()),
        ("gaussian-thompson", Role::Ftl.pen()),
        ("moss", Role::Extra2.pen()),
        ("greedy", Role::Theory.pen()),
    ];
    let mut place = 0.0;
    for (player, pen) in pens().into_iter().chain(classical) {
        let estimates = five.of(player).map(|entry| five.difference(entry, "ucb1"));
        against = with_bars(against, player, pen, &mut place, estimates)?;
    }
    let two_arms = [
        (super::BAYES_OPTIMAL, Role::Untrained),
        ("gittins", Role::Hedge),
        ("ucb1", Role::Theory),
        (super::BETA_THOMPSON, Role::Ftl),
        ("greedy", Role::Extra2),
        (TWO_ARMS, Role::Learned),
        (CONTROL, Role::Extra1),
    ];
    let hard_instance = [
        ("Thompson sampling", Role::Ftl),
        ("UCB", Role::Theory),
        ("greedy", Role::Extra2),
        ("gittins", Role::Untrained),
        (POSTERIOR_TRAJECTORIES, Role::Still),
        (POSTERIOR_DECISIONS, Role::Learned),
    ];
    let two = regrets("Regret, K = 2, T = 25", two, &two_arms)?;
    let hard = regrets("Regret on the hard instance, T = 100", hard, &hard_instance)?;
    let against = against.x_ticks(&[]).legend(Legend::Below);
    Ok(Figure::new(2).panel(growth).panel(against).panel(two).panel(hard))
}

/// Final regret of some players with intervals.
fn regrets(title: &str, comparison: &Comparison, players: &[(&str, Role)]) -> Result<Panel> {
    let mut panel = Panel::new(title).y("pseudo-regret").x_ticks(&[]).legend(Legend::Below);
    let mut place = 0.0;
    for (player, role) in players {
        let estimates = comparison.of(player).map(|entry| comparison.regret(entry));
        panel = with_bars(panel, player, role.pen(), &mut place, estimates)?;
    }
    Ok(panel)
}

/// A player's estimates (one a training seed) side by side, from `place` on.
fn with_bars(
    panel: Panel,
    label: &str,
    pen: Pen,
    place: &mut f64,
    estimates: impl Iterator<Item = Result<Estimate>>,
) -> Result<Panel> {
    let bars = estimates
        .map(|estimate| {
            let e = estimate?;
            *place += 1.0;
            Ok((*place, e.low.unwrap_or(e.mean), e.mean, e.high.unwrap_or(e.mean)))
        })
        .collect::<Result<Vec<_>>>()?;
    *place += 1.0;
    Ok(panel.error_bars(label, pen, &bars))
}
