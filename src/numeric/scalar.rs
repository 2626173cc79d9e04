//! The floating-point type a model is written in: `f32` trains, `f64` proves.

use super::elementary::Elementary;
use super::vector::Vector;

/// A real number type that layers, optimisers and rollouts are generic over.
pub trait Scalar: ndarray::NdFloat + std::iter::Sum + Elementary {
    /// Numbers of this type in vector registers.
    type Vector: Vector<Self>;

    /// The nearest representable value of `value`.
    fn of(value: f64) -> Self;

    /// The value in double precision.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    type Vector = wide::f32x16;

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
    type Vector = [wide::f64x8; 2];

    #[inline]
    fn of(value: f64) -> Self {
        value
    }

    #[inline]
    fn as_f64(self) -> f64 {
        self
    }
}
