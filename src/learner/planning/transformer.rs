//! A Transformer that is shown demonstrations of a task and asked about every state and step.

use ndarray::{Array2, Axis};

use crate::model::planning_tokens::{PlanningTokens, Situation};
use crate::model::transformer::{Decoder, Transformer};
use crate::numeric::parallel;
use crate::numeric::scalar::Scalar;
use crate::problem::mdp::Policy;
use crate::problem::trajectory::Decision;
use crate::{Error, Result};

/// Tasks that are decoded together. Fixed, so that results do not depend on the number of threads.
pub(super) const GROUP: usize = 32;

/// The demonstrations of a task.
pub type Context = Vec<Vec<Decision>>;

/// The model's policies over `horizon` steps in tasks of `states` states after these contexts: in every state at every step
/// the action of its largest logit. A question leaves no trace for the next.
///
/// # Errors
/// A model that reads other tokens or has other outputs, or is of linear attention; tokens of other tasks; a horizon beyond
/// the tokens'; contexts of different sizes, or with decisions that the tokens cannot show.
pub fn plan<S: Scalar>(
    model: &Transformer<S>,
    tokens: &PlanningTokens,
    (states, horizon): (usize, usize),
    contexts: &[Context],
) -> Result<Vec<Policy>> {
    check(model, tokens, horizon)?;
    contexts.iter().try_for_each(|context| check_task(tokens, states, context, &[]))?;
    let shown = shown(contexts.iter())?;
    let model = model.with_rounds(shown + 1)?;
    let groups: Vec<_> = contexts.chunks(GROUP).collect();
    let policies = parallel::try_each(&groups, |contexts| {
        let mut reader = Reader::new(&model, tokens, contexts.len());
        reader.show(contexts.iter().map(|context| (context, false, &[][..])))?;
        let actions = tokens.actions();
        let mut tables = vec![Array2::zeros((horizon, states * actions)); contexts.len()];
        for step in 0..horizon {
            for state in 0..states {
                let to_go = horizon - step;
                let situation = Situation { seen: Some(state), previous: None, to_go, knobs: &[] };
                reader.ask(shown, |_, token| tokens.write_question(&situation, token))?;
                for (table, logits) in tables.iter_mut().zip(reader.logits()) {
                    let first = state * actions;
                    for (action, logit) in logits.iter().enumerate() {
                        table[[step, first + action]] = logit.as_f64();
                    }
                }
            }
        }
        Ok(tables.iter().map(|table| Policy::greedy(table.view(), actions)).collect::<Vec<_>>())
    })?;
    Ok(policies.concat())
}

/// Refuses a model that cannot be asked in these tokens.
pub(super) fn check<S: Scalar>(
    model: &Transformer<S>,
    tokens: &PlanningTokens,
    horizon: usize,
) -> Result<()> {
    let config = model.config();
    for (field, value, expected) in
        [("inputs", config.inputs, tokens.width()), ("outputs", config.outputs, tokens.actions())]
    {
        if value != expected {
            return Err(Error::parameter(field, value, format!("{expected}, as the tokens have")));
        }
    }
    if !(1..=tokens.horizon()).contains(&horizon) {
        let expected = format!("1 to the tokens' {}", tokens.horizon());
        return Err(Error::parameter("horizon", horizon, expected));
    }
    Ok(())
}

/// Refuses a task with `seen` states or observations that cannot be told in these tokens.
pub(super) fn check_task(
    tokens: &PlanningTokens,
    seen: usize,
    context: &Context,
    knobs: &[f64],
) -> Result<()> {
    // The actions are the model's, which has been checked.
    tokens.check_sizes(seen, tokens.actions(), knobs.len())?;
    context.iter().try_for_each(|run| tokens.check_trajectory(run))
}

/// Number of decisions that each context shows.
pub(super) fn shown<'c>(contexts: impl Iterator<Item = &'c Context>) -> Result<usize> {
    let mut counts = contexts.map(|context| context.iter().map(Vec::len).sum::<usize>());
    let Some(first) = counts.next() else { return Ok(0) };
    match counts.find(|&n| n != first) {
        None => Ok(first),
        Some(other) => {
            let expected = format!("{first} decisions, as in the first context");
            Err(Error::parameter("contexts", format!("{other} decisions"), expected))
        }
    }
}

/// Some tasks in lock-step: what was shown stays, what was asked does not have to.
pub(super) struct Reader<'a, S> {
    model: &'a Transformer<S>,
    tokens: &'a PlanningTokens,
    decoder: Decoder<S>,
    inputs: Array2<S>,
    logits: Array2<S>,
}

impl<'a, S: Scalar> Reader<'a, S> {
    pub fn new(model: &'a Transformer<S>, tokens: &'a PlanningTokens, tasks: usize) -> Self {
        Self {
            model,
            tokens,
            decoder: Decoder::new(tasks, model),
            inputs: Array2::zeros((tasks, tokens.width())),
            logits: Array2::zeros((tasks, tokens.actions())),
        }
    }

    /// Shows every task its demonstrations: (context, whether tokens remember the action before, knobs). All have as many
    /// decisions.
    pub fn show<'c>(
        &mut self,
        contexts: impl Iterator<Item = (&'c Context, bool, &'c [f64])>,
    ) -> Result<()> {
        let width = self.tokens.width();
        let written: Vec<Vec<S>> = contexts
            .map(|(context, remember, knobs)| {
                let run = |run: &Vec<Decision>| {
                    let mut tokens = vec![S::zero(); run.len() * width];
                    self.tokens.write_trajectory(run, remember, knobs, &mut tokens);
                    tokens
                };
                context.iter().flat_map(run).collect()
            })
            .collect();
        let shown = written.first().map_or(0, |tokens| tokens.len() / width);
        for round in 0..shown {
            self.ask(round, |task, token| {
                token.copy_from_slice(&written[task][round * width..][..width]);
            })?;
        }
        Ok(())
    }

    /// Forgets all rounds from `round` on, and puts the tokens that `write` makes there.
    pub fn ask(&mut self, round: usize, mut write: impl FnMut(usize, &mut [S])) -> Result<()> {
        self.decoder.rewind(round)?;
        for (task, mut token) in self.inputs.axis_iter_mut(Axis(0)).enumerate() {
            write(task, token.as_slice_mut().expect("rows are contiguous"));
        }
        self.decoder.step(self.model, self.inputs.view(), self.logits.view_mut());
        if self.logits.iter().all(|logit| logit.is_finite()) {
            return Ok(());
        }
        Err(Error::parameter("model", "answers that are not finite", "a model of finite answers"))
    }

    /// The answers to the last question, task by task.
    pub fn logits(&self) -> impl Iterator<Item = &[S]> {
        self.logits.axis_iter(Axis(0)).map(|row| row.to_slice().expect("rows are contiguous"))
    }
}
