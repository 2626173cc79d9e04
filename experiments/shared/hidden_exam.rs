//! Hidden tasks that nobody was trained on, solved and demonstrated, and what everybody is worth in them.

use lowregret::Result;
use lowregret::learner::planning::copy_rule::CopyRule;
use lowregret::learner::planning::history_transformer::{HiddenPrompt, plan};
use lowregret::learner::planning::model_based::{BeliefPolicy, by_tree};
use lowregret::learner::planning::transformer::Context;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::Transformer;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::hidden::{evaluate, solve};
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::policy_evaluation::uniform;
use lowregret::problem::hidden_family::{HiddenFamily, HiddenSetting, HiddenTask};
use lowregret::problem::pomdp::Step;
use lowregret::problem::trajectory::run_hidden;
use rand::RngExt;

use super::controls::{
    LONGER, MYOPIC, NOISY_ORACLE, OTHER_FEATURES, OTHER_FEATURES_ICL, SHUFFLED, ZEROED,
};
use super::gains::{COPY, RANDOM};
use super::gaps::{Gaps, Setting};
use super::stages::{Named, Trained};

pub const ORACLE: &str = "oracle";
pub const QMDP: &str = "QMDP, told the model";
pub const NO_MEMORY: &str = "SFT, own history withheld";

/// A task with its optimal values.
pub struct Solved {
    pub task: HiddenTask,
    pub tree: HistoryTree,
}

/// Tasks of one family under one setting of the knobs.
pub struct HiddenExam<'a> {
    pub family: &'a HiddenFamily,
    pub knobs: HiddenSetting,
    pub tasks: Vec<Solved>,
    /// The demonstrations of every task.
    contexts: Vec<Context>,
}

/// A policy of histories.
pub type Law<'a> = Box<dyn Fn(&[Step]) -> Vec<f64> + 'a>;

impl<'a> HiddenExam<'a> {
    /// Draws tasks, each shown with demonstrations of the oracle under models drawn from the cloud. The tasks do not depend on
    /// the knobs otherwise, and the demonstrations of more begin with those of fewer.
    pub fn draw(
        family: &'a HiddenFamily,
        knobs: HiddenSetting,
        demonstrations: usize,
        tasks: usize,
        streams: &Streams,
    ) -> Result<Self> {
        let draw = |i| {
            let task = family.task(&knobs, &mut streams.stream(Purpose::Evaluation, 0, i, 0))?;
            let tree = solve(&task.process, knobs.horizon)?;
            let mut rng = streams.stream(Purpose::Evaluation, knobs.horizon, i, 1);
            let models = task.process.models();
            let policy = by_tree(&tree, family.actions());
            let run = |_| {
                let model = &models[rng.random_range(0..models.len())];
                run_hidden(model, knobs.horizon, |history, _| policy(history), &mut rng)
            };
            let context = (0..demonstrations).map(run).collect();
            drop(policy);
            Ok((Solved { task, tree }, context))
        };
        let drawn = parallel::try_over(tasks, draw)?;
        let (tasks, contexts) = drawn.into_iter().unzip();
        Ok(Self { family, knobs, tasks, contexts })
    }

    /// The optimal value of every task.
    pub fn optimal(&self) -> Vec<f64> {
        self.tasks.iter().map(|solved| solved.tree.value()).collect()
    }

    /// The value of a policy of histories for every task.
    pub fn values(&self, policy: impl Fn(&Solved) -> Result<Law<'_>> + Sync) -> Result<Vec<f64>> {
        let value =
            |solved: &Solved| evaluate(&solved.task.process, self.knobs.horizon, policy(solved)?);
        parallel::try_each(&self.tasks, value)
    }

