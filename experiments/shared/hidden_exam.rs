//! Hidden tasks that nobody was trained on, solved and demonstrated, and what everybody is worth in them.

use lowregret::Result;
use lowregret::learner::planning::copy_rule::CopyRule;
use lowregret::learner::planning::history_transformer::{HiddenPrompt, plan};
use lowregret::learner::planning::model_based::{BeliefPolicy, by_tree};
use lowregret::learner::planning::transformer::Context;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::Transformer;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::hidden::{evaluate, solve};
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::policy_evaluation::uniform;
use lowregret::problem::hidden_family::{HiddenFamily, HiddenSetting, HiddenTask};
use lowregret::problem::pomdp::Step;
use lowregret::problem::trajectory::run_hidden;
use rand::RngExt;
use rayon::prelude::*;

use super::gains::{COPY, ICL, RANDOM, SFT};
use super::gaps::{Gaps, Setting};
use super::stages::Staged;

pub const ORACLE: &str = "oracle";
pub const MYOPIC: &str = "myopic, told the model";
pub const QMDP: &str = "QMDP, told the model";
pub const SHUFFLED: &str = "SFT, context of another task";
pub const ZEROED: &str = "SFT, rewards zeroed";

/// A task with its optimal values and demonstrations.
pub struct Solved {
    pub task: HiddenTask,
    pub tree: HistoryTree,
    pub context: Context,
}

/// Tasks of one family under one setting of the knobs.
pub struct HiddenExam<'a> {
    pub family: &'a HiddenFamily,
    pub knobs: HiddenSetting,
    pub tasks: Vec<Solved>,
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
            Ok(Solved { task, tree, context })
        };
        let tasks = (0..tasks).into_par_iter().map(draw).collect::<Result<_>>()?;
        Ok(Self { family, knobs, tasks })
    }

    /// The optimal value of every task.
    pub fn optimal(&self) -> Vec<f64> {
        self.tasks.iter().map(|solved| solved.tree.value()).collect()
    }

    /// The value of a policy of histories for every task.
    pub fn values(&self, policy: impl Fn(&Solved) -> Result<Law<'_>> + Sync) -> Result<Vec<f64>> {
        let value =
            |solved: &Solved| evaluate(&solved.task.process, self.knobs.horizon, policy(solved)?);
        self.tasks.par_iter().map(value).collect()
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
            .map(|s| HiddenPrompt { context: &s.context, knobs: &told, possible: &s.tree })
            .collect();
        let shape = (self.family.observations(), self.knobs.horizon);
        let tables = plan(model, tokens, shape, memory, &prompts)?;
        let pairs = self.tasks.par_iter().zip(&tables);
        let horizon = self.knobs.horizon;
        pairs.map(|(s, table)| evaluate(&s.task.process, horizon, |h| table.law(h))).collect()
    }

    /// The gaps of everybody who needs no training.
    pub fn classical(&self, setting: Setting, gaps: &mut Gaps) -> Result<()> {
        let horizon = self.knobs.horizon;
        let actions = self.family.actions();
        let optimal = self.optimal();
        let mut add = |name, values: Vec<f64>| gaps.add(setting, name, None, (&optimal, &values));
        add(ORACLE, self.values(|s| Ok(Box::new(by_tree(&s.tree, actions))))?);
        add(RANDOM, self.values(|s| Ok(Box::new(uniform(&s.task.nominal))))?);
        add(
            COPY,
            self.values(|s| {
                let rule = CopyRule::new(&s.context, actions);
                Ok(Box::new(move |history| rule.law(history)))
            })?,
        );
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

    /// The gaps of the models after pre-training and after fine-tuning.
    pub fn models(
        &self,
        setting: Setting,
        trained: &[Staged],
        tokens: &PlanningTokens,
        gaps: &mut Gaps,
    ) -> Result<()> {
        let optimal = self.optimal();
        for staged in trained {
            for (name, model) in [ICL, SFT].into_iter().zip(&staged.models) {
                let values = self.ask(model, tokens, self.knobs, true)?;
                gaps.add(setting, name, Some(staged.seed), (&optimal, &values));
            }
        }
        Ok(())
    }
}

/// Measures what is left of the fine-tuned models when rewards are zeroed, and when the context is that of another task.
pub fn spoilt(
    exam: &mut HiddenExam,
    setting: Setting,
    tokens: &PlanningTokens,
    trained: &[Staged],
    gaps: &mut Gaps,
) -> Result<()> {
    let optimal = exam.optimal();
    let own: Vec<Context> = exam.tasks.iter().map(|solved| solved.context.clone()).collect();
    let mut zeroed = own.clone();
    zeroed.iter_mut().flatten().flatten().for_each(|decision| decision.reward = 0.0);
    let mut shuffled = own.clone();
    shuffled.rotate_left(1);
    for (control, contexts) in [(ZEROED, zeroed), (SHUFFLED, shuffled)] {
        exam.tasks.iter_mut().zip(contexts).for_each(|(solved, context)| solved.context = context);
        for staged in trained {
            let values = exam.ask(&staged.models[1], tokens, exam.knobs, true)?;
            gaps.add(setting, control, Some(staged.seed), (&optimal, &values));
        }
    }
    exam.tasks.iter_mut().zip(own).for_each(|(solved, context)| solved.context = context);
    Ok(())
}
