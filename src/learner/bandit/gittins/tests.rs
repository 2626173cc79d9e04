use super::*;
use crate::learner::bandit::bayes_optimal::TwoArmPlan;
use crate::learner::bandit::testing::{generator, taught};

/// Worth of a first play at a price, when the best stopping follows.
fn worth(s: usize, f: usize, left: usize, price: f64) -> f64 {
    // Values of the states after `plays` plays, by successes among them.
    let mut values = vec![0.0; left + 1];
    for plays in (0..left).rev() {
        for won in 0..=plays {
            let p = (s + won + 1) as f64 / (s + f + plays + 2) as f64;
            let worth = p - price + p * values[won + 1] + (1.0 - p) * values[won];
            values[won] = if plays == 0 { worth } else { worth.max(0.0) };
        }
    }
    values[0]
}

/// The index by bisection.
fn bisected(s: usize, f: usize, left: usize) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if worth(s, f, left, middle) > 0.0 { low = middle } else { high = middle }
    }
    low
}

/// One round left: the posterior mean. Two: stop after a failure, (1/2 + 1/2 * 2/3) / (1 + 1/2) = 5/9. Three from
/// Beta(1, 1): go on after a success until a failure, (1/2 + 1/2 (2/3 + 2/3 * 3/4)) / (1 + 1/2 (1 + 2/3)) = 13/22.
#[test]
fn small_indices_match_closed_forms() {
    let table = GittinsTable::new(3).unwrap();
    for (s, f, left, expected) in
        [(0, 0, 1, 0.5), (1, 0, 1, 2.0 / 3.0), (0, 0, 2, 5.0 / 9.0), (0, 0, 3, 13.0 / 22.0)]
    {
        approx::assert_abs_diff_eq!(table.index(s, f, left), expected, epsilon = 1e-7);
    }
}

#[test]
fn indices_match_bisection() {
    let table = GittinsTable::new(30).unwrap();
    for left in 1..=30 {
        for plays in 0..=30 - left {
            for s in 0..=plays {
                let (index, judge) =
                    (table.index(s, plays - s, left), bisected(s, plays - s, left));
                approx::assert_abs_diff_eq!(index, judge, epsilon = 1e-7);
            }
        }
    }
}

#[test]
fn indices_of_a_long_game_match_bisection() {
    let table = GittinsTable::new(100).unwrap();
    for (s, f) in [(0, 0), (1, 0), (0, 1), (3, 1), (1, 5), (12, 3), (3, 30), (30, 30)] {
        for left in [2, 10, 40] {
            let (index, judge) = (table.index(s, f, left), bisected(s, f, left));
            approx::assert_abs_diff_eq!(index, judge, epsilon = 1e-7);
        }
    }
    approx::assert_abs_diff_eq!(table.index(0, 0, 100), bisected(0, 0, 100), epsilon = 1e-7);
}

#[test]
fn the_index_grows_with_successes_and_rounds_left() {
    let table = GittinsTable::new(40).unwrap();
    for plays in 0..20 {
        for s in 0..=plays {
            for left in 1..20 {
                let index = table.index(s, plays - s, left);
                assert!(table.index(s, plays - s, left + 1) >= index - 1e-7);
                assert!(table.index(s + 1, plays - s, left) > index);
                assert!(table.index(s, plays - s + 1, left) < index);
            }
        }
    }
}

/// Expected reward of index play of two arms, over all posteriors.
fn value(table: &GittinsTable, t: usize, arms: [(usize, usize); 2]) -> f64 {
    let Some(left @ 1..) = table.horizon().checked_sub(t) else { return 0.0 };
    let play = |a: usize| {
        let (s, f) = arms[a];
        let (mut won, mut lost) = (arms, arms);
        (won[a].0, lost[a].1) = (s + 1, f + 1);
        let p = (s + 1) as f64 / (s + f + 2) as f64;
        p * (1.0 + value(table, t + 1, won)) + (1.0 - p) * value(table, t + 1, lost)
    };
    let gap = table.index(arms[0].0, arms[0].1, left) - table.index(arms[1].0, arms[1].1, left);
    match gap {
        gap if gap > 0.0 => play(0),
        gap if gap < 0.0 => play(1),
        _ => 0.5 * (play(0) + play(1)),
    }
}

/// Never above the optimum, and within 0.1 % of it.
#[test]
fn two_arms_are_played_almost_optimally() {
    for horizon in 1..=9 {
        let optimum = TwoArmPlan::new(horizon).unwrap().value();
        let gittins = value(&GittinsTable::new(horizon).unwrap(), 0, [(0, 0); 2]);
        assert!(gittins <= optimum + 1e-12, "{horizon}: {gittins}, {optimum}");
        assert!(gittins >= optimum * 0.999, "{horizon}: {gittins}, {optimum}");
    }
}

/// After the horizon, the posterior means: 3/4 against 2/3.
#[test]
fn rounds_beyond_the_horizon_are_played_by_means() {
    let table = Arc::new(GittinsTable::new(2).unwrap());
    let history = [(0, 1.0), (1, 1.0), (0, 1.0)];
    let mut learner = taught(Gittins::new(2, table.clone()).unwrap(), &history);
    assert_eq!(learner.choose(&mut generator()), 0);
    // Rewards between 0 and 1: a sum of 0.9 counts as one success, of 0.4 as none.
    let mut learner = taught(Gittins::new(2, table).unwrap(), &[(0, 0.4), (1, 0.9)]);
    assert_eq!(learner.choose(&mut generator()), 1);
    for horizon in [0, LONGEST_HORIZON + 1] {
        assert!(GittinsTable::new(horizon).is_err());
    }
}
