use super::*;
use crate::learner::bandit::testing::{generator, share, taught};

/// The same recursion written over posteriors, with no table.
fn value(left: usize, arms: [(usize, usize); 2]) -> f64 {
    if left == 0 {
        return 0.0;
    }
    let play = |a: usize| {
        let (s, f) = arms[a];
        let (mut won, mut lost) = (arms, arms);
        (won[a].0, lost[a].1) = (s + 1, f + 1);
        let p = (s + 1) as f64 / (s + f + 2) as f64;
        p * (1.0 + value(left - 1, won)) + (1.0 - p) * value(left - 1, lost)
    };
    play(0).max(play(1))
}

/// One round: 1/2. Two: stay after a success, leave after a failure, 1/2 + 1/2 * 2/3 + 1/2 * 1/2 = 13/12.
#[test]
fn values_match_the_plain_recursion() {
    let plan = |horizon| TwoArmPlan::new(horizon).unwrap();
    approx::assert_abs_diff_eq!(plan(1).value(), 0.5, epsilon = 1e-15);
    approx::assert_abs_diff_eq!(plan(2).value(), 13.0 / 12.0, epsilon = 1e-15);
    for horizon in 3..=9 {
        let plain = value(horizon, [(0, 0); 2]);
        approx::assert_abs_diff_eq!(plan(horizon).value(), plain, epsilon = 1e-13);
    }
}

/// Regrets computed elsewhere: 0.574 at T = 8, 0.997 at T = 25.
#[test]
fn regrets_match_known_values() {
    approx::assert_abs_diff_eq!(TwoArmPlan::new(8).unwrap().regret(), 0.574, epsilon = 5e-4);
    approx::assert_abs_diff_eq!(TwoArmPlan::new(25).unwrap().regret(), 0.997, epsilon = 5e-4);
}

/// Every row of every round begins where the one before ends.
#[test]
fn positions_count_the_states() {
    for t in 0..12 {
        let mut position = 0;
        for n in 0..=t {
            for s in 0..=n {
                for r in 0..=t - n {
                    assert_eq!(State { t, n, s, r }.position(), position);
                    position += 1;
                }
            }
        }
        assert_eq!(position, State::count(t));
        assert_eq!(State::before(t) + position, State::before(t + 1));
    }
}

/// The policy earns the value: its choices are optimal in the plain recursion, in every state of a short game.
#[test]
fn choices_are_optimal() {
    const HORIZON: usize = 7;
    let plan = Arc::new(TwoArmPlan::new(HORIZON).unwrap());
    for n in 0..HORIZON {
        for m in 0..HORIZON - n {
            for (s, r) in (0..=n).flat_map(|s| (0..=m).map(move |r| (s, r))) {
                let wins =
                    |arm, won: usize, plays| (0..plays).map(move |i| (arm, f64::from(i < won)));
                let history: Vec<_> = wins(0, s, n).chain(wins(1, r, m)).collect();
                let learner = BayesOptimal::new(2, plan.clone()).unwrap();
                let arm = taught(learner, &history).choose(&mut generator());
                let arms = [(s, n - s), (r, m - r)];
                let left = HORIZON - n - m;
                let (mut won, mut lost) = (arms, arms);
                (won[arm].0, lost[arm].1) = (arms[arm].0 + 1, arms[arm].1 + 1);
                let p = (arms[arm].0 + 1) as f64 / (arms[arm].0 + arms[arm].1 + 2) as f64;
                let chosen = p * (1.0 + value(left - 1, won)) + (1.0 - p) * value(left - 1, lost);
                approx::assert_abs_diff_eq!(chosen, value(left, arms), epsilon = 1e-12);
            }
        }
    }
}

#[test]
fn ties_are_fair_and_misfits_are_refused() {
    let plan = Arc::new(TwoArmPlan::new(4).unwrap());
    let mut learner = BayesOptimal::new(2, plan.clone()).unwrap();
    assert!((share(&mut learner, 0) - 0.5).abs() < 0.013);
    // Beyond the horizon, by means.
    let mut learner = taught(learner, &[(0, 0.0), (1, 0.0), (1, 1.0), (0, 0.0), (0, 0.0)]);
    assert_eq!(share(&mut learner, 1), 1.0);
    for arms in [0, 1, 3] {
        assert!(BayesOptimal::new(arms, plan.clone()).is_err());
    }
    for horizon in [0, LONGEST_HORIZON + 1] {
        assert!(TwoArmPlan::new(horizon).is_err());
    }
}
