//! Beliefs: what is known of the hidden state (QP-D2).
//!
//! ```text
//! predicted  p(s') = sum_s b(s) P(s' | s, a)
//! weighed    u(s') = p(s') P(o | a, s')          sum_s' u(s') = P(o | b, a)
//! updated    b'(s') = u(s') / P(o | b, a)
//! ```
//!
//! The first two are linear, so they hold for unnormalised beliefs too, whose mass is then the probability of the
//! history.

use serde::{Deserialize, Serialize};

use super::Pomdp;

/// One step of a history: what was done and what was seen after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// Number of the action.
    pub action: usize,
    /// Number of the observation.
    pub observation: usize,
}

/// A belief after an action and what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The new belief.
    pub belief: Vec<f64>,
    /// How probable the observation was.
    pub probability: f64,
}

impl Pomdp {
    /// Expected reward of an action, linear in the belief.
    ///
    /// # Panics
    /// If the belief has another number of states, or there is no such action.
    #[must_use]
    pub fn expected_reward(&self, belief: &[f64], action: usize) -> f64 {
        assert_eq!(belief.len(), self.states(), "a belief over these states");
        let rewards = &self.rewards()[action..];
        belief.iter().zip(rewards.iter().step_by(self.actions())).map(|(b, r)| b * r).sum()
    }

    /// The law of the next state.
    ///
    /// # Panics
    /// If the belief has another number of states, or there is no such action.
    #[must_use]
    pub fn predict(&self, belief: &[f64], action: usize) -> Vec<f64> {
        let mut predicted = vec![0.0; self.states()];
        self.predict_into(belief, action, &mut predicted);
        predicted
    }

    /// [`Self::predict`] into a buffer.
    pub(crate) fn predict_into(&self, belief: &[f64], action: usize, predicted: &mut [f64]) {
        assert_eq!(belief.len(), self.states(), "a belief over these states");
        assert!(action < self.actions(), "an action of this process");
        predicted.fill(0.0);
        let rows = self.mdp.transitions();
        let rows = rows.as_slice().expect("tables are contiguous").chunks_exact(self.states());
        for (&weight, row) in belief.iter().zip(rows.skip(action).step_by(self.actions())) {
            if weight != 0.0 {
                predicted.iter_mut().zip(row).for_each(|(sum, p)| *sum += weight * p);
            }
        }
    }

    /// Weighs a predicted law by the likelihood of an observation; returns its mass.
    pub(crate) fn weigh_into(
        &self,
        predicted: &[f64],
        action: usize,
        observation: usize,
        weighed: &mut [f64],
    ) -> f64 {
        let (states, seen) = (self.states(), self.observations());
        assert!(action < self.actions() && observation < seen, "an observation of this process");
        let laws = self.observations.as_slice().expect("tables are contiguous");
        let likelihoods = laws[action * states * seen + observation..].iter().step_by(seen);
        let mut mass = 0.0;
        for ((out, p), likelihood) in weighed.iter_mut().zip(predicted).zip(likelihoods) {
            *out = p * likelihood;
            mass += *out;
        }
        mass
    }

    /// The belief after `action` and `observation`, or `None` if that cannot be seen.
    ///
    /// # Panics
    /// If the belief has another number of states, or there is no such action or observation.
    #[must_use]
    pub fn update(&self, belief: &[f64], action: usize, observation: usize) -> Option<Update> {
        let predicted = self.predict(belief, action);
        let mut belief = vec![0.0; self.states()];
        let probability = self.weigh_into(&predicted, action, observation, &mut belief);
        if probability <= 0.0 {
            return None;
        }
        belief.iter_mut().for_each(|b| *b /= probability);
        Some(Update { belief, probability })
    }

    /// The belief after a history that began with the law of the first state, or `None` if it cannot happen.
    ///
    /// # Panics
    /// If a step has no such action or observation.
    #[must_use]
    pub fn belief_after(&self, history: &[Step]) -> Option<Vec<f64>> {
        history.iter().try_fold(self.start().to_vec(), |belief, step| {
            self.update(&belief, step.action, step.observation).map(|update| update.belief)
        })
    }
}
