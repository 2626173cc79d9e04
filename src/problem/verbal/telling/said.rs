//! What a telling says: the setting, the questions, and single phrases.

use super::{Asking, Kind, Telling};
use crate::problem::verbal::answer::{Form, write_probabilities};
use crate::problem::verbal::counted;
use crate::problem::verbal::labels::LabelStyle;
use crate::problem::verbal::phrase::Phrase;
use crate::problem::verbal::template::Slot;

impl<'a> Telling<'a> {
    /// A phrase in the wording drawn for it.
    pub(in crate::problem::verbal) fn say(
        &self,
        phrase: Phrase,
        values: &[(Slot, &str)],
    ) -> String {
        let wordings =
            if phrase.is_shared() { &self.shared.wordings } else { &self.context.wordings };
        wordings.of(phrase)[self.variants[phrase as usize]].fill(values)
    }

    /// The number of rounds: "30 rounds".
    pub(in crate::problem::verbal) fn rounds(&self) -> String {
        counted(&self.shape.rounds.to_string(), &self.shared.round)
    }

    /// A number of tries and of successes.
    pub(in crate::problem::verbal) fn tries_and_wins(
        &self,
        tries: usize,
        wins: usize,
    ) -> (String, String) {
        (
            counted(&tries.to_string(), &self.shared.tried),
            counted(&wins.to_string(), &self.shared.win),
        )
    }

    /// What every arm would have paid, with the unit at the end; by letter where few words are wanted and there are letters.
    pub(in crate::problem::verbal) fn all_rewards(&self, rewards: &[f64]) -> String {
        let scale = self.scale();
        let brief = self.asking == Asking::Once;
        let entry = |arm: &usize| {
            let called =
                if brief { self.labels.label(*arm) } else { self.labels.name(*arm).to_owned() };
            format!("{called} {}", scale.number(scale.amount(rewards[*arm])))
        };
        let entries: Vec<String> = self.labels.order().iter().map(entry).collect();
        let values = format!("{} {}", entries.join(", "), scale.unit[1]);
        let [_, things] = self.nouns();
        let phrase = if brief { Phrase::BriefFull } else { Phrase::Full };
        self.say(phrase, &[(Slot::Values, &values), (Slot::Things, things)])
    }

    /// The name of an observation.
    pub(in crate::problem::verbal) fn observation(&self, observation: usize) -> &'a str {
        self.observations[observation]
    }

    /// What is said before the first question.
    pub(in crate::problem::verbal) fn setting(&self) -> String {
        let [_, things] = self.nouns();
        let list = self.labels.list();
        let count = self.labels.count().to_string();
        let mut said = Vec::new();
        if self.shape.is_process() {
            said.push(self.say(Phrase::ProcessStory, &[]));
        } else {
            said.push(self.say(Phrase::Story, &[(Slot::Count, &count), (Slot::Things, things)]));
        }
        said.push(self.say(Phrase::Labels, &[(Slot::Things, things), (Slot::List, &list)]));
        let more = match self.shape.kind {
            Kind::DriftingBandit => Some(Phrase::Drift),
            Kind::Pomdp { .. } => Some(Phrase::Hidden),
            _ => None,
        };
        said.extend(more.map(|phrase| self.say(phrase, &[])));
        said.push(match self.shape {
            shape if shape.is_process() => self.say(Phrase::ProcessAim, &[]),
            shape if shape.tells_outcomes() => self.say(Phrase::OutcomeAim, &[]),
            _ => self.say(Phrase::AmountAim, &[]),
        });
        if !self.shape.is_process() {
            said.push(self.say(Phrase::Length, &[(Slot::Rounds, &self.rounds())]));
        }
        if self.asking == Asking::Once {
            said.push(self.ask());
        }
        let setting = said.join(" ");
        match &self.rules {
            Some(rules) => format!("{setting}\n{rules}"),
            None => setting,
        }
    }

    /// The question of a round (from 0), with the state if that is seen, and the form of the answer if it is said always.
    pub(in crate::problem::verbal) fn question(
        &self,
        round: usize,
        state: Option<usize>,
    ) -> String {
        let [thing, _] = self.nouns();
        let brief = self.asking == Asking::Once;
        let mut said = Vec::new();
        if self.shape.is_process() {
            if let (Kind::Mdp { .. }, Some(state)) = (self.shape.kind, state) {
                said.push(self.say(Phrase::State, &[(Slot::State, self.states[state])]));
            }
            let left = (self.shape.rounds - round).to_string();
            let steps = counted(&left, &self.shared.step);
            let to_go = if brief { Phrase::BriefStep } else { Phrase::ToGo };
            said.push(self.say(to_go, &[(Slot::Steps, &steps)]));
            said.extend((!brief).then(|| self.say(Phrase::Act, &[])));
        } else {
            let number = (round + 1).to_string();
            let question = if brief { Phrase::Brief } else { Phrase::Question };
            said.push(self.say(question, &[(Slot::Thing, thing), (Slot::Round, &number)]));
        }
        said.extend((!brief).then(|| self.ask()));
        said.join(" ")
    }

    /// The form of the answer.
    fn ask(&self) -> String {
        let [thing, things] = self.nouns();
        let arms = self.labels.count();
        match (self.form, self.labels.style()) {
            (Form::Choice, LabelStyle::Names) => self.say(Phrase::AskName, &[(Slot::Thing, thing)]),
            (Form::Choice, LabelStyle::Letters) => {
                self.say(Phrase::AskLetter, &[(Slot::Thing, thing)])
            }
            (Form::Probabilities, _) => {
                let form = write_probabilities(&self.labels, &vec![1.0 / arms as f64; arms]);
                let values = [(Slot::Form, &*form), (Slot::Thing, thing), (Slot::Things, things)];
                self.say(Phrase::AskProbabilities, &values)
            }
        }
    }
}
