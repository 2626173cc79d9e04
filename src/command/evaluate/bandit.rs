//! A Transformer on a bandit problem.

use lowregret::learner::bandit::play::GROUP;
use lowregret::learner::bandit::spec::BanditSpec;
use lowregret::metrics::comparison::{Comparison, ComparisonRow};
use lowregret::metrics::interval::Estimate;
use lowregret::model::transformer::Transformer;
use lowregret::problem::bandit::BanditRegret;
use lowregret::report::table::plus_minus;
use lowregret::report::{Figure, Panel, Pen, Progress, Table};
use lowregret::{Error, Result};
use serde_json::json;

use super::{Arguments, Common, MODEL, Output, curves, optional, players, problem};

/// Most numbers that keys and values of past rounds may be, in single precision.
const MAX_REMEMBERED: usize = 1 << 27;
const USUAL: [&str; 6] = ["uniform", "greedy", "epsilon-greedy", "ucb1", "thompson", "exp3"];

pub fn run(arguments: &Arguments, model: &Transformer<f32>, common: Common) -> Result<Output> {
    let config = model.config();
    let name = arguments.problem.as_deref().unwrap_or("bernoulli");
    let rounds = arguments.rounds.unwrap_or(config.rounds);
    let problem = problem::bandit(name, config.outputs, rounds)?;
    arguments.check_size(problem.horizon, problem.arms)?;
    if problem.arms > config.outputs {
        let message = format!(
            "the model decides over {} arms, the problem has {}",
            config.outputs, problem.arms
        );
        return Err(Error::content(&arguments.weights, message));
    }
    // What models remember of a group of scenarios, of which every thread plays one.
    let remembered = [2, GROUP, config.blocks, problem.horizon, config.width];
    if remembered.iter().fold(1, |n: usize, &f| n.saturating_mul(f)) > MAX_REMEMBERED {
        let expected = format!("few enough rounds for {MAX_REMEMBERED} remembered numbers");
        return Err(Error::parameter("--rounds", problem.horizon, expected));
    }
    let learners: Vec<BanditSpec> = arguments.learners(&USUAL)?;
    let progress =
        Progress::new("evaluate", learners.len() as u64 + 1, common.quiet).unit("players");
    let mut comparison = Comparison::new(&problem, arguments.seed, arguments.scenarios)?;
    comparison.add_model(MODEL, 0, &model.with_rounds(problem.horizon)?)?;
    progress.advance(1);
    let mut tuned = Vec::new();
    for learner in &learners {
        // What is given is played as given.
        let is_given = *learner != BanditSpec::new(learner.kind());
        if is_given || arguments.tuning == 0 {
            comparison.add_learner(&learner.to_string(), learner)?;
            tuned.push(*learner);
        } else {
            tuned.extend(comparison.add_tuned(&[*learner], arguments.tuning)?);
        }
        progress.advance(1);
    }
    progress.finish();
    if let Some(path) = &arguments.figure {
        figure(&comparison)?.save(path)?;
    }
    answer(arguments, name, &comparison, &tuned)
}

fn answer(
    arguments: &Arguments,
    name: &str,
    comparison: &Comparison,
    tuned: &[BanditSpec],
) -> Result<Output> {
    let rows = comparison.rows(name)?;
    let differences: Vec<Estimate> = comparison
        .entries()
        .iter()
        .map(|entry| comparison.difference(entry, MODEL))
        .collect::<Result<_>>()?;
    let table = table(&rows, &differences);
    let problem = comparison.problem();
    let regret = match problem.regret() {
        BanditRegret::Pseudo => "pseudo-regret",
        BanditRegret::Dynamic | BanditRegret::Realised => "dynamic regret",
    };
    let players = players(&rows, &differences);
    let json = json!({
        "weights": arguments.weights, "feedback": "bandit", "problem": problem, "regret": regret,
        "scenarios": comparison.count(), "learners": tuned, "players": players,
    });
    let text = format!(
        "{name}: {} arms, {} rounds; {regret} ± 95 % over {} scenarios\n\n{table}",
        problem.arms,
        problem.horizon,
        comparison.count()
    );
    Ok(Output { text: text.trim_end().to_owned(), json })
}

fn table(rows: &[ComparisonRow], differences: &[Estimate]) -> Table {
    let mut table = Table::new(&[
        "player",
        "regret",
        "minus model",
        "SuffFail",
        "K MinFrac",
        "GreedyFrac",
        "growth",
    ]);
    for (row, difference) in rows.iter().zip(differences) {
        let mut line = vec![row.player.clone()];
        line.push(plus_minus(row.regret, row.regret_high.map(|high| high - row.regret)));
        line.push(plus_minus(difference.mean, difference.half_width()));
        let shares = [row.suffix_failure, row.scaled_min_fraction, row.greedy_fraction];
        line.extend(shares.map(|share| format!("{share:.3}")));
        line.push(optional(row.growth_exponent));
        table.push(line);
    }
    table
}

/// Regret against the round, and how the players explore.
fn figure(comparison: &Comparison) -> Result<Figure> {
    let regret = comparison.problem().regret();
    let entries = comparison.entries();
    let all =
        entries.iter().map(|e| (e.player.as_str(), e.outcome.regret(regret).curve.as_slice()));
    let mut exploration = Panel::new("Exploration")
        .x("suffix failure from T / 2")
        .y("K times the least share of rounds");
    for (i, entry) in entries.iter().enumerate() {
        let e = &entry.outcome.exploration;
        let point = [(e.suffix_failure.mean, e.scaled_min_fraction.mean)];
        exploration = exploration.points("", Pen::of_curve(i), &point);
    }
    Ok(Figure::new(2).panel(curves("Regret", all)).panel(exploration).shared_legend())
}
