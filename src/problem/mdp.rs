//! Tabular Markov decision processes (Q-D3).

mod policy;

pub use policy::Policy;

use ndarray::{Array2, ArrayView2};

use crate::{Error, Result};

/// Largest number of entries of a table; rejects absurd sizes before any allocation.
const MAX_ENTRIES: usize = 1 << 28;
/// How far from 1 the probabilities of a row may add up.
const ROW_TOLERANCE: f64 = 1e-9;

/// A finite Markov decision process: in state `s` action `a` earns `r(s, a)` and leads to state `s'` with probability
/// `P(s' | s, a)`. The *pair* (s, a) has the index `s * actions + a`.
///
/// ```
/// use lowregret::problem::mdp::Mdp;
/// use ndarray::array;
///
/// // Two states: action 0 stays, action 1 changes the state; only state 1 pays.
/// let moves = array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]];
/// let mdp = Mdp::new(2, moves, vec![0.0, 0.0, 1.0, 1.0], vec![1.0, 0.0], 0.9)?;
/// assert_eq!(mdp.states(), 2);
/// assert_eq!(mdp.reward(1, 0), 1.0);
/// # Ok::<(), lowregret::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mdp {
    actions: usize,
    transitions: Array2<f64>,
    rewards: Vec<f64>,
    start: Vec<f64>,
    discount: f64,
}

impl Mdp {
    /// A process from its tables: `transitions` is pairs x states (row `s * actions + a` holds P(. | s, a)), `rewards` has an
    /// entry a pair, `start` is the law of the first state, `discount` weighs what comes a step later.
    ///
    /// # Errors
    /// [`Error::Parameter`] that names the state and action for a row that is no probability law (to 1e-9) or a reward that
    /// is not finite; for shapes that do not fit together, a `start` that is no law, a `discount` outside [0, 1].
    pub fn new(
        actions: usize,
        transitions: Array2<f64>,
        rewards: Vec<f64>,
        start: Vec<f64>,
        discount: f64,
    ) -> Result<Self> {
        let (pairs, states) = transitions.dim();
        check_sizes(states, actions)?;
        if pairs != states * actions {
            return Err(Error::parameter(
                "transitions",
                format!("{pairs} x {states} table"),
                format!(
                    "{} rows, one for each of {states} states and {actions} actions",
                    states * actions
                ),
            ));
        }
        for (pair, row) in transitions.rows().into_iter().enumerate() {
            let name =
                || format!("transitions[state {}, action {}]", pair / actions, pair % actions);
            check_law(name, row.iter().copied())?;
        }
        check_length("rewards", rewards.len(), pairs)?;
        if let Some(pair) = rewards.iter().position(|r| !r.is_finite()) {
            let name = format!("rewards[state {}, action {}]", pair / actions, pair % actions);
            return Err(Error::parameter(name, rewards[pair], "a finite number"));
        }
        check_length("start", start.len(), states)?;
        check_law(|| "start".into(), start.iter().copied())?;
        if !(0.0..=1.0).contains(&discount) {
            return Err(Error::parameter("discount", discount, "a number from 0 to 1"));
        }
        Ok(Self { actions, transitions, rewards, start, discount })
    }

    /// Number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.start.len()
    }

    /// Number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// Number of (state, action) pairs.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.rewards.len()
    }

    /// Index of a pair.
    #[must_use]
    pub fn pair(&self, state: usize, action: usize) -> usize {
        state * self.actions + action
    }

    /// P(s' | s, a), pairs x states.
    #[must_use]
    pub fn transitions(&self) -> ArrayView2<'_, f64> {
        self.transitions.view()
    }

    /// r(s, a), an entry a pair.
    #[must_use]
    pub fn rewards(&self) -> &[f64] {
        &self.rewards
    }

    /// r(s, a).
    #[must_use]
    pub fn reward(&self, state: usize, action: usize) -> f64 {
        self.rewards[self.pair(state, action)]
    }

    /// Refuses horizons of 0, and those whose tables over steps and pairs would be too large to be held.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a `horizon` of 0, or more than 2^28 entries of a table over steps and pairs.
    pub fn check_horizon(&self, horizon: usize) -> Result<()> {
        let entries = horizon.checked_add(1).and_then(|steps| steps.checked_mul(self.pairs()));
        if horizon == 0 || entries.is_none_or(|n| n > MAX_ENTRIES) {
            let most = (MAX_ENTRIES / self.pairs()).saturating_sub(1);
            return Err(Error::parameter("horizon", horizon, format!("1 to {most} steps")));
        }
        Ok(())
    }

    /// Law of the first state.
    #[must_use]
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// Weight of what comes a step later, in [0, 1].
    #[must_use]
    pub fn discount(&self) -> f64 {
        self.discount
    }
}

