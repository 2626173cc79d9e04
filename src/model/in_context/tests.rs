//! The layer against central differences, another framework's gradients, the closed form in block form, its weight files.

use ndarray::{ArrayView2, array};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::nn::gradient_check::{Layer, assert_close, check_layer, entries, random};
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::regression::{FeatureLaw, LinearRegression};

/// The layer on inputs packed into one matrix: per context `rows` tokens, then the query with an entry that nobody reads.
struct Packed {
    d: usize,
    rows: usize,
    /// Samples that each row of a context stands for; empty for one each.
    counts: Vec<usize>,
}

impl Packed {
    fn samples(&self) -> usize {
        if self.counts.is_empty() { self.rows } else { self.counts.iter().sum() }
    }

    fn split<S: Scalar>(&self, input: ArrayView2<S>) -> (Array2<S>, Array2<S>, Option<Vec<S>>) {
        let contexts = input.nrows() / (self.rows + 1);
        let mut tokens = Array2::zeros((contexts * self.rows, self.d + 1));
        let mut queries = Array2::zeros((contexts, self.d));
        for (b, block) in input.axis_chunks_iter(Axis(0), self.rows + 1).enumerate() {
            for i in 0..self.rows {
                tokens.row_mut(b * self.rows + i).assign(&block.row(i));
            }
            let query = block.row(self.rows).slice_axis_move(Axis(0), Slice::from(..self.d));
            queries.row_mut(b).assign(&query);
        }
        let share = |&count: &usize| S::of(count as f64 / self.samples() as f64);
        let weights = (!self.counts.is_empty())
            .then(|| (0..contexts).flat_map(|_| self.counts.iter().map(share)).collect());
        (tokens, queries, weights)
    }

    fn run<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        backward: Option<(ArrayView2<S>, &mut [S])>,
    ) -> (Array2<S>, Array2<S>) {
        let mut layer = InContextAttention::zeros(InContextConfig { d: self.d }).unwrap();
        layer.parameters.copy_from_slice(parameters);
        let (tokens, queries, weights) = self.split(input);
        let contexts = Contexts {
            tokens: tokens.view(),
            weights: weights.as_deref(),
            queries: queries.view(),
            samples: self.samples(),
        };
        // Garbage in the buffers must not matter: they are reused from step to step.
        let mut cache = Cache::new(contexts.count(), self.d);
        for buffer in [&mut cache.moments, &mut cache.asked, &mut cache.answers, &mut cache.d_asked]
        {
            buffer.fill(S::of(-7.0));
        }
        let mut predictions = Array2::from_elem((contexts.count(), 1), S::of(99.0));
        layer.forward(contexts, &mut cache, predictions.as_slice_mut().unwrap());
        let mut d_input = Array2::from_elem(input.dim(), S::of(99.0));
        if let Some((d_output, gradient)) = backward {
            let mut d_tokens = Array2::from_elem(tokens.dim(), S::of(99.0));
            let mut d_queries = Array2::from_elem(queries.dim(), S::of(99.0));
            let into =
                InputGradients { tokens: d_tokens.view_mut(), queries: d_queries.view_mut() };
            let upstream = d_output.as_slice().unwrap();
            layer.backward(contexts, &mut cache, upstream, gradient, Some(into));
            for (b, mut block) in d_input.axis_chunks_iter_mut(Axis(0), self.rows + 1).enumerate() {
                for i in 0..self.rows {
                    block.row_mut(i).assign(&d_tokens.row(b * self.rows + i));
                }
                for j in 0..self.d {
                    block[[self.rows, j]] = d_queries[[b, j]];
                }
                block[[self.rows, self.d]] = S::zero();
            }
        }
        (predictions, d_input)
    }
}

impl Layer for Packed {
    fn forward<S: Scalar>(&self, parameters: &[S], input: ArrayView2<S>) -> Array2<S> {
        self.run(parameters, input, None).0
    }

    fn backward<S: Scalar>(
        &self,
        parameters: &[S],
        input: ArrayView2<S>,
        d_output: ArrayView2<S>,
        gradient: &mut [S],
    ) -> Array2<S> {
        self.run(parameters, input, Some((d_output, gradient))).1
    }
}

