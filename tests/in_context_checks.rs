//! Linear attention as in-context regression: short versions of what the page q_attention measures.

use lowregret::model::in_context::{InContextAttention, InContextConfig};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::regression::{FeatureLaw, LinearRegression};
use lowregret::theory::in_context::bound::{published_bound, sharper_bound};
use lowregret::theory::in_context::descent::{initial_scale, stability_limit};
use lowregret::theory::in_context::error::{best_training_length, spectral_error, test_error};
use lowregret::theory::in_context::optimum::optimum;
use lowregret::theory::in_context::policy::fast_rate_constant;
use lowregret::theory::in_context::simulation::{
    GreedyPlay, fitted_optimum, greedy_loss, simulated_error,
};
use lowregret::train::in_context::log::{off_block, relative_error};
use lowregret::train::in_context::stochastic::{StochasticConfig, train};
use ndarray::Array2;

fn conditioned(d: usize, condition: f64) -> LinearRegression {
    LinearRegression::isotropic(FeatureLaw::conditioned(d, condition).unwrap())
}

fn spectrum(d: usize, condition: f64) -> Vec<f64> {
    conditioned(d, condition).features().second().diag().to_vec()
}

/// E.1: the exact error within 4 standard errors of its simulation.
#[test]
fn exact_errors_are_simulated() {
    for (seed, (d, condition, n, m)) in
        [(5, 1.0, 20, 20), (5, 10.0, 20, 40), (10, 100.0, 50, 200), (3, 3.0, 10, 10)]
            .into_iter()
            .enumerate()
    {
        let task = conditioned(d, condition);
        let matrix = optimum(&task, n).unwrap();
        let exact = test_error(&task, matrix.view(), m).unwrap().total();
        let streams = Streams::new(seed as u64);
        let simulated = simulated_error(&task, matrix.view(), m, 20_000, &streams).unwrap();
        let error = simulated.half_width().unwrap() / 1.96;
        assert!((simulated.mean - exact).abs() < 4.0 * error, "{simulated:?}, exact {exact}");
    }
}

/// E.6: what the bounds are worth on the grid and in the limit, and that they are no guide to the training length.
#[test]
fn bounds_are_worth_what_is_said() {
    let lengths = [8, 32, 128, 512, 4096];
    let mut tightest = f64::INFINITY;
    for d in [2, 5, 10, 20] {
        for l in [1.0, 3.0, 10.0, 100.0].map(|condition| spectrum(d, condition)) {
            for (n, m) in lengths.into_iter().flat_map(|n| lengths.map(|m| (n, m))) {
                let exact = spectral_error(&l, n, m).unwrap().total();
                tightest = tightest.min(published_bound(&l, n, m).unwrap().total() / exact);
            }
        }
    }
    assert!((1.0..1.01).contains(&tightest), "{tightest}");
    let (l, long) = (spectrum(5, 10.0), 1_000_000);
    let exact = spectral_error(&l, long, 1).unwrap().training_length;
    let published = published_bound(&l, long, 1).unwrap().training_length / exact;
    assert!((published - 4.54).abs() < 0.01, "{published}");
    let sharper = sharper_bound(&l, 0.0, long, 1).unwrap().training_length / exact;
    assert!((sharper - 1.0).abs() < 1e-3, "{sharper}");
    let candidates: Vec<usize> = (1..=150).chain([1000, long]).collect();
    for m in [10, 40, 100] {
        assert_eq!(best_training_length(&conditioned(5, 10.0), &candidates, m).unwrap().0, m);
    }
}

