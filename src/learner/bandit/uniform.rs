//! Players that learn nothing: an arm drawn uniformly in every round, and always the same arm.

use rand::{Rng, RngExt};

use super::BanditLearner;
use crate::{Error, Result};

/// Chooses every arm with the same probability in every round.
#[derive(Clone, Copy, Debug)]
pub struct UniformArm {
    arms: usize,
}

impl UniformArm {
    /// Chooses among arms `0..arms`.
    ///
    /// # Errors
    /// No arm.
    pub fn new(arms: usize) -> Result<Self> {
        if arms == 0 {
            return Err(Error::parameter("arms", arms, "at least 1"));
        }
        Ok(Self { arms })
    }
}

impl BanditLearner for UniformArm {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        rng.random_range(0..self.arms)
    }

    fn observe(&mut self, _arm: usize, _reward: f64) {}
}

/// Chooses one arm in every round.
#[derive(Clone, Copy, Debug)]
pub struct ConstantArm(pub usize);

impl BanditLearner for ConstantArm {
    fn choose(&mut self, _rng: &mut dyn Rng) -> usize {
        self.0
    }

    fn observe(&mut self, _arm: usize, _reward: f64) {}
}
