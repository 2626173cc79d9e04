//! What bandit trajectories of a scenario are ranked by.

use serde::{Deserialize, Serialize};

use super::selection::Weighting;
use crate::problem::bandit::{BanditRegret, BanditScenario};
use crate::{Error, Result};

/// What ranking and crediting work with, kept from trajectory to trajectory so that they allocate nothing.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    scores: Vec<f64>,
    kept: Vec<(usize, f64)>,
    about: Vec<Seen>,
    seen: Vec<Seen>,
}

/// What decisions of one scenario are compared by: whole trajectories, or what followed each decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credit {
    /// Keep trajectories: their decisions share the score of the whole.
    #[default]
    Trajectory,
    /// Keep decisions: in each round, of all trajectories of the scenario, those that the best remainder followed, itself
    /// included. What was lost before a decision is not held against it.
    Decision,
}

impl Credit {
    /// Training sequences made of the `rollouts` trajectories of a scenario, of which `keep` are kept a round.
    pub fn sequences(self, keep: usize, rollouts: usize) -> usize {
        match self {
            Self::Trajectory => keep,
            Self::Decision => rollouts,
        }
    }

    /// Writes how much each decision counts (rollouts x rounds), from the losses of all trajectories of a scenario (the
    /// same shape), which are used up. In every round the shares sum to 1 over the trajectories.
    ///
    /// # Errors
    /// A loss that is not a number, or more to keep than there are trajectories.
    pub(super) fn share(
        self,
        losses: &mut [f64],
        rounds: usize,
        keep: usize,
        weighting: Weighting,
        shares: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<()> {
        shares.fill(0.0);
        let Scratch { scores, kept, .. } = scratch;
        // 1. Every round's loss becomes that of the round and all after it.
        for losses in losses.chunks_exact_mut(rounds) {
            for t in (0..rounds - 1).rev() {
                losses[t] += losses[t + 1];
            }
        }
        // 2. The best k of all trajectories, or of every round's remainders.
        let compared = match self {
            Self::Trajectory => 0..1,
            Self::Decision => 0..rounds,
        };
        for t in compared {
            scores.clear();
            scores.extend(losses.iter().skip(t).step_by(rounds));
            weighting.select_into(scores, keep, kept)?;
            for &(l, share) in kept.iter() {
                match self {
                    Self::Trajectory => shares[l * rounds..(l + 1) * rounds].fill(share),
                    Self::Decision => shares[l * rounds + t] = share,
                }
            }
        }
        Ok(())
    }
}

/// The score of a trajectory is the sum of a loss per round; the lowest are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ranking {
    /// A regret of the scenario: it knows the true means (pseudo and dynamic, which rank alike, since trajectories of a
    /// scenario share their comparator) or all arms' rewards (realised).
    Regret(BanditRegret),
    /// Minus the sum of the rewards received.
    RealisedReward,
    /// Minus `sum_t E[r(a_t)]`, each expectation given the trajectory's own whole history and nothing else: what a deployed
    /// learner can compute about itself.
    ///
    /// Arm a's mean given the history, looked at from round t, is `(weight * mean + sum_s memory^|t-s| r_s) / (weight +
    /// sum_s memory^|t-s|)`, sums over the rounds s that chose a. With memory 1 this is the posterior mean of a conjugate
    /// prior: mean 0.5 and weight 2 are Beta(1, 1) for Bernoulli rewards. With memory below 1 means are taken to drift.
    Posterior {
        /// Prior mean of an arm.
        mean: f64,
        /// Number of rounds that the prior counts for, > 0.
        weight: f64,
        /// How much a round tells about the next one, in (0, 1].
        memory: f64,
    },
}

impl Ranking {
    /// Posterior means under Beta(1, 1) priors.
    pub const BETA_POSTERIOR: Self = Self::Posterior { mean: 0.5, weight: 2.0, memory: 1.0 };

    /// Checks the numbers.
    ///
    /// # Errors
    /// A prior mean that is not finite, a weight that is not positive, a memory outside (0, 1].
    pub fn check(&self) -> Result<()> {
        let Self::Posterior { mean, weight, memory } = *self else {
            return Ok(());
        };
        for (field, value, good, expected) in [
            ("ranking.mean", mean, mean.is_finite(), "a finite number"),
            ("ranking.weight", weight, weight > 0.0 && weight.is_finite(), "a positive number"),
            ("ranking.memory", memory, memory > 0.0 && memory <= 1.0, "a number in (0, 1]"),
        ] {
            if !good {
                return Err(Error::parameter(field, value, expected));
            }
        }
        Ok(())
    }

