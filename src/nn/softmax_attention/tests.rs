//! Softmax attention against a plain double loop, central differences, its own decoding and another precision.

use proptest::prelude::*;

use super::*;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};

const POSITIONS: [Position; 3] = [Position::None, Position::Alibi, Position::Rotary];

/// A random shape with random inputs and a random upstream gradient.
#[derive(Clone, Debug)]
struct Case {
    attention: SoftmaxAttention,
    qkv: Array2<f64>,
    upstream: Array2<f64>,
}

impl Case {
    fn new(
        (sequences, rounds, heads, half): (usize, usize, usize, usize),
        position: Position,
        seed: u64,
    ) -> Self {
        let width = if position == Position::Rotary { 2 * half.div_ceil(2) } else { half };
        let attention = SoftmaxAttention::new(heads * width, heads, rounds, position).unwrap();
        let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
        let mut normal = |columns: usize| {
            let mut values = vec![0.0; sequences * rounds * columns];
            fill_standard_normal(&mut rng, &mut values);
            Array2::from_shape_vec((sequences * rounds, columns), values).unwrap()
        };
        Self { attention, qkv: normal(3 * heads * width), upstream: normal(heads * width) }
    }

    fn loss(&self, qkv: &Array2<f64>) -> f64 {
        (forward(&self.attention, qkv).0 * &self.upstream).sum()
    }
}

fn forward<S: Scalar>(attention: &SoftmaxAttention, qkv: &Array2<S>) -> (Array2<S>, Cache<S>) {
    let mut cache = Cache::new(qkv.nrows() / attention.rounds(), attention);
    let mut output = Array2::from_elem((qkv.nrows(), attention.width()), S::nan());
    attention.forward(qkv.view(), &mut cache, output.view_mut());
    (output, cache)
}

fn gradient<S: Scalar>(
    attention: &SoftmaxAttention,
    qkv: &Array2<S>,
    upstream: &Array2<S>,
) -> Array2<S> {
    let (_, mut cache) = forward(attention, qkv);
    let mut d_qkv = Array2::from_elem(qkv.dim(), S::nan());
    attention.backward(qkv.view(), &mut cache, upstream.view(), d_qkv.view_mut());
    d_qkv
}

/// The formula of the module, one number at a time.
fn reference(attention: &SoftmaxAttention, qkv: &Array2<f64>) -> Array2<f64> {
    let (rounds, width, heads) = (attention.rounds(), attention.width(), attention.heads());
    let d = width / heads;
    let turned = |row: usize, start: usize, j: usize| {
        let x = |j: usize| qkv[[row, start + j]];
        if attention.position() != Position::Rotary {
            return x(j);
        }
        let plane = j % (d / 2);
        let angle = (row % rounds) as f64 / 10_000f64.powf(2.0 * plane as f64 / d as f64);
        let (low, high) = (x(plane), x(plane + d / 2));
        if j < d / 2 {
            low * angle.cos() - high * angle.sin()
        } else {
            low * angle.sin() + high * angle.cos()
        }
    };
    let slope = |head: usize| match (attention.position(), heads) {
        (Position::Alibi, 3) => [0.0625, 0.00390625, 0.25][head],
        (Position::Alibi, _) => 2f64.powf(-8.0 * (head + 1) as f64 / heads as f64),
        _ => 0.0,
    };
    Array2::from_shape_fn((qkv.nrows(), width), |(row, column)| {
        let (t, first, head) = (row % rounds, row - row % rounds, column / d);
        let weight = |i: usize| {
            let key = first + i;
            let product: f64 =
                (0..d).map(|j| turned(row, head * d, j) * turned(key, width + head * d, j)).sum();
            (product / (d as f64).sqrt() - slope(head) * (t - i) as f64).exp()
        };
        let total: f64 = (0..=t).map(weight).sum();
        (0..=t).map(|i| weight(i) / total * qkv[[first + i, 2 * width + column]]).sum()
    })
}

/// Largest difference, relative to the largest number of `exact` (at least 1).
fn distance(x: &Array2<f64>, exact: &Array2<f64>) -> f64 {
    let largest = exact.iter().fold(1.0, |m: f64, e| m.max(e.abs()));
    let difference = |(x, e): (&f64, &f64)| if x == e { 0.0 } else { (x - e).abs() };
    let worst = x.iter().zip(exact).map(difference);
    worst.fold(0.0, |m: f64, e| if e <= m { m } else { e }) / largest
}

