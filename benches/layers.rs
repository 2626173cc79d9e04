//! Forward and backward of every layer of the Transformer, at the two sizes that are trained: what goes through
//! together.
//!
//! Criterion prints a rate beside the time: for layers of matrix products "elements" are their floating-point operations
//! (Gelem/s is GFLOP/s, counted as in `flops.rs`), for the others they are numbers of the input.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use lowregret::nn::attention::{self, Attention};
use lowregret::nn::block::{self, Block};
use lowregret::nn::causal_linear_attention::{CausalLinearAttention, FeatureMap};
use lowregret::nn::head::{Head, Targets};
use lowregret::nn::layer_norm::{self, LayerNorm};
use lowregret::nn::linear::Linear;
use lowregret::nn::mlp::{self, Mlp};
use lowregret::nn::parameters::Layout;
use lowregret::nn::softmax_attention::{Position, SoftmaxAttention};
use lowregret::numeric::rng::{Purpose, Streams, fill_standard_normal};
use ndarray::Array2;
use rand::RngExt;

const ARMS: usize = 5;

#[derive(Clone, Copy)]
struct Size {
    name: &'static str,
    width: usize,
    heads: usize,
    rounds: usize,
}

impl Size {
    const ALL: [Self; 2] = [
        Self { name: "width 32, 2 heads, 50 rounds", width: 32, heads: 2, rounds: 50 },
        Self { name: "width 64, 4 heads, 100 rounds", width: 64, heads: 4, rounds: 100 },
    ];

    /// Sequences that go through together.
    fn sequences(self) -> usize {
        (400 / self.rounds).min(8)
    }

    fn rows(self) -> usize {
        self.sequences() * self.rounds
    }

    fn softmax(self) -> Attention {
        let core = SoftmaxAttention::new(self.width, self.heads, self.rounds, Position::None);
        Attention::Softmax(core.expect("heads divide the width"))
    }

    fn linear(self, feature_map: FeatureMap) -> Attention {
        let core = CausalLinearAttention::new(self.width, self.heads, self.rounds, feature_map);
        Attention::Linear(core.expect("heads divide the width"))
    }
}

/// A group of benchmarks that ends in time.
fn group<'a>(c: &'a mut Criterion, layer: &str, size: Size) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(format!("{layer}, {}", size.name));
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group
}

fn noise(rows: usize, columns: usize) -> Array2<f32> {
    let mut rng = Streams::new(0).stream(Purpose::Training, 0, rows, columns);
    let mut matrix = Array2::zeros((rows, columns));
    fill_standard_normal(&mut rng, matrix.as_slice_mut().expect("contiguous"));
    matrix
}

/// Parameters of a layer, random, and the same transposed by `transpose`.
fn parameters(layout: &Layout, transpose: impl Fn(&[f32], &mut [f32])) -> (Vec<f32>, Vec<f32>) {
    let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
    let parameters: Vec<f32> =
        (0..layout.len()).map(|_| 0.2 * (rng.random::<f32>() - 0.5)).collect();
    let mut transposed = parameters.clone();
    transpose(&parameters, &mut transposed);
    (parameters, transposed)
}

/// Twice the multiplications.
fn operations(multiplications: usize) -> Throughput {
    Throughput::Elements(2 * multiplications as u64)
}

/// The projection to queries, keys and values.
fn linear(c: &mut Criterion) {
    for size in Size::ALL {
        let (rows, width, mut layout) = (size.rows(), size.width, Layout::default());
        let layer = Linear::declare(&mut layout, "qkv", width, 3 * width);
        let (parameters, transposed) = parameters(&layout, |p, t| layer.transpose(p, t));
        let (input, d_output) = (noise(rows, width), noise(rows, 3 * width));
        let (mut output, mut d_input) = (d_output.clone(), input.clone());
        let mut gradient = vec![0.0; layout.len()];
        let mut group = group(c, "linear", size);
        group.throughput(operations(rows * width * 3 * width));
        group.bench_function("forward", |b| {
            b.iter(|| layer.forward(&transposed, input.view(), output.view_mut()));
        });
        group.throughput(operations(2 * rows * width * 3 * width));
        group.bench_function("backward", |b| {
            b.iter(|| {
                let (input, d_output) = (input.view(), d_output.view());
                layer.backward(&parameters, input, d_output, &mut gradient, d_input.view_mut());
            });
        });
    }
}

fn layer_norm(c: &mut Criterion) {
    for size in Size::ALL {
        let (rows, width, mut layout) = (size.rows(), size.width, Layout::default());
        let layer = LayerNorm::declare(&mut layout, "norm", width);
        let (parameters, _) = parameters(&layout, |_, _| {});
        let (input, d_output) = (noise(rows, width), noise(rows, width));
        let (mut output, mut d_input) = (d_output.clone(), input.clone());
        let (mut cache, mut gradient) = (layer_norm::Cache::new(rows), vec![0.0; layout.len()]);
        let mut group = group(c, "layer_norm", size);
        group.throughput(Throughput::Elements((rows * width) as u64));
        group.bench_function("forward", |b| {
            b.iter(|| layer.forward(&parameters, input.view(), &mut cache, output.view_mut()));
        });
        group.bench_function("backward", |b| {
            b.iter(|| {
                let (input, d_output) = (input.view(), d_output.view());
                let d_input = d_input.view_mut();
                layer.backward(&parameters, input, &cache, d_output, &mut gradient, d_input);
            });
        });
    }
}

