//! The three regrets of bandits, accounted from the scenario and the arms chosen.
//!
//! | regret | compared with | in terms of |
//! |---|---|---|
//! | [`BanditRegret::Pseudo`] | the best fixed present arm | means |
//! | [`BanditRegret::Dynamic`] | the best present arm of each round | means |
//! | [`BanditRegret::Realised`] | the best fixed present arm in hindsight | rewards |
//!
//! On a stationary scenario pseudo-regret and dynamic regret agree and are never negative. Under drift the pseudo-regret
//! of somebody who follows the drift is negative; dynamic regret never is, and is at least the pseudo-regret. Realised
//! regret can be negative whenever arms are mixed.

use serde::{Deserialize, Serialize};

use super::BanditScenario;

/// Which regret is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BanditRegret {
    /// `max over present a of sum_t mu_{t,a}  -  sum_t mu_{t,a_t}`.
    Pseudo,
    /// `sum_t (max over present a of mu_{t,a}  -  mu_{t,a_t})`.
    Dynamic,
    /// `max over present a of sum_t r_{t,a}  -  sum_t r_{t,a_t}`.
    Realised,
}

impl BanditRegret {
    /// This regret after each round, for the arms chosen from the first round on (no more than the horizon). The fixed
    /// arm compared with after t rounds is the best one of those t rounds.
    ///
    /// # Panics
    /// If more arms are chosen than there are rounds, or one that is not present, as do all functions of this module.
    pub fn curve<A: Copy + Into<usize>>(self, scenario: &BanditScenario, chosen: &[A]) -> Vec<f64> {
        match self {
            Self::Pseudo => scenario.pseudo_regret(chosen),
            Self::Dynamic => scenario.dynamic_regret(chosen),
            Self::Realised => scenario.realised_regret(chosen),
        }
    }

    /// The last value of [`curve`](Self::curve), without its allocations; 0 when nothing is chosen.
    pub fn total<A: Copy + Into<usize>>(self, scenario: &BanditScenario, chosen: &[A]) -> f64 {
        match self {
            Self::Pseudo => scenario.total_pseudo_regret(chosen),
            Self::Dynamic => scenario.total_dynamic_regret(chosen),
            Self::Realised => scenario.total_realised_regret(chosen),
        }
    }
}

impl BanditScenario {
    /// Pseudo-regret after each round: [`BanditRegret::Pseudo`].
    pub fn pseudo_regret<A: Copy + Into<usize>>(&self, chosen: &[A]) -> Vec<f64> {
        self.fixed_arm_curve(self.cells().0, chosen)
    }

    /// Final pseudo-regret.
    pub fn total_pseudo_regret<A: Copy + Into<usize>>(&self, chosen: &[A]) -> f64 {
        self.fixed_arm_total(self.cells().0, chosen)
    }

    /// Realised regret after each round: [`BanditRegret::Realised`].
    pub fn realised_regret<A: Copy + Into<usize>>(&self, chosen: &[A]) -> Vec<f64> {
        self.fixed_arm_curve(self.cells().1, chosen)
    }

    /// Final realised regret.
    pub fn total_realised_regret<A: Copy + Into<usize>>(&self, chosen: &[A]) -> f64 {
        self.fixed_arm_total(self.cells().1, chosen)
    }

    /// Dynamic regret after each round: [`BanditRegret::Dynamic`].
    pub fn dynamic_regret<A: Copy + Into<usize>>(&self, chosen: &[A]) -> Vec<f64> {
        let mut regret = 0.0;
        self.dynamic_losses(chosen)
            .map(|loss| {
                regret += loss;
                regret
            })
            .collect()
    }

    /// Final dynamic regret.
    pub fn total_dynamic_regret<A: Copy + Into<usize>>(&self, chosen: &[A]) -> f64 {
        self.dynamic_losses(chosen).fold(0.0, |sum, loss| sum + loss)
    }

    /// What each choice lost to the best present arm of its round.
    fn dynamic_losses<'a, A: Copy + Into<usize>>(
        &'a self,
        chosen: &'a [A],
    ) -> impl Iterator<Item = f64> {
        self.chosen_rows(self.cells().0, chosen).map(|(row, arm)| maximum(row) - row[arm])
    }

    fn fixed_arm_curve<A: Copy + Into<usize>>(&self, cells: &[f64], chosen: &[A]) -> Vec<f64> {
        let mut sums = vec![0.0; self.present()];
        let mut earned = 0.0;
        self.chosen_rows(cells, chosen)
            .map(|(row, arm)| {
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                earned += row[arm];
                maximum(&sums) - earned
            })
            .collect()
    }

    /// Adds in the same order as the curve, so that the two agree to the last bit.
    fn fixed_arm_total<A: Copy + Into<usize>>(&self, cells: &[f64], chosen: &[A]) -> f64 {
        let earned = self.chosen_rows(cells, chosen).fold(0.0, |sum, (row, arm)| sum + row[arm]);
        let rows = || cells.chunks_exact(self.arms()).take(chosen.len());
        let best = (0..self.present())
            .map(|arm| rows().fold(0.0, |sum, row| sum + row[arm]))
            .fold(f64::NEG_INFINITY, f64::max);
        best - earned
    }

    /// The present arms' row of each round with the arm chosen in it.
    fn chosen_rows<'a, A: Copy + Into<usize>>(
        &self,
        cells: &'a [f64],
        chosen: &'a [A],
    ) -> impl Iterator<Item = (&'a [f64], usize)> {
        assert!(chosen.len() <= self.horizon(), "more choices than rounds");
        let present = self.present();
        let rows = cells.chunks_exact(self.arms()).map(move |row| &row[..present]);
        rows.zip(chosen).map(|(row, &arm)| (row, arm.into()))
    }
}

fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}