proptest! {
    #[test]
    fn gradients_match_central_differences(
        d in 1usize..=4, counts in proptest::collection::vec(1usize..=3, 1..=4),
        weighted: bool, contexts in 1usize..=3, seed: u64,
    ) {
        let rows = counts.len();
        let layer = Packed { d, rows, counts: if weighted { counts } else { Vec::new() } };
        let layout = InContextConfig { d }.layout();
        check_layer(&layer, &layout, (contexts * (rows + 1), d + 1), (contexts, 1), seed);
    }

    /// Rows with weights n / N are n rows each.
    #[test]
    fn weights_are_repetitions(counts in proptest::collection::vec(1usize..=3, 1..=4), seed: u64) {
        let rows = counts.len();
        let parameters = random((2, 9), seed);
        let input = random((rows + 1, 3), !seed);
        let weighted = Packed { d: 2, rows, counts: counts.clone() };
        let repeated: Vec<usize> = counts.iter().enumerate()
            .flat_map(|(i, &n)| std::iter::repeat_n(i, n)).chain([rows]).collect();
        let long = input.select(Axis(0), &repeated);
        let plain = Packed { d: 2, rows: repeated.len() - 1, counts: Vec::new() };
        let parameters = entries(&parameters);
        let (a, b) = (weighted.forward(parameters, input.view()), plain.forward(parameters, long.view()));
        assert_close("prediction", entries(&a), entries(&b), 1e-12);
    }
}

#[derive(Deserialize)]
struct Fixture {
    d: usize,
    samples: usize,
    counts: Vec<usize>,
    value: Vec<f64>,
    key_query: Vec<f64>,
    tokens: Vec<f64>,
    queries: Vec<f64>,
    upstream: Vec<f64>,
    outputs: Vec<f64>,
    d_value: Vec<f64>,
    d_key_query: Vec<f64>,
    d_tokens: Vec<f64>,
    d_queries: Vec<f64>,
}

/// Against tests/fixtures/in_context_gradients.py, which forms the whole matrix and repeats its columns.
#[test]
fn outputs_and_gradients_match_automatic_differentiation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/in_context_gradients.json");
    let fixture: Fixture = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let d = fixture.d;
    let mut layer = InContextAttention::<f64>::zeros(InContextConfig { d }).unwrap();
    layer.parameters = [fixture.value, fixture.key_query].concat();
    let matrix = |values: Vec<f64>, columns: usize| {
        Array2::from_shape_vec((values.len() / columns, columns), values).unwrap()
    };
    let (tokens, queries) = (matrix(fixture.tokens, d + 1), matrix(fixture.queries, d));
    let share = |&count: &usize| count as f64 / fixture.samples as f64;
    let weights: Vec<f64> = fixture.counts.iter().map(share).collect();
    let contexts = Contexts {
        tokens: tokens.view(),
        weights: Some(&weights),
        queries: queries.view(),
        samples: fixture.samples,
    };
    let mut cache = Cache::new(queries.nrows(), d);
    let mut outputs = vec![0.0; queries.nrows()];
    layer.forward(contexts, &mut cache, &mut outputs);
    let mut gradient = vec![0.0; layer.parameters.len()];
    let (mut d_tokens, mut d_queries) = (Array2::zeros(tokens.dim()), Array2::zeros(queries.dim()));
    let into = InputGradients { tokens: d_tokens.view_mut(), queries: d_queries.view_mut() };
    layer.backward(contexts, &mut cache, &fixture.upstream, &mut gradient, Some(into));
    assert_close("outputs", &outputs, &fixture.outputs, 1e-12);
    assert_close("weights", &gradient, &[fixture.d_value, fixture.d_key_query].concat(), 1e-12);
    assert_close("tokens", entries(&d_tokens), &fixture.d_tokens, 1e-12);
    assert_close("queries", entries(&d_queries), &fixture.d_queries, 1e-12);
}

