//! What an experiment leaves behind: figures, tidy tables, a summary of its claims, and the harness that runs it.
//!
//! A figure is pure data ([`Figure`], [`Panel`]); the renderer turns it into a vector and a bitmap file with one look for
//! the whole project ([`style`]). [`run`] is the `main` of every experiment.

pub mod command_line;
mod draw;
pub mod experiment;
pub mod figure;
pub mod ledger;
mod panel;
mod progress;
pub mod style;
mod summary;
pub mod table;

pub use experiment::{Experiment, NoExtra, run};
pub use figure::Figure;
pub use panel::{Layer, Legend, Panel, Scale};
pub use progress::Progress;
pub use style::{Pen, Role};
pub use summary::{Claim, Summary};
pub use table::Table;
