//! Why the balanced family holds a class of noisy drift: without it FTRL is a saddle, and training leaves it for a layer
//! that is better on its own family and breaks off it (RMFT-S1).
//!
//! Trains with and without the class, watches the key content |u|/s, and plays both end states on a stress family: iid noise
//! with a weak drift against the direction that the broken layer has fallen for.

use lowregret::Result;
use lowregret::learner::ftrl::{Ftrl, FtrlStep};
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::play::regret_curves;
use lowregret::learner::tuning::best_step;
use lowregret::metrics::curve::final_regret;
use lowregret::metrics::growth::fit_power;
use lowregret::metrics::interval::{Estimate, largest, smallest};
use lowregret::metrics::structure::Effective;
use lowregret::model::linear_attention::LinearAttention;
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::{
    Experiment, Figure, Legend, NoExtra, Page, Panel, Role, Table, table::number,
};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::history::Record;
use lowregret::train::layer::single_layer::{Trained, train_single_layer};
use serde::Serialize;

const D: usize = 2;
const HORIZON: usize = 40;
/// Mean of the stress rewards against the layer's favourite direction.
const STRESS_DRIFT: f64 = 0.15;
const FAMILIES: [(&str, Role); 2] =
    [("without noisy drift", Role::Untrained), ("balanced", Role::Learned)];

/// Regret of one learner on one family.
#[derive(Serialize)]
struct Row {
    seed: u64,
    family: &'static str,
    horizon: usize,
    learner: String,
    regret: f64,
    low: Option<f64>,
    high: Option<f64>,
    scenarios: usize,
}

