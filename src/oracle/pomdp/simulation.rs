//! Playing a policy: the hidden state moves, the player keeps a belief, exact or of particles (QP-R5).

use rand::{Rng, RngExt};

use crate::problem::pomdp::Pomdp;
use crate::{Error, Result};

/// One step of a simulated trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The hidden state in which the action was taken.
    pub state: usize,
    /// The action.
    pub action: usize,
    /// r(state, action).
    pub reward: f64,
    /// What was seen after it.
    pub observation: usize,
}

/// How a player keeps track of the hidden state.
pub trait BeliefTracker {
    /// The current belief.
    fn belief(&self) -> &[f64];

    /// Takes note of an action and what was seen after it.
    fn update(&mut self, action: usize, observation: usize, rng: &mut impl Rng);
}

/// The exact belief, by Bayes' rule.
#[derive(Clone, Debug)]
pub struct ExactBelief<'a> {
    pomdp: &'a Pomdp,
    belief: Vec<f64>,
}

impl<'a> ExactBelief<'a> {
    /// Starts from the law of the first state.
    #[must_use]
    pub fn new(pomdp: &'a Pomdp) -> Self {
        Self { pomdp, belief: pomdp.start().to_vec() }
    }
}

impl BeliefTracker for ExactBelief<'_> {
    fn belief(&self) -> &[f64] {
        &self.belief
    }

    /// An observation that cannot be made leaves the prediction.
    fn update(&mut self, action: usize, observation: usize, _: &mut impl Rng) {
        let update = self.pomdp.update(&self.belief, action, observation);
        self.belief = match update {
            Some(update) => update.belief,
            None => self.pomdp.predict(&self.belief, action),
        };
    }
}

/// A bootstrap particle filter (Gordon, Salmond and Smith 1993): particles move, are weighed by the likelihood of what
/// was seen, and are drawn anew by their weights.
#[derive(Clone, Debug)]
pub struct Particles<'a> {
    pomdp: &'a Pomdp,
    states: Vec<usize>,
    belief: Vec<f64>,
}

impl<'a> Particles<'a> {
    /// Draws `count` particles from the law of the first state.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a `count` of 0 or above 2^24.
    pub fn new(pomdp: &'a Pomdp, count: usize, rng: &mut impl Rng) -> Result<Self> {
        if !(1..=1 << 24).contains(&count) {
            return Err(Error::parameter("particles", count, "1 to 16777216"));
        }
        let states = (0..count).map(|_| draw(pomdp.start().iter().copied(), rng)).collect();
        let mut particles = Self { pomdp, states, belief: vec![0.0; pomdp.states()] };
        particles.count();
        Ok(particles)
    }

    fn count(&mut self) {
        self.belief.fill(0.0);
        self.states.iter().for_each(|state| self.belief[*state] += 1.0);
        let count = self.states.len() as f64;
        self.belief.iter_mut().for_each(|b| *b /= count);
    }
}

impl BeliefTracker for Particles<'_> {
    fn belief(&self) -> &[f64] {
        &self.belief
    }

    /// If no particle explains what was seen, all are drawn from the states that do, by likelihood.
    fn update(&mut self, action: usize, observation: usize, rng: &mut impl Rng) {
        let pomdp = self.pomdp;
        let likelihood = |state| pomdp.observation_probability(action, state, observation);
        let mut weights = vec![0.0; pomdp.states()];
        for state in &self.states {
            let reached = next_state(pomdp, *state, action, rng);
            weights[reached] += likelihood(reached);
        }
        if weights.iter().all(|w| *w <= 0.0) {
            weights = (0..pomdp.states()).map(likelihood).collect();
        }
        if weights.iter().any(|w| *w > 0.0) {
            self.states.iter_mut().for_each(|state| *state = draw(weights.iter().copied(), rng));
        }
        self.count();
    }
}

/// Plays `policy`, which chooses an action by the step and the belief, for `horizon` steps.
///
/// # Panics
/// If the policy chooses an action that the process does not have.
pub fn simulate<R: Rng>(
    pomdp: &Pomdp,
    horizon: usize,
    tracker: &mut impl BeliefTracker,
    mut policy: impl FnMut(usize, &[f64]) -> usize,
    rng: &mut R,
) -> Vec<Moment> {
    let mut state = draw(pomdp.start().iter().copied(), rng);
    let steps = (0..horizon).map(|step| {
        let action = policy(step, tracker.belief());
        let reward = pomdp.reward(state, action);
        let reached = next_state(pomdp, state, action, rng);
        let row = action * pomdp.states() + reached;
        let observation = draw(pomdp.observation_laws().row(row).iter().copied(), rng);
        tracker.update(action, observation, rng);
        let moment = Moment { state, action, reward, observation };
        state = reached;
        moment
    });
    steps.collect()
}

/// The discounted sum of the rewards of a trajectory.
#[must_use]
pub fn discounted_return(trajectory: &[Moment], discount: f64) -> f64 {
    trajectory.iter().rev().fold(0.0, |later, moment| moment.reward + discount * later)
}

fn next_state(pomdp: &Pomdp, state: usize, action: usize, rng: &mut impl Rng) -> usize {
    draw(pomdp.transitions().row(pomdp.pair(state, action)).iter().copied(), rng)
}

/// Draws an index by weights, of which at least one is positive.
fn draw(weights: impl Iterator<Item = f64> + Clone, rng: &mut impl Rng) -> usize {
    let total: f64 = weights.clone().sum();
    let mut left = rng.random::<f64>() * total;
    let mut last = 0;
    for (i, weight) in weights.enumerate().filter(|(_, w)| *w > 0.0) {
        last = i;
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests;
