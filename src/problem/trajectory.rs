//! Trajectories as they are shown to somebody who learns from them: what was seen, what was done, what it earned.

use rand::{Rng, RngExt};

use super::mdp::{Mdp, Policy};
use super::pomdp::{Pomdp, Step};

/// One step of a trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// What was seen before the action: the state, or an observation; `None` where nothing has been seen yet.
    pub seen: Option<usize>,
    /// The action.
    pub action: usize,
    /// What it earned.
    pub reward: f64,
}

/// Runs `policy` once from a first state of the process: a decision a step.
///
/// # Panics
/// If `policy` is one of another process.
#[must_use]
pub fn run(mdp: &Mdp, policy: &Policy, rng: &mut impl Rng) -> Vec<Decision> {
    assert_eq!(policy.probabilities().ncols(), mdp.pairs(), "a policy for this process");
    let mut state = draw(mdp.start().iter().copied(), rng);
    let decide = |step| {
        let action = draw(policy.at(step, state), rng);
        let decision = Decision { seen: Some(state), action, reward: mdp.reward(state, action) };
        state = draw(mdp.transitions().row(mdp.pair(state, action)).iter().copied(), rng);
        decision
    };
    (0..policy.horizon()).map(decide).collect()
}

/// Runs a policy of histories once over `horizon` steps; `law` maps a history to the law of the next action.
///
/// # Panics
/// If a law has another number of actions than the process.
pub fn run_hidden<R: Rng>(
    pomdp: &Pomdp,
    horizon: usize,
    mut law: impl FnMut(&[Step], &mut R) -> Vec<f64>,
    rng: &mut R,
) -> Vec<Decision> {
    let mut state = draw(pomdp.start().iter().copied(), rng);
    let mut history: Vec<Step> = Vec::with_capacity(horizon);
    let decide = |_| {
        let seen = history.last().map(|step| step.observation);
        let law = law(&history, rng);
        assert_eq!(law.len(), pomdp.actions(), "a law over the actions of the process");
        let action = draw(law, rng);
        let decision = Decision { seen, action, reward: pomdp.reward(state, action) };
        state = draw(pomdp.transitions().row(pomdp.pair(state, action)).iter().copied(), rng);
        let row = action * pomdp.states() + state;
        let observation = draw(pomdp.observation_laws().row(row).iter().copied(), rng);
        history.push(Step { action, observation });
        decision
    };
    (0..horizon).map(decide).collect()
}

/// What was done and seen before each decision of a trajectory of a hidden process: the history of decision t is the first t
/// steps.
#[must_use]
pub fn history(trajectory: &[Decision]) -> Vec<Step> {
    let step = |pair: &[Decision]| {
        pair[1].seen.map(|observation| Step { action: pair[0].action, observation })
    };
    trajectory.windows(2).map_while(step).collect()
}

/// The number of a sequence of observations among all sequences over `observations` of them, the empty one first, shorter
/// ones before longer ones.
#[must_use]
pub fn sequence_number(history: &[Step], observations: usize) -> usize {
    history.iter().fold(0, |number, step| number * observations + step.observation + 1)
}

/// How many sequences of fewer than `horizon` (at least 1) observations there are; saturates.
#[must_use]
pub fn sequences(observations: usize, horizon: usize) -> usize {
    (1..horizon).fold(1, |count: usize, _| count.saturating_mul(observations).saturating_add(1))
}

/// The index at which the running sum of a probability law passes a uniform number.
pub(crate) fn draw(law: impl IntoIterator<Item = f64>, rng: &mut impl Rng) -> usize {
    let mut left = rng.random::<f64>();
    let mut last = 0;
    for (i, p) in law.into_iter().enumerate().filter(|(_, p)| *p > 0.0) {
        // Rounding can leave a sliver above the last one, which goes to it.
        last = i;
        left -= p;
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::pomdp::classics;

    #[test]
    fn runs_follow_the_policy_and_the_process() {
        // Action 0 stays, action 1 changes the state; the policy always changes it.
        let moves = array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]];
        let mdp = Mdp::new(2, moves, vec![0.0, 0.25, 0.0, 0.75], vec![0.0, 1.0], 1.0).unwrap();
        let policy = Policy::of(&mdp, 3, |_, _| vec![0.0, 1.0]).unwrap();
        let mut rng = Streams::new(1).stream(Purpose::Training, 0, 0, 0);
        let decision = |state, reward| Decision { seen: Some(state), action: 1, reward };
        let expected = [decision(1, 0.75), decision(0, 0.25), decision(1, 0.75)];
        assert_eq!(run(&mdp, &policy, &mut rng), expected);
    }

    #[test]
    fn draws_follow_the_law() {
        let mut rng = Streams::new(2).stream(Purpose::Training, 0, 0, 0);
        let mut counts = [0; 4];
        for _ in 0..10_000 {
            counts[draw([0.2, 0.0, 0.5, 0.3], &mut rng)] += 1;
        }
        assert_eq!(counts[1], 0);
        // Four standard deviations.
        for (count, p) in counts.iter().zip([0.2f64, 0.0, 0.5, 0.3]) {
            assert!((f64::from(*count) - 1e4 * p).abs() <= 4.0 * (1e4 * p * (1.0 - p)).sqrt());
        }
    }

    #[test]
    fn hidden_runs_are_histories_of_their_process() {
        let tiger = classics::tiger(1.0).unwrap();
        let mut rng = Streams::new(3).stream(Purpose::Training, 0, 0, 0);
        let mut asked = Vec::new();
        let listen = |history: &[Step], _: &mut ChaCha8Rng| {
            asked.push(history.to_vec());
            vec![1.0, 0.0, 0.0]
        };
        let trajectory = run_hidden(&tiger, 4, listen, &mut rng);
        assert!(trajectory.iter().all(|d| (d.action, d.reward) == (0, -1.0)));
        assert_eq!(trajectory[0].seen, None);
        let whole = history(&trajectory);
        assert_eq!(whole.len(), 3);
        assert!(asked.iter().enumerate().all(|(t, history)| history[..] == whole[..t]));
    }

    #[test]
    fn sequences_are_numbered_without_gaps() {
        let step = |observation| Step { action: 1, observation };
        let mut numbers = vec![sequence_number(&[], 2)];
        for o in 0..2 {
            numbers.push(sequence_number(&[step(o)], 2));
            numbers.extend((0..2).map(|p| sequence_number(&[step(o), step(p)], 2)));
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (0..sequences(2, 3)).collect::<Vec<_>>());
        assert_eq!((sequences(1, 5), sequences(5, 1)), (5, 1));
    }
}
