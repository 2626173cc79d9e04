//! A policy as a table: the logits of K arms after every possible history of chosen arms and Bernoulli rewards.
//!
//! Nothing is shared between histories, so what training does to it is what the procedure does, without a network in
//! between. Histories form a tree with 2K branches a round: the first round is node 0, and after node h came arm a and
//! reward r (0 or 1) stands node `2K h + 1 + 2a + r`. A policy for T rounds has `((2K)^T - 1) / (2K - 1)` nodes, with K
//! logits each, node by node in the flat buffer. All logits start at 0: the uniform policy.

use super::Model;
use crate::nn::loss::softmax_in_place;
use crate::{Error, Result};

/// Largest number of logits: 32 MB.
const MAX_LOGITS: usize = 1 << 22;

/// The table.
#[derive(Clone, Debug)]
pub struct TabularPolicy {
    arms: usize,
    horizon: usize,
    logits: Vec<f64>,
}

impl Model for TabularPolicy {
    type Scalar = f64;

    fn parameters(&self) -> &[f64] {
        &self.logits
    }

    fn parameters_mut(&mut self) -> &mut [f64] {
        &mut self.logits
    }
}

impl TabularPolicy {
    /// The node of the first round.
    pub const START: usize = 0;

    /// The uniform policy of `arms` arms for `horizon` rounds.
    ///
    /// # Errors
    /// No arm, no round, or more than 2^22 logits.
    pub fn uniform(arms: usize, horizon: usize) -> Result<Self> {
        for (field, value) in [("arms", arms), ("horizon", horizon)] {
            if value == 0 {
                return Err(Error::parameter(field, value, "at least 1"));
            }
        }
        let too_large = || {
            let value = format!("{arms}, {horizon}");
            Error::parameter("arms, horizon", value, format!("at most {MAX_LOGITS} logits"))
        };
        let mut nodes = 0_usize;
        for _ in 0..horizon {
            // One round more: a start, and 2K trees of the length before.
            nodes = nodes.saturating_mul(2 * arms).saturating_add(1);
            if nodes.saturating_mul(arms) > MAX_LOGITS {
                return Err(too_large());
            }
        }
        Ok(Self { arms, horizon, logits: vec![0.0; nodes * arms] })
    }

    /// Number of arms K.
    pub fn arms(&self) -> usize {
        self.arms
    }

    /// Number of rounds T.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// The node after `arm` was chosen at `node` and paid 1 (`success`) or 0.
    pub fn next(&self, node: usize, arm: usize, success: bool) -> usize {
        2 * self.arms * node + 1 + 2 * arm + usize::from(success)
    }

    /// Writes the probabilities of the arms at `node`, with logits divided by `temperature`.
    ///
    /// # Panics
    /// If there is no such node, or `policy` has another length than K.
    pub fn policy(&self, node: usize, temperature: f64, policy: &mut [f64]) {
        policy.copy_from_slice(&self.logits[node * self.arms..][..self.arms]);
        policy.iter_mut().for_each(|z| *z /= temperature);
        softmax_in_place(policy);
    }

    /// Mean regret of the policy over Bernoulli arms whose means are independent and uniform on \[0, 1\], exactly: the sum
    /// over all histories of their probability times what the arms chosen then lack, `K / (K + 1) - E[mean | history]`.
    pub fn expected_regret(&self) -> f64 {
        let mut counts = vec![[0.0; 2]; self.arms];
        let best = self.arms as f64 / (self.arms as f64 + 1.0);
        self.horizon as f64 * best - self.expected_reward(Self::START, self.horizon, &mut counts)
    }

    /// Expected reward of the `left` rounds from `node` on, given the failures and successes of every arm so far.
    fn expected_reward(&self, node: usize, left: usize, counts: &mut [[f64; 2]]) -> f64 {
        if left == 0 {
            return 0.0;
        }
        let mut policy = vec![0.0; self.arms];
        self.policy(node, 1.0, &mut policy);
        let mut total = 0.0;
        for (arm, probability) in policy.into_iter().enumerate() {
            let [failures, successes] = counts[arm];
            let mean = (successes + 1.0) / (failures + successes + 2.0);
            for (success, chance) in [(false, 1.0 - mean), (true, mean)] {
                counts[arm][usize::from(success)] += 1.0;
                let node = self.next(node, arm, success);
                let later = self.expected_reward(node, left - 1, counts);
                counts[arm][usize::from(success)] -= 1.0;
                total += probability * chance * (f64::from(u8::from(success)) + later);
            }
        }
        total
    }

    /// Probability of another arm in the second round after the first one has failed, averaged over the first arm as the
    /// policy chooses it (an arm fails with the same probability whichever it is, if the arms' law is the same).
    ///
    /// `None` for a single round.
    pub fn switch_after_failure(&self) -> Option<f64> {
        if self.horizon < 2 {
            return None;
        }
        let (mut first, mut second) = (vec![0.0; self.arms], vec![0.0; self.arms]);
        self.policy(Self::START, 1.0, &mut first);
        let stays = first.iter().enumerate().map(|(arm, probability)| {
            self.policy(self.next(Self::START, arm, false), 1.0, &mut second);
            probability * second[arm]
        });
        Some(1.0 - stays.sum::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_history_has_a_place_of_its_own() {
        let policy = TabularPolicy::uniform(2, 4).unwrap();
        let (mut nodes, mut all) = (vec![TabularPolicy::START], Vec::new());
        for _ in 0..4 {
            all.extend(nodes.iter().copied());
            let children = nodes.iter().flat_map(|&node| {
                [(0, false), (0, true), (1, false), (1, true)]
                    .map(|(arm, success)| policy.next(node, arm, success))
            });
            nodes = children.collect();
        }
        all.sort_unstable();
        assert_eq!(all, (0..policy.parameters().len() / 2).collect::<Vec<_>>());
    }

    /// The uniform policy lacks 2/3 - 1/2 a round. "Stay after a success, else switch" over two rounds earns 1/2 + E[mean of
    /// the arm chosen second] = 1/2 + 1/2 (2/3) + 1/2 (1/2).
    #[test]
    fn expected_regret_is_that_of_hand_calculations() {
        let mut policy = TabularPolicy::uniform(2, 3).unwrap();
        approx::assert_relative_eq!(policy.expected_regret(), 0.5, epsilon = 1e-12);
        assert_eq!(policy.switch_after_failure(), Some(0.5));
        policy = TabularPolicy::uniform(2, 2).unwrap();
        for arm in 0..2 {
            for success in [false, true] {
                let chosen = if success { arm } else { 1 - arm };
                let node = policy.next(TabularPolicy::START, arm, success);
                policy.parameters_mut()[2 * node + chosen] = 60.0;
            }
        }
        let expected = 4.0 / 3.0 - (0.5 + 1.0 / 3.0 + 0.25);
        approx::assert_relative_eq!(policy.expected_regret(), expected, epsilon = 1e-12);
        approx::assert_relative_eq!(policy.switch_after_failure().unwrap(), 1.0, epsilon = 1e-12);
        assert_eq!(TabularPolicy::uniform(2, 1).unwrap().switch_after_failure(), None);
    }

    #[test]
    fn absurd_sizes_are_refused() {
        for (arms, horizon) in
            [(0, 3), (2, 0), (2, 12), (5, 7), (3, usize::MAX), (usize::MAX / 2, 2)]
        {
            assert!(TabularPolicy::uniform(arms, horizon).is_err(), "{arms}, {horizon}");
        }
    }
}
