//! A Transformer in bandits: a [`BanditRun`], lesson by lesson.

use super::{Course, Length, Visitor};
use crate::Result;
use crate::model::transformer::Transformer;
use crate::train::bandit::run::BanditRun;

impl Course for BanditRun {
    type Scalar = f32;
    type Model = Transformer<f32>;

    fn untrained(&self, seed: u64) -> Result<Self::Model> {
        self.start(seed)
    }

    fn stages(&self) -> Vec<Length> {
        let horizon = self.problem.horizon;
        self.lessons.iter().map(|lesson| Length::practice(&lesson.config, horizon)).collect()
    }

    fn teach(
        &self,
        model: &mut Self::Model,
        stage: usize,
        seed: u64,
        visitor: &mut impl Visitor<f32>,
    ) -> Result<()> {
        self.lesson(model, stage, seed, |trainer| visitor.visit(trainer))
    }

    fn weights(&self, model: &Self::Model) -> Result<Vec<u8>> {
        model.to_bytes()
    }
}
