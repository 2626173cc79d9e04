//! How demonstrations and questions about a planning task become the input of a Transformer: a token a decision (SFT-D2).
//!
//! ```text
//! token = [seen (n) | previous action (A) | action (A) | reward | steps to go (H) | question | knobs (k)]
//! ```
//!
//! States, observations, actions and steps to go (1 to H) are one-hot; what is not known is zero. The token of a demonstrated
//! decision shows the action and what it earned; that of a question shows neither and has the question's flag instead: the
//! output there is the answer. `previous action` belongs to processes whose state is hidden, where histories matter; `knobs`
//! are numbers that a task tells about itself.

use crate::numeric::scalar::Scalar;
use crate::problem::pomdp::Step;
use crate::problem::trajectory::Decision;
use crate::{Error, Result};

/// The layout of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanningTokens {
    seen: usize,
    actions: usize,
    horizon: usize,
    knobs: usize,
}

/// The situation in which a decision was made or is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Situation<'a> {
    /// The state, or the newest observation; `None` before the first.
    pub seen: Option<usize>,
    /// The action before it, where histories matter; `None` before the first.
    pub previous: Option<usize>,
    /// Decisions left, this one included: 1 to the horizon.
    pub to_go: usize,
    /// What the task tells about itself.
    pub knobs: &'a [f64],
}

impl PlanningTokens {
    /// Tokens of processes with `seen` states (observations, if the state is hidden) and `actions` actions over up to
    /// `horizon` steps, which tell `knobs` numbers about themselves.
    #[must_use]
    pub fn new(seen: usize, actions: usize, horizon: usize, knobs: usize) -> Self {
        Self { seen, actions, horizon, knobs }
    }

    /// Length of a token.
    #[must_use]
    pub fn width(&self) -> usize {
        self.seen + 2 * self.actions + 1 + self.horizon + 1 + self.knobs
    }

    /// Number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// Largest number of steps.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// Refuses tokens of another number of states (observations, if the state is hidden), actions or knobs than a process has.
    ///
    /// # Errors
    /// One of the three that differs.
    pub fn check_sizes(&self, seen: usize, actions: usize, knobs: usize) -> Result<()> {
        for (field, own, expected) in [
            ("tokens.seen", self.seen, seen),
            ("tokens.actions", self.actions, actions),
            ("tokens.knobs", self.knobs, knobs),
        ] {
            if own != expected {
                return Err(Error::parameter(
                    field,
                    own,
                    format!("{expected}, as the process has"),
                ));
            }
        }
        Ok(())
    }