fn shapes() -> impl Strategy<Value = ((usize, usize, usize, usize), u64)> {
    ((1..=3usize, 1..=6usize, 1..=3usize, 1..=4usize), any::<u64>())
}

/// Two panels of rounds and a bit, heads wider than a group of lanes.
const LONG: (usize, usize, usize, usize) = (2, 150, 3, 18);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn gradients_match_central_differences((shape, seed) in shapes()) {
        for position in POSITIONS {
            let case = Case::new(shape, position, seed);
            let analytic = gradient(&case.attention, &case.qkv, &case.upstream);
            let numeric = Array2::from_shape_fn(case.qkv.dim(), |index| {
                let moved = |by: f64| {
                    let mut qkv = case.qkv.clone();
                    qkv[index] += by;
                    case.loss(&qkv)
                };
                let h = 1e-3;
                // Fourth order: the error of h is far below the rounding of the loss.
                (8.0 * (moved(h) - moved(-h)) - (moved(2.0 * h) - moved(-2.0 * h))) / (12.0 * h)
            });
            let error = distance(&analytic, &numeric);
            prop_assert!(error <= 1e-9, "{position:?} {error:e}");
        }
    }

    #[test]
    fn outputs_match_the_formula((shape, seed) in shapes()) {
        for position in POSITIONS {
            let case = Case::new(shape, position, seed);
            let error =
                distance(&forward(&case.attention, &case.qkv).0, &reference(&case.attention, &case.qkv));
            prop_assert!(error <= 1e-13, "{position:?} {error:e}");
        }
    }
}

/// Along a random direction, since there are too many inputs to move one at a time.
#[test]
fn long_sequences_match_the_formula_and_its_derivative() {
    for position in POSITIONS {
        let case = Case::new(LONG, position, 1);
        let output = forward(&case.attention, &case.qkv).0;
        assert!(distance(&output, &reference(&case.attention, &case.qkv)) <= 1e-13);
        let direction = Case::new(LONG, position, 2).qkv;
        let slope = (gradient(&case.attention, &case.qkv, &case.upstream) * &direction).sum();
        let loss = |h: f64| case.loss(&(&case.qkv + &direction * h));
        let h = 1e-4;
        let numeric = (8.0 * (loss(h) - loss(-h)) - (loss(2.0 * h) - loss(-2.0 * h))) / (12.0 * h);
        approx::assert_relative_eq!(slope, numeric, max_relative = 1e-8);
    }
}

#[test]
fn the_future_changes_nothing() {
    for position in POSITIONS {
        for shape in [(2, 6, 2, 3), LONG] {
            let case = Case::new(shape, position, 3);
            let (rounds, before) = (shape.1, forward(&case.attention, &case.qkv).0);
            for cut in [1, rounds / 2, rounds - 1] {
                let mut qkv = case.qkv.clone();
                for mut sequence in qkv.axis_chunks_iter_mut(Axis(0), rounds) {
                    let (_, mut future) = sequence.view_mut().split_at(Axis(0), cut);
                    future.mapv_inplace(|x| 100.0 - 3.0 * x);
                }
                let after = forward(&case.attention, &qkv).0;
                for (row, (x, y)) in before.outer_iter().zip(after.outer_iter()).enumerate() {
                    assert_eq!(row % rounds < cut, x == y, "row {row}, cut {cut}");
                }
            }
        }
    }
}

#[test]
fn decoding_equals_the_full_pass() {
    for position in POSITIONS {
        for shape in [(3, 6, 2, 3), (1, 1, 1, 2), LONG] {
            let case = Case::new(shape, position, 4);
            let full = forward(&case.attention, &case.qkv).0;
            let mut past = KeyValueCache::new(shape.0, &case.attention);
            for _ in 0..2 {
                assert!(past.is_empty());
                for t in 0..shape.1 {
                    let rows: Vec<usize> = (0..shape.0).map(|s| s * shape.1 + t).collect();
                    let mut output = Array2::from_elem((shape.0, full.ncols()), f64::NAN);
                    past.step(case.qkv.select(Axis(0), &rows).view(), output.view_mut());
                    let error = distance(&output, &full.select(Axis(0), &rows));
                    assert!(error <= 1e-12, "{position:?} round {t}: {error:e}");
                }
                assert_eq!(past.len(), shape.1);
                past.clear();
            }
        }
    }
}

