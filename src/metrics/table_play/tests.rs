use ndarray::array;
use rand::RngExt;

use super::replay::resampled;
use super::*;
use crate::learner::play::earnings;
use crate::learner::spec::{LearnerSpec, Scale};
use crate::problem::family::RewardFamily;
use crate::problem::full_information::FullInformation;

/// A player of the named learner.
fn player(name: &str) -> impl Fn(ArrayView2<f64>, &mut ChaCha8Rng) -> Result<Vec<f64>> + Sync {
    let spec: LearnerSpec = name.parse().unwrap();
    move |rewards: ArrayView2<f64>, _: &mut ChaCha8Rng| {
        let scale = Scale { rounds: rewards.nrows(), bound: 1.0 };
        let mut learner = spec.build(DecisionSet::Simplex, scale, rewards);
        Ok(earnings(&mut learner, rewards))
    }
}

#[test]
fn regrets_are_those_of_the_definitions() {
    let rewards = array![[1.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 0.5]];
    let rules = Rules { switches: Some(1), tables: 0, ..Rules::new(4) };
    let mut play = TablePlay::new(rewards, rules).unwrap();
    play.add("center", false, player("center")).unwrap();
    play.add("first", true, |rewards, _| Ok(rewards.column(0).to_vec())).unwrap();
    let [center, first] = play.entries() else { panic!("two learners") };
    assert_eq!((center.runs, first.runs), (1, 10));
    assert_eq!(center.earned.mean, 3.25);
    assert_eq!(center.regret.mean, 4.0 - 3.25);
    assert_eq!(center.switching_regret.unwrap().mean, 5.0 - 3.25);
    assert_eq!(center.dynamic_regret.mean, 6.5 - 3.25);
    assert_eq!(first.regret, Estimate::of(&[0.0; 10]).unwrap());
    let curve: Vec<f64> = center.curve.iter().map(|point| point.mean).collect();
    assert_eq!(curve, [0.5, 0.5, 1.0, 0.75]);
    assert_eq!((center.gain, center.replayed), (None, None));
}

#[test]
fn gains_are_in_units_of_the_whole_table() {
    let rewards = Array2::from_shape_fn((33, 2), |(t, a)| if a == 0 { t as f64 } else { 0.0 });
    let rules = Rules { tables: 0, ..Rules::new(33) };
    let mut play = TablePlay::new(rewards, rules).unwrap();
    play.add("best", false, player("best-fixed")).unwrap();
    let gain = play.entries()[0].gain.unwrap();
    approx::assert_relative_eq!(gain.mean, 32.0 * 33.0 / 4.0, max_relative = 1e-12);
    assert_eq!(gain.n, 6);
}

#[test]
fn resampled_tables_are_blocks_of_the_table() {
    let rewards = Array2::from_shape_fn((50, 1), |(t, _)| t as f64);
    let table = resampled(rewards.view(), 7, &Streams::new(3), 0);
    assert_eq!(table.nrows(), 50);
    let follows = |(i, pair): (usize, &[f64])| i % 7 == 6 || pair[1] == (pair[0] + 1.0) % 50.0;
    assert!(table.as_slice().unwrap().windows(2).enumerate().all(follows));
    assert_ne!(table, resampled(rewards.view(), 7, &Streams::new(3), 1));
}

/// On 2000 rounds of independent rewards with a gap, never moving has linear regret and Hedge has not.
#[test]
fn verdicts_tell_learners_apart() {
    let verdict = |family: RewardFamily, name: &str| {
        let problem = FullInformation {
            set: DecisionSet::Simplex,
            family,
            ..FullInformation::balanced(3, 2000)
        };
        let rewards = problem.scenario(&Streams::new(6), Purpose::Evaluation, 0, 0, 0);
        let rules = Rules { tables: 60, ..Rules::new(2000) };
        let mut play = TablePlay::new(rewards, rules).unwrap();
        play.add(name, false, player(name)).unwrap();
        play.entries()[0].verdict()
    };
    let noisy = || RewardFamily::Gaussian { spread: 1.0, noise: 1.0 };
    assert!(matches!(verdict(noisy(), "hedge"), Verdict::Sublinear { learned: true, .. }));
    let idle = verdict(noisy(), "center");
    assert!(
        matches!(idle, Verdict::Linear { exponent } if (0.9..1.1).contains(&exponent)),
        "{idle:?}"
    );
    assert_eq!(verdict(noisy(), "best-fixed"), Verdict::NoRegret);
}

/// Where the best arm changes once, regret falls on the way, which tables of short blocks do not show; where all
/// arms are alike, nobody is said to have learned.
#[test]
fn verdicts_say_what_a_table_does_not_tell() {
    let entry = |rewards: Array2<f64>, name: &str| {
        let rules = Rules { tables: 60, ..Rules::new(rewards.nrows()) };
        let mut play = TablePlay::new(rewards, rules).unwrap();
        play.add(name, false, player(name)).unwrap();
        play.entries()[0].verdict()
    };
    let changing = Array2::from_shape_fn((400, 2), |(t, a)| {
        f64::from(u8::from((a == 0) == (t < 150))) + 0.3 * ((t * 7 + a * 5) % 11) as f64 / 11.0
    });
    let verdict = entry(changing, "center");
    assert!(matches!(verdict, Verdict::Drift { .. }), "{verdict:?}");
    let alternating =
        Array2::from_shape_fn((400, 2), |(t, a)| f64::from(u8::from((t + a) % 2 == 0)));
    let verdict = entry(alternating, "hedge");
    assert!(!matches!(verdict, Verdict::Sublinear { learned: true, .. }), "{verdict:?}");
    assert!(!verdict.to_string().is_empty());
    let rules = Rules { tables: 0, ..Rules::new(9) };
    let mut play = TablePlay::new(Array2::from_shape_fn((9, 2), |(_, a)| a as f64), rules).unwrap();
    play.add("center", false, player("center")).unwrap();
    assert_eq!(play.entries()[0].verdict(), Verdict::Untested);
}

#[test]
fn runs_that_differ_leave_a_regret_near_zero_open() {
    let rewards = Array2::from_shape_fn((60, 2), |(t, a)| f64::from(u8::from((t + a) % 2 == 0)));
    let rules = Rules { tables: 0, ..Rules::new(60) };
    let mut play = TablePlay::new(rewards, rules).unwrap();
    let lucky = |rewards: ArrayView2<f64>, rng: &mut ChaCha8Rng| {
        let earn = |row: ndarray::ArrayView1<f64>| row[rng.random_range(0..2)];
        Ok(rewards.outer_iter().map(earn).collect())
    };
    play.add("lucky", true, lucky).unwrap();
    assert_eq!(play.entries()[0].verdict(), Verdict::NearZero);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let refusal =
        |rules: Rules| TablePlay::new(Array2::zeros((10, 2)), rules).unwrap_err().to_string();
    let good = Rules::new(10);
    assert_eq!(good.block, 3);
    assert!(refusal(Rules { runs: 0, ..good }).starts_with("seeds = 0"));
    assert!(refusal(Rules { tables: 39, ..good }).starts_with("resamples = 39"));
    assert!(refusal(Rules { block: 11, ..good }).starts_with("block = 11"));
    let ball = Rules { set: DecisionSet::UNIT_BALL, switches: Some(1), ..good };
    assert!(refusal(ball).starts_with("switches"));
    for rewards in [Array2::zeros((0, 2)), Array2::zeros((2, 0)), array![[f64::NAN]]] {
        assert!(TablePlay::new(rewards, Rules::new(1)).is_err());
    }
}
