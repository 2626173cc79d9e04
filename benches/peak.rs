//! What one core can do: the bound that the shares of the benchmarks are of, measured in the same run.

use std::hint::black_box;
use std::time::Instant;

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;

/// Numbers of a vector register, and sums that are kept in registers at once: more than latency times throughput of any
/// core needs, fewer than its registers.
const LANES: usize = 16;
const SUMS: usize = if cfg!(target_feature = "avx512f") { 16 } else { 6 };

/// Multiply-adds of each sum in a run.
const STEPS: usize = 1 << 18;

/// Side of the matrices: the largest that stay in the cache next to the core.
const SIDE: usize = 256;

/// Runs of which the fastest counts: a peak is a maximum.
const RUNS: usize = 60;

/// Floating-point operations a second of one core, in single precision.
#[derive(Clone, Copy, Debug)]
pub struct Peak {
    /// Multiply-adds between registers.
    pub multiply_add: f64,
    /// The product of two 256 x 256 matrices by the `matrixmultiply` crate, which ndarray calls.
    pub matrix_product: f64,
}

impl Peak {
    /// Measures both, in less than a second.
    pub fn measure() -> Self {
        let sums = 2.0 * (LANES * SUMS * STEPS) as f64;
        let (a, b) = (matrix(0.7), matrix(0.3));
        let mut c = Array2::<f32>::zeros((SIDE, SIDE));
        let product = 2.0 * (SIDE * SIDE * SIDE) as f64;
        Self {
            multiply_add: sums / fastest(|| multiply_adds(black_box(0.5), black_box(0.25))),
            matrix_product: product
                / fastest(|| general_mat_mul(1.0, black_box(&a), &b, 0.0, &mut c)),
        }
    }
}

fn matrix(scale: f32) -> Array2<f32> {
    Array2::from_shape_fn((SIDE, SIDE), |(i, j)| scale * (((i * 7 + j * 3) % 11) as f32 - 5.0))
}

/// Independent running sums `x <- x y + z` that never leave the registers, and that converge, so that no number grows.
#[inline(never)]
fn multiply_adds(y: f32, z: f32) -> f32 {
    let mut sums = [[1.0f32; LANES]; SUMS];
    for (i, sum) in sums.as_flattened_mut().iter_mut().enumerate() {
        *sum = i as f32;
    }
    for _ in 0..STEPS {
        for sums in &mut sums {
            for sum in sums {
                *sum = if cfg!(target_feature = "fma") { sum.mul_add(y, z) } else { *sum * y + z };
            }
        }
    }
    sums.as_flattened().iter().sum()
}

/// Seconds of the fastest of some runs.
fn fastest<T>(mut work: impl FnMut() -> T) -> f64 {
    let run = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
}