#[test]
fn single_precision_agrees_with_double() {
    for position in POSITIONS {
        let case = Case::new(LONG, position, 5);
        let (qkv, upstream) = (case.qkv.mapv(|x| x as f32), case.upstream.mapv(|x| x as f32));
        let output = forward(&case.attention, &qkv).0.mapv(f64::from);
        assert!(distance(&output, &forward(&case.attention, &case.qkv).0) <= 1e-4);
        let single = gradient(&case.attention, &qkv, &upstream).mapv(f64::from);
        let double = gradient(&case.attention, &case.qkv, &case.upstream);
        assert!(distance(&single, &double) <= 1e-4);
    }
}

#[test]
fn extreme_logits_stay_finite() {
    for position in POSITIONS {
        let case = Case::new((2, 40, 2, 2), position, 6);
        let (width, attention) = (case.attention.width(), case.attention);
        let mut qkv = case.qkv.mapv(|x| x as f32);
        for ((_, column), x) in qkv.indexed_iter_mut() {
            *x = if column < 2 * width { 100.0 * x.signum() } else { *x };
        }
        let output = forward(&attention, &qkv).0;
        let d_qkv = gradient(&attention, &qkv, &case.upstream.mapv(|x| x as f32));
        assert!(output.iter().chain(&d_qkv).all(|x| x.is_finite()));
        let largest = qkv.iter().skip(2 * width).fold(0.0f32, |m, x| m.max(x.abs()));
        assert!(output.iter().all(|x| x.abs() <= largest));
    }
}

/// A cache that is larger than the batch, and has held another one, changes nothing.
#[test]
fn a_used_cache_is_as_good_as_a_new_one() {
    for position in POSITIONS {
        let (case, other) =
            (Case::new(LONG, position, 7), Case::new((3, LONG.1, LONG.2, LONG.3), position, 8));
        let (_, mut cache) = forward(&other.attention, &other.qkv);
        let mut d_other = Array2::zeros(other.qkv.dim());
        let upstream = other.upstream.view();
        other.attention.backward(other.qkv.view(), &mut cache, upstream, d_other.view_mut());
        let (mut output, mut d_qkv) = (case.upstream.clone(), Array2::zeros(case.qkv.dim()));
        case.attention.forward(case.qkv.view(), &mut cache, output.view_mut());
        let upstream = case.upstream.view();
        case.attention.backward(case.qkv.view(), &mut cache, upstream, d_qkv.view_mut());
        assert_eq!(output, forward(&case.attention, &case.qkv).0);
        assert_eq!(d_qkv, gradient(&case.attention, &case.qkv, &case.upstream));
    }
}

/// Fewer rounds than there is room for, on both sides of the borders of blocks and panels.
#[test]
fn fewer_rounds_are_a_shorter_sequence() {
    let (_, room, heads, width) = LONG;
    let long = Case::new((1, room, heads, width), Position::Rotary, 9).attention;
    let mut cache = Cache::new(1, &long);
    for rounds in [150, 17, 64, 65, 81] {
        let short = Case::new((1, rounds, heads, width), Position::Rotary, rounds as u64);
        cache.set_rounds(rounds);
        let (mut output, mut d_qkv) = (short.upstream.clone(), Array2::zeros(short.qkv.dim()));
        long.forward(short.qkv.view(), &mut cache, output.view_mut());
        long.backward(short.qkv.view(), &mut cache, short.upstream.view(), d_qkv.view_mut());
        assert_eq!(output, forward(&short.attention, &short.qkv).0);
        assert_eq!(d_qkv, gradient(&short.attention, &short.qkv, &short.upstream));
    }
}

#[test]
fn refuses_shapes_that_cannot_be() {
    let message = |width, heads, rounds, position| {
        SoftmaxAttention::new(width, heads, rounds, position).unwrap_err().to_string()
    };
    assert_eq!(
        message(10, 3, 5, Position::None),
        "heads = 3: expected a positive divisor of the width, 10"
    );
    assert!(message(10, 0, 5, Position::None).starts_with("heads = 0"));
    assert!(message(10, 2, 0, Position::None).starts_with("rounds = 0"));
    assert!(message(10, 2, 5, Position::Rotary).starts_with("width / heads = 5"));
}
