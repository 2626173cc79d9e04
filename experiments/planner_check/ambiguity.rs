//! Clouds of models: the structure of both forms, and what ignoring the ambiguity costs.

use lowregret::Result;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::apomdp::evaluation::evaluate;
use lowregret::oracle::apomdp::{belief_form, history_form};
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::policy_evaluation::{surely, uniform};
use lowregret::problem::apomdp::{
    Apomdp, CloudFamily, hazards, reference_cloud, treatment, with_hazard,
};
use lowregret::problem::pomdp::Step;
use lowregret::problem::pomdp::family::Family;
use lowregret::report::{Experiment, Table, table::number};
use rand::RngExt;

use super::{Mean, largest, timed};

const HORIZON: usize = 4;
const PESSIMISMS: usize = 11;
/// Values of the reference cloud at pessimism 0, 1/4, 1/2, 3/4, 1, from another implementation.
const BELIEF_FORM: [f64; 5] = [1.684_307, 1.595_969, 1.511_308, 1.430_195, 1.352_503];
const HISTORY_FORM: [f64; 5] = [1.676_383, 1.602_967, 1.526_100, 1.445_758, 1.361_976];

pub fn check(experiment: &mut Experiment) -> Result<Vec<Mean>> {
    structure(experiment)?;
    reference(experiment)?;
    nominal(experiment)
}

/// What one cloud shows; every entry but the last two has to be 0 up to rounding.
#[derive(Clone, Copy)]
struct Facts {
    one_model: f64,
    rise: f64,
    outside_models: f64,
    optimist_bend: f64,
    hazard: f64,
    self_evaluation: f64,
    pessimist_bend: f64,
    forms: f64,
}

fn structure(experiment: &mut Experiment) -> Result<()> {
    let clouds = if experiment.quick() { 10 } else { 60 };
    experiment.config("clouds", clouds)?;
    let streams = Streams::new(experiment.seed());
    let facts = parallel::try_over(clouds, |index| facts(&streams, index))?;
    let most = |of: fn(&Facts) -> f64| largest(facts.iter().map(of));
    for (id, statement, value, bound) in [
        (
            "one-model",
            "one model: deviation of both forms from its own value",
            most(|f| f.one_model),
            1e-10,
        ),
        (
            "pessimism",
            "largest rise of a value with pessimism, both forms",
            most(|f| f.rise),
            1e-10,
        ),
        (
            "models",
            "largest excess of the pessimist over a model's value, or of that over the optimist, both forms",
            most(|f| f.outside_models),
            1e-10,
        ),
        (
            "convex",
            "belief form of the optimist: largest excess of a midpoint over its ends",
            most(|f| f.optimist_bend),
            1e-10,
        ),
        (
            "hazard",
            "ambiguity about a hazard: deviation from the hazard in between, both forms",
            most(|f| f.hazard),
            1e-12,
        ),
    ] {
        let target = format!("<= {bound:e}");
        experiment.claim(format!("Q-E15/{id}"), statement, value, target, value <= bound);
    }
    let bend = most(|f| f.pessimist_bend);
    let statement = "belief form of the pessimist: largest excess of a midpoint over its ends";
    experiment.claim("Q-E15/not-convex", statement, bend, "> 1e-3", bend > 1e-3);
    let own = most(|f| f.self_evaluation);
    let statement = "history form: deviation of the evaluated policy from the value";
    experiment.claim("Q-E16/ambiguous", statement, own, "<= 1e-12", own <= 1e-12);
    let (low, high) =
        facts.iter().fold((0.0f64, 0.0f64), |(l, h), f| (l.min(f.forms), h.max(f.forms)));
    experiment.result("belief_minus_history_form", [low, high])
}

fn both(apomdp: &Apomdp) -> Result<[f64; 2]> {
    let history = history_form::solve(apomdp, HORIZON)?.value();
    Ok([belief_form::value(apomdp, HORIZON)?, history])
}

fn facts(streams: &Streams, index: usize) -> Result<Facts> {
    let family = CloudFamily { family: Family::new(3, 2, 2, 0.6), models: 3, radius: 0.5 };
    let mut rng = streams.stream(Purpose::Evaluation, 1, index, 0);
    let (nominal, cloud) = family.draw(0.5, &mut rng)?;
    let at = |pessimism| cloud.with_pessimism(pessimism);
    let mut values = Vec::new();
    for i in 0..PESSIMISMS {
        values.push(both(&at(i as f64 / (PESSIMISMS - 1) as f64)?)?);
    }
    let rises = values.windows(2).flat_map(|w| [w[1][0] - w[0][0], w[1][1] - w[0][1]]);
    let mut outside = Vec::new();
    for model in cloud.models() {
        let value = HistoryTree::solve(model, HORIZON)?.value();
        let (optimist, pessimist) = (values[0], values[PESSIMISMS - 1]);
        outside.extend((0..2).flat_map(|form| [value - optimist[form], pessimist[form] - value]));
    }
    let alone = cloud.models()[0].clone();
    let own = HistoryTree::solve(&alone, HORIZON)?.value();
    let one = both(&Apomdp::new(vec![alone], 0.3)?)?;
    let mut bends = [0.0f64; 2];
    for _ in 0..10 {
        let mut corner = || {
            let weights: [f64; 3] = [(); 3].map(|()| -rng.random::<f64>().ln());
            let sum: f64 = weights.iter().sum();
            weights.map(|w| w / sum)
        };
        let (a, b) = (corner(), corner());
        let middle: Vec<f64> = a.iter().zip(&b).map(|(x, y)| (x + y) / 2.0).collect();
        for (pessimism, bend) in [0.0, 1.0].into_iter().zip(&mut bends) {
            let apomdp = at(pessimism)?;
            let value = |belief: &[f64]| belief_form::value_at(&apomdp, HORIZON, belief);
            *bend = bend.max(value(&middle)? - (value(&a)? + value(&b)?) / 2.0);
        }
    }
    let mut hazard = 0.0f64;
    for pessimism in [0.0, 0.3, 0.7, 1.0] {
        let ambiguous = both(&hazards(&nominal, &[0.05, 0.2, 0.4], pessimism)?)?;
        let between = with_hazard(&nominal, pessimism * 0.4 + (1.0 - pessimism) * 0.05)?;
        let plain = HistoryTree::solve(&between, HORIZON)?.value();
        hazard = largest([hazard, (ambiguous[0] - plain).abs(), (ambiguous[1] - plain).abs()]);
    }
    let tree = history_form::solve(&cloud, HORIZON)?;
    let policy = |h: &[Step]| surely(tree.action(h).unwrap_or(0), 2);
    let self_evaluation = (evaluate(&cloud, HORIZON, policy)? - tree.value()).abs();
    Ok(Facts {
        one_model: largest(one.map(|v| (v - own).abs())),
        rise: largest(rises),
        outside_models: largest(outside),
        optimist_bend: bends[0],
        pessimist_bend: bends[1],
        hazard,
        self_evaluation,
        forms: values[PESSIMISMS / 2][0] - values[PESSIMISMS / 2][1],
    })
}

