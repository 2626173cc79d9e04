//! The layer against central differences, its own recurrent form, another precision and follow-the-regularised-leader.

use ndarray::{Array2, Axis};
use proptest::prelude::*;

use super::*;
use crate::learner::Learner;
use crate::learner::ftrl::{Ftrl, FtrlStep};
use crate::learner::layer::LayerLearner;
use crate::model::recurrence::Recurrence;
use crate::numeric::rng::fill_standard_normal;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::decision_set::DecisionSet;

mod autograd;

/// A batch with everything random: weights and query token of order 1, rewards, and the gradient that reaches the layer.
struct Case {
    layer: LinearAttention<f64>,
    rounds: usize,
    rewards: Array2<f64>,
    upstream: Array2<f64>,
}

impl Case {
    fn new((d, rounds, sequences, seed): (usize, usize, usize, u64)) -> Self {
        let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
        let mut normal = |rows: usize| {
            let mut values = vec![0.0; rows * d];
            fill_standard_normal(&mut rng, &mut values);
            Array2::from_shape_vec((rows, d), values).unwrap()
        };
        let config = LinearAttentionConfig::new(d, rounds, DecisionSet::UNIT_BALL);
        let mut layer = LinearAttention::zeros(config).unwrap();
        let weights = normal(3 * d + 3);
        layer.parameters.copy_from_slice(weights.as_slice().unwrap());
        layer.set_query_token(normal(1).row(0).to_owned());
        Self {
            layer,
            rounds,
            rewards: normal(sequences * rounds),
            upstream: normal(sequences * rounds),
        }
    }

    fn outputs(&self) -> Array2<f64> {
        forward(&self.layer, self.rounds, &self.rewards).0
    }

    /// A loss whose gradient with respect to the outputs is `upstream`.
    fn loss(&self) -> f64 {
        (&self.outputs() * &self.upstream).sum()
    }

    fn gradients(&self) -> (Vec<f64>, Array2<f64>) {
        let (_, mut cache) = forward(&self.layer, self.rounds, &self.rewards);
        let mut gradient = vec![0.0; self.layer.parameters.len()];
        let mut d_rewards = Array2::zeros(self.rewards.dim());
        self.backward(&mut cache, &mut gradient, Some(d_rewards.view_mut()));
        (gradient, d_rewards)
    }

    fn backward(
        &self,
        cache: &mut Cache<f64>,
        gradient: &mut [f64],
        d_rewards: Option<ArrayViewMut2<f64>>,
    ) {
        let (rewards, upstream) = (self.rewards.view(), self.upstream.view());
        self.layer.backward(rewards, self.rounds, cache, upstream, gradient, d_rewards);
    }
}

fn forward<S: Scalar>(
    layer: &LinearAttention<S>,
    rounds: usize,
    rewards: &Array2<S>,
) -> (Array2<S>, Cache<S>) {
    let mut cache = Cache::new(rewards.nrows(), rewards.ncols());
    // Garbage in the buffers must not matter: they are reused from step to step.
    let mut outputs = Array2::from_elem(rewards.dim(), S::of(99.0));
    cache.values.fill(S::of(-7.0));
    cache.token_weights.fill(S::of(5.0));
    layer.forward(rewards.view(), rounds, &mut cache, outputs.view_mut());
    (outputs, cache)
}

/// Dimension, rounds, sequences, seed.
fn shapes() -> impl Strategy<Value = (usize, usize, usize, u64)> {
    (1usize..=5, 1usize..=7, 1usize..=3, any::<u64>())
}

/// Outputs are at most quadratic in any single number, so central differences have no truncation error whatever the step.
const STEP: f64 = 0.25;

fn assert_gradient(name: &str, exact: &[f64], mut loss_with: impl FnMut(usize, f64) -> f64) {
    // Below this, rounding of the loss is all there is to see.
    let floor = 1e-6 * exact.iter().fold(1e-3f64, |top, g| top.max(g.abs()));
    for (i, &exact) in exact.iter().enumerate() {
        let numeric = (loss_with(i, STEP) - loss_with(i, -STEP)) / (2.0 * STEP);
        let error = (numeric - exact).abs() / exact.abs().max(floor);
        assert!(error <= 1e-6, "{name}[{i}]: {exact}, numeric {numeric}");
    }
}