/// E.4: from the standard initialisation, at learning rates on either side of the limit of Q-A6 (c).
#[test]
fn the_trained_layer_is_the_optimum() {
    let task = conditioned(5, 1.0);
    let target = optimum(&task, 20).unwrap();
    let limit = stability_limit(&task, 20).unwrap();
    assert!((limit - 0.0302).abs() < 1e-4, "{limit}");
    let run = |learning_rate, prompts, steps| {
        let streams = Streams::new(0);
        let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
        let (config, sigma) = (InContextConfig { d: 5 }, initial_scale(&task, 20).unwrap());
        let mut layer = InContextAttention::standard(config, sigma, &mut rng).unwrap();
        let config = StochasticConfig {
            samples: 20,
            prompts,
            antithetic: true,
            steps,
            learning_rate,
            tail: 0.25,
        };
        let mut widest = 0.0f64;
        let outcome = train(&mut layer, &task, &config, streams, |_, layer| {
            widest = widest.max(off_block(layer));
        });
        (layer, widest, outcome.is_ok())
    };
    let (layer, widest, _) = run(Schedule::cosine(0.02, 0.0), 512, 1000);
    assert!(relative_error(&layer, target.view()) < 0.03);
    assert!(widest < 1e-12, "{widest}");
    let (layer, widest, _) = run(Schedule::constant(0.01), 128, 1000);
    assert!(widest < 1e-12, "{widest}");
    assert!((layer.scale() - 1.3115).abs() < 0.05, "{}", layer.scale());
    // Beyond the limit rounding errors grow until they count; whether training survives that is a matter of luck.
    let (_, widest, survived) = run(Schedule::constant(1.6 * limit), 128, 200);
    assert!(widest > 1e-3 || !survived, "{widest}");
}

/// E.5: slopes of the closed form, with the length from which on the slope -2 is proved (Q-A5 (b)).
#[test]
fn slopes_come_late_in_the_training_length() {
    let slope = |f: &dyn Fn(usize) -> f64, at: usize| (f(2 * at) / f(at)).log2();
    for (d, condition) in [(5, 1.0), (5, 10.0), (10, 100.0)] {
        let l = spectrum(d, condition);
        let in_m = |m| spectral_error(&l, 1_000_000, m).unwrap().total();
        assert!((slope(&in_m, 100) + 1.0).abs() < 1e-3);
        let in_n = |n| spectral_error(&l, n, 1).unwrap().training_length;
        let late = (29.0 * (1.0 + d as f64 / l[0])).ceil() as usize;
        assert!((slope(&in_n, late) + 2.0).abs() < 0.05, "{condition}");
    }
    let l = spectrum(5, 10.0);
    let early = slope(&|n| spectral_error(&l, n, 1).unwrap().training_length, 32);
    assert!((early + 1.59).abs() < 0.01, "{early}");
}

/// E.7: isotropic shrinkage is free for the policy, two actions lose the predicted constant over M.
#[test]
fn policies_lose_what_theory_says() {
    let streams = Streams::new(1);
    let round = conditioned(5, 1.0);
    let play = GreedyPlay { actions: 4, tasks: 2000, choices: 4 };
    for n in [2, 16, 256] {
        let matrix = optimum(&round, n).unwrap();
        let loss = greedy_loss(&round, matrix.view(), None, play, &streams).unwrap();
        assert_eq!(loss.mean, 0.0, "{n}");
    }
    let long = conditioned(5, 10.0);
    let loss = greedy_loss(&long, optimum(&long, 16).unwrap().view(), None, play, &streams);
    assert!((loss.unwrap().mean / 2.19e-2 - 1.0).abs() < 0.2);
    let play = GreedyPlay { actions: 2, tasks: 40_000, choices: 8 };
    let loss = greedy_loss(&round, Array2::eye(5).view(), Some(128), play, &streams).unwrap();
    let constant = fast_rate_constant(5).unwrap();
    assert!((128.0 * loss.mean / constant - 1.0).abs() < 0.08, "{loss:?}");
}

#[test]
fn simulations_refuse_what_makes_no_sense() {
    let (task, streams) = (conditioned(3, 2.0), Streams::new(0));
    let eye = Array2::<f64>::eye(3);
    assert!(simulated_error(&task, eye.view(), 0, 10, &streams).is_err());
    assert!(simulated_error(&task, eye.view(), 5, 0, &streams).is_err());
    assert!(simulated_error(&task, Array2::eye(2).view(), 5, 10, &streams).is_err());
    assert!(fitted_optimum(&task, 5, 2, &streams).is_err());
    let play = GreedyPlay { actions: 2, tasks: 5, choices: 1 };
    for bad in [
        GreedyPlay { actions: 0, ..play },
        GreedyPlay { tasks: 0, ..play },
        GreedyPlay { choices: 0, ..play },
    ] {
        assert!(greedy_loss(&task, eye.view(), None, bad, &streams).is_err(), "{bad:?}");
    }
    assert!(greedy_loss(&task, eye.view(), Some(0), play, &streams).is_err());
    assert!(greedy_loss(&task, (&eye * f64::NAN).view(), None, play, &streams).is_err());
}
