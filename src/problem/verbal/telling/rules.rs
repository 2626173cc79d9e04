//! A decision process told in full: where it begins, what every action does and earns, what is seen.

use super::{Kind, Telling};
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::Pomdp;
use crate::problem::verbal::phrase::Phrase;
use crate::problem::verbal::template::Slot;
use crate::{Error, Result};

impl<'a> Telling<'a> {
    /// The same wording, with the rules of the process told before the first question; probabilities in whole percent, or
    /// with a decimal where that is not exact.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a process of another shape than the telling's.
    pub fn with_mdp(mut self, mdp: &Mdp) -> Result<Self> {
        self.fits("states", mdp.states(), self.states.len())?;
        self.fits("actions", mdp.actions(), self.labels.count())?;
        let mut lines = vec![self.say(Phrase::Rules, &[])];
        lines.push(self.rule_start(mdp));
        lines.extend(self.rules_of_moves(mdp));
        self.rules = Some(lines.join("\n"));
        Ok(self)
    }

    /// The same with what is seen after every action.
    ///
    /// # Errors
    /// Those of [`Self::with_mdp`].
    pub fn with_pomdp(self, pomdp: &Pomdp) -> Result<Self> {
        self.fits("observations", pomdp.observations(), self.observations.len())?;
        let mut telling = self.with_mdp(pomdp.mdp())?;
        let laws = pomdp.observation_laws();
        let mut lines: Vec<String> = telling.rules.take().into_iter().collect();
        for (action, state) in pairs(pomdp.actions(), pomdp.states()) {
            let row = laws.row(action * pomdp.states() + state);
            let told = law(&telling.observations, row.iter().copied());
            let state = telling.states[state];
            let action = telling.labels.name(action);
            let values = [(Slot::State, state), (Slot::Action, action), (Slot::Laws, &*told)];
            lines.push(telling.say(Phrase::RuleSeen, &values));
        }
        telling.rules = Some(lines.join("\n"));
        Ok(telling)
    }

    fn fits(&self, field: &str, own: usize, expected: usize) -> Result<()> {
        if own == expected && matches!(self.shape.kind, Kind::Mdp { .. } | Kind::Pomdp { .. }) {
            return Ok(());
        }
        Err(Error::parameter(field, own, format!("{expected}, as the telling has")))
    }

    fn rule_start(&self, mdp: &Mdp) -> String {
        let laws = law(&self.states, mdp.start().iter().copied());
        self.say(Phrase::RuleStart, &[(Slot::Laws, &laws)])
    }

    fn rules_of_moves(&self, mdp: &Mdp) -> Vec<String> {
        let rule = |(state, action): (usize, usize)| {
            let row = mdp.transitions().row(mdp.pair(state, action)).to_vec();
            let laws = law(&self.states, row);
            let value = self.scale().told(mdp.reward(state, action));
            let (state, action) = (self.states[state], self.labels.name(action));
            let values = [
                (Slot::State, state),
                (Slot::Action, action),
                (Slot::Value, &*value),
                (Slot::Laws, &*laws),
            ];
            self.say(Phrase::RuleMove, &values)
        };
        pairs(mdp.states(), mdp.actions()).map(rule).collect()
    }
}

fn pairs(first: usize, second: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..first).flat_map(move |a| (0..second).map(move |b| (a, b)))
}

/// Names with their probabilities, those of probability 0 left out: "calm 70 %, busy 30 %".
fn law(names: &[&str], law: impl IntoIterator<Item = f64>) -> String {
    let possible = names.iter().zip(law).filter(|(_, p)| *p > 0.0);
    let told = possible.map(|(name, p)| {
        let percent = 100.0 * p;
        let exact = (percent - percent.round()).abs() < 1e-9;
        format!("{name} {percent:.*} %", usize::from(!exact))
    });
    told.collect::<Vec<_>>().join(", ")
}
