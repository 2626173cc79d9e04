//! Training of the layer as its caller meets it: what is refused, what is reported, what may not depend on threads.

use super::*;
use crate::model::Model;
use crate::model::linear_attention::LinearAttentionConfig;
use crate::nn::schedule::Schedule;
use crate::numeric::rng::Purpose;
use crate::problem::decision_set::DecisionSet;
use crate::problem::family::RewardFamily;

/// 40 scenarios are several tasks of every parallel loop.
fn config() -> RmftConfig {
    RmftConfig {
        scenarios: 40,
        rollouts: 6,
        keep: 2,
        iterations: 5,
        passes: 2,
        exploration: Schedule { start: 0.8, end: 0.2 },
        learning_rate: Schedule::cosine(3e-2, 0.1),
        ..RmftConfig::single_layer(8, 2)
    }
}

fn problem() -> FullInformation {
    FullInformation::balanced(2, 8)
}

fn layer<S: Scalar>(problem: &FullInformation) -> LinearAttention<S> {
    let config = LinearAttentionConfig::new(problem.dimension, problem.horizon, problem.set);
    let mut rng = Streams::new(5).stream(Purpose::Initialization, 0, 0, 0);
    LinearAttention::random(config, &mut rng).unwrap()
}

/// Trains a fresh layer; returns it and the iterations observed.
fn run<S: Scalar>(
    problem: &FullInformation,
    config: &RmftConfig,
) -> (LinearAttention<S>, Vec<Iteration>, Result<()>) {
    let (mut layer, mut seen) = (layer(problem), Vec::new());
    let outcome =
        train(&mut layer, problem, config, Streams::new(5), |report, _| seen.push(*report));
    (layer, seen, outcome)
}

fn refusal(problem: &FullInformation, config: &RmftConfig) -> String {
    let fitting = self::problem();
    let mut layer = layer::<f32>(&fitting);
    let before = layer.parameters().to_vec();
    let error =
        train(&mut layer, problem, config, Streams::new(5), |_, _| panic!("nothing to observe"));
    assert_eq!(layer.parameters(), before);
    error.unwrap_err().to_string()
}

fn bits(shared_rewards: bool, threads: usize) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let config = RmftConfig { shared_rewards, ..config() };
    let (layer, seen, outcome) = pool.install(|| run::<f32>(&problem(), &config));
    outcome.unwrap();
    let reports = seen.iter().flat_map(|r| [r.rollouts.regret, r.rollouts.kept_regret, r.loss]);
    let parameters = layer.parameters().iter().map(|p| p.to_bits());
    parameters.chain(reports.map(|r| (r as f32).to_bits())).collect()
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    for shared_rewards in [true, false] {
        let one = bits(shared_rewards, 1);
        assert_eq!(one, bits(shared_rewards, 2));
        assert_eq!(one, bits(shared_rewards, 3));
    }
    assert_ne!(bits(true, 1), bits(false, 1));
}