    /// The values of a model that is told these knobs, with or without memory of its own trajectory.
    pub fn ask(
        &self,
        model: &Transformer<f32>,
        tokens: &PlanningTokens,
        told: HiddenSetting,
        memory: bool,
    ) -> Result<Vec<f64>> {
        let told = told.knobs();
        let prompts: Vec<HiddenPrompt> = self
            .tasks
            .iter()
            .zip(&self.contexts)
            .map(|(s, context)| HiddenPrompt { context, knobs: &told, possible: &s.tree })
            .collect();
        let shape = (self.family.observations(), self.knobs.horizon);
        let tables = plan(model, tokens, shape, memory, &prompts)?;
        let value = |i: usize| {
            evaluate(&self.tasks[i].task.process, self.knobs.horizon, |h| tables[i].law(h))
        };
        parallel::try_over(tables.len(), value)
    }

    /// The gaps of everybody who needs no training.
    pub fn classical(&self, setting: Setting, gaps: &mut Gaps) -> Result<()> {
        let horizon = self.knobs.horizon;
        let actions = self.family.actions();
        let optimal = self.optimal();
        let mut add = |name, values: Vec<f64>| gaps.add(setting, name, None, (&optimal, &values));
        add(ORACLE, self.values(|s| Ok(Box::new(by_tree(&s.tree, actions))))?);
        add(RANDOM, self.values(|s| Ok(Box::new(uniform(&s.task.nominal))))?);
        let copied = |i: usize| {
            let rule = CopyRule::new(&self.contexts[i], actions);
            evaluate(&self.tasks[i].task.process, horizon, |history| rule.law(history))
        };
        add(COPY, parallel::try_over(self.tasks.len(), copied)?);
        add(
            MYOPIC,
            self.values(|s| {
                let policy = BeliefPolicy::myopic(&s.task.nominal, horizon)?;
                Ok(Box::new(move |history| policy.law(history)))
            })?,
        );
        add(
            QMDP,
            self.values(|s| {
                let policy = BeliefPolicy::qmdp(&s.task.nominal, horizon)?;
                Ok(Box::new(move |history| policy.law(history)))
            })?,
        );
        Ok(())
    }

    /// The gaps of models that are told the knobs of these tasks.
    pub fn judge<'m>(
        &self,
        setting: Setting,
        learner: &'static str,
        models: impl IntoIterator<Item = Named<'m>>,
        tokens: &PlanningTokens,
        gaps: &mut Gaps,
    ) -> Result<()> {
        let optimal = self.optimal();
        for Named { seed, model } in models {
            let values = self.ask(model, tokens, self.knobs, true)?;
            gaps.add(setting, learner, Some(seed), (&optimal, &values));
        }
        Ok(())
    }

    /// What pre-training could have been; what is left of the fine-tuned models without their own history, when rewards are
    /// zeroed, and when the context is that of another task; both in the tasks of `other`, which have other features.
    pub fn controls(
        mut self,
        setting: Setting,
        other: Option<&Self>,
        (trained, tokens): (&Trained, &PlanningTokens),
        gaps: &mut Gaps,
    ) -> Result<()> {
        self.judge(setting, NOISY_ORACLE, [trained.noisy()], tokens, gaps)?;
        self.judge(setting, LONGER, [trained.longer()], tokens, gaps)?;
        let optimal = self.optimal();
        for Named { seed, model } in trained.sft() {
            let values = self.ask(model, tokens, self.knobs, false)?;
            gaps.add(setting, NO_MEMORY, Some(seed), (&optimal, &values));
        }
        if let Some(other) = other {
            other.judge(setting, OTHER_FEATURES, trained.sft(), tokens, gaps)?;
            other.judge(setting, OTHER_FEATURES_ICL, trained.icl(), tokens, gaps)?;
        }
        self.contexts.rotate_left(1);
        self.judge(setting, SHUFFLED, trained.sft(), tokens, gaps)?;
        self.contexts.rotate_right(1);
        let decisions = self.contexts.iter_mut().flatten().flatten();
        decisions.for_each(|decision| decision.reward = 0.0);
        self.judge(setting, ZEROED, trained.sft(), tokens, gaps)
    }
}
