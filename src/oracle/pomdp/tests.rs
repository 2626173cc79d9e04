use super::alpha_vectors::{AlphaVector, AlphaVectors};
use super::history_tree::HistoryTree;
use super::plan::Plan;
use super::point_based::{self, Stop};
use super::policy_evaluation::{evaluate, surely, uniform};
use super::{bounds, pruning};
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::finite_horizon::backward_induction;
use crate::problem::pomdp::family::Family;
use crate::problem::pomdp::{Pomdp, Step, classics};
use approx::assert_relative_eq;

fn random(index: usize, family: Family) -> Pomdp {
    family.draw(&mut Streams::new(21).stream(Purpose::Theory, 0, index, 0)).unwrap()
}

/// Values of the tiger problem over 1 to 10 steps; the first three without discount are published (R package pomdp).
const TIGER: [(f64, [f64; 10]); 3] = [
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

#[test]
fn tiger_has_its_published_values() {
    for (discount, values) in TIGER {
        let tiger = classics::tiger(discount).unwrap();
        let plan = pruning::solve(&tiger, 10).unwrap();
        for (to_go, expected) in (1..).zip(values) {
            let value = plan.stage(to_go).value(tiger.start());
            assert_relative_eq!(value, expected, epsilon = 1e-6);
            if to_go <= 7 {
                let tree = HistoryTree::solve(&tiger, to_go).unwrap();
                assert_relative_eq!(tree.value(), value, epsilon = 1e-12);
            }
            // When a door is best opened depends on the steps to go: a plan that took the wrong set would show here.
            if to_go <= 4 {
                let stages = (1..=to_go).map(|k| plan.stage(k).clone()).collect();
                let plan = Plan::new(stages).unwrap();
                let policy = |h: &[Step]| surely(plan.action(&tiger, h).unwrap(), 3);
                let worth = evaluate(&tiger, to_go, policy).unwrap();
                assert_relative_eq!(worth, value, epsilon = 1e-12);
            }
        }
    }
}

/// The sets for two and three steps are published (R package pomdp); the numbers of vectors
/// are those of a calculation with fractions.
#[test]
fn tiger_has_its_published_vectors() {
    let tiger = classics::tiger(1.0).unwrap();
    let plan = pruning::solve(&tiger, 10).unwrap();
    let sets: [&[[f64; 2]]; 2] = [
        &[[9.0, -101.0], [7.35, -16.85], [-2.0, -2.0], [-16.85, 7.35], [-101.0, 9.0]],
        &[
            [8.0, -102.0],
            [7.7525, -30.4725],
            [4.9475, -5.2275],
            [2.72, 2.72],
            [-5.2275, 4.9475],
            [-30.4725, 7.7525],
            [-102.0, 8.0],
        ],
    ];
    for (to_go, expected) in (2..).zip(sets) {
        let found = plan.stage(to_go).vectors();
        assert_eq!(found.len(), expected.len());
        for vector in expected {
            let near =
                |v: &&AlphaVector| v.values.iter().zip(vector).all(|(a, b)| (a - b).abs() < 1e-10);
            assert_eq!(found.iter().filter(near).count(), 1, "{vector:?} in {found:?}");
        }
    }
    let sizes: Vec<usize> = (1..=10).map(|to_go| plan.stage(to_go).vectors().len()).collect();
    assert_eq!(sizes, [3, 5, 7, 5, 9, 13, 15, 21, 25, 25]);
}

#[test]
fn the_tree_and_the_vectors_agree() {
    for (index, (family, horizon)) in [
        (Family::new(3, 2, 2, 0.6), 5),
        (Family::new(4, 3, 2, 0.8), 4),
        (Family::new(5, 2, 3, 0.4), 4),
        (Family::new(2, 3, 2, 0.7), 5),
        (Family::new(1, 2, 2, 0.5), 3),
    ]
    .into_iter()
    .enumerate()
    {
        let pomdp = random(index, family);
        let tree = HistoryTree::solve(&pomdp, horizon).unwrap();
        let plan = pruning::solve(&pomdp, horizon).unwrap();
        assert_relative_eq!(tree.value(), plan.value(pomdp.start()), epsilon = 1e-10);
        // Both policies are worth what they promise.
        let actions = pomdp.actions();
        let of_tree = |h: &[Step]| surely(tree.action(h).unwrap(), actions);
        assert_relative_eq!(
            evaluate(&pomdp, horizon, of_tree).unwrap(),
            tree.value(),
            epsilon = 1e-12
        );
        let of_plan = |h: &[Step]| surely(plan.action(&pomdp, h).unwrap(), actions);
        assert_relative_eq!(
            evaluate(&pomdp, horizon, of_plan).unwrap(),
            tree.value(),
            epsilon = 1e-9
        );
    }
}

#[test]
fn values_lie_between_ignorance_and_full_sight() {
    let pomdp = random(9, Family::new(4, 3, 2, 0.5));
    let tree = HistoryTree::solve(&pomdp, 4).unwrap();
    let seen = backward_induction(&pomdp, 4).unwrap().at_start(&pomdp);
    let blind = evaluate(&pomdp, 4, uniform(&pomdp)).unwrap();
    assert!(blind < tree.value() && tree.value() < seen);
    // Sight of every state makes the two the same from the second step on; the first action is taken unseen.
    let clear = random(9, Family::new(4, 3, 4, 1.0));
    let later = backward_induction(&clear, 3).unwrap();
    let step = Step { action: 1, observation: 2 };
    let tree = HistoryTree::solve(&clear, 4).unwrap();
    let best = tree.pairs(&[step]).unwrap().iter().copied().fold(f64::MIN, f64::max);
    assert_relative_eq!(best, later.states[[0, 2]], epsilon = 1e-12);
}

#[test]
fn memory_is_worth_half_the_reward_of_the_maze() {
    for corridor in [1, 3, 6] {
        let maze = classics::t_maze(corridor, 0.9).unwrap();
        let horizon = corridor + 2;
        let plan = pruning::solve(&maze, horizon).unwrap();
        let optimal = 0.9f64.powi(corridor as i32 + 1);
        assert_relative_eq!(plan.value(maze.start()), optimal, epsilon = 1e-12);
        assert_relative_eq!(
            HistoryTree::solve(&maze, horizon.min(4)).unwrap().value(),
            if horizon <= 4 { optimal } else { 0.0 },
            epsilon = 1e-12
        );
        // Forward, and up at the junction: what the last observation can tell.
        let forgetful = |h: &[Step]| {
            let junction = h.last().is_some_and(|step| step.observation == 3);
            surely(usize::from(junction), 3)
        };
        let value = evaluate(&maze, horizon, forgetful).unwrap();
        assert_relative_eq!(value, optimal / 2.0, epsilon = 1e-12);
    }
}

#[test]
fn bounds_enclose_the_value() {
    let tiger = classics::tiger(0.75).unwrap();
    let stop = Stop { gap: 1e-8, backups: 20_000 };
    let solution = point_based::solve(&tiger, stop).unwrap();
    assert!(solution.gap() <= 1e-8 && solution.gap() >= -1e-12, "{:?}", solution.trials.last());
    assert_relative_eq!(solution.lower, 1.933_439, epsilon = 1e-6);
    // The published vectors (R package pomdp) and their mirror images.
    let published = [[-98.549_921, 11.450_079], [-10.854_299, 6.516_937], [1.933_439, 1.933_439]];
    assert_eq!(solution.policy.vectors().len(), 5);
    for vector in solution.policy.vectors() {
        let near = |p: &&[f64; 2]| {
            let mirrored = [p[1], p[0]];
            let close =
                |x: &[f64; 2]| vector.values.iter().zip(x).all(|(a, b)| (a - b).abs() < 1e-5);
            close(p) || close(&mirrored)
        };
        assert_eq!(published.iter().filter(near).count(), 1, "{vector:?}");
    }
    let start = tiger.start();
    let (seen, informed) =
        (bounds::fully_observed(&tiger).unwrap(), bounds::fast_informed(&tiger).unwrap());
    assert_relative_eq!(seen.value(start), -1.0 + 0.75 * 40.0, epsilon = 1e-9);
    assert!(informed.value(start) <= seen.value(start));
    assert!(informed.value(start) >= solution.upper);
    assert_relative_eq!(bounds::blind(&tiger).unwrap().value(start), -4.0, epsilon = 1e-9);
    // Bounds never loosen.
    for pair in solution.trials.windows(2) {
        assert!(pair[1].lower >= pair[0].lower - 1e-12 && pair[1].upper <= pair[0].upper + 1e-12);
    }
}

#[test]
fn classics_have_their_published_values() {
    let solve =
        |pomdp: &Pomdp, gap, backups| point_based::solve(pomdp, Stop { gap, backups }).unwrap();
    for (pomdp, gap, low, high) in [
        (classics::tiger(0.95).unwrap(), 1e-6, 19.371_368 - 1e-5, 19.371_368_6 + 1e-5),
        (classics::shuttle(), 1e-5, 32.889_725 - 1e-4, 32.889_725 + 1e-4),
        (classics::cheese(), 1e-6, 3.486_207 - 1e-5, 3.486_207 + 1e-5),
        (classics::corridor(), 1e-6, 1.260_345 - 1e-5, 1.260_345 + 1e-5),
        (classics::t_maze(5, 0.9).unwrap(), 1e-9, 0.9f64.powi(6) - 1e-8, 0.9f64.powi(6) + 1e-8),
    ] {
        let solution = solve(&pomdp, gap, 20_000);
        assert!(solution.gap() <= gap, "{:?}", solution.trials.last());
        assert!(solution.lower >= low && solution.upper <= high, "{:?}", solution.trials.last());
    }
    let grid = solve(&classics::grid4x3(), 1e-3, 10_000);
    assert!(grid.lower >= 1.889 && grid.upper <= 2.112, "{:?}", grid.trials.last());
}

#[test]
fn impossible_requests_are_refused() {
    let tiger = classics::tiger(1.0).unwrap();
    let stop = Stop { gap: 0.1, backups: 10 };
    for message in [
        HistoryTree::solve(&tiger, 0).unwrap_err().to_string(),
        HistoryTree::solve(&tiger, 30).unwrap_err().to_string(),
        HistoryTree::solve(&tiger, usize::MAX).unwrap_err().to_string(),
        pruning::solve(&tiger, 0).unwrap_err().to_string(),
        pruning::solve(&tiger, usize::MAX).unwrap_err().to_string(),
        evaluate(&tiger, 0, uniform(&tiger)).unwrap_err().to_string(),
        evaluate(&tiger, 1_000_000, |_| surely(0, 3)).unwrap_err().to_string(),
    ] {
        assert!(message.starts_with("horizon = "), "{message}");
    }
    assert!(point_based::solve(&tiger, stop).unwrap_err().to_string().starts_with("discount = 1"));
    let tiger = classics::tiger(0.9).unwrap();
    let stop = Stop { gap: f64::NAN, ..stop };
    assert!(point_based::solve(&tiger, stop).is_err());
    for law in [vec![0.5, 0.5], vec![0.5, 0.6, -0.1], vec![0.1, 0.1, 0.1], vec![f64::NAN; 3]] {
        assert!(evaluate(&tiger, 2, |_| law.clone()).is_err());
    }
    let step = Step { action: 7, observation: 0 };
    let tree = HistoryTree::solve(&tiger, 2).unwrap();
    assert!(tree.pairs(&[step]).is_none() && tree.action(&[step; 5]).is_none());
}

/// Nobody can ask for more than rounding gives.
#[test]
fn searches_end_where_rounding_begins() {
    let stop = Stop { gap: f64::MIN_POSITIVE, backups: usize::MAX };
    for pomdp in [classics::tiger(0.75).unwrap(), classics::corridor()] {
        let solution = point_based::solve(&pomdp, stop).unwrap();
        assert!(solution.gap().abs() < 1e-11, "{:?}", solution.trials.last());
    }
    let mut tables = classics::corridor().tables();
    tables.rewards[0] = 1e308;
    tables.rewards[1] = -1e308;
    let wild = Pomdp::new(tables).unwrap();
    assert!(pruning::solve(&wild, 3).unwrap_err().to_string().starts_with("rewards = 1"));
    assert!(point_based::solve(&wild, stop).unwrap_err().to_string().starts_with("alpha vector"));
}

#[test]
fn plans_are_read_back_to_the_bit() {
    let plan = pruning::solve(&classics::tiger(0.95).unwrap(), 4).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiger.plan");
    plan.write(&path).unwrap();
    assert_eq!(Plan::read(&path).unwrap(), plan);
    for (text, expected) in [
        ("", "stages = 0"),
        ("to-go 1\n", "alpha vectors = 0"),
        ("to-go 1\n0\n1 2\nto-go 3\n", "line 4: expected \"to-go 2\""),
        ("to-go 1\n0\n1 x\n", "line 3: \"x\" is not a number"),
    ] {
        std::fs::write(&path, text).unwrap();
        let message = Plan::read(&path).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let one = |states: usize| {
        AlphaVectors::new(vec![AlphaVector { action: 0, values: vec![0.0; states] }]).unwrap()
    };
    assert!(Plan::new(vec![one(2), one(3)]).is_err() && Plan::new(vec![]).is_err());
}
