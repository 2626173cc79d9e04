//! What is known of an experiment before it runs: its question, its figures, and what the committed run of it takes.

/// An experiment as a page of the report.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Name of the experiment and of its output folder.
    pub name: &'static str,
    /// The question it answers.
    pub question: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// File in `paper_notes/` with the statements behind its claims.
    pub notes: &'static str,
    /// Whether its numbers are times of the machine at hand. They are not the same from run to run, unlike those of all other
    /// pages, and it has the machine for itself.
    pub timed: bool,
    /// Training seeds (`--seeds`) of the committed run.
    pub seeds: u64,
    /// Seconds that the committed run takes on two cores; shards are balanced by it.
    pub seconds: u32,
    /// Names and captions of its figures, in reading order.
    pub figures: &'static [(&'static str, &'static str)],
}

impl Page {
    /// Whether the page announces a figure of this name.
    pub(super) fn shows(&self, figure: &str) -> bool {
        self.figures.iter().any(|(name, _)| *name == figure)
    }
}