proptest! {
    #[test]
    fn every_gradient_matches_central_differences(shape in shapes()) {
        let mut case = Case::new(shape);
        let (gradient, d_rewards) = case.gradients();
        for block in case.layer.layout().blocks().to_vec() {
            let start = block.range.start;
            assert_gradient(&block.name, &gradient[block.range], |i, step| {
                let before = case.layer.parameters[start + i];
                case.layer.parameters[start + i] = before + step;
                let loss = case.loss();
                case.layer.parameters[start + i] = before;
                loss
            });
        }
        assert_gradient("rewards", d_rewards.as_slice().unwrap(), |i, step| {
            let before = case.rewards.clone();
            case.rewards.as_slice_mut().unwrap()[i] += step;
            let loss = case.loss();
            case.rewards = before;
            loss
        });
    }

    #[test]
    fn gradients_accumulate(shape in shapes()) {
        let case = Case::new(shape);
        let (once, d_once) = case.gradients();
        let (_, mut cache) = forward(&case.layer, case.rounds, &case.rewards);
        let mut twice = vec![0.0; once.len()];
        let mut d_twice = Array2::zeros(case.rewards.dim());
        for _ in 0..2 {
            case.backward(&mut cache, &mut twice, Some(d_twice.view_mut()));
        }
        let mut without_inputs = vec![0.0; once.len()];
        case.backward(&mut cache, &mut without_inputs, None);
        for i in 0..once.len() {
            approx::assert_relative_eq!(twice[i], 2.0 * once[i], max_relative = 1e-12, epsilon = 1e-12);
        }
        approx::assert_relative_eq!(d_twice, d_once * 2.0, max_relative = 1e-12, epsilon = 1e-12);
        prop_assert_eq!(without_inputs, once);
    }

    /// Output t depends on every reward before round t of its own sequence, and on nothing else, bit for bit.
    #[test]
    fn outputs_see_only_the_past(shape in shapes(), sequence in 0usize..3, round in 0usize..7) {
        let mut case = Case::new(shape);
        let (_, rounds, sequences, _) = shape;
        let (sequence, round) = (sequence % sequences, round % rounds);
        let before = case.outputs();
        let changed = sequence * rounds + round;
        case.rewards.row_mut(changed).mapv_inplace(|r| 3.0 * r + 1.0);
        let after = case.outputs();
        for row in 0..before.nrows() {
            let later = row > changed && row < (sequence + 1) * rounds;
            prop_assert_eq!(before.row(row) != after.row(row), later, "row {}", row);
        }
    }

    #[test]
    fn recurrent_decoding_equals_the_full_forward(shape in shapes()) {
        let case = Case::new(shape);
        let outputs = case.outputs();
        let sequences = case.rewards.axis_chunks_iter(Axis(0), case.rounds);
        for (rewards, outputs) in sequences.zip(outputs.axis_chunks_iter(Axis(0), case.rounds)) {
            let mut state = Recurrence::new(&case.layer);
            for (reward, output) in rewards.outer_iter().zip(outputs.outer_iter()) {
                approx::assert_relative_eq!(
                    state.output(), output, max_relative = 1e-12, epsilon = 1e-12
                );
                state.observe(reward);
            }
        }
    }

    #[test]
    fn single_precision_agrees_with_double(shape in shapes()) {
        let case = Case::new(shape);
        let layer: LinearAttention<f32> = case.layer.cast();
        let narrow = |x: &Array2<f64>| x.mapv(|v| v as f32);
        let (outputs, mut cache) = forward(&layer, case.rounds, &narrow(&case.rewards));
        let mut gradient = vec![0.0f32; layer.parameters.len()];
        let mut d_rewards = Array2::zeros(case.rewards.dim());
        layer.backward(
            narrow(&case.rewards).view(), case.rounds, &mut cache, narrow(&case.upstream).view(),
            &mut gradient, Some(d_rewards.view_mut()),
        );
        let (exact, d_exact) = case.gradients();
        close("outputs", outputs.as_slice().unwrap(), case.outputs().as_slice().unwrap(), 1e-4);
        close("gradient", &gradient, &exact, 1e-4);
        close("rewards", d_rewards.as_slice().unwrap(), d_exact.as_slice().unwrap(), 1e-4);
    }

    /// RMFT-D2: the constructed layer decides as FTRL does, on both sets.
    #[test]
    fn the_ftrl_layer_is_ftrl(
        shape in shapes(), eta in 0.01..3.0f64, simplex in any::<bool>(), output_scale in 0.1..2.0f64,
    ) {
        let (d, rounds, ..) = shape;
        let set = if simplex { DecisionSet::Simplex } else { DecisionSet::Ball { radius: 1.5 } };
        let config = LinearAttentionConfig { output_scale, ..LinearAttentionConfig::new(d, rounds, set) };
        let layer = LinearAttention::ftrl(config, eta).unwrap();
        let mut learners: [Box<dyn Learner + '_>; 2] = [
            Box::new(LayerLearner::new(&layer)),
            Box::new(Ftrl::new(set, d, FtrlStep::Fixed(eta), false)),
        ];
        let mut decisions = [vec![0.0; d], vec![0.0; d]];
        for reward in Case::new(shape).rewards.outer_iter() {
            for (learner, decision) in learners.iter_mut().zip(&mut decisions) {
                learner.decide(decision);
                learner.observe(&reward.to_vec());
            }
            close("decision", &decisions[0], &decisions[1], 1e-12);
        }
    }
}

