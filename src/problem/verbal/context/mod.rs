//! Contexts: settings in which decision problems are told, as data files (VERB-D1).

mod fields;
mod invented;

use std::path::Path;

use rand::{Rng, RngExt};

use super::labels::MAX_LABELS;
use super::phrase::Wordings;
use super::scale::Scale;
use super::template::check_text;
use super::words::check_name;
use crate::files::read_at_most;
use crate::suggest::expected;
use crate::{Error, Result};
use fields::Fields;

/// Fewest names of arms.
const ARMS: usize = 8;
/// Fewest names of states, actions and observations of a process.
const PROCESS: usize = 4;
/// Largest file of a context.
const MAX_BYTES: u64 = 1 << 20;

/// A setting: what things are called in it, and what is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Whether nothing is trained on it.
    pub held_out: bool,
    /// What an arm is, and what arms are.
    pub nouns: [String; 2],
    /// Names of arms.
    pub arms: Vec<String>,
    /// Rewards of arms as amounts.
    pub amount: Scale,
    /// Names of the states of a process.
    pub states: Vec<String>,
    /// Names of the actions of a process.
    pub actions: Vec<String>,
    /// Names of the observations of a process.
    pub observations: Vec<String>,
    /// Rewards of a process as amounts.
    pub earned: Scale,
    /// What is said.
    pub wordings: Wordings,
}

/// What all contexts say alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    /// What an action of a process is, and what actions are.
    pub option: [String; 2],
    /// A round, rounds.
    pub round: [String; 2],
    /// A step, steps.
    pub step: [String; 2],
    /// A try, tries.
    pub tried: [String; 2],
    /// A success, successes.
    pub win: [String; 2],
    /// What is said.
    pub wordings: Wordings,
}

/// Which contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Those that may be trained on.
    Training,
    /// Those that may not.
    HeldOut,
    /// All.
    All,
}

/// Contexts, and what they say alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// Every context; names differ.
    pub contexts: Vec<Context>,
    /// What they say alike.
    pub shared: Shared,
}

impl Context {
    /// Reads a context from the text of a file; `path` only names it in errors.
    ///
    /// # Errors
    /// [`Error::Content`] that names the key and what was expected there: no TOML; a key that is missing, unknown or of another
    /// type; fewer than 8 arms, 4 states, actions or observations, or 3 wordings; more than 26 arms or actions; entries that
    /// stand there twice; a name that answers could not repeat; a wording with other places than its phrase has; a scale that
    /// is none.
    pub fn parse(path: impl AsRef<Path>, text: &str) -> Result<Self> {
        let mut file = Fields::parse(path.as_ref(), text)?;
        let name = file.text("name")?;
        let held_out = file.flag("held_out")?;
        let nouns = file.pair("nouns")?;
        let arms = labels(&mut file, "arms", ARMS)?;
        let outcome = file.table("outcome")?;
        let mut amounts = file.table("amount")?;
        let amount = amounts.scale()?;
        let mut process = file.table("process")?;
        let states = process.list("states", PROCESS, spoken)?;
        let actions = labels(&mut process, "actions", PROCESS)?;
        let observations = process.list("observations", PROCESS, spoken)?;
        let earned = process.scale()?;
        let mut sections = [("outcome", outcome), ("amount", amounts), ("process", process)];
        let wordings = file.wordings(false, &mut sections)?;
        for (_, section) in sections {
            section.finish()?;
        }
        file.finish()?;
        Ok(Self {
            name,
            held_out,
            nouns,
            arms,
            amount,
            states,
            actions,
            observations,
            earned,
            wordings,
        })
    }

    /// Reads a context from a file of at most 2^20 bytes.
    ///
    /// # Errors
    /// A file that cannot be read or is longer; those of [`Self::parse`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read_at_most(path, MAX_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|e| Error::content(path, e.to_string()))?;
        Self::parse(path, &text)
    }
}

