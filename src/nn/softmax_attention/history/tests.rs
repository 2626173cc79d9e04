use ndarray::{Array2, Axis};
use proptest::prelude::*;

use super::*;
use crate::nn::gradient_check::{assert_close, entries, random};
use crate::nn::softmax_attention::{Cache, Position};

fn narrow(matrix: &Array2<f64>) -> Array2<f32> {
    matrix.mapv(|x| x as f32)
}

/// What is written when `qkv` is read in portions of these sizes.
fn read<S: Scalar>(
    attention: &SoftmaxAttention,
    qkv: &Array2<S>,
    portions: &[usize],
    history: &mut History<S>,
) -> Array2<S> {
    let mut attendant = Attendant::new(attention);
    let mut output = Array2::from_elem((qkv.nrows(), attention.width()), S::nan());
    let (mut rest, mut out) = (qkv.view(), output.view_mut());
    for &portion in portions {
        let (now, after) = rest.split_at(Axis(0), portion);
        let (out_now, out_after) = out.split_at(Axis(0), portion);
        attendant.read(now, history, out_now);
        (rest, out) = (after, out_after);
    }
    assert!(rest.is_empty());
    output
}

proptest! {
    #[test]
    fn outputs_are_those_of_the_forward_pass(
        heads in 1usize..=5, half in 1usize..=11, rounds in 1usize..=40, first in 0usize..=40,
        kind in 0usize..3, seed: u64,
    ) {
        let position = [Position::None, Position::Alibi, Position::Rotary][kind];
        let width = heads * 2 * half;
        let attention = SoftmaxAttention::new(width, heads, rounds, position).unwrap();
        let qkv = random((rounds, 3 * width), seed);
        let mut expected = Array2::zeros((rounds, width));
        attention.forward(qkv.view(), &mut Cache::new(1, &attention), expected.view_mut());
        let first = first.min(rounds);
        let output = read(&attention, &qkv, &[first, rounds - first], &mut History::default());
        assert_close("outputs", entries(&output), entries(&expected), 1e-12);
    }

    #[test]
    fn portions_leave_no_trace(cuts in proptest::collection::vec(1usize..=9, 1..8), seed: u64) {
        let rounds = cuts.iter().sum();
        let attention = SoftmaxAttention::new(12, 3, rounds, Position::Rotary).unwrap();
        let qkv = narrow(&random((rounds, 36), seed));
        let whole = read(&attention, &qkv, &[rounds], &mut History::default());
        let single = read(&attention, &qkv, &vec![1; rounds], &mut History::default());
        prop_assert_eq!(&whole, &single);
        prop_assert_eq!(&whole, &read(&attention, &qkv, &cuts, &mut History::default()));
    }

    #[test]
    fn what_is_forgotten_leaves_no_trace(kept in 0usize..=30, seed: u64) {
        let attention = SoftmaxAttention::new(16, 1, 70, Position::Rotary).unwrap();
        let (mut qkv, other) = (narrow(&random((40, 48), seed)), narrow(&random((70, 48), !seed)));
        let whole = read(&attention, &qkv, &[40], &mut History::default());
        let mut history = History::default();
        read(&attention, &qkv.select(Axis(0), &(0..kept).collect::<Vec<_>>()), &[kept], &mut history);
        read(&attention, &other.select(Axis(0), &(kept..70).collect::<Vec<_>>()), &[70 - kept], &mut history);
        history.rewind(kept);
        prop_assert_eq!(history.len(), kept);
        qkv = qkv.select(Axis(0), &(kept..40).collect::<Vec<_>>());
        let again = read(&attention, &qkv, &[40 - kept], &mut history);
        let expected = whole.select(Axis(0), &(kept..40).collect::<Vec<_>>());
        prop_assert_eq!(again, expected);
    }
}

#[test]
#[should_panic(expected = "room for 3 rounds only")]
fn there_is_an_end() {
    let attention = SoftmaxAttention::new(2, 1, 3, Position::None).unwrap();
    read(&attention, &random((4, 6), 1), &[2, 2], &mut History::default());
}
