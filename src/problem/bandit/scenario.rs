//! One drawn bandit: the mean and the payment of every arm in every round.

use ndarray::{Array2, ArrayView2};

use super::BanditRegret;
use crate::problem::reward_table::RewardTable;
use crate::{Error, Result};

/// The means and the rewards (both horizon x K) of one scenario. A learner sees one reward a round, regret sees all.
#[derive(Clone, Debug, PartialEq)]
pub struct BanditScenario {
    arms: usize,
    present: usize,
    /// Row by row: a round's K arms stand together.
    means: Vec<f64>,
    rewards: Vec<f64>,
}

impl BanditScenario {
    /// All arms present, every mean and reward 0.
    pub(super) fn zeros(arms: usize, horizon: usize) -> Self {
        let entries = arms * horizon;
        Self { arms, present: arms, means: vec![0.0; entries], rewards: vec![0.0; entries] }
    }

    /// The scenario in which the arms pay exactly `rewards` (horizon x K): means and rewards are the same
    /// ([`Exact`](super::RewardLaw::Exact)), so pseudo-regret and realised regret are too.
    ///
    /// # Errors
    /// No round, no arm, or a reward that is not finite.
    pub fn from_rewards(rewards: ArrayView2<f64>) -> Result<Self> {
        if rewards.is_empty() {
            let shape = format!("{} rounds x {} arms", rewards.nrows(), rewards.ncols());
            return Err(Error::parameter("rewards", shape, "at least one round and one arm"));
        }
        if let Some(((t, a), value)) = rewards.indexed_iter().find(|(_, r)| !r.is_finite()) {
            let field = format!("reward of arm {a} in round {t}");
            return Err(Error::parameter(field, value, "a finite number"));
        }
        let cells: Vec<f64> = rewards.iter().copied().collect();
        let arms = rewards.ncols();
        Ok(Self { arms, present: arms, means: cells.clone(), rewards: cells })
    }

    /// A user's table cut into consecutive blocks of `horizon` rounds, each a scenario; a shorter rest is left out.
    ///
    /// # Errors
    /// `horizon` of 0 or longer than the table.
    pub fn from_table(table: &RewardTable, horizon: usize) -> Result<Vec<Self>> {
        let blocks = table.blocks(horizon)?;
        blocks.iter().map(|block: &Array2<f64>| Self::from_rewards(block.view())).collect()
    }

    /// Number of arms K, present or not.
    pub fn arms(&self) -> usize {
        self.arms
    }

    /// Number of arms that may be chosen: arms 0 to `present() - 1`.
    pub fn present(&self) -> usize {
        self.present
    }

    /// Number of rounds T.
    pub fn horizon(&self) -> usize {
        self.means.len() / self.arms
    }

    /// The K means of round `round` (from 0); 0 for arms that are not present.
    ///
    /// # Panics
    /// If there is no such round.
    pub fn means(&self, round: usize) -> &[f64] {
        &self.means[round * self.arms..][..self.arms]
    }

    /// What each of the K arms would pay in round `round` (from 0); 0 for arms that are not present.
    ///
    /// # Panics
    /// If there is no such round.
    pub fn rewards(&self, round: usize) -> &[f64] {
        &self.rewards[round * self.arms..][..self.arms]
    }

    /// What `arm` pays in round `round` (both from 0).
    ///
    /// # Panics
    /// If there is no such round or the arm is not present.
    #[inline]
    pub fn reward(&self, round: usize, arm: usize) -> f64 {
        assert!(arm < self.present, "arm {arm} of {} present", self.present);
        self.rewards[round * self.arms + arm]
    }

    /// Whether `arm` has the highest mean of round `round` (both from 0), alone or with others.
    ///
    /// # Panics
    /// If there is no such round or arm.
    pub fn is_best(&self, round: usize, arm: usize) -> bool {
        let means = &self.means(round)[..self.present];
        means.iter().all(|&mean| mean <= means[arm])
    }

    /// The regret to judge a player by: [`Pseudo`](BanditRegret::Pseudo) if the means stand still here, else
    /// [`Dynamic`](BanditRegret::Dynamic).
    pub fn regret(&self) -> BanditRegret {
        if self.variation() == 0.0 { BanditRegret::Pseudo } else { BanditRegret::Dynamic }
    }

    /// Measured variation of the means: the sum over rounds t of `max over present arms a of |mu_{t+1,a} - mu_{t,a}|`
    /// (Besbes, Gur and Zeevi 2014).
    pub fn variation(&self) -> f64 {
        let later = self.means.chunks_exact(self.arms).skip(1);
        self.means
            .chunks_exact(self.arms)
            .zip(later)
            .map(|(now, next)| {
                let changes = now.iter().zip(next).take(self.present);
                changes.map(|(a, b)| (b - a).abs()).fold(0.0, f64::max)
            })
            .sum()
    }

    /// Means and rewards of every arm and round, row by row.
    pub(super) fn cells(&self) -> (&[f64], &[f64]) {
        (&self.means, &self.rewards)
    }

    pub(super) fn set_present(&mut self, present: usize) {
        self.present = present;
    }

    pub(super) fn means_mut(&mut self) -> &mut [f64] {
        &mut self.means
    }

    pub(super) fn means_and_rewards_mut(&mut self) -> (&[f64], &mut [f64]) {
        (&self.means, &mut self.rewards)
    }
}