/// The list of names of a key, not more than there are letters.
fn labels(fields: &mut Fields, key: &str, least: usize) -> Result<Vec<String>> {
    let names = fields.list(key, least, named)?;
    if names.len() > MAX_LABELS {
        let message = format!("has {} entries, expected at most {MAX_LABELS}", names.len());
        return Err(fields.refuse(key, &message));
    }
    Ok(names)
}

fn named(text: &str) -> std::result::Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

fn spoken(text: &str) -> std::result::Result<String, String> {
    check_text(text).map(|()| text.to_owned())
}

impl Shared {
    /// Reads what contexts say alike; as [`Context::parse`].
    ///
    /// # Errors
    /// Those of [`Context::parse`] for this file.
    pub fn parse(path: impl AsRef<Path>, text: &str) -> Result<Self> {
        let mut file = Fields::parse(path.as_ref(), text)?;
        let mut words = file.table("words")?;
        let [option, round, step, tried, win] =
            ["option", "round", "step", "try", "success"].map(|key| words.pair(key));
        let names = ["ask", "summary", "end", "rules"];
        let mut sections = Vec::new();
        for name in names {
            sections.push((name, file.table(name)?));
        }
        let wordings = file.wordings(true, &mut sections)?;
        for (_, section) in sections {
            section.finish()?;
        }
        words.finish()?;
        file.finish()?;
        let (option, round, step) = (option?, round?, step?);
        Ok(Self { option, round, step, tried: tried?, win: win?, wordings })
    }
}

/// The files of a bundled context.
macro_rules! bundled {
    ($($name:literal)*) => {
        [$((concat!($name, ".toml"), include_str!(concat!("../contexts/", $name, ".toml")))),*]
    };
}

impl Library {
    /// The contexts that come with the program.
    ///
    /// # Errors
    /// None: the tests read every file.
    pub fn bundled() -> Result<Self> {
        let files = bundled!["clinic" "adverts" "relief" "mailing" "buttons" "parcels" "farm" "films" "buyer" "servers"
            "bakery" "lessons" "fishing"];
        let contexts = files.iter().map(|(name, text)| Context::parse(name, text));
        Self::new(contexts.collect::<Result<_>>()?)
    }

    /// A library of given contexts.
    ///
    /// # Errors
    /// [`Error::Parameter`] for two of one name.
    pub fn new(contexts: Vec<Context>) -> Result<Self> {
        for (i, context) in contexts.iter().enumerate() {
            if contexts[..i].iter().any(|other| other.name == context.name) {
                return Err(Error::parameter("contexts", &context.name, "names that differ"));
            }
        }
        let shared = Shared::parse("shared.toml", include_str!("../contexts/shared.toml"))?;
        Ok(Self { contexts, shared })
    }

    /// The context of a name.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a name that is unknown.
    pub fn context(&self, name: &str) -> Result<&Context> {
        let names = || self.contexts.iter().map(|context| context.name.as_str());
        let own = self.contexts.iter().find(|context| context.name == name);
        own.ok_or_else(|| Error::parameter("context", name, expected(name, names())))
    }

    /// The contexts of a part, in their order.
    #[must_use]
    pub fn part(&self, part: Part) -> Vec<&Context> {
        let belongs = |context: &&Context| match part {
            Part::Training => !context.held_out,
            Part::HeldOut => context.held_out,
            Part::All => true,
        };
        self.contexts.iter().filter(belongs).collect()
    }

    /// A context of a part, each as likely as the others.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a part without contexts.
    pub fn draw(&self, part: Part, rng: &mut impl Rng) -> Result<&Context> {
        let contexts = self.part(part);
        if contexts.is_empty() {
            return Err(Error::parameter(
                "contexts",
                format!("{part:?}"),
                "a part that is not empty",
            ));
        }
        Ok(contexts[rng.random_range(0..contexts.len())])
    }
}

#[cfg(test)]
mod tests;
