//! What one core can do: the bound that the shares of the benchmarks are of, measured in the same run.

use std::hint::black_box;
use std::time::Instant;

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;

/// Side of the matrices: the largest that stay in the cache next to the core.
const SIDE: usize = 256;

/// Runs of which the fastest counts: a peak is a maximum.
const RUNS: usize = 60;

/// Floating-point operations a second of one core that multiplies two 256 x 256 matrices of single precision, by the
/// faster of two libraries: `matrixmultiply`, which ndarray calls, and `gemm`. Takes less than a second.
pub fn matrix_product() -> f64 {
    let (a, b) = (matrix(0.7), matrix(0.3));
    let mut c = Array2::<f32>::zeros((SIDE, SIDE));
    let by_ndarray = fastest(|| general_mat_mul(1.0, black_box(&a), &b, 0.0, &mut c));
    let by_gemm = fastest(|| by_gemm(black_box(&a), &b, &mut c));
    2.0 * (SIDE * SIDE * SIDE) as f64 / by_ndarray.min(by_gemm)
}

fn matrix(scale: f32) -> Array2<f32> {
    Array2::from_shape_fn((SIDE, SIDE), |(i, j)| scale * (((i * 7 + j * 3) % 11) as f32 - 5.0))
}

/// `c = a b` by the `gemm` crate, whose only entrance takes pointers.
#[expect(unsafe_code, reason = "the crate has no safe entrance")]
fn by_gemm(a: &Array2<f32>, b: &Array2<f32>, c: &mut Array2<f32>) {
    const STRIDE: isize = SIDE as isize;
    for matrix in [a, b, &*c] {
        assert!(matrix.dim() == (SIDE, SIDE) && matrix.is_standard_layout());
    }
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    let one_thread = gemm::Parallelism::None;
    // SAFETY: all three are matrices of SIDE x SIDE entries whose rows stand SIDE entries apart, and only `c` is written.
    unsafe {
        gemm::gemm(
            SIDE, SIDE, SIDE, c, 1, STRIDE, false, a, 1, STRIDE, b, 1, STRIDE, 0.0, 1.0, false,
            false, false, one_thread,
        );
    }
}

/// Seconds of the fastest of some runs.
fn fastest(mut work: impl FnMut()) -> f64 {
    let run = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
}
