//! Evaluates learners and bounds on the same fresh scenarios.

use lowregret::Result;
use lowregret::learner::Learner;
use lowregret::learner::play::regret_curves;
use lowregret::metrics::curve::{CurvePoint, final_regret, mean_curve};
use lowregret::metrics::growth::{Growth, GrowthInterval, bootstrap_growth, growth_exponent};
use lowregret::metrics::interval::Estimate;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::full_information::FullInformation;
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

/// Regret of one learner on the evaluation scenarios of one horizon.
pub struct Outcome {
    pub learner: &'static str,
    /// Training seed, for learners that were trained.
    pub seed: Option<u64>,
    pub curve: Vec<CurvePoint>,
    pub last: Estimate,
    /// Final regret of every scenario.
    pub finals: Vec<f64>,
    pub growth: Growth,
    pub growth_interval: GrowthInterval,
}

#[derive(Serialize)]
pub struct CurveRow {
    horizon: usize,
    learner: &'static str,
    seed: Option<u64>,
    round: usize,
    mean: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
pub struct FinalRow {
    horizon: usize,
    learner: &'static str,
    seed: Option<u64>,
    regret: f64,
    low: Option<f64>,
    high: Option<f64>,
    scenarios: usize,
    growth_exponent: Option<f64>,
    growth_low: Option<f64>,
    growth_high: Option<f64>,
    growth_p_value: Option<f64>,
}

impl Outcome {
    pub fn curve_rows(&self, horizon: usize) -> Vec<CurveRow> {
        let row = |p: &CurvePoint| CurveRow {
            horizon,
            learner: self.learner,
            seed: self.seed,
            round: p.round,
            mean: p.mean,
            low: p.low,
            high: p.high,
        };
        self.curve.iter().map(row).collect()
    }

    pub fn final_row(&self, horizon: usize) -> FinalRow {
        FinalRow {
            horizon,
            learner: self.learner,
            seed: self.seed,
            regret: self.last.mean,
            low: self.last.low,
            high: self.last.high,
            scenarios: self.last.n,
            growth_exponent: self.growth.fit.map(|f| f.exponent),
            growth_low: self.growth_interval.low,
            growth_high: self.growth_interval.high,
            growth_p_value: self.growth.fit.map(|f| f.p_value),
        }
    }
}

/// Evaluates learners and bounds on the same scenarios.
pub struct Judge<'a> {
    pub problem: &'a FullInformation,
    pub scenarios: &'a [Array2<f64>],
    pub resamples: usize,
    pub streams: Streams,
}

impl Judge<'_> {
    pub fn curves<L: Learner>(&self, build: impl Fn(ArrayView2<f64>) -> L + Sync) -> Array2<f64> {
        regret_curves(self.problem.set, self.scenarios, build)
    }

    /// Final regret of a learner.
    pub fn last<L: Learner>(
        &self,
        build: impl Fn(ArrayView2<f64>) -> L + Sync,
    ) -> Result<Estimate> {
        Estimate::of(&final_regret(self.curves(build).view()))
    }

    pub fn bound_curves(&self, bound: impl Fn(ArrayView2<f64>) -> Vec<f64>) -> Array2<f64> {
        let mut curves = Array2::zeros((self.scenarios.len(), self.problem.horizon));
        for (mut row, rewards) in curves.rows_mut().into_iter().zip(self.scenarios) {
            row.iter_mut().zip(bound(rewards.view())).for_each(|(out, b)| *out = b);
        }
        curves
    }

    pub fn outcome<L: Learner>(
        &self,
        learner: &'static str,
        seed: Option<u64>,
        build: impl Fn(ArrayView2<f64>) -> L + Sync,
    ) -> Result<Outcome> {
        self.summarize(learner, seed, self.curves(build))
    }

    pub fn bound(
        &self,
        learner: &'static str,
        seed: Option<u64>,
        bound: impl Fn(ArrayView2<f64>) -> Vec<f64>,
    ) -> Result<Outcome> {
        self.summarize(learner, seed, self.bound_curves(bound))
    }

    pub fn summarize(
        &self,
        learner: &'static str,
        seed: Option<u64>,
        curves: Array2<f64>,
    ) -> Result<Outcome> {
        let curve = mean_curve(curves.view())?;
        let means: Vec<f64> = curve.iter().map(|p| p.mean).collect();
        let finals = final_regret(curves.view());
        let mut rng = self.streams.stream(Purpose::Bootstrap, self.problem.horizon, 0, 0);
        Ok(Outcome {
            learner,
            seed,
            last: Estimate::of(&finals)?,
            finals,
            growth: growth_exponent(&means)?,
            growth_interval: bootstrap_growth(curves.view(), self.resamples, &mut rng)?,
            curve,
        })
    }
}