#[test]
fn every_iteration_is_observed_once_with_the_layer_after_it() {
    let (problem, config) = (problem(), config());
    let mut trained = layer::<f64>(&problem);
    let mut states = vec![trained.parameters().to_vec()];
    let mut seen = Vec::new();
    train(&mut trained, &problem, &config, Streams::new(5), |report, layer| {
        seen.push(*report);
        states.push(layer.parameters().to_vec());
    })
    .unwrap();
    assert_eq!(seen.iter().map(|r| r.index).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    for (i, report) in seen.iter().enumerate() {
        assert_eq!(report.exploration, config.exploration.at(i, 5));
        assert_eq!(report.learning_rate, config.learning_rate.at(i, 5));
        assert!(
            report.rollouts.kept_regret < report.rollouts.regret && report.loss > 0.0,
            "{report:?}"
        );
        assert_ne!(states[i], states[i + 1]);
    }
    assert_eq!(states[5], trained.parameters());
    assert_eq!((seen[0].exploration, seen[4].exploration), (0.8, 0.2));
}

/// Drifting rewards reward moving: a few iterations already find that out.
#[test]
fn training_lowers_regret() {
    let family = RewardFamily::Drift { drift: 0.6, noise: 0.8 };
    let problem = FullInformation { family, ..problem() };
    let config = RmftConfig {
        iterations: 120,
        exploration: Schedule::constant(0.3),
        learning_rate: Schedule::constant(1e-2),
        ..config()
    };
    let (_, seen, outcome) = run::<f32>(&problem, &config);
    outcome.unwrap();
    let mean = |reports: &[Iteration]| {
        reports.iter().map(|r| r.rollouts.regret).sum::<f64>() / reports.len() as f64
    };
    let (first, last) = (mean(&seen[..20]), mean(&seen[100..]));
    assert!(last < 0.8 * first, "{first} -> {last}");
}

#[test]
fn every_bad_hyper_parameter_is_named() {
    let good = config();
    let bad = |field: &str, change: &dyn Fn(&mut RmftConfig)| {
        let mut config = good.clone();
        change(&mut config);
        let message = refusal(&problem(), &config);
        assert!(message.starts_with(field) && message.contains("expected"), "{message}");
    };
    bad("scenarios = 0", &|c| c.scenarios = 0);
    bad("rollouts = 0", &|c| c.rollouts = 0);
    bad("keep = 0", &|c| c.keep = 0);
    bad("iterations = 0", &|c| c.iterations = 0);
    bad("passes = 0", &|c| c.passes = 0);
    bad("keep = 7: expected at most rollouts = 6", &|c| c.keep = 7);
    for value in [-0.1, f64::NAN, f64::INFINITY] {
        bad("exploration.start", &|c| c.exploration.start = value);
        bad("exploration.end", &|c| c.exploration.end = value);
        bad("learning_rate.start", &|c| c.learning_rate.start = value);
        bad("learning_rate.end", &|c| c.learning_rate.end = value);
    }
}

#[test]
fn a_problem_that_does_not_fit_the_layer_is_named() {
    let bad = |field: &str, problem: FullInformation| {
        let message = refusal(&problem, &config());
        assert!(message.starts_with(field), "{message}");
    };
    bad("dimension = 3: expected the layer's d = 2", FullInformation { dimension: 3, ..problem() });
    bad("set = Simplex", FullInformation { set: DecisionSet::Simplex, ..problem() });
    bad("set = Ball", FullInformation { set: DecisionSet::Ball { radius: 2.0 }, ..problem() });
    bad(
        "decision_set.radius",
        FullInformation { set: DecisionSet::Ball { radius: f64::NAN }, ..problem() },
    );
    bad("dimension = 0", FullInformation { dimension: 0, ..problem() });
    bad("horizon = 0", FullInformation { horizon: 0, ..problem() });
    bad(
        "family.noise",
        FullInformation { family: RewardFamily::Drift { drift: 0.1, noise: -1.0 }, ..problem() },
    );
}

/// Sizes that would overflow or exhaust the memory are refused before anything is allocated.
#[test]
fn absurd_sizes_are_refused_at_once() {
    let start = std::time::Instant::now();
    for absurd in [1 << 40, usize::MAX] {
        for change in [
            |c: &mut RmftConfig, n| c.scenarios = n,
            |c: &mut RmftConfig, n| c.rollouts = n,
            |c: &mut RmftConfig, n| (c.rollouts, c.keep) = (n, n),
        ] {
            let mut config = config();
            change(&mut config, absurd);
            assert!(refusal(&problem(), &config).starts_with("scenarios, rollouts"));
        }
        let long = FullInformation { horizon: absurd, ..problem() };
        assert!(refusal(&long, &config()).starts_with("horizon x dimension"));
        let wide = FullInformation { dimension: absurd, ..problem() };
        assert!(refusal(&wide, &config()).starts_with("horizon x dimension"));
    }
    assert!(start.elapsed().as_secs() < 2);
}

/// An overflow ends the run with the iteration named and the parameters of the last good one.
#[test]
fn a_diverging_run_stops_with_finite_parameters() {
    for start in [1e25, 1e38, 1e300] {
        let config = RmftConfig { learning_rate: Schedule { start, end: start }, ..config() };
        let (layer, seen, outcome) = run::<f32>(&problem(), &config);
        let error = outcome.unwrap_err();
        let Error::NotFinite { iteration, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(iteration, seen.len());
        assert!(layer.parameters().iter().all(|p| p.is_finite()));
        if seen.is_empty() {
            let untouched = self::layer::<f32>(&problem());
            assert_eq!(layer.parameters(), untouched.parameters());
        }
    }
}

/// One round teaches nothing (the first output is always 0) and one dimension is a line: both run.
#[test]
fn the_smallest_problems_run() {
    for (set, d, horizon) in [
        (DecisionSet::UNIT_BALL, 1, 1),
        (DecisionSet::UNIT_BALL, 1, 8),
        (DecisionSet::UNIT_BALL, 3, 1),
        (DecisionSet::Simplex, 1, 8),
        (DecisionSet::Simplex, 3, 1),
    ] {
        for shared_rewards in [true, false] {
            let problem = FullInformation { set, ..FullInformation::balanced(d, horizon) };
            let config = RmftConfig { shared_rewards, scenarios: 3, ..config() };
            let (layer, seen, outcome) = run::<f64>(&problem, &config);
            outcome.unwrap();
            assert_eq!(seen.len(), 5);
            assert!(layer.parameters().iter().all(|p| p.is_finite()));
            assert!(seen.iter().all(|r| r.rollouts.regret.is_finite() && r.loss.is_finite()));
            let untrained = self::layer::<f64>(&problem);
            assert_eq!(layer.parameters() == untrained.parameters(), horizon == 1);
        }
    }
}

/// One scenario, one trajectory, and all trajectories kept, are the ends of the range.
#[test]
fn the_smallest_and_the_unselective_runs_work() {
    for (scenarios, rollouts, keep) in [(1, 1, 1), (3, 6, 6)] {
        for shared_rewards in [true, false] {
            let config = RmftConfig { scenarios, rollouts, keep, shared_rewards, ..config() };
            let (_, seen, outcome) = run::<f32>(&problem(), &config);
            outcome.unwrap();
            assert!(seen.iter().all(|r| (r.rollouts.regret - r.rollouts.kept_regret).abs() < 1e-9));
        }
    }
}