fn reference(experiment: &mut Experiment) -> Result<()> {
    let heads = ["reference cloud, pessimism", "belief form", "known", "history form", "known"];
    let mut table = Table::new(&heads);
    let mut deviation = 0.0f64;
    for (i, (belief, history)) in BELIEF_FORM.into_iter().zip(HISTORY_FORM).enumerate() {
        let pessimism = i as f64 / 4.0;
        let [b, h] = both(&reference_cloud(pessimism)?)?;
        deviation = largest([deviation, (b - belief).abs(), (h - history).abs()]);
        let wide = |x: f64| format!("{x:.6}");
        table.push(vec![number(pessimism), wide(b), wide(belief), wide(h), wide(history)]);
    }
    experiment.print(&table);
    let statement =
        "reference cloud, 5 pessimisms, both forms: largest deviation from the known values";
    experiment.claim("Q-E15/reference", statement, deviation, "<= 1e-6", deviation <= 1e-6);
    let mut first = serde_json::Map::new();
    for pessimism in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let patient = treatment(pessimism)?;
        let tree = history_form::solve(&patient, HORIZON)?;
        let action = tree.action(&[]).map_or("none", |a| &patient.shared().names().actions[a]);
        let entry = serde_json::json!({"value": tree.value(), "first_action": action});
        first.insert(pessimism.to_string(), entry);
    }
    experiment.result("treatment", first)
}

/// What the policy of the nominal model loses under ambiguity, as a share of the value.
fn nominal(experiment: &mut Experiment) -> Result<Vec<Mean>> {
    let tasks = if experiment.quick() { 40 } else { 1000 };
    experiment.config("ambiguity_processes", tasks)?;
    let streams = Streams::new(experiment.seed());
    let heads = [
        "radius",
        "pessimism",
        "loss of the nominal policy",
        "95 % interval",
        "loss of random play",
    ];
    let mut table = Table::new(&heads);
    let mut means = Vec::new();
    let mut seconds = 0.0;
    for radius in [0.0, 0.3, 0.6, 0.9] {
        for pessimism in [0.5, 1.0] {
            let task = |index| -> Result<[f64; 2]> {
                let family = Family { reward_power: 6.0, ..Family::new(4, 3, 2, 0.6) };
                let mut rng = streams.stream(Purpose::Evaluation, 2, index, 0);
                let (nominal, cloud) =
                    CloudFamily { family, models: 3, radius }.draw(pessimism, &mut rng)?;
                let best = history_form::solve(&cloud, HORIZON)?.value();
                let tree = HistoryTree::solve(&nominal, HORIZON)?;
                let ignorant = |h: &[Step]| surely(tree.action(h).unwrap_or(0), 3);
                let loss = 1.0 - evaluate(&cloud, HORIZON, ignorant)? / best;
                Ok([loss, 1.0 - evaluate(&cloud, HORIZON, uniform(&nominal))? / best])
            };
            let (took, losses) = timed(|| parallel::try_over(tasks, task));
            seconds += took;
            let losses = losses?;
            for (i, policy) in ["nominal", "random"].into_iter().enumerate() {
                let values: Vec<f64> = losses.iter().map(|l| l[i]).collect();
                means.push(Mean::of("ambiguity", radius, Some(pessimism), policy, &values)?);
            }
            let [nominal, random] = &means[means.len() - 2..] else { continue };
            let bound =
                |x: Option<f64>| x.map_or_else(String::new, |x| format!("{:.1} %", 100.0 * x));
            let interval = format!("{} .. {}", bound(nominal.low), bound(nominal.high));
            let share = |m: &Mean| format!("{:.1} %", 100.0 * m.mean);
            let cells =
                [number(radius), number(pessimism), share(nominal), interval, share(random)];
            table.push(cells.to_vec());
        }
    }
    experiment.print(&table);
    experiment.result("milliseconds_a_cloud", 1e3 * seconds / (8.0 * tasks as f64))?;
    Ok(means)
}