/// What one training seed showed.
struct Outcome {
    /// Runs in the order of [`FAMILIES`].
    trained: [Trained; 2],
    rows: Vec<Row>,
    /// Stress regret at every stress horizon: broken layer, balanced layer, FTRL.
    stress: [Vec<f64>; 3],
    /// Regret on the family without noisy drift: of the layer trained on it, and of the best-tuned FTRL.
    own_family: [f64; 2],
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "symmetry_breaking",
    question: "Why must the training family hold noisy drift?",
    about: "Trains with and without noisy drift and plays the end states on a stress family.",
    notes: "rmft.md",
    timed: false,
    seeds: 3,
    seconds: 15,
    figures: &[(
        "symmetry_breaking",
        "Without noisy drift in training, the layer (a) comes to weigh rewards by their content, (b) beats the \
             best-tuned FTRL on its own family, and (c) has nearly linear regret on a stress family, where the layer \
             trained on the balanced family stays beside FTRL. A line a training seed.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let (iterations, evaluation, stress): (_, _, &[usize]) = if experiment.quick() {
        (150, 500, &[40, 80])
    } else {
        (1800, 8000, &[40, 80, 160, 320, 640])
    };
    let config = RmftConfig {
        iterations,
        exploration: Schedule::constant(0.3),
        // Large enough to leave the saddle within the run; at 3e-3 with decay the run ends on it.
        learning_rate: Schedule::cosine(1e-2, 0.02),
        ..RmftConfig::single_layer(HORIZON, D)
    };
    experiment.config("rmft", &config)?;
    experiment.config("horizon", HORIZON)?;
    experiment.config("evaluation_scenarios", evaluation)?;
    experiment.config("stress_horizons", stress)?;
    experiment.config("stress_drift", STRESS_DRIFT)?;
    let outcomes = experiment
        .seeds()
        .into_iter()
        .map(|seed| one_seed(experiment, &config, seed, evaluation, stress))
        .collect::<Result<Vec<_>>>()?;
    let rows: Vec<&Row> = outcomes.iter().flat_map(|o| &o.rows).collect();
    experiment.csv("regret.csv", &rows)?;
    let history: Vec<&Record> =
        outcomes.iter().flat_map(|o| o.trained.iter().flat_map(|t| &t.history)).collect();
    experiment.csv("history.csv", &history)?;
    experiment.figure("symmetry_breaking", &figure(&outcomes, stress))?;
    let mut table = Table::new(&["seed", "family", "T", "learner", "regret", "95 % interval"]);
    for row in &rows {
        let interval =
            format!("{:.3} .. {:.3}", row.low.unwrap_or(f64::NAN), row.high.unwrap_or(f64::NAN));
        let (seed, horizon) = (row.seed.to_string(), row.horizon.to_string());
        table.push(vec![
            seed,
            row.family.into(),
            horizon,
            row.learner.clone(),
            number(row.regret),
            interval,
        ]);
    }
    experiment.print(&table);
    record_claims(experiment, &outcomes, stress)
}

fn one_seed(
    experiment: &Experiment,
    config: &RmftConfig,
    seed: u64,
    evaluation: usize,
    stress: &[usize],
) -> Result<Outcome> {
    let problem = |family| FullInformation { family, ..FullInformation::balanced(D, HORIZON) };
    let train = |run: &str, family| {
        let progress =
            experiment.progress(format!("train {run}, seed {seed}"), config.iterations as u64);
        let trained =
            train_single_layer(run, &problem(family), config, seed, || progress.advance(1));
        progress.finish();
        trained
    };
    let trained = [
        train(FAMILIES[0].0, RewardFamily::without_noisy_drift())?,
        train(FAMILIES[1].0, RewardFamily::balanced())?,
    ];
    let streams = Streams::new(seed);
    let mut rows = Vec::new();
    let mut regret_on = |family, problem: &FullInformation, player: &Player| {
        let row = player.row(seed, family, problem, &streams, evaluation)?;
        let regret = row.regret;
        rows.push(row);
        Ok::<f64, lowregret::Error>(regret)
    };
    // On the training families, beside the best-tuned FTRL.
    let mut own_family = [f64::NAN; 2];
    for (i, (name, _)) in FAMILIES.iter().enumerate() {
        let family =
            if i == 0 { RewardFamily::without_noisy_drift() } else { RewardFamily::balanced() };
        let problem = problem(family);
        let tuning = problem.scenarios(&streams, Purpose::Tuning, evaluation);
        let root = (HORIZON as f64).sqrt();
        let ftrl = |eta| Ftrl::new(problem.set, D, FtrlStep::Fixed(eta), false);
        let eta = best_step(problem.set, &tuning, (0.2 / root, 5.0 / root), ftrl)?.step;
        for (layer, (trained_on, _)) in trained.iter().zip(FAMILIES) {
            let regret = regret_on(name, &problem, &Player::Layer(trained_on, &layer.layer))?;
            if i == 0 && trained_on == FAMILIES[0].0 {
                own_family[0] = regret;
            }
        }
        let regret = regret_on(name, &problem, &Player::Ftrl("FTRL, best-tuned", eta))?;
        if i == 0 {
            own_family[1] = regret;
        }
    }
    let mut results = [Vec::new(), Vec::new(), Vec::new()];
    // Everybody on the family that the broken layer leans into.
    let ftrl_eta = Effective::of(&trained[1].layer).structure().eta;
    for &horizon in stress {
        let problem = stress_problem(&trained[0].layer, horizon);
        let players = [
            Player::Layer(FAMILIES[0].0, &trained[0].layer),
            Player::Layer(FAMILIES[1].0, &trained[1].layer),
            Player::Ftrl("FTRL", ftrl_eta),
        ];
        for (result, player) in results.iter_mut().zip(&players) {
            result.push(regret_on("stress", &problem, player)?);
        }
    }
    Ok(Outcome { trained, rows, stress: results, own_family })
}

/// Who plays.
enum Player<'a> {
    /// A layer, with the family it was trained on.
    Layer(&'static str, &'a LinearAttention<f64>),
    /// FTRL with a step size.
    Ftrl(&'static str, f64),
}

impl Player<'_> {
    fn row(
        &self,
        seed: u64,
        family: &'static str,
        problem: &FullInformation,
        streams: &Streams,
        evaluation: usize,
    ) -> Result<Row> {
        let purpose = if family == "stress" { Purpose::Stress } else { Purpose::Evaluation };
        let scenarios = problem.scenarios(streams, purpose, evaluation);
        let set = problem.set;
        let (learner, curves) = match *self {
            Self::Layer(trained_on, layer) => (
                format!("layer trained {trained_on}"),
                regret_curves(set, &scenarios, |_| LayerLearner::new(layer)),
            ),
            Self::Ftrl(name, eta) => (
                name.to_owned(),
                regret_curves(set, &scenarios, |_| Ftrl::new(set, D, FtrlStep::Fixed(eta), false)),
            ),
        };
        let Estimate { mean, low, high, n } = Estimate::of(&final_regret(curves.view()))?;
        Ok(Row {
            seed,
            family,
            horizon: problem.horizon,
            learner,
            regret: mean,
            low,
            high,
            scenarios: n,
        })
    }
}

