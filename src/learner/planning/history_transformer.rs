//! A Transformer that is shown demonstrations of a hidden process and acts after every sequence of observations.

use super::transformer::{Context, GROUP, Reader, check, check_task, shown};
use crate::model::planning_tokens::PlanningTokens;
use crate::model::transformer::Transformer;
use crate::numeric::order::argmax;
use crate::numeric::parallel;
use crate::numeric::scalar::Scalar;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::oracle::pomdp::policy_evaluation::surely;
use crate::problem::pomdp::Step;
use crate::problem::trajectory::{sequence_number, sequences};
use crate::{Error, Result};

/// Largest number of sequences of observations that are asked about.
const MAX_SEQUENCES: usize = 1 << 20;

/// What the model is told and asked about one task.
#[derive(Clone, Copy, Debug)]
pub struct HiddenPrompt<'a> {
    /// The demonstrations.
    pub context: &'a Context,
    /// What the task tells about itself.
    pub knobs: &'a [f64],
    /// Knows which histories can happen; others are not asked about.
    pub possible: &'a HistoryTree,
}

/// The model's actions by what was observed; what it has done itself follows from that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionTable {
    /// By [`sequence_number`].
    chosen: Vec<usize>,
    observations: usize,
    actions: usize,
}

impl ActionTable {
    /// The action after a history that the model itself has got into.
    ///
    /// # Panics
    /// If the history is as long as the horizon.
    #[must_use]
    pub fn action(&self, history: &[Step]) -> usize {
        self.chosen[sequence_number(history, self.observations)]
    }

    /// [`Self::action`] as a law.
    #[must_use]
    pub fn law(&self, history: &[Step]) -> Vec<f64> {
        surely(self.action(history), self.actions)
    }
}

/// The model's policies over `horizon` steps in tasks of `observations` observations: after every sequence of them the action
/// of its largest logit. With `memory` the questions of the model's own trajectory so far stand before each question; without,
/// each stands alone and tells no more than its token does: the newest observation, the action before it, the steps to go.
///
/// # Errors
/// A model that reads other tokens or has other outputs, or is of linear attention; tokens of other tasks or knobs; a horizon
/// beyond the tokens'; more than 2^20 sequences; contexts of different sizes, or with decisions that the tokens cannot show;
/// histories known over fewer steps.
pub fn plan<S: Scalar>(
    model: &Transformer<S>,
    tokens: &PlanningTokens,
    (observations, horizon): (usize, usize),
    memory: bool,
    prompts: &[HiddenPrompt<'_>],
) -> Result<Vec<ActionTable>> {
    check(model, tokens, horizon)?;
    let count = sequences(observations, horizon);
    if count > MAX_SEQUENCES {
        let expected = format!("at most {MAX_SEQUENCES} sequences of observations");
        return Err(Error::parameter("horizon", horizon, expected));
    }
    for prompt in prompts {
        check_task(tokens, observations, prompt.context, prompt.knobs)?;
        let known = prompt.possible.horizon();
        if known < horizon {
            return Err(Error::parameter(
                "possible",
                format!("{known} steps"),
                format!("{horizon}"),
            ));
        }
    }
    let shown = shown(prompts.iter().map(|prompt| prompt.context))?;
    let model = model.with_rounds(shown + horizon)?;
    let empty = ActionTable { chosen: vec![0; count], observations, actions: tokens.actions() };
    let groups: Vec<_> = prompts.chunks(GROUP).collect();
    let tables = parallel::try_each(&groups, |prompts| {
        let mut reader = Reader::new(&model, tokens, prompts.len());
        reader.show(prompts.iter().map(|prompt| (prompt.context, true, prompt.knobs)))?;
        let mut walk = Walk {
            reader,
            prompts,
            histories: vec![Vec::new(); prompts.len()],
            tables: vec![empty.clone(); prompts.len()],
            shown,
            horizon,
            memory,
        };
        walk.visit(tokens)?;
        Ok(walk.tables)
    })?;
    Ok(tables.concat())
}

/// Goes through the sequences of observations, depth first, all tasks together: they have seen the same and done what they
/// chose.
struct Walk<'a, S> {
    reader: Reader<'a, S>,
    prompts: &'a [HiddenPrompt<'a>],
    histories: Vec<Vec<Step>>,
    tables: Vec<ActionTable>,
    shown: usize,
    horizon: usize,
    memory: bool,
}

impl<S: Scalar> Walk<'_, S> {
    fn visit(&mut self, tokens: &PlanningTokens) -> Result<()> {
        let mut tasks = self.prompts.iter().zip(&self.histories);
        if !tasks.any(|(prompt, history)| prompt.possible.pairs(history).is_some()) {
            return Ok(());
        }
        let (prompts, histories, horizon) = (self.prompts, &self.histories, self.horizon);
        let depth = histories[0].len();
        let round = if self.memory { self.shown + depth } else { self.shown };
        self.reader.ask(round, |task, token| {
            tokens.write_question_after(&histories[task], horizon, prompts[task].knobs, token);
        })?;
        let places = self.tables.iter_mut().zip(histories).zip(self.reader.logits());
        for ((table, history), logits) in places {
            table.chosen[sequence_number(history, table.observations)] = argmax(logits);
        }
        if depth + 1 == horizon {
            return Ok(());
        }
        for observation in 0..self.tables[0].observations {
            for (history, table) in self.histories.iter_mut().zip(&self.tables) {
                let action = table.action(history);
                history.push(Step { action, observation });
            }
            self.visit(tokens)?;
            self.histories.iter_mut().for_each(|history| {
                history.pop();
            });
        }
        Ok(())
    }
}
