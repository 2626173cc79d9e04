//! How far a long computation is, and how long it will still take.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// A bar on a terminal, a line on standard error every ten seconds elsewhere, nothing when quiet.
///
/// All methods take `&self`: parallel tasks share one.
#[derive(Debug)]
pub struct Progress {
    label: String,
    unit: &'static str,
    total: u64,
    done: AtomicU64,
    /// How many were done when the clock started.
    before: u64,
    started: Instant,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

#[derive(Debug)]
struct Lines {
    last: Instant,
    message: String,
}

impl Progress {
    /// Starts the clock for `total` iterations of the work named `label`.
    #[must_use]
    pub fn new(label: impl Into<String>, total: u64, quiet: bool) -> Self {
        Self::with(label.into(), total, quiet, std::io::stderr().is_terminal())
    }

    fn with(label: String, total: u64, quiet: bool, terminal: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if terminal {
            Shown::Bar(bar(&label, total))
        } else {
            Shown::Lines(Mutex::new(Lines { last: Instant::now(), message: String::new() }))
        };
        Self {
            label,
            unit: "iterations",
            total,
            done: AtomicU64::new(0),
            before: 0,
            started: Instant::now(),
            shown,
        }
    }

    /// Says what is counted, in the plural; "iterations" otherwise.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Goes on with work of which `done` had been done before the clock started.
    #[must_use]
    pub fn resumed(mut self, done: u64) -> Self {
        self.before = done;
        self.done = AtomicU64::new(done);
        if let Shown::Bar(bar) = &self.shown {
            bar.set_position(done);
            bar.reset_eta();
        }
        self
    }

    /// Counts `count` more as done.
    pub fn advance(&self, count: u64) {
        let done = self.done.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.inc(count),
            Shown::Lines(lines) => {
                // Whoever finds the lock taken leaves the line to its holder.
                if let Ok(mut lines) = lines.try_lock()
                    && lines.last.elapsed() >= EVERY
                {
                    lines.last = Instant::now();
                    self.print(done, &lines.message);
                }
            }
        }
    }

    /// How many are done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Shows `text` (a loss, say) after the counts from now on.
    pub fn message(&self, text: impl Into<String>) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.set_message(text.into()),
            Shown::Lines(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).message = text.into();
            }
        }
    }

    /// Removes the bar, or prints a last line when the work took long enough for lines.
    pub fn finish(&self) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.finish_and_clear(),
            Shown::Lines(lines) => {
                if self.started.elapsed() >= EVERY {
                    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                    self.print(self.done(), &lines.message);
                }
            }
        }
    }

    fn print(&self, done: u64, message: &str) {
        let counts = (self.before, done, self.total);
        let text = line(&self.label, counts, self.unit, self.started.elapsed(), message);
        // A closed standard error is no reason to stop the work.
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn bar(label: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{prefix} [{bar:10}] {pos}/{len}, {elapsed}, {eta} left {wide_msg}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .progress_chars("=> ");
    ProgressBar::new(total).with_style(style).with_prefix(label.to_owned())
}

/// One line of progress; the time left is an extrapolation at constant speed.
fn line(
    label: &str,
    (before, done, total): (u64, u64, u64),
    unit: &str,
    elapsed: Duration,
    message: &str,
) -> String {
    let seconds = elapsed.as_secs_f64();
    let left = match done.saturating_sub(before) {
        0 => String::new(),
        own => {
            let left = seconds * total.saturating_sub(done) as f64 / own as f64;
            format!(", about {} left", clock(left))
        }
    };
    let message = if message.is_empty() { String::new() } else { format!(", {message}") };
    format!("{label}: {done}/{total} {unit}, {}{left}{message}", clock(seconds))
}

/// A duration in seconds, written in the two largest fitting units.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_extrapolates() {
        let text = |done, message| {
            let elapsed = Duration::from_secs(12);
            line("train T=40 seed 0", (0, done, 900), "iterations", elapsed, message)
        };
        assert_eq!(text(300, ""), "train T=40 seed 0: 300/900 iterations, 12 s, about 24 s left");
        assert_eq!(text(0, "loss 2"), "train T=40 seed 0: 0/900 iterations, 12 s, loss 2");
        assert!(text(1000, "").ends_with("about 0 s left"));
        // Of work that was resumed, only what was done since counts.
        let elapsed = Duration::from_secs(12);
        let resumed = line("r", (600, 700, 900), "iterations", elapsed, "");
        assert_eq!(resumed, "r: 700/900 iterations, 12 s, about 24 s left");
        assert_eq!((clock(75.0), clock(7300.0)), ("1 min 15 s".into(), "2 h 1 min".into()));
    }

    #[test]
    fn parallel_tasks_share_one() {
        let progress = Progress::with("work".into(), 1000, false, false).unit("tasks");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..250).for_each(|_| progress.advance(1)));
            }
        });
        progress.message("done");
        progress.finish();
        assert_eq!(progress.done(), 1000);
    }

    #[test]
    fn quiet_wins_over_the_terminal() {
        let start = |quiet, terminal| Progress::with(String::new(), 0, quiet, terminal);
        for terminal in [false, true] {
            assert!(matches!(start(true, terminal).shown, Shown::Nothing));
        }
        assert!(matches!(start(false, true).shown, Shown::Bar(_)));
        assert!(matches!(start(false, false).shown, Shown::Lines(_)));
    }
}