    /// Refuses a trajectory that these tokens cannot show.
    ///
    /// # Errors
    /// More decisions than the tokens have steps, a state, observation or action that they do not have.
    pub fn check_trajectory(&self, trajectory: &[Decision]) -> Result<()> {
        let steps = trajectory.len();
        if steps > self.horizon {
            let expected = format!("at most the tokens' {}", self.horizon);
            return Err(Error::parameter("decisions of a trajectory", steps, expected));
        }
        for decision in trajectory {
            for (field, value, bound) in [
                ("seen", decision.seen, self.seen),
                ("action", Some(decision.action), self.actions),
            ] {
                if let Some(value) = value.filter(|&value| value >= bound) {
                    return Err(Error::parameter(
                        field,
                        value,
                        format!("less than the tokens' {bound}"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Writes the token of a decision that was demonstrated.
    ///
    /// # Panics
    /// If `token` has another length, or the decision or situation do not belong to these tokens: they are the caller's.
    pub fn write_shown<S: Scalar>(
        &self,
        decision: &Decision,
        situation: &Situation,
        token: &mut [S],
    ) {
        self.write_situation(situation, token);
        assert!(decision.action < self.actions, "an action of these tokens");
        let action = self.seen + self.actions;
        token[action + decision.action] = S::one();
        token[action + self.actions] = S::of(decision.reward);
    }

    /// Writes the token of a question.
    ///
    /// # Panics
    /// As [`Self::write_shown`].
    pub fn write_question<S: Scalar>(&self, situation: &Situation, token: &mut [S]) {
        self.write_situation(situation, token);
        token[self.seen + 2 * self.actions + 1 + self.horizon] = S::one();
    }

    /// Writes the token of the question after a history of a hidden process: the newest action and observation, and how many
    /// of `horizon` steps are left. The questions before it tell the rest of the history.
    ///
    /// # Panics
    /// As [`Self::write_shown`]; if the history is as long as the horizon.
    pub fn write_question_after<S: Scalar>(
        &self,
        history: &[Step],
        horizon: usize,
        knobs: &[f64],
        token: &mut [S],
    ) {
        let (seen, previous) = history.last().map(|step| (step.observation, step.action)).unzip();
        let to_go = horizon.checked_sub(history.len()).expect("a history within the horizon");
        self.write_question(&Situation { seen, previous, to_go, knobs }, token);
    }

    /// Writes the tokens of a trajectory that was demonstrated, one after the other; `remember` says whether each shows the
    /// action before it.
    ///
    /// # Panics
    /// As [`Self::write_shown`]; if `tokens` are not as many as the decisions.
    pub fn write_trajectory<S: Scalar>(
        &self,
        trajectory: &[Decision],
        remember: bool,
        knobs: &[f64],
        tokens: &mut [S],
    ) {
        let tokens = tokens.chunks_exact_mut(self.width());
        assert_eq!(tokens.len(), trajectory.len(), "a token a decision");
        let mut previous = None;
        for (step, (decision, token)) in trajectory.iter().zip(tokens).enumerate() {
            let to_go = trajectory.len() - step;
            let situation = Situation { seen: decision.seen, previous, to_go, knobs };
            self.write_shown(decision, &situation, token);
            previous = remember.then_some(decision.action);
        }
    }

    fn write_situation<S: Scalar>(&self, situation: &Situation, token: &mut [S]) {
        let Situation { seen, previous, to_go, knobs } = *situation;
        assert_eq!(token.len(), self.width(), "room for a token");
        assert!((1..=self.horizon).contains(&to_go), "steps of these tokens");
        assert!(seen.is_none_or(|seen| seen < self.seen), "something these tokens can show");
        assert!(previous.is_none_or(|a| a < self.actions), "an action of these tokens");
        assert_eq!(knobs.len(), self.knobs, "the knobs of these tokens");
        token.fill(S::zero());
        if let Some(seen) = seen {
            token[seen] = S::one();
        }
        if let Some(previous) = previous {
            token[self.seen + previous] = S::one();
        }
        let steps = self.seen + 2 * self.actions + 1;
        token[steps + to_go - 1] = S::one();
        let places = token[steps + self.horizon + 1..].iter_mut();
        places.zip(knobs).for_each(|(place, &knob)| *place = S::of(knob));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_show_what_is_known_and_nothing_else() {
        let tokens = PlanningTokens::new(2, 3, 2, 1);
        assert_eq!(tokens.width(), 13);
        let mut token = [9.0f64; 13];
        let situation = Situation { seen: Some(1), previous: Some(0), to_go: 2, knobs: &[0.5] };
        let decision = Decision { seen: Some(1), action: 2, reward: 0.25 };
        tokens.write_shown(&decision, &situation, &mut token);
        assert_eq!(token, [0., 1., 1., 0., 0., 0., 0., 1., 0.25, 0., 1., 0., 0.5]);
        let situation = Situation { seen: None, previous: None, to_go: 1, knobs: &[0.5] };
        tokens.write_question(&situation, &mut token);
        assert_eq!(token, [0., 0., 0., 0., 0., 0., 0., 0., 0., 1., 0., 1., 0.5]);
    }

    #[test]
    fn what_tokens_cannot_show_is_refused() {
        let tokens = PlanningTokens::new(2, 3, 2, 1);
        let sizes = |seen, actions, knobs| {
            tokens.check_sizes(seen, actions, knobs).map_err(|error| error.to_string())
        };
        assert_eq!(sizes(2, 3, 1), Ok(()));
        assert_eq!(sizes(4, 3, 1).unwrap_err(), "tokens.seen = 2: expected 4, as the process has");
        assert!(sizes(2, 2, 1).unwrap_err().starts_with("tokens.actions = 3: expected 2"));
        assert!(sizes(2, 3, 0).unwrap_err().starts_with("tokens.knobs = 1: expected 0"));
        let last = Decision { seen: Some(1), action: 2, reward: 0.0 };
        let refusal =
            |trajectory: &[Decision]| tokens.check_trajectory(trajectory).unwrap_err().to_string();
        tokens.check_trajectory(&[Decision { seen: None, ..last }, last]).unwrap();
        assert!(refusal(&[last; 3]).starts_with("decisions of a trajectory = 3"));
        let strange = Decision { seen: Some(2), ..last };
        assert!(refusal(&[last, strange]).starts_with("seen = 2"));
        assert!(refusal(&[last, Decision { action: 3, ..last }]).starts_with("action = 3"));
    }

    #[test]
    fn trajectories_count_down_and_remember_if_told_to() {
        let tokens = PlanningTokens::new(1, 2, 2, 0);
        let first = Decision { seen: None, action: 1, reward: 0.5 };
        let second = Decision { seen: Some(0), action: 0, reward: 0.0 };
        let mut written = [9.0f64; 18];
        tokens.write_trajectory(&[first, second], true, &[], &mut written);
        assert_eq!(written[..9], [0., 0., 0., 0., 1., 0.5, 0., 1., 0.]);
        assert_eq!(written[9..], [1., 0., 1., 1., 0., 0., 1., 0., 0.]);
        tokens.write_trajectory(&[first, second], false, &[], &mut written);
        assert_eq!(written[9..], [1., 0., 0., 1., 0., 0., 1., 0., 0.]);
    }
}
