//! The floating-point type a model is written in: `f32` trains, `f64` proves.

use super::elementary::Elementary;

/// A real number type that layers, optimisers and rollouts are generic over.
pub trait Scalar: ndarray::NdFloat + std::iter::Sum + Elementary {
    /// The nearest representable value of `value`.
    fn of(value: f64) -> Self;

    /// The value in double precision.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    #[inline]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline]
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Scalar for f64 {
    #[inline]
    fn of(value: f64) -> Self {
        value
    }

    #[inline]
    fn as_f64(self) -> f64 {
        self
    }
}
