//! A layer or a Transformer on a problem of full information.

use lowregret::learner::Learner;
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::learner::transformer::TransformerLearner;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::online_comparison::{OnlineComparison, OnlineRow};
use lowregret::model::saved::SavedModel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::{Figure, Table, table::plus_minus};
use lowregret::{Error, Result};
use ndarray::ArrayView2;
use serde_json::json;

use super::{Arguments, MODEL, Output, curves, optional, players, problem};

const USUAL: [&str; 5] = ["center", "ftl", "ftrl", "hedge", "optimistic-hedge"];
/// Tuning scenarios from which the length of a reward vector is learned.
const LOOK: usize = 100;

pub fn run(arguments: &Arguments, model: &SavedModel) -> Result<Output> {
    let (set, arms, own_rounds) = match model {
        SavedModel::Layer(layer) => {
            let config = layer.config();
            (config.decision_set, config.d, config.horizon)
        }
        SavedModel::Transformer(model) => {
            (DecisionSet::Simplex, model.config().outputs, model.config().rounds)
        }
    };
    let name = arguments.problem.as_deref().unwrap_or("balanced");
    let problem = problem::online(name, set, arms, arguments.rounds.unwrap_or(own_rounds))?;
    arguments.check_size(problem.horizon, problem.dimension)?;
    let refuse = |message| Err(Error::content(&arguments.weights, message));
    if problem.dimension != arms {
        return refuse(format!(
            "the model decides over {arms} arms, the problem has {}",
            problem.dimension
        ));
    }
    if problem.set != set {
        return refuse(format!(
            "the model decides in {set:?}, the problem asks for {:?}",
            problem.set
        ));
    }
    let mut comparison = OnlineComparison::new(&problem, arguments.seed, arguments.scenarios)?;
    match model {
        SavedModel::Layer(layer) => comparison.add(MODEL, None, |_| LayerLearner::new(layer))?,
        SavedModel::Transformer(model) => {
            let model = model.with_rounds(problem.horizon)?;
            // Built once before, so that what is wrong with it is told.
            TransformerLearner::new(&model)?;
            let build = |_: ArrayView2<f64>| -> Box<dyn Learner + '_> {
                Box::new(TransformerLearner::new(&model).expect("built once before"))
            };
            comparison.add(MODEL, None, build)?;
        }
    }
    let scale = scale(&problem, arguments.seed);
    for learner in arguments.learners::<LearnerSpec>(&USUAL)? {
        let build = |rewards: ArrayView2<f64>| learner.build(set, scale, rewards);
        comparison.add(&learner.to_string(), None, build)?;
    }
    if let Some(path) = &arguments.figure {
        let players = comparison.entries().iter().map(|e| (e.player.as_str(), e.curve.as_slice()));
        Figure::single(curves("Static regret", players)).save(path)?;
    }
    answer(arguments, name, &problem, &comparison)
}

/// The root mean square length of a reward vector on tuning scenarios, for step sizes.
fn scale(problem: &FullInformation, seed: u64) -> Scale {
    let streams = Streams::new(seed);
    let squares = |i| -> f64 {
        problem.scenario(&streams, Purpose::Tuning, 0, i, 0).iter().map(|r| r * r).sum()
    };
    let total: f64 = (0..LOOK).map(squares).sum();
    let bound = (total / (LOOK * problem.horizon) as f64).sqrt();
    // Rewards that are all 0 need no step at all.
    Scale { rounds: problem.horizon, bound: if bound > 0.0 { bound } else { 1.0 } }
}

fn answer(
    arguments: &Arguments,
    name: &str,
    problem: &FullInformation,
    comparison: &OnlineComparison,
) -> Result<Output> {
    let rows = comparison.rows(name);
    let differences: Vec<Estimate> = comparison
        .entries()
        .iter()
        .map(|entry| comparison.difference(entry, MODEL))
        .collect::<Result<_>>()?;
    let players = players(&rows, &differences);
    let json = json!({
        "weights": arguments.weights, "feedback": "full", "problem": problem, "regret": "static regret",
        "scenarios": arguments.scenarios, "players": players,
    });
    let text = format!(
        "{name}: {} arms, {} rounds; static regret ± 95 % over {} scenarios\n\n{}",
        problem.dimension,
        problem.horizon,
        arguments.scenarios,
        table(&rows, &differences)
    );
    Ok(Output { text: text.trim_end().to_owned(), json })
}

fn table(rows: &[OnlineRow], differences: &[Estimate]) -> Table {
    let heads = ["player", "regret", "minus model", "growth", "95 % interval"];
    let mut table = Table::new(&heads);
    for (row, difference) in rows.iter().zip(differences) {
        let mut line = vec![row.player.clone()];
        line.push(plus_minus(row.regret, row.regret_high.map(|high| high - row.regret)));
        line.push(plus_minus(difference.mean, difference.half_width()));
        line.push(optional(row.growth_exponent));
        line.push(format!("{} to {}", optional(row.growth_low), optional(row.growth_high)));
        table.push(line);
    }
    table
}
