//! The copy rule (SFT-D8): repeat what was demonstrated where it was demonstrated, else act at random. What a learner adds to
//! this, it has generalised.
//!
//! The first of these that was shown decides; of several actions the one shown most often, of equals the one with
//! the lowest number:
//!
//! | state seen | state hidden |
//! |---|---|
//! | this state at this step | these observations so far |
//! | this state at any step | this newest observation at this step |
//! | | this newest observation at any step |

use crate::Result;
use crate::numeric::order::argmax;
use crate::oracle::pomdp::policy_evaluation::surely;
use crate::problem::mdp::{Mdp, Policy};
use crate::problem::pomdp::Step;
use crate::problem::trajectory::Decision;

/// The policy after `demonstrations`, for a process of these sizes.
///
/// # Errors
/// Those of [`Mdp::check_horizon`].
///
/// # Panics
/// If an action is none of the process.
pub fn policy(mdp: &Mdp, horizon: usize, demonstrations: &[Vec<Decision>]) -> Result<Policy> {
    Policy::of(mdp, horizon, |step, state| {
        let here = |d: &&Decision| d.seen == Some(state);
        let now = demonstrations.iter().filter_map(|run| run.get(step)).filter(here);
        let ever = demonstrations.iter().flatten().filter(here);
        let actions = mdp.actions();
        first_of([most_frequent(now, actions), most_frequent(ever, actions)], actions)
    })
}

/// The rule in a process whose state is hidden.
#[derive(Clone, Debug)]
pub struct CopyRule<'a> {
    demonstrations: &'a [Vec<Decision>],
    actions: usize,
}

impl<'a> CopyRule<'a> {
    /// The rule after `demonstrations`.
    #[must_use]
    pub fn new(demonstrations: &'a [Vec<Decision>], actions: usize) -> Self {
        Self { demonstrations, actions }
    }

    /// The law of the next action.
    #[must_use]
    pub fn law(&self, history: &[Step]) -> Vec<f64> {
        let (step, actions) = (history.len(), self.actions);
        let newest = history.last().map(|step| step.observation);
        let same = |run: &&Vec<Decision>| {
            run.len() > step
                && history.iter().zip(&run[1..]).all(|(own, d)| d.seen == Some(own.observation))
        };
        let here = |d: &&Decision| d.seen == newest;
        let alike = self.demonstrations.iter().filter(same).map(|run| &run[step]);
        let now = self.demonstrations.iter().filter_map(|run| run.get(step)).filter(here);
        let ever = self.demonstrations.iter().flatten().filter(here);
        let choices = [
            most_frequent(alike, actions),
            most_frequent(now, actions),
            most_frequent(ever, actions),
        ];
        first_of(choices, actions)
    }
}

fn most_frequent<'a>(
    decisions: impl Iterator<Item = &'a Decision>,
    actions: usize,
) -> Option<usize> {
    let mut counts = vec![0; actions];
    decisions.for_each(|d| counts[d.action] += 1);
    let best = argmax(&counts);
    (counts[best] > 0).then_some(best)
}

/// The law of the first choice there is; uniform if there is none.
fn first_of<const N: usize>(choices: [Option<usize>; N], actions: usize) -> Vec<f64> {
    match choices.into_iter().flatten().next() {
        Some(action) => surely(action, actions),
        None => vec![1.0 / actions as f64; actions],
    }
}
