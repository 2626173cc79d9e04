//! Recipes: a whole run of training as a configuration file.
//!
//! ```toml
//! seed = 0
//! [problem]       # kind, and the fields of the problem
//! [model]         # kind, and the fields of its shape; what the problem decides may be left out
//! [[stage]]       # method, and the fields of what is taught; one or more, in order
//! [checkpoint]    # every, keep
//! ```
//!
//! | problem.kind | model.kind | stage.method |
//! |---|---|---|
//! | "full-information" ([`FullInformation`]) | "layer" ([`LinearAttentionConfig`]) | "rmft" ([`OwnPractice`]) |
//! | "full-information" | "transformer" ([`TransformerConfig`]) | "rmft" ([`OwnPractice`]); "distillation" of a learner, "sft" on the best decision in hindsight ([`Imitation`]) |
//! | "bandit" ([`Bandit`]) | "transformer" | "rmft", "distillation" of a teacher's choices, "sft" on the best arm after a teacher's history ([`Lesson`]) |
//! | "mdp" ([`LinearFamily`]) | "transformer" | "sft" on a teacher's laws ([`MdpStage`]) |
//! | "pomdp", "apomdp": `family` ([`HiddenLaw`]) | "transformer" | "sft" ([`HiddenStage`]) |
//!
//! Every field is one of the type named here; there are no others.
//!
//! [`FullInformation`]: crate::problem::full_information::FullInformation
//! [`LinearAttentionConfig`]: crate::model::linear_attention::LinearAttentionConfig
//! [`TransformerConfig`]: crate::model::transformer::TransformerConfig
//! [`OwnPractice`]: crate::train::course::layer::OwnPractice
//! [`Imitation`]: crate::train::course::full_information::Imitation
//! [`Bandit`]: crate::problem::bandit::Bandit
//! [`LinearFamily`]: crate::train::course::planning::LinearFamily
//! [`MdpStage`]: crate::train::course::planning::MdpStage
//! [`HiddenLaw`]: crate::train::course::planning::HiddenLaw
//! [`HiddenStage`]: crate::train::course::planning::HiddenStage
//! [`Lesson`]: crate::train::bandit::run::Lesson

mod courses;
mod place;
mod table;

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::table::Table;
use super::bandit::run::BanditRun;
use super::course::full_information::FullInformationCourse;
use super::course::layer::LayerCourse;
use super::course::planning::{HiddenCourse, MdpCourse};
use super::course::{self, Course};
use crate::files::read_at_most;
use crate::{Error, Result};

/// Largest configuration file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Largest number of iterations of all stages: the history of a run is kept in memory.
const MAX_ITERATIONS: usize = 1_000_000;

/// Largest seed that every format can store.
const MAX_SEED: u64 = i64::MAX as u64;

/// A run of training as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Every random number comes from it.
    pub seed: u64,
    /// What is taught to whom.
    pub course: AnyCourse,
    /// When checkpoints are written, and which are kept.
    pub checkpoint: Checkpointing,
}

/// A course of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyCourse {
    /// The single layer in full information.
    Layer(LayerCourse),
    /// A Transformer in full information.
    FullInformation(FullInformationCourse),
    /// A Transformer in bandits.
    Bandit(BanditRun),
    /// A Transformer in planning tasks whose state is seen.
    Mdp(MdpCourse),
    /// A Transformer in planning tasks whose state is hidden.
    Hidden(HiddenCourse),
}

/// When checkpoints are written, and which are kept. May differ when a run is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checkpointing {
    /// Iterations from one checkpoint to the next; a stage ends with one too.
    pub every: usize,
    /// Newest checkpoints that are kept, beside the best one of the stage.
    pub keep: usize,
}

impl Default for Checkpointing {
    fn default() -> Self {
        Self { every: 25, keep: 3 }
    }
}

/// What may differ between a checkpoint and the run that goes on from it.
pub(super) const FREE: [&str; 1] = ["checkpoint"];

/// Does the same with a course of any kind.
macro_rules! with_course {
    ($any:expr, $course:ident => $what:expr) => {
        match $any {
            $crate::train::recipe::AnyCourse::Layer($course) => $what,
            $crate::train::recipe::AnyCourse::FullInformation($course) => $what,
            $crate::train::recipe::AnyCourse::Bandit($course) => $what,
            $crate::train::recipe::AnyCourse::Mdp($course) => $what,
            $crate::train::recipe::AnyCourse::Hidden($course) => $what,
        }
    };
}
pub(super) use with_course;

impl Recipe {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// A file that cannot be read, is larger than 1 MB or no TOML; a field that is unknown, missing or of another
    /// type, with line and column; combinations of problem, model and method that there are not. The numbers are not
    /// checked yet.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read_at_most(path, MAX_FILE)?;
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Error::content(path, "not UTF-8 text"))?;
        Self::from_toml(text).map_err(|message| Error::content(path, message))
    }

    /// Parses a configuration; the error is a message of one line. The numbers are not checked yet.
    pub fn from_toml(text: &str) -> std::result::Result<Self, String> {
        let mut root = Table::parse(text)?;
        let seed = root.read_or("seed", 0)?;
        let checkpoint = root.read_or("checkpoint", Checkpointing::default())?;
        let course = AnyCourse::from_table(&mut root)?;
        root.finish(&["seed", "problem", "model", "stage", "checkpoint"])?;
        Ok(Self { seed, course, checkpoint })
    }

    /// Everything as it was resolved, laid out as the configuration file.
    ///
    /// # Errors
    /// None that a recipe can cause.
    pub fn to_json(&self) -> Result<Value> {
        let mut object =
            self.course.to_json().map_err(|e| Error::content("recipe", e.to_string()))?;
        object["seed"] = json!(self.seed);
        object["checkpoint"] = json!(self.checkpoint);
        Ok(object)
    }

    /// Checks every number, and that all stages can be built.
    ///
    /// # Errors
    /// The first field that is not what it should be; sizes that do not fit together or into memory.
    pub fn check(&self) -> Result<()> {
        if self.seed > MAX_SEED {
            return Err(Error::parameter("seed", self.seed, format!("at most {MAX_SEED}")));
        }
        let Checkpointing { every, keep } = self.checkpoint;
        for (field, value) in [("checkpoint.every", every), ("checkpoint.keep", keep)] {
            if value == 0 {
                return Err(Error::parameter(field, 0, "at least 1"));
            }
        }
        let iterations = self.iterations();
        if iterations > MAX_ITERATIONS {
            let expected = format!("at most {MAX_ITERATIONS} in all stages");
            return Err(Error::parameter("iterations", iterations, expected));
        }
        with_course!(&self.course, course => course::check(course, self.seed))
    }

    /// Number of iterations of all stages.
    pub fn iterations(&self) -> usize {
        let stages = with_course!(&self.course, course => course.stages());
        stages.iter().map(|stage| stage.iterations).fold(0, usize::saturating_add)
    }
}

#[cfg(test)]
mod tests;
