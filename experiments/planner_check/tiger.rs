//! The tiger over few steps: exact by two planners, for three discounts.

use lowregret::Result;
use lowregret::oracle::pomdp::alpha_vectors::AlphaVector;
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::pruning;
use lowregret::problem::pomdp::classics;
use lowregret::report::{Experiment, Table, table::number};

use super::{Value, largest, timed};

const HORIZON: usize = 10;
/// Values over 1 to 10 steps. Without discount the one over 3 is published in the documentation of the R package pomdp;
/// the others were measured with another implementation.
const KNOWN: [(f64, [f64; HORIZON]); 3] = [
    (
        1.0,
        [-1.0, -2.0, 2.72, 2.42125, 3.60915, 5.618_819, 6.24635, 7.096_616, 8.753_839, 9.438_168],
    ),
    (
        0.95,
        [
            -1.0, -1.95, 2.3098, 1.795_544, 2.763_096, 4.428_531, 4.584_266, 5.324_021, 6.423_648,
            6.693_368,
        ],
    ),
    (
        0.75,
        [
            -1.0, -1.75, 0.905, 0.483_125, 0.628_229, 1.402_174, 1.290_394, 1.447_012, 1.674_227,
            1.66156,
        ],
    ),
];
/// The vectors over 2 and 3 steps without discount, up to their mirror images (same documentation).
const VECTORS: [&[[f64; 2]]; 2] = [
    &[[9.0, -101.0], [7.35, -16.85], [-2.0, -2.0]],
    &[[8.0, -102.0], [7.7525, -30.4725], [4.9475, -5.2275], [2.72, 2.72]],
];

pub fn check(experiment: &mut Experiment) -> Result<Vec<Value>> {
    let deepest = if experiment.quick() { 6 } else { 9 };
    experiment.config("tiger_horizon", HORIZON)?;
    experiment.config("tiger_tree_horizon", deepest)?;
    let (mut rows, mut sets) = (Vec::new(), f64::INFINITY);
    let mut times = Table::new(&["tiger, discount", "planner", "steps", "value", "vectors", "ms"]);
    let mut difference = 0.0f64;
    for (discount, known) in KNOWN {
        let tiger = classics::tiger(discount)?;
        let (seconds, plan) = timed(|| pruning::solve(&tiger, HORIZON));
        let plan = plan?;
        let mut push = |horizon, planner, value| {
            let source = match (discount, horizon) {
                (1.0, 3) => "published",
                _ => "measured elsewhere",
            };
            let (problem, reference) = ("tiger", Some(known[horizon - 1]));
            let horizon = Some(horizon);
            rows.push(Value { problem, discount, horizon, planner, value, reference, source });
        };
        let value = |horizon| plan.stage(horizon).value(tiger.start());
        (1..=HORIZON).for_each(|horizon| push(horizon, "incremental pruning", value(horizon)));
        let vectors = plan.stage(HORIZON).vectors().len().to_string();
        let cells = [number(discount), "incremental pruning".into(), HORIZON.to_string()];
        let rest = [number(value(HORIZON)), vectors, number(1e3 * seconds)];
        times.push(cells.into_iter().chain(rest).collect());
        for horizon in 1..=deepest {
            let (seconds, tree) = timed(|| HistoryTree::solve(&tiger, horizon));
            let found = tree?.value();
            push(horizon, "history tree", found);
            difference = difference.max((found - value(horizon)).abs());
            if horizon == deepest {
                let cells = [number(discount), "history tree".into(), horizon.to_string()];
                let rest = [number(found), String::new(), number(1e3 * seconds)];
                times.push(cells.into_iter().chain(rest).collect());
            }
        }
        if discount == 1.0 {
            let distance = |(to_go, expected)| set_distance(plan.stage(to_go).vectors(), expected);
            sets = largest((2..).zip(VECTORS).map(distance));
        }
    }
    experiment.print(&times);
    let deviation = largest(rows.iter().map(|r| (r.value - r.reference.unwrap_or(f64::NAN)).abs()));
    let statement = "tiger, 3 discounts, 1 to 10 steps: largest deviation from the known values";
    experiment.claim("Q-E13/tiger-steps", statement, deviation, "<= 1e-5", deviation <= 1e-5);
    let statement = "tiger: largest difference between history tree and incremental pruning";
    experiment.claim("Q-E13/tiger-planners", statement, difference, "<= 1e-8", difference <= 1e-8);
    let statement = "tiger, 2 and 3 steps: distance to the published sets of 5 and 7 alpha vectors";
    experiment.claim("Q-E13/tiger-vectors", statement, sets, "<= 1e-9", sets <= 1e-9);
    Ok(rows)
}

/// The largest distance of a vector to its partner; infinite if the sets do not pair.
fn set_distance(found: &[AlphaVector], half: &[[f64; 2]]) -> f64 {
    let mirrored = half.iter().rev().map(|[a, b]| [*b, *a]);
    let mut expected: Vec<[f64; 2]> = half.iter().copied().chain(mirrored).collect();
    expected.dedup();
    if expected.len() != found.len() {
        return f64::INFINITY;
    }
    let apart =
        |v: &AlphaVector, e: &[f64; 2]| largest(v.values.iter().zip(e).map(|(a, b)| (a - b).abs()));
    let nearest = |e: &[f64; 2]| found.iter().map(|v| apart(v, e)).fold(f64::INFINITY, f64::min);
    largest(expected.iter().map(nearest))
}
