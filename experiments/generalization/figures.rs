//! The figures: regret on every problem beside the learners tuned for it, and models under the other kind of feedback.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::Setting;
use super::feedback::{CENTER, Feedback, NORMAL, UNIFORM_REWARDS};
use super::models::{FULL, MIXED, MODEL, POSITIONS};
use super::pooled::Pooled;
use super::problems::{Change, GITTINS, GREEDY, THOMPSON, UCB, UCB_AT_HOME, UNIFORM};

/// Players in the order of the legend.
const PLAYERS: [(&str, &str, Role); 9] = [
    (UNIFORM, "uniform", Role::Still),
    (GREEDY, "greedy", Role::Ftl),
    (UCB, "UCB1, tuned here", Role::Ftrl),
    (UCB_AT_HOME, "UCB1, tuned for training", Role::Bound),
    (THOMPSON, "Gaussian Thompson, tuned here", Role::Hedge),
    (GITTINS, "Gittins", Role::Theory),
    (MODEL, "model", Role::Learned),
    (MIXED, "model of 2 to 5 arms", Role::Untrained),
    (FULL, "model of full information", Role::Extra1),
];

/// One panel a kind of change: problems side by side, every player's regret relative to tuned UCB1.
pub fn bandits(settings: &[Setting]) -> Result<Figure> {
    let mut figure = Figure::new(2).shared_legend();
    for (change, title) in [
        (Change::Horizon, "Horizon"),
        (Change::Rewards, "Reward law"),
        (Change::Gap, "Gap"),
        (Change::Arms, "Arms present"),
    ] {
        let own: Vec<&Setting> = settings.iter().filter(|s| s.problem.change == change).collect();
        let names: Vec<&str> = own.iter().map(|setting| setting.problem.name).collect();
        let mut panel =
            side_by_side(Panel::new(title).y("regret / tuned UCB1's"), &names).y_range(0.6, 2.0);
        for (j, (player, label, role)) in PLAYERS.into_iter().enumerate() {
            let bars = bars(&own, player, |i| place(i, j))?;
            if !bars.is_empty() {
                panel = panel.error_bars(label, role, &bars);
            }
        }
        figure = figure.panel(panel.horizontal("", Role::Ftrl, 1.0));
    }
    Ok(figure)
}

/// A panel whose numbers on the x axis stand for `names`.
fn side_by_side(panel: Panel, names: &[&str]) -> Panel {
    let numbered: Vec<String> =
        names.iter().enumerate().map(|(i, name)| format!("{}: {name}", i + 1)).collect();
    let ticks: Vec<f64> = (1..=names.len()).map(|i| i as f64).collect();
    panel.x(numbered.join(", ")).x_range(0.5, names.len() as f64 + 0.5).x_ticks(&ticks)
}

/// Where player `j` stands at the `i`-th of problems side by side.
fn place(i: usize, j: usize) -> f64 {
    i as f64 + 0.68 + 0.08 * j as f64
}

type Bar = (f64, f64, f64, f64);

/// Mean over seeds of the regret of `player` on every problem over that of UCB1 tuned for it; the bar spans the seeds, or is
/// the interval over scenarios if there is one record only.
fn bars(settings: &[&Setting], player: &str, x: impl Fn(usize) -> f64) -> Result<Vec<Bar>> {
    let mut bars = Vec::new();
    for (i, setting) in settings.iter().enumerate() {
        if setting.comparison.of(player).next().is_none() {
            continue;
        }
        let ucb = Pooled::of(&setting.comparison, UCB)?.regret;
        let own = Pooled::of(&setting.comparison, player)?;
        let (low, high) = if own.seeds > 1 {
            (own.least, own.most)
        } else {
            (own.regret - own.half_width, own.regret + own.half_width)
        };
        bars.push((x(i), low / ucb, own.regret / ucb, high / ucb));
    }
    Ok(bars)
}

/// Positions at longer horizons; models under the other kind of feedback.
pub fn feedback(settings: &[Setting], feedback: &Feedback) -> Result<Figure> {
    let figure = Figure::new(3).panel(positions(settings)?);
    let bandit: Vec<&Setting> = settings
        .iter()
        .filter(|setting| setting.comparison.of(FULL).next().is_some())
        .filter(|setting| setting.problem.bandit.horizon == 50)
        .collect();
    let names: Vec<&str> = bandit.iter().map(|setting| setting.problem.name).collect();
    let panel = Panel::new("Bandit feedback").y("regret after 50 rounds").legend(Legend::Below);
    let mut panel = side_by_side(panel, &names);
    for (j, (player, label, role)) in PLAYERS.into_iter().enumerate() {
        let mut points = Vec::new();
        for (i, setting) in bandit.iter().enumerate() {
            for entry in setting.comparison.of(player) {
                points.push((place(i, j), setting.comparison.regret(entry)?.mean));
            }
        }
        if !points.is_empty() {
            panel = panel.points(label, role, &points);
        }
    }
    let figure = figure.panel(panel);
    let problems = [NORMAL, UNIFORM_REWARDS];
    let panel = Panel::new("Full information").y("regret after 50 rounds").legend(Legend::Below);
    let mut panel = side_by_side(panel, &problems);
    let players = [
        (CENTER, "never moves", Role::Still),
        ("ftl", "follow the leader", Role::Ftl),
        ("hedge", "Hedge, tuned here", Role::Hedge),
        ("ftrl", "FTRL, tuned here", Role::Ftrl),
        (MODEL, "model of bandits", Role::Learned),
        (FULL, "model of full information", Role::Extra1),
    ];
    for (j, (player, label, role)) in players.into_iter().enumerate() {
        let points: Vec<(f64, f64)> = problems
            .iter()
            .enumerate()
            .flat_map(|(i, problem)| {
                feedback.of(problem, player).map(move |row| (place(i, j), row.regret))
            })
            .collect();
        panel = panel.points(label, role, &points);
    }
    Ok(figure.panel(panel))
}

fn positions(settings: &[Setting]) -> Result<Panel> {
    let own = settings.iter().filter(|setting| setting.problem.change == Change::Horizon);
    let mut panel = Panel::new("Positions at longer horizons")
        .x("horizon T")
        .y("regret after T rounds")
        .log_x()
        .log_y()
        .x_ticks(&[50.0, 100.0, 200.0])
        .legend(Legend::Below);
    let roles = [Role::Untrained, Role::Ftl, Role::Hedge, Role::Extra1];
    let models = POSITIONS.iter().zip(roles).map(|((name, _), role)| (*name, *name, role));
    let others = [
        (UNIFORM, "uniform", Role::Still),
        (UCB, "UCB1, tuned here", Role::Ftrl),
        (GITTINS, "Gittins", Role::Theory),
        (MODEL, "no positions", Role::Learned),
    ];
    for (player, label, role) in others.into_iter().chain(models) {
        let points: Vec<(f64, f64)> = own
            .clone()
            .filter(|setting| setting.comparison.of(player).next().is_some())
            .map(|setting| {
                let horizon = setting.problem.bandit.horizon as f64;
                Ok((horizon, Pooled::of(&setting.comparison, player)?.regret))
            })
            .collect::<Result<_>>()?;
        panel = panel.line(label, role, &points).points("", role, &points);
    }
    Ok(panel)
}
