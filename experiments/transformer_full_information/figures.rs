//! The figure: training, regret against round on every family, the adversary.

use lowregret::metrics::curve::CurvePoint;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::{Figure, Panel, Role};

use super::measure::{self, Game, PLAYERS, Played, Trained};

pub fn figure(trained: &[Trained], played: &[Played], games: &[Game]) -> Figure {
    let mut figure = Figure::new(3).shared_legend();
    let roles = [Role::Theory, Role::Learned];
    let training = measure::PRACTISED.into_iter().zip(roles).fold(
        Panel::new("While practising, exploration included")
            .x("environment steps, millions")
            .y("regret of the trajectories"),
        |panel, (practised, role)| {
            trained.iter().filter(|t| t.practised == practised).fold(panel, |panel, t| {
                let history = t.result.history.iter();
                let points: Vec<_> = history.map(|r| (r.steps as f64 / 1e6, r.regret)).collect();
                panel.line("", role.pen().width(1.0), &points)
            })
        },
    );
    figure = figure.panel(training);
    for p in played {
        figure = figure.panel(regrets(Panel::new(p.problem), p));
    }
    if let Some(p) = played.iter().find(|p| p.problem == measure::STOCHASTIC) {
        let panel = Panel::new("stochastic, logarithmic: the slope is the growth exponent");
        figure = figure.panel(regrets(panel.log_x().log_y().x_ticks(&[1.0, 3.0, 10.0, 30.0]), p));
    }
    let panel = Panel::new("Against the adversary, rewards of length 1").x("round t").y("regret");
    figure.panel(PLAYERS.into_iter().fold(panel, |panel, (player, role)| {
        let own = games.iter().filter(|game| game.player == player);
        let curves = own.map(|game| game.curve.as_slice());
        curve(panel, player, role, &curves.collect::<Vec<_>>())
    }))
}

/// Everybody's regret against the round.
fn regrets(panel: Panel, played: &Played) -> Panel {
    let panel = panel.x("round t").y("regret, mean over scenarios");
    PLAYERS.into_iter().fold(panel, |panel, (player, role)| {
        let curves = played.comparison.of(player).map(|entry| entry.curve.as_slice());
        curve(panel, player, role, &curves.collect::<Vec<_>>())
    })
}

/// The mean over seeds, in a band from the lowest end of their intervals to the highest.
fn curve(panel: Panel, label: &str, role: Role, curves: &[&[CurvePoint]]) -> Panel {
    let rounds = curves.first().map_or(0, |curve| curve.len());
    let round = |t: usize| (t + 1) as f64;
    let band = |t: usize| {
        let low = smallest(curves.iter().map(|c| c[t].low));
        (round(t), low, largest(curves.iter().map(|c| c[t].high)))
    };
    let mean =
        |t: usize| (round(t), curves.iter().map(|c| c[t].mean).sum::<f64>() / curves.len() as f64);
    let points: Vec<_> = (0..rounds).map(mean).collect();
    let panel = panel.band(role, &(0..rounds).map(band).collect::<Vec<_>>());
    if role == Role::Ftrl || role == Role::Untrained {
        // Others run beneath these.
        panel.dashed(label, role, &points)
    } else {
        panel.line(label, role, &points)
    }
}