/// `|a - b| <= tolerance * max(1, largest |b|)`, entry by entry.
fn close<S: Scalar>(name: &str, a: &[S], b: &[f64], tolerance: f64) {
    let scale = b.iter().fold(1.0f64, |top, v| top.max(v.abs()));
    assert_eq!(a.len(), b.len(), "{name}");
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let error = (a.as_f64() - b).abs() / scale;
        assert!(error <= tolerance, "{name}[{i}]: {a}, expected {b}");
    }
}

/// Tokens start with positive weight and the noise has the documented size: 10^4 weights of a d = 64 layer.
#[test]
fn random_weights_have_the_stated_law() {
    let config = LinearAttentionConfig::new(64, 10, DecisionSet::UNIT_BALL);
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let layer = LinearAttention::<f64>::random(config, &mut rng).unwrap();
    for (block, center) in [(VALUE_WEIGHT, 0.0), (KEY_BIAS, 0.125), (QUERY_BIAS, 0.125)] {
        let values = layer.layout.slice(&layer.parameters, block);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let deviation = (values.iter().map(|v| (v - center).powi(2)).sum::<f64>() / n).sqrt();
        assert!((mean - center).abs() < 0.4 / n.sqrt(), "{mean}");
        assert!((deviation / 0.1 - 1.0).abs() < 3.0 / n.sqrt(), "{deviation}");
    }
    assert!(layer.token_weight().1 > 0.0);
}

#[test]
fn bad_configurations_are_named() {
    let good = LinearAttentionConfig::new(2, 10, DecisionSet::UNIT_BALL);
    let named = |config: LinearAttentionConfig, field: &str| {
        let message = LinearAttention::<f64>::ftrl(config, 1.0).unwrap_err().to_string();
        assert!(message.starts_with(field), "{message}");
    };
    for d in [0, 4097, usize::MAX] {
        named(LinearAttentionConfig { d, ..good }, "d = ");
    }
    named(LinearAttentionConfig::new(2, 0, DecisionSet::UNIT_BALL), "horizon");
    for output_scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        named(LinearAttentionConfig { output_scale, ..good }, "output_scale");
    }
    let decision_set = DecisionSet::Ball { radius: 0.0 };
    named(LinearAttentionConfig { decision_set, ..good }, "decision_set.radius");
}
