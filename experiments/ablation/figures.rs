//! The two figures: the risk dial, and what each change does to regret.

use lowregret::Result;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::dial::{
    BAYES, Dial, DialRow, NETWORK, POSTERIOR, REALISED, TABLE, TRUE_REGRET, UNIFORM,
};
use super::variants::{REFERENCE, Summary, Variants};

/// A number of a row.
type Quantity = fn(&DialRow) -> f64;

/// Regret and suffix failure against k / L.
pub fn risk_dial(dial: &Dial) -> Result<Figure> {
    let mut figure = Figure::new(2);
    let quantities: [(&str, Quantity); 2] =
        [("regret", |row| row.regret), ("suffix failure", |row| row.suffix_failure)];
    for (model, title) in [(TABLE, "Table, K = 2, T = 8"), (NETWORK, "Network, K = 2, T = 25")] {
        for (name, value) in quantities {
            let panel = Panel::new(format!("{title}: {name}"))
                .x("share of trajectories kept, k / L")
                .y(name)
                .x_range(0.0, 1.0);
            figure = figure.panel(dial_panel(panel, dial, model, value));
        }
    }
    Ok(figure.shared_legend())
}

fn dial_panel(mut panel: Panel, dial: &Dial, model: &str, value: Quantity) -> Panel {
    for (score, label, role) in [
        (TRUE_REGRET, "ranked by true regret", Role::Learned),
        (REALISED, "by realised reward, fresh", Role::Hedge),
        (POSTERIOR, "by observable posterior, fresh", Role::Ftrl),
    ] {
        let (keeps, rollouts) = Dial::keeps(model);
        let (mut means, mut all) = (Vec::new(), Vec::new());
        for &keep in keeps {
            let share = keep as f64 / rollouts as f64;
            let seeds: Vec<f64> = dial.of(model, score, keep).map(value).collect();
            if !seeds.is_empty() {
                means.push((share, seeds.iter().sum::<f64>() / seeds.len() as f64));
                all.extend(seeds.into_iter().map(|y| (share, y)));
            }
        }
        if !means.is_empty() {
            panel = panel.line(label, role, &means).points("", role, &all);
        }
    }
    for (name, label, role) in
        [(UNIFORM, "uniform", Role::Still), (BAYES, "Bayes-optimal", Role::Theory)]
    {
        if let Some(row) = dial.classical(name, model) {
            panel = panel.horizontal(label, role, value(row));
        }
    }
    panel
}

/// Roles of the variants of a group, in order.
const ROLES: [Role; 5] = [Role::Learned, Role::Untrained, Role::Ftrl, Role::Hedge, Role::Ftl];

/// One panel a group: mean over seeds with its interval over scenarios, and the seeds.
pub fn variants(variants: &Variants) -> Result<Figure> {
    let summary = variants.summary()?;
    let mut groups: Vec<&str> = Vec::new();
    for line in &summary {
        if line.group != REFERENCE && !groups.contains(&line.group) {
            groups.push(line.group);
        }
    }
    let reference =
        summary.iter().find(|line| line.group == REFERENCE).map(|line| line.pooled.regret);
    let mut figure = Figure::new(5);
    for group in groups {
        let own: Vec<&Summary> = summary.iter().filter(|line| line.group == group).collect();
        let mut panel = Panel::new(group)
            .y("regret after 50 rounds")
            .x_range(0.4, own.len() as f64 + 0.6)
            .x_ticks(&[])
            .y_range(3.0, 18.0)
            .legend(Legend::Below);
        for (i, line) in own.into_iter().map(|line| &line.pooled).enumerate() {
            let (x, role) = ((i + 1) as f64, ROLES[i % ROLES.len()]);
            let (low, high) = (line.regret - line.half_width, line.regret + line.half_width);
            panel = panel.error_bars(&line.player, role, &[(x, low, line.regret, high)]);
            let seeds: Vec<(f64, f64)> = variants
                .comparison
                .of(&line.player)
                .map(|entry| Ok((x + 0.25, variants.comparison.regret(entry)?.mean)))
                .collect::<Result<_>>()?;
            if line.seeds > 1 {
                panel = panel.points("", role.pen().width(1.0), &seeds);
            }
        }
        if let Some(regret) = reference {
            panel = panel.horizontal(REFERENCE, Role::Bound, regret);
        }
        figure = figure.panel(panel);
    }
    Ok(figure)
}