/// Refuses a process without states or actions, or too large to be held.
///
/// # Errors
/// [`Error::Parameter`] for either number 0, or more than 2^28 transition probabilities.
pub(crate) fn check_sizes(states: usize, actions: usize) -> Result<()> {
    for (field, value) in [("states", states), ("actions", actions)] {
        if value == 0 {
            return Err(Error::parameter(field, value, "at least 1"));
        }
    }
    let entries = states.checked_mul(states).and_then(|n| n.checked_mul(actions));
    if entries.is_none_or(|n| n > MAX_ENTRIES) {
        let size = format!("{states} states and {actions} actions");
        return Err(Error::parameter(
            "states",
            size,
            format!("at most {MAX_ENTRIES} transition probabilities"),
        ));
    }
    Ok(())
}

/// Refuses what is no probability law.
///
/// # Errors
/// [`Error::Parameter`] under the name that `name` gives, for an entry outside [0, 1] or a sum further than 1e-9 from 1.
pub(crate) fn check_law(
    name: impl Fn() -> String,
    law: impl IntoIterator<Item = f64>,
) -> Result<()> {
    let mut sum = 0.0;
    for (i, p) in law.into_iter().enumerate() {
        if !(0.0..=1.0 + ROW_TOLERANCE).contains(&p) {
            return Err(Error::parameter(format!("{}[{i}]", name()), p, "a probability"));
        }
        sum += p;
    }
    if (sum - 1.0_f64).abs() > ROW_TOLERANCE {
        return Err(Error::parameter(
            name(),
            format!("a row that adds up to {sum}"),
            "probabilities that add up to 1",
        ));
    }
    Ok(())
}

fn check_length(field: &str, length: usize, expected: usize) -> Result<()> {
    if length == expected {
        return Ok(());
    }
    Err(Error::parameter(field, format!("{length} numbers"), format!("{expected} numbers")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn message(result: Result<Mdp>) -> String {
        result.expect_err("refused").to_string()
    }

    #[test]
    fn errors_name_the_state_and_the_action() {
        let moves = array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]];
        let new = |moves, rewards, start, discount| Mdp::new(2, moves, rewards, start, discount);
        let (rewards, start) = (vec![0.0; 4], vec![0.5, 0.5]);
        assert!(new(moves.clone(), rewards.clone(), start.clone(), 1.0).is_ok());
        let mut leaky = moves.clone();
        leaky[[3, 0]] = 0.9;
        let text = message(new(leaky.clone(), rewards.clone(), start.clone(), 1.0));
        assert!(
            text.starts_with("transitions[state 1, action 1] = a row that adds up to 0.9"),
            "{text}"
        );
        leaky[[3, 0]] = f64::NAN;
        let text = message(new(leaky, rewards.clone(), start.clone(), 1.0));
        assert!(text.starts_with("transitions[state 1, action 1][0] = NaN"), "{text}");
        let text =
            message(new(moves.clone(), vec![0.0, f64::INFINITY, 0.0, 0.0], start.clone(), 1.0));
        assert!(text.starts_with("rewards[state 0, action 1] = inf"), "{text}");
        let text = message(new(moves.clone(), rewards.clone(), vec![1.0], 1.0));
        assert!(text.starts_with("start = 1 numbers: expected 2"), "{text}");
        let text = message(new(moves.clone(), rewards.clone(), vec![1.0, 0.5], 1.0));
        assert!(text.starts_with("start = a row"), "{text}");
        let text = message(new(moves.clone(), rewards.clone(), start.clone(), 1.5));
        assert!(text.starts_with("discount = 1.5"), "{text}");
        let text = message(Mdp::new(3, moves, rewards, start, 1.0));
        assert!(text.starts_with("transitions = 4 x 2 table: expected 6 rows"), "{text}");
        assert!(check_sizes(usize::MAX, 2).is_err());
        assert!(check_sizes(0, 2).is_err());
    }
}
