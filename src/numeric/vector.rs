//! Groups of numbers that pass through a vector register together.
//!
//! The loops that everything waits for are written in these, not left to the compiler: for some processors it
//! keeps plain loops to half of the register's width.

use wide::{f32x16, f64x8};

/// Numbers of a vector.
pub const LANES: usize = 16;

/// [`LANES`] numbers.
pub trait Vector<S>: Copy {
    /// The numbers of a group.
    fn of(group: &[S; LANES]) -> Self;

    /// `value` everywhere.
    fn splat(value: S) -> Self;

    /// `self * factor + term`, rounded once where the processor can.
    #[must_use]
    fn multiply_add(self, factor: Self, term: Self) -> Self;

    /// The numbers.
    fn to_array(self) -> [S; LANES];
}

impl Vector<f32> for f32x16 {
    #[inline(always)]
    fn of(group: &[f32; LANES]) -> Self {
        Self::new(*group)
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self::splat(value)
    }

    #[inline(always)]
    fn multiply_add(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
    }

    #[inline(always)]
    fn to_array(self) -> [f32; LANES] {
        self.to_array()
    }
}

impl Vector<f64> for [f64x8; 2] {
    #[inline(always)]
    fn of(group: &[f64; LANES]) -> Self {
        let (halves, _) = group.as_chunks::<{ LANES / 2 }>();
        [f64x8::new(halves[0]), f64x8::new(halves[1])]
    }

    #[inline(always)]
    fn splat(value: f64) -> Self {
        [f64x8::splat(value); 2]
    }

    #[inline(always)]
    fn multiply_add(self, factor: Self, term: Self) -> Self {
        std::array::from_fn(|half| self[half].mul_add(factor[half], term[half]))
    }

    #[inline(always)]
    fn to_array(self) -> [f64; LANES] {
        let mut all = [0.0; LANES];
        let (halves, _) = all.as_chunks_mut::<{ LANES / 2 }>();
        halves[0] = self[0].to_array();
        halves[1] = self[1].to_array();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::scalar::Scalar;

    /// Place by place what a single number does, rounded once or twice as the processor can.
    fn lanes_are_numbers<S: Scalar>() {
        let group = |k: f64| std::array::from_fn(|lane| S::of((lane as f64 * k + 0.1).sin()));
        let (x, z): ([S; LANES], [S; LANES]) = (group(1.3), group(0.7));
        let y = S::of(0.3);
        let sums = S::Vector::of(&x).multiply_add(S::Vector::splat(y), S::Vector::of(&z));
        let one = |x: S, z: S| {
            let once = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
            if once { x.mul_add(y, z) } else { x * y + z }
        };
        assert_eq!(sums.to_array(), std::array::from_fn(|lane| one(x[lane], z[lane])));
        assert_eq!(S::Vector::of(&x).to_array(), x);
    }

    #[test]
    fn lanes_are_numbers_in_both_precisions() {
        lanes_are_numbers::<f32>();
        lanes_are_numbers::<f64>();
    }
}
