//! Playing a learner against rewards or an adversary, with regret accounted by the problem.

use ndarray::{Array2, ArrayView2, Axis};

use super::Learner;
use crate::numeric::parallel;
use crate::problem::account::RegretAccount;
use crate::problem::adversary::Adversary;
use crate::problem::decision_set::DecisionSet;

/// Regret after each round of `rewards` (rounds x d); length = number of rounds.
///
/// # Panics
/// If `learner` was made for another dimension than d, as may [`play_adversary`] and [`regret_curves`].
pub fn play(set: DecisionSet, learner: &mut dyn Learner, rewards: ArrayView2<f64>) -> Vec<f64> {
    let mut round = 0;
    drive(set, rewards.ncols(), rewards.nrows(), learner, |_, reward| {
        for (out, &r) in reward.iter_mut().zip(rewards.row(round)) {
            *out = r;
        }
        round += 1;
    })
    .0
}

/// What `learner` earns in each round of `rewards` (rounds x d).
///
/// # Panics
/// As [`play`].
pub fn earnings(learner: &mut dyn Learner, rewards: ArrayView2<f64>) -> Vec<f64> {
    let mut decision = vec![0.0; rewards.ncols()];
    let mut reward = decision.clone();
    let round = |row: ndarray::ArrayView1<f64>| {
        learner.decide(&mut decision);
        reward.iter_mut().zip(row).for_each(|(out, &r)| *out = r);
        learner.observe(&reward);
        decision.iter().zip(&reward).map(|(p, r)| p * r).sum()
    };
    rewards.outer_iter().map(round).collect()
}

/// Regret after each of `rounds` rounds against the adversary, and the rewards (rounds x d) it paid.
pub fn play_adversary(
    set: DecisionSet,
    learner: &mut dyn Learner,
    adversary: Adversary,
    d: usize,
    rounds: usize,
) -> (Vec<f64>, Array2<f64>) {
    drive(set, d, rounds, learner, |decision, reward| adversary.answer(decision, reward))
}

fn drive(
    set: DecisionSet,
    d: usize,
    rounds: usize,
    learner: &mut dyn Learner,
    mut pay: impl FnMut(&[f64], &mut [f64]),
) -> (Vec<f64>, Array2<f64>) {
    let mut account = RegretAccount::new(set, d);
    let (mut decision, mut reward) = (vec![0.0; d], vec![0.0; d]);
    let mut rewards = Array2::zeros((rounds, d));
    let curve = rewards
        .axis_iter_mut(Axis(0))
        .map(|mut row| {
            learner.decide(&mut decision);
            pay(&decision, &mut reward);
            learner.observe(&reward);
            row.iter_mut().zip(&reward).for_each(|(out, &r)| *out = r);
            account.enter(&decision, &reward)
        })
        .collect();
    (curve, rewards)
}

/// Regret curves (scenario x round) of fresh learners over scenarios of equal shape, on all threads of the current pool.
///
/// `build` makes the learner of a scenario from its rewards, which only a hindsight comparator may look at.
pub fn regret_curves<L: Learner>(
    set: DecisionSet,
    scenarios: &[Array2<f64>],
    build: impl Fn(ArrayView2<f64>) -> L + Sync,
) -> Array2<f64> {
    let rounds = scenarios.first().map_or(0, Array2::nrows);
    let played =
        parallel::each(scenarios, |rewards| play(set, &mut build(rewards.view()), rewards.view()));
    let mut curves = Array2::zeros((scenarios.len(), rounds));
    for (mut curve, played) in curves.rows_mut().into_iter().zip(&played) {
        curve.iter_mut().zip(played).for_each(|(out, &regret)| *out = regret);
    }
    curves
}

impl<L: Learner + ?Sized> Learner for Box<L> {
    fn decide(&mut self, decision: &mut [f64]) {
        (**self).decide(decision);
    }

    fn observe(&mut self, reward: &[f64]) {
        (**self).observe(reward);
    }
}