fn mlp(c: &mut Criterion) {
    for size in Size::ALL {
        let (rows, width, mut layout) = (size.rows(), size.width, Layout::default());
        let layer = Mlp::declare(&mut layout, "mlp", width);
        let (parameters, transposed) = parameters(&layout, |p, t| layer.transpose(p, t));
        let (input, d_output) = (noise(rows, width), noise(rows, width));
        let (mut output, mut d_input) = (d_output.clone(), input.clone());
        let (mut cache, mut gradient) = (mlp::Cache::new(rows, &layer), vec![0.0; layout.len()]);
        let mut group = group(c, "mlp", size);
        group.throughput(operations(rows * 8 * width * width));
        group.bench_function("forward", |b| {
            b.iter(|| {
                output.fill(0.0);
                layer.forward(&transposed, input.view(), &mut cache, output.view_mut());
            });
        });
        group.throughput(operations(2 * rows * 8 * width * width));
        group.bench_function("backward", |b| {
            b.iter(|| {
                let (input, d_output) = (input.view(), d_output.view());
                let d_input = d_input.view_mut();
                layer.backward(&parameters, input, &mut cache, d_output, &mut gradient, d_input);
            });
        });
    }
}

/// The parameter-free cores.
fn attentions(c: &mut Criterion) {
    for size in Size::ALL {
        let (rows, width) = (size.rows(), size.width);
        // Products a round and column: with every round of the triangle, or with the d x d sums of every head.
        let pairs = size.sequences() * size.rounds * (size.rounds + 1) / 2;
        let sums = rows * (width / size.heads);
        for (name, core, products) in [
            ("softmax attention", size.softmax(), pairs),
            ("linear attention", size.linear(FeatureMap::Identity), sums),
            ("linear attention, elu + 1", size.linear(FeatureMap::EluPlusOne), sums),
        ] {
            let (qkv, d_output) = (noise(rows, 3 * width), noise(rows, width));
            let (mut output, mut d_qkv) = (d_output.clone(), qkv.clone());
            let mut cache = attention::Cache::new(size.sequences(), &core);
            let mut group = group(c, name, size);
            group.throughput(operations(2 * products * width));
            group.bench_function("forward", |b| {
                b.iter(|| core.forward(qkv.view(), &mut cache, output.view_mut()));
            });
            group.throughput(operations(4 * products * width));
            group.bench_function("backward", |b| {
                b.iter(|| {
                    core.backward(qkv.view(), &mut cache, d_output.view(), d_qkv.view_mut());
                });
            });
        }
    }
}

fn blocks(c: &mut Criterion) {
    for size in Size::ALL {
        for (name, core) in
            [("block", size.softmax()), ("linear block", size.linear(FeatureMap::Identity))]
        {
            let (rows, width, mut layout) = (size.rows(), size.width, Layout::default());
            let layer = Block::declare(&mut layout, "block", width, core);
            let (parameters, transposed) = parameters(&layout, |p, t| layer.transpose(p, t));
            let (input, d_output) = (noise(rows, width), noise(rows, width));
            let (mut output, mut d) = (d_output.clone(), d_output.clone());
            let mut cache = block::Cache::new(size.sequences(), size.rounds, &layer);
            let mut scratch = block::Scratch::new(rows, width);
            let mut gradient = vec![0.0; layout.len()];
            let mut group = group(c, name, size);
            group.throughput(Throughput::Elements((rows * width) as u64));
            group.bench_function("forward", |b| {
                b.iter(|| layer.forward(&transposed, input.view(), &mut cache, output.view_mut()));
            });
            group.bench_function("backward", |b| {
                b.iter(|| {
                    d.assign(&d_output);
                    let (input, d) = (input.view(), d.view_mut());
                    let scratch = &mut scratch;
                    layer.backward(&parameters, input, &mut cache, scratch, &mut gradient, d);
                });
            });
        }
    }
}

/// Loss and gradient of the logits, against arms and against distributions.
fn head(c: &mut Criterion) {
    for size in Size::ALL {
        let rows = size.rows();
        let (logits, mut gradient) = (noise(rows, ARMS), Array2::zeros((rows, ARMS)));
        let (arms, weights) =
            ((0..rows).map(|row| row % ARMS).collect::<Vec<_>>(), vec![1.0; rows]);
        let distributions = Array2::from_elem((rows, ARMS), 1.0 / ARMS as f32);
        let mut group = group(c, "head", size);
        group.throughput(Throughput::Elements((rows * ARMS) as u64));
        for (name, targets) in [
            ("loss of arms", Targets::Arms(&arms)),
            ("loss of distributions", Targets::Distributions(distributions.view())),
        ] {
            group.bench_function(name, |b| {
                b.iter(|| {
                    Head::Categorical.loss(logits.view(), targets, &weights, gradient.view_mut())
                });
            });
        }
    }
}

criterion_group!(benches, linear, layer_norm, mlp, attentions, blocks, head);
criterion_main!(benches);
