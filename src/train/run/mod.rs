//! Running a recipe: stage after stage, with checkpoints, so that a run that was killed at any moment goes on to the
//! bits of one that was not.
//!
//! A run writes into one folder: `config.json` (the recipe, resolved), `checkpoints/`, `history.csv` (a row an
//! iteration) and, at the end, `model.safetensors`. The history grows by whole rows, every other file is replaced as a
//! whole. A run holds a lock on its
//! folder.

mod history;
mod stage;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use self::history::History;
use self::stage::Driver;
use super::checkpoint::folder::Folder;
use super::checkpoint::{Checkpoint, Scored, first_difference};
use super::course::{Course, HistoryRow, Length};
use super::recipe::{FREE, Recipe, with_course};
use crate::files::{json_bytes, remove_unfinished, write_atomic};
use crate::model::Model;
use crate::{Error, Result};

/// The file of the trained model.
const MODEL: &str = "model.safetensors";

/// What a run tells about itself.
#[derive(Debug)]
pub enum Event<'a> {
    /// Something that the user should know.
    Notice(String),
    /// It starts, or goes on.
    Start {
        /// Iterations completed.
        completed: usize,
        /// Iterations of all stages.
        total: usize,
    },
    /// An iteration is over.
    Iteration(&'a HistoryRow),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ending {
    /// Whether all stages were completed; otherwise the observer stopped it, and it can be resumed.
    pub finished: bool,
    /// Iterations completed in all stages.
    pub completed: usize,
    /// Iterations of all stages.
    pub total: usize,
    /// The last iteration.
    pub last: Option<HistoryRow>,
    /// The best checkpoint of the last stage, by regret on validation scenarios where it was measured, else by the
    /// mean regret (or loss) of the iterations since the checkpoint before.
    pub best: Option<Scored>,
    /// Where its file is.
    pub best_checkpoint: Option<PathBuf>,
    /// The weight file, once all stages are completed.
    pub model: Option<PathBuf>,
}

/// Runs `recipe` in the folder `out`; with `resume` from its newest checkpoint, if it has one. `observe` is told what
/// happens; when it breaks after an iteration, a checkpoint is written and the run ends.
///
/// The weights, the history and the checkpoints are the same for any number of threads of the current pool, and however
/// often the run was stopped.
///
/// # Errors
/// Those of [`Recipe::check`]; without `resume` a folder that has checkpoints or a model, with it one whose newest checkpoint
/// belongs to another recipe; a folder in which another run is at work; files that cannot be written; numbers that
/// are no longer finite: then the checkpoints of the iterations before stay.
pub fn run(
    recipe: &Recipe,
    out: &Path,
    resume: bool,
    mut observe: impl FnMut(Event<'_>) -> ControlFlow<()>,
) -> Result<Ending> {
    recipe.check()?;
    let folder = Folder::new(out.join("checkpoints"), recipe.checkpoint.keep);
    let result = out.join(MODEL);
    let newest = folder.list()?.last().map(|&newest| folder.file(newest));
    if !resume && let Some(path) = newest.or_else(|| result.exists().then_some(result)) {
        let message = "a run was here: add --resume to go on with it, or choose another folder";
        return Err(Error::content(path, message));
    }
    std::fs::create_dir_all(out).map_err(Error::file(out, "create the folder"))?;
    let _lock = lock(out)?;
    remove_unfinished(out)?;
    folder.remove_unfinished()?;
    with_course!(&recipe.course, course => go(course, recipe, (out, &folder, resume), &mut observe))
}

/// The folder, locked for as long as it is open: the system forgets locks of processes that are killed. Where folders
/// cannot be locked there is none.
fn lock(out: &Path) -> Result<Option<std::fs::File>> {
    let Ok(folder) = std::fs::File::open(out) else { return Ok(None) };
    match folder.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::content(
            out,
            "another run is at work in this folder: wait, or choose another",
        )),
        _ => Ok(Some(folder)),
    }
}

/// Where a run goes on.
type Found<S> = Option<Checkpoint<S>>;

fn go<C: Course>(
    course: &C,
    recipe: &Recipe,
    (out, folder, resume): (&Path, &Folder, bool),
    observe: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
) -> Result<Ending> {
    let resolved = recipe.to_json()?;
    let mut model = course.untrained(recipe.seed)?;
    let (stages, total) = (course.stages(), recipe.iterations());
    // 1. Where to start.
    let mut found: Found<C::Scalar> = None;
    if resume {
        let differs = |recipe: &Value| {
            let difference = first_difference(recipe, &resolved, &FREE)?;
            Some(format!(
                "another configuration: {difference}; resume with the one that the run began with, or choose another folder"
            ))
        };
        found = folder.newest(model.parameters().len(), differs, |text| {
            let _ = observe(Event::Notice(text));
        })?;
        if found.is_none() {
            let text = format!("no checkpoint in {}: from the beginning", out.display());
            let _ = observe(Event::Notice(text));
        }
    }
    if let Some(checkpoint) = &found
        && !fits(checkpoint, &stages)
    {
        let message = "an iteration that this configuration does not have";
        return Err(Error::content(folder.file(checkpoint.completed), message));
    }
    let completed = found.as_ref().map_or(0, |checkpoint| checkpoint.completed);
    let first = found.as_ref().map_or(0, |checkpoint| checkpoint.stage);
    let mut history = History::new(out.join("history.csv"));
    if !history.load(completed) {
        let text = format!("{} lacks rows of earlier iterations", history.path().display());
        let _ = observe(Event::Notice(text));
    }
    let config = json!({ "crate_version": env!("CARGO_PKG_VERSION"), "recipe": resolved });
    let path = out.join("config.json");
    write_atomic(&path, &json_bytes(&path, &config)?)?;
    let _ = observe(Event::Start { completed, total });
    // 2. Stage after stage.
    let mut driver = Driver {
        recipe: &resolved,
        every: recipe.checkpoint.every,
        folder,
        history,
        observe,
        stage: first,
        length: Length::default(),
        steps_before: 0,
        completed,
        best: found.as_ref().and_then(|checkpoint| checkpoint.best),
        state: found.map(|checkpoint| checkpoint.state),
        stopped: false,
    };
    for (stage, &length) in stages.iter().enumerate() {
        if stage > first {
            driver.best = None;
        }
        if stage >= first && !driver.stopped {
            (driver.stage, driver.length) = (stage, length);
            course.teach(&mut model, stage, recipe.seed, &mut driver)?;
        }
        let steps = length.iterations.saturating_mul(length.steps_each);
        driver.steps_before = driver.steps_before.saturating_add(steps);
    }
    // 3. The model.
    let finished = !driver.stopped;
    let path = out.join(MODEL);
    if finished {
        write_atomic(&path, &course.weights(&model)?)?;
    }
    Ok(Ending {
        finished,
        completed: driver.completed,
        total,
        last: driver.history.newest(1).first().copied(),
        best: driver.best,
        best_checkpoint: driver.best.map(|best| folder.file(best.completed)),
        model: finished.then_some(path),
    })
}

/// Whether the stages have the iteration after which a checkpoint was written.
fn fits<S>(checkpoint: &Checkpoint<S>, stages: &[Length]) -> bool {
    let before = stages.iter().take(checkpoint.stage).map(|stage| stage.iterations).sum::<usize>();
    let iteration = checkpoint.state.iteration;
    stages.get(checkpoint.stage).is_some_and(|stage| {
        iteration <= stage.iterations && checkpoint.completed == before + iteration
    })
}

#[cfg(test)]
mod tests;
