//! Does a Transformer trained by Iterative RMFT become a no-regret learner of full information on the simplex?
//!
//! One model a seed practises independent Gaussian rewards, another one a mixture of five families. Both are held against
//! classical learners family by family, since a mean over families hides where a gain comes from, and meet an adversary that
//! neither has seen. Statements cited by id are in paper_notes/transformer.md.

#[path = "transformer_full_information/claims.rs"]
mod claims;
#[path = "shared/curves.rs"]
mod curves;
#[path = "transformer_full_information/figures.rs"]
mod figures;
#[path = "transformer_full_information/measure.rs"]
mod measure;

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::number};

use curves::curve_rows;
use measure::{Game, Played, Sizes, Trained};

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "transformer_full_information",
    question: "Does a Transformer become a no-regret learner of full information on the simplex?",
    about: "Trains Transformers by Iterative RMFT on full information and plays them beside classical learners.",
    notes: "transformer.md",
    timed: false,
    seeds: 1,
    seconds: 12,
    figures: &[(
        "full_information",
        "(a) Regret while practising. (b to g) Regret round by round on the mixture and on each of its families, \
             (h) the stochastic one on logarithmic axes, (i) against an adversary that no model has met. Bands span the \
             95 % intervals of all training seeds.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment.quick(), experiment.seeds().len());
    experiment.config("sizes", &sizes)?;
    experiment.config("runs", measure::runs(&sizes))?;
    let trained = measure::train(experiment, &sizes)?;
    let tuned = measure::tune(experiment, &sizes)?;
    experiment.result("tuned_steps", &tuned)?;
    let played = measure::play(experiment, &sizes, &trained, &tuned)?;
    let games = measure::adversary(experiment, &sizes, &trained, &tuned[1])?;
    write_tables(experiment, &trained, &played, &games)?;
    experiment.figure("full_information", &figures::figure(&trained, &played, &games))?;
    print_headline(experiment, &played, &games)?;
    claims::record(experiment, &trained, &played, &games)
}

fn write_tables(
    experiment: &mut Experiment,
    trained: &[Trained],
    played: &[Played],
    games: &[Game],
) -> Result<()> {
    let rows: Vec<_> = played.iter().flat_map(|p| p.comparison.rows(p.problem)).collect();
    experiment.csv("regret.csv", &rows)?;
    let mut curves = Vec::new();
    for p in played {
        for entry in p.comparison.entries() {
            curves.extend(curve_rows(p.problem, &entry.player, entry.seed, &entry.curve));
        }
    }
    for game in games {
        curves.extend(curve_rows("adversary", game.player, game.seed, &game.curve));
    }
    experiment.csv("regret_curves.csv", &curves)?;
    let history: Vec<_> = trained.iter().flat_map(|t| t.result.history.iter().cloned()).collect();
    experiment.csv("history.csv", &history)?;
    for t in trained {
        let name = format!("weights/{}_seed{}.safetensors", t.practised, t.seed);
        experiment.file(&name, t.result.model.to_bytes()?)?;
    }
    Ok(())
}

/// One line a player, one column a problem; models are means over seeds, with the half-width of the widest interval.
fn print_headline(experiment: &Experiment, played: &[Played], games: &[Game]) -> Result<()> {
    let mut headers = vec!["player"];
    headers.extend(played.iter().map(|p| p.problem));
    headers.push("adversary");
    let mut headline = Table::new(&headers);
    for (player, ..) in measure::PLAYERS {
        let mut cells = vec![player.to_owned()];
        for p in played {
            let all: Vec<&Estimate> = p.comparison.of(player).map(|entry| &entry.regret).collect();
            let half = all.iter().filter_map(|e| e.half_width()).fold(0.0, f64::max);
            let mean = all.iter().map(|e| e.mean).sum::<f64>() / all.len() as f64;
            cells.push(format!("{mean:.2} ± {half:.2}"));
        }
        let own: Vec<f64> = games.iter().filter(|g| g.player == player).map(Game::last).collect();
        cells.push(number(own.iter().sum::<f64>() / own.len() as f64));
        headline.push(cells);
    }
    experiment.note(&format!(
        "\nRegret after {} rounds, {} arms, no exploration; interval over scenarios (the widest of the seeds).\n",
        measure::ROUNDS,
        measure::ARMS,
    ));
    experiment.print(&headline);
    Ok(())
}
