//! Tasks that nobody was trained on, and what everybody is worth in them.

use lowregret::Result;
use lowregret::learner::planning::transformer::{Context, plan};
use lowregret::learner::planning::{copy_rule, model_based};
use lowregret::model::transformer::Transformer;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::finite_horizon::{Values, backward_induction, evaluate};
use lowregret::problem::linear_mdp::Family;
use lowregret::problem::mdp::{Mdp, Policy};
use lowregret::problem::trajectory;
use serde::Serialize;

use super::controls::MYOPIC;
use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gaps::{Gaps, Setting};
use super::models::tokens;
use super::stages::Trained;

/// Who demonstrates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Demonstrator {
    Oracle,
    /// Any action with equal probability.
    Random,
}

/// Tasks of one family.
pub struct Exam {
    tasks: Vec<Mdp>,
    streams: Streams,
}

/// Tasks solved over one horizon, and how they were demonstrated.
pub struct Sheet<'a> {
    exam: &'a Exam,
    oracle: Vec<Values>,
    pub contexts: Vec<Context>,
}

/// How often a model takes the oracle's action in states that were shown and in others, every state and step alike.
#[derive(Serialize)]
pub struct Accuracy {
    pub horizon: usize,
    pub demonstrations: usize,
    pub learner: &'static str,
    seed: u64,
    pub seen: f64,
    pub unseen: f64,
}

impl Exam {
    pub fn new(family: &Family, tasks: usize, streams: &Streams) -> Result<Self> {
        let draw = |i| family.task(&mut streams.stream(Purpose::Evaluation, 0, i, 0)).mdp;
        Ok(Self { tasks: (0..tasks).map(draw).collect(), streams: *streams })
    }

    /// The tasks over a horizon with demonstrations. Those of more demonstrations begin with those of fewer.
    pub fn sheet(&self, setting: Setting, demonstrator: Demonstrator) -> Result<Sheet<'_>> {
        let horizon = setting.horizon;
        let solve = |mdp: &Mdp| backward_induction(mdp, horizon);
        let oracle = parallel::try_each(&self.tasks, solve)?;
        let show = |i: usize| {
            let (mdp, values) = (&self.tasks[i], &oracle[i]);
            let policy = match demonstrator {
                Demonstrator::Oracle => Policy::greedy(values.pairs.view(), mdp.actions()),
                Demonstrator::Random => Policy::uniform(mdp, horizon)?,
            };
            let mut rng = self.streams.stream(Purpose::Evaluation, horizon, i, 1);
            let run = |_| trajectory::run(mdp, &policy, &mut rng);
            Ok((0..setting.demonstrations).map(run).collect())
        };
        let contexts = parallel::try_over(self.tasks.len(), show)?;
        Ok(Sheet { exam: self, oracle, contexts })
    }

    /// Everybody's gaps in one setting, and the accuracy of the models.
    pub fn measure(
        &self,
        setting: Setting,
        trained: &Trained,
        gaps: &mut Gaps,
    ) -> Result<Vec<Accuracy>> {
        let sheet = self.sheet(setting, Demonstrator::Oracle)?;
        let horizon = setting.horizon;
        let plain =
            |policy: &(dyn Fn(usize, &Mdp) -> Result<Policy> + Sync)| -> Result<Vec<Policy>> {
                parallel::try_over(self.tasks.len(), |i| policy(i, &self.tasks[i]))
            };
        let random = plain(&|_, mdp| Policy::uniform(mdp, horizon));
        let copy = plain(&|i, mdp| copy_rule::policy(mdp, horizon, &sheet.contexts[i]));
        let myopic = plain(&|_, mdp| model_based::myopic(mdp, horizon));
        for (name, policies) in [(RANDOM, random), (COPY, copy), (MYOPIC, myopic)] {
            let policies = policies?;
            gaps.add(setting, name, None, (&sheet.optimal(), &sheet.values(&policies)));
        }
        let mut accuracies = Vec::new();
        let models = trained.icl().map(|m| (ICL, m)).chain(trained.sft().map(|m| (SFT, m)));
        for (learner, named) in models {
            let policies = sheet.ask(named.model)?;
            let values = sheet.values(&policies);
            gaps.add(setting, learner, Some(named.seed), (&sheet.optimal(), &values));
            let (seen, unseen) = sheet.accuracy(&policies);
            let demonstrations = setting.demonstrations;
            let seed = named.seed;
            accuracies.push(Accuracy { horizon, demonstrations, learner, seed, seen, unseen });
        }
        Ok(accuracies)
    }
}

impl Sheet<'_> {
    /// The optimal value of every task.
    pub fn optimal(&self) -> Vec<f64> {
        let tasks = self.exam.tasks.iter().zip(&self.oracle);
        tasks.map(|(mdp, values)| values.at_start(mdp)).collect()
    }

    /// The value of a policy for every task.
    pub fn values(&self, policies: &[Policy]) -> Vec<f64> {
        let tasks = &self.exam.tasks;
        parallel::over(tasks.len(), |i| evaluate(&tasks[i], &policies[i]).at_start(&tasks[i]))
    }

    /// A model's policies.
    pub fn ask(&self, model: &Transformer<f32>) -> Result<Vec<Policy>> {
        let horizon = self.oracle[0].pairs.nrows();
        plan(model, &tokens(), (self.exam.tasks[0].states(), horizon), &self.contexts)
    }

    /// Share of the oracle's actions in (states shown at some step, states never shown).
    fn accuracy(&self, policies: &[Policy]) -> (f64, f64) {
        let sizes = &self.exam.tasks[0];
        let mut counts = [[0usize; 2]; 2];
        for ((values, context), policy) in self.oracle.iter().zip(&self.contexts).zip(policies) {
            let oracle = Policy::greedy(values.pairs.view(), sizes.actions());
            for state in 0..sizes.states() {
                let shown = context.iter().flatten().any(|d| d.seen == Some(state));
                for step in 0..oracle.horizon() {
                    let right = oracle.action(step, state) == policy.action(step, state);
                    counts[usize::from(shown)][usize::from(right)] += 1;
                }
            }
        }
        let share = |[wrong, right]: [usize; 2]| right as f64 / (wrong + right) as f64;
        (share(counts[1]), share(counts[0]))
    }
}
