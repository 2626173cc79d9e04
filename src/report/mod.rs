//! What an experiment leaves behind: figures, tidy tables, a summary of its claims, and the harness that runs it.
//!
//! A figure is pure data ([`Figure`], [`Panel`]); the renderer turns it into a vector and a bitmap file with one look for
//! the whole project ([`style`]). [`run()`] is the `main` of every experiment.

pub mod command_line;
mod draw;
pub mod experiment;
pub mod figure;
pub mod html;
pub mod ledger;
mod machine;
pub mod merge;
mod page;
mod panel;
mod progress;
mod run;
pub mod shard;
pub mod style;
mod summary;
pub mod table;

pub use experiment::{Experiment, NoExtra, Preset, run};
pub use figure::Figure;
pub use page::Page;
pub use panel::{Layer, Legend, Panel, Scale};
pub use progress::{Progress, clock};
pub use run::{Run, quoted};
pub use style::{Pen, Role};
pub use summary::{Claim, Summary};
pub use table::Table;