    /// Writes what each round of the trajectory that chose `actions` and received `rewards` adds to its score. Only
    /// differences between trajectories of a scenario mean something.
    ///
    /// # Panics
    /// If the three have different lengths.
    pub fn losses(
        &self,
        scenario: &BanditScenario,
        actions: &[usize],
        rewards: &[f64],
        losses: &mut [f64],
        scratch: &mut Scratch,
    ) {
        assert_eq!((actions.len(), rewards.len()), (losses.len(), losses.len()), "equal lengths");
        match *self {
            Self::Regret(BanditRegret::Pseudo | BanditRegret::Dynamic) => {
                // What the comparator earns is the same for all trajectories of a scenario.
                for (t, (loss, &arm)) in losses.iter_mut().zip(actions).enumerate() {
                    *loss = -scenario.means(t)[arm];
                }
            }
            Self::Regret(BanditRegret::Realised) => {
                let best = best_fixed_arm(scenario);
                for (t, (loss, reward)) in losses.iter_mut().zip(rewards).enumerate() {
                    *loss = scenario.reward(t, best) - reward;
                }
            }
            Self::RealisedReward => {
                losses.iter_mut().zip(rewards).for_each(|(loss, reward)| *loss = -reward);
            }
            Self::Posterior { mean, weight, memory } => {
                let rounds = actions.iter().zip(rewards);
                let Scratch { about, seen, .. } = scratch;
                // 1. What the rounds up to each one say about its arm ...
                let mut past = About::new(about, scenario.arms(), memory);
                seen.clear();
                seen.extend(rounds.clone().map(|(&arm, &reward)| past.enter(arm, reward)));
                // 2. ... and what the rounds after it say, which count the round itself once more.
                let mut future = About::new(about, scenario.arms(), memory);
                for ((&arm, &reward), seen) in rounds.rev().zip(seen.iter_mut().rev()) {
                    let after = future.enter(arm, reward);
                    seen.count += after.count - 1.0;
                    seen.sum += after.sum - reward;
                }
                for (loss, seen) in losses.iter_mut().zip(seen) {
                    *loss = -(weight * mean + seen.sum) / (weight + seen.count);
                }
            }
        }
    }
}

/// The arm of highest total reward.
fn best_fixed_arm(scenario: &BanditScenario) -> usize {
    let total = |arm| (0..scenario.horizon()).map(|t| scenario.reward(t, arm)).sum::<f64>();
    let totals = (0..scenario.present()).map(total).enumerate();
    totals.max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(arm, _)| arm)
}

/// Discounted number of rounds and sum of rewards of an arm.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    count: f64,
    sum: f64,
}

/// What is known about every arm, going through the rounds in one direction.
struct About<'a> {
    memory: f64,
    arms: &'a mut [Seen],
}

impl<'a> About<'a> {
    fn new(room: &'a mut Vec<Seen>, arms: usize, memory: f64) -> Self {
        room.clear();
        room.resize(arms, Seen::default());
        Self { memory, arms: room }
    }

    /// Takes in a round and tells about its arm.
    fn enter(&mut self, arm: usize, reward: f64) -> Seen {
        if self.memory < 1.0 {
            for seen in &mut *self.arms {
                seen.count *= self.memory;
                seen.sum *= self.memory;
            }
        }
        let seen = &mut self.arms[arm];
        seen.count += 1.0;
        seen.sum += reward;
        *seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::bandit::Bandit;

    const ACTIONS: [usize; 5] = [0, 1, 0, 0, 2];
    const REWARDS: [f64; 5] = [1.0, 0.0, 1.0, 0.0, 1.0];

    fn score(ranking: Ranking) -> f64 {
        let problem = Bandit::bernoulli(3, 5);
        let scenario = problem.scenario(&Streams::new(1), Purpose::Theory, 0, 0, 0);
        let mut losses = [0.0; 5];
        ranking.losses(&scenario, &ACTIONS, &REWARDS, &mut losses, &mut Scratch::default());
        losses.iter().sum()
    }

    /// Posterior means 3/5, 1/3 and 2/3 of arms chosen three times, once and once.
    #[test]
    fn the_posterior_is_that_of_the_whole_history() {
        let expected = -(3.0 * 3.0 / 5.0 + 1.0 / 3.0 + 2.0 / 3.0);
        approx::assert_relative_eq!(score(Ranking::BETA_POSTERIOR), expected, epsilon = 1e-12);
        assert_eq!(score(Ranking::RealisedReward), -3.0);
    }

    /// The definition with memory, written out round by round.
    #[test]
    fn memory_fades_on_both_sides() {
        let (mean, weight, memory) = (0.4, 1.5, 0.8f64);
        let expected: f64 = (0..5)
            .map(|t: usize| {
                let (mut count, mut sum) = (weight, weight * mean);
                for s in (0..5).filter(|&s| ACTIONS[s] == ACTIONS[t]) {
                    let fading = memory.powi(s.abs_diff(t) as i32);
                    count += fading;
                    sum += fading * REWARDS[s];
                }
                -sum / count
            })
            .sum();
        let ranking = Ranking::Posterior { mean, weight, memory };
        approx::assert_relative_eq!(score(ranking), expected, epsilon = 1e-12);
    }

    /// Three trajectories of two rounds: the first has the best total, the second the best second round.
    #[test]
    fn credit_goes_to_trajectories_or_to_decisions() {
        let shares = |credit: Credit, keep| {
            let mut losses = [1.0, 3.0, 4.0, 1.0, 5.0, 2.0];
            let mut shares = [9.0; 6];
            let scratch = &mut Scratch::default();
            credit.share(&mut losses, 2, keep, Weighting::Equal, &mut shares, scratch).unwrap();
            shares
        };
        assert_eq!(shares(Credit::Trajectory, 1), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(shares(Credit::Decision, 1), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(shares(Credit::Decision, 2), [0.5, 0.0, 0.5, 0.5, 0.0, 0.5]);
        let (mut losses, mut shares) = ([f64::NAN], [0.0]);
        let scratch = &mut Scratch::default();
        let credit = Credit::Decision;
        let shared = credit.share(&mut losses, 1, 1, Weighting::Equal, &mut shares, scratch);
        assert!(shared.is_err());
    }

    #[test]
    fn bad_numbers_are_named() {
        let message = |mean, weight, memory| {
            Ranking::Posterior { mean, weight, memory }.check().unwrap_err().to_string()
        };
        assert!(message(f64::NAN, 1.0, 1.0).starts_with("ranking.mean"));
        assert!(message(0.0, 0.0, 1.0).starts_with("ranking.weight"));
        assert!(message(0.0, 1.0, 1.1).starts_with("ranking.memory"));
    }
}