/// Q-A1: in block form the prediction is `<x_q, A h>`; the query's own token adds nothing.
#[test]
fn the_block_form_reads_only_the_statistic() {
    let law = FeatureLaw::conditioned(3, 5.0).unwrap();
    let task = LinearRegression::new(law, Array2::eye(3), 0.3).unwrap();
    let key = array![[0.5, -0.2, 0.1], [0.0, 1.0, 0.4], [0.3, 0.0, -0.7]];
    let layer =
        InContextAttention::<f64>::block(InContextConfig { d: 3 }, 1.7, key.view()).unwrap();
    assert_eq!((layer.scale(), layer.key()), (1.7, key.view()));
    assert_eq!(layer.product(), key.t().mapv(|v| 1.7 * v));
    assert!(layer.value_off_block().iter().chain(layer.key_off_block()).all(|&v| v == 0.0));
    let mut rng = Streams::new(1).stream(Purpose::Theory, 0, 0, 0);
    for samples in [1, 6] {
        let prompt = task.prompt(samples, &mut rng).unwrap();
        let mut tokens = Array2::zeros((samples, 4));
        for i in 0..samples {
            (0..3).for_each(|j| tokens[[i, j]] = prompt.x[[i, j]]);
            tokens[[i, 3]] = prompt.y[i];
        }
        let queries = prompt.query.view().insert_axis(Axis(0));
        let contexts = Contexts { tokens: tokens.view(), weights: None, queries, samples };
        let mut prediction = [0.0];
        layer.forward(contexts, &mut Cache::new(1, 3), &mut prediction);
        let expected = prompt.query.dot(&layer.product().dot(&prompt.statistic()));
        approx::assert_abs_diff_eq!(prediction[0], expected, epsilon = 1e-13);
    }
}

#[test]
fn the_standard_initialisation_has_the_stated_form() {
    let mut rng = Streams::new(2).stream(Purpose::Initialization, 0, 0, 0);
    let layer =
        InContextAttention::<f64>::standard(InContextConfig { d: 4 }, 0.3, &mut rng).unwrap();
    let key = layer.key();
    assert_eq!(layer.scale(), 0.3);
    approx::assert_abs_diff_eq!((&key * &key).sum().sqrt(), 0.3, epsilon = 1e-14);
    approx::assert_abs_diff_eq!(key, key.t(), epsilon = 1e-15);
    let (values, _) = crate::numeric::linalg::symmetric_eigen(key).unwrap();
    assert!(values[0] > 0.0, "Theta Theta^T is positive definite");
    assert_eq!(layer.parameters.iter().filter(|p| **p != 0.0).count(), 17);
}

#[test]
fn weight_files_come_back_and_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/layer.safetensors");
    let mut rng = Streams::new(2).stream(Purpose::Initialization, 0, 0, 0);
    let mut layer =
        InContextAttention::<f64>::standard(InContextConfig { d: 4 }, 0.3, &mut rng).unwrap();
    layer.parameters[1] = -0.25;
    layer.save(&path).unwrap();
    let read = InContextAttention::load(&path).unwrap();
    assert_eq!((read.config(), read.parameters()), (layer.config(), layer.parameters()));
    assert_eq!(layer.cast::<f32>().cast::<f64>().parameters()[1], -0.25);
    let bytes = layer.to_bytes().unwrap();
    let edited = String::from_utf8_lossy(&bytes).replace("key_query.weight", "key_query.height");
    assert!(InContextAttention::from_bytes(&bytes[..bytes.len() - 8]).is_err());
    assert!(InContextAttention::from_bytes(edited.as_bytes()).is_err());
    assert!(InContextAttention::load(folder.path().join("none")).is_err());
}

#[test]
fn bad_sizes_and_weights_are_named() {
    let mut rng = Streams::new(2).stream(Purpose::Initialization, 0, 0, 0);
    for d in [0, 4097, usize::MAX] {
        let config = InContextConfig { d };
        let message = InContextAttention::<f64>::standard(config, 0.3, &mut rng).unwrap_err();
        assert!(message.to_string().starts_with("d = "), "{message}");
    }
    let config = InContextConfig { d: 2 };
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(InContextAttention::<f64>::standard(config, sigma, &mut rng).is_err());
    }
    let block = |u, key: Array2<f64>| InContextAttention::<f32>::block(config, u, key.view());
    assert!(block(1.0, Array2::eye(3)).is_err());
    assert!(block(f64::NAN, Array2::eye(2)).is_err());
    assert!(block(1.0, Array2::eye(2) * 1e300).is_err(), "not finite in single precision");
}