/// `R_t = -0.15 b + z_t / sqrt d`, b the unit vector along W u, to which the content term pulls the layer on noise.
fn stress_problem(layer: &LinearAttention<f64>, horizon: usize) -> FullInformation {
    let effective = Effective::of(layer);
    let pull = effective.matrix.dot(&ndarray::Array1::from(effective.content));
    // A layer without content leans nowhere: any direction will do.
    let length = pull.dot(&pull).sqrt().max(f64::MIN_POSITIVE);
    let mean = pull.iter().map(|v| -STRESS_DRIFT * v / length).collect();
    FullInformation {
        family: RewardFamily::FixedMean { mean, noise: 1.0 },
        ..FullInformation::balanced(D, horizon)
    }
}

fn figure(outcomes: &[Outcome], stress: &[usize]) -> Figure {
    let mut content = Panel::new("Key content while training").x("iteration").y("|u| / s").log_y();
    let mut regret =
        Panel::new("Regret on the own training family").x("iteration").y("validation regret");
    let mut off =
        Panel::new("Stress family").x("horizon T").y("regret after T rounds").log_x().log_y();
    let ticks: Vec<f64> = stress.iter().map(|&t| t as f64).collect();
    for (n, outcome) in outcomes.iter().enumerate() {
        let label = |text: &'static str| if n == 0 { text } else { "" };
        for (trained, (name, role)) in outcome.trained.iter().zip(FAMILIES) {
            let line = |value: fn(&Record) -> f64| -> Vec<(f64, f64)> {
                trained.history.iter().map(|r| (r.iteration as f64, value(r))).collect()
            };
            content = content.line(label(name), role.pen().width(1.2), &line(|r| r.key_content));
            regret =
                regret.line(label(name), role.pen().width(1.2), &line(|r| r.validation_regret));
        }
        let names =
            ["layer trained without noisy drift", "layer trained on the balanced family", "FTRL"];
        for ((values, name), role) in
            outcome.stress.iter().zip(names).zip([Role::Untrained, Role::Learned, Role::Ftrl])
        {
            let points: Vec<_> = ticks.iter().copied().zip(values.iter().copied()).collect();
            off = if role == Role::Ftrl {
                off.dashed(label(name), role, &points)
            } else {
                off.line(label(name), role, &points).points("", role, &points)
            };
        }
    }
    if let Some(outcome) = outcomes.first() {
        let label = "best-tuned FTRL, without noisy drift";
        regret = regret.horizontal(label, Role::Ftrl, outcome.own_family[1]);
    }
    Figure::new(3)
        .panel(content.legend(Legend::Auto))
        .panel(regret)
        .panel(off.x_ticks(&ticks).legend(Legend::TopLeft))
}

fn record_claims(
    experiment: &mut Experiment,
    outcomes: &[Outcome],
    stress: &[usize],
) -> Result<()> {
    let ticks: Vec<f64> = stress.iter().map(|&t| t as f64).collect();
    let exponents = |learner: usize| -> Result<Vec<f64>> {
        outcomes
            .iter()
            .map(|o| {
                Ok(fit_power(&ticks, &o.stress[learner])?.fit.map_or(f64::NAN, |f| f.exponent))
            })
            .collect()
    };
    let content = |family: usize| -> Vec<f64> {
        outcomes
            .iter()
            .filter_map(|o| o.trained[family].history.last().map(|r| r.key_content))
            .collect()
    };
    let broken = smallest(content(0));
    let statement = "without noisy drift: final key content |u|/s, smallest over seeds";
    experiment.claim("RMFT-S1/broken-content", statement, broken, ">= 0.3", broken >= 0.3);
    let balanced = largest(content(1));
    let statement = "balanced family: final key content |u|/s, largest over seeds";
    experiment.claim("RMFT-S1/balanced-content", statement, balanced, "<= 0.1", balanced <= 0.1);
    let ratios: Vec<f64> = outcomes.iter().map(|o| o.own_family[0] / o.own_family[1]).collect();
    let ratio = largest(ratios);
    let statement =
        "without noisy drift: layer's regret on its own family over that of the best-tuned FTRL";
    experiment.claim("RMFT-S1/own-family", statement, ratio, "< 1", ratio < 1.0);
    let slope = smallest(exponents(0)?);
    let statement =
        "stress family: growth exponent of regret in T, layer trained without noisy drift";
    experiment.claim("RMFT-S1/stress-broken", statement, slope, ">= 0.75", slope >= 0.75);
    let slope = largest(exponents(1)?);
    let statement =
        "stress family: growth exponent of regret in T, layer trained on the balanced family";
    experiment.claim("RMFT-S1/stress-balanced", statement, slope, "<= 0.5", slope <= 0.5);
    let regret: Vec<_> = outcomes.iter().map(|o| &o.stress).collect();
    experiment.result("stress_regret", serde_json::json!({"horizons": stress, "by_seed": regret}))
}
