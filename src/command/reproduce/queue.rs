//! Runs of experiments, each in a process of its own, several at a time.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use lowregret::report::{Preset, Run, clock};
use lowregret::{Error, Result};

/// What is to be run, and how.
pub struct Queue {
    /// Those that take times are run last, one after the other.
    pub runs: Vec<Run>,
    /// Each run writes into a folder below, named after its experiment.
    pub out: PathBuf,
    /// Run also what is there already.
    pub force: bool,
    /// Runs at a time.
    pub jobs: usize,
    /// Threads of all runs together; `None` for all cores.
    pub threads: Option<usize>,
    /// No progress.
    pub quiet: bool,
}

/// How a run ended.
#[derive(serde::Serialize)]
pub struct Outcome {
    pub experiment: &'static str,
    pub state: State,
    pub seconds: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ran,
    Skipped,
    Failed,
}

/// What workers share.
#[derive(Default)]
struct Desk {
    next: usize,
    /// Ended runs by their place in the queue.
    ended: Vec<(usize, Outcome)>,
    /// Seconds announced and seconds taken of all runs that were run.
    announced: f64,
    taken: f64,
    /// Seconds announced of runs that are still to end: of those that share the machine, and of those that have it alone.
    left: f64,
    left_alone: f64,
}

impl Desk {
    fn left_for(&mut self, run: &Run) -> &mut f64 {
        if run.page.timed { &mut self.left_alone } else { &mut self.left }
    }
}

impl Queue {
    /// Runs everything; a run that fails does not stop the others. Outcomes are in the order of the queue.
    ///
    /// # Errors
    /// The program itself cannot be found.
    pub fn work_off(&self) -> Result<Vec<Outcome>> {
        let program =
            std::env::current_exe().map_err(Error::file("lowregret", "find the program"))?;
        let mut desk = Desk::default();
        self.runs.iter().for_each(|run| *desk.left_for(run) += f64::from(run.page.seconds));
        let desk = Mutex::new(desk);
        let alone = |run: &Run| run.page.timed;
        let shared = self.runs.iter().position(alone).unwrap_or(self.runs.len());
        for (end, jobs) in [(shared, self.jobs), (self.runs.len(), 1)] {
            std::thread::scope(|scope| {
                for _ in 0..jobs.min(end) {
                    scope.spawn(|| while self.serve(&program, &desk, end) {});
                }
            });
        }
        let mut ended = desk.into_inner().unwrap_or_else(PoisonError::into_inner).ended;
        ended.sort_by_key(|(place, _)| *place);
        Ok(ended.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// Takes the next run before place `end` and sees it through; false if there is none.
    fn serve(&self, program: &Path, desk: &Mutex<Desk>, end: usize) -> bool {
        let open = || desk.lock().unwrap_or_else(PoisonError::into_inner);
        let place = {
            let mut desk = open();
            if desk.next == end {
                return false;
            }
            desk.next += 1;
            desk.next - 1
        };
        let run = &self.runs[place];
        let (name, folder) = (run.page.name, self.out.join(run.page.name));
        let (place_of, started) = (format!("{}/{}", place + 1, self.runs.len()), Instant::now());
        let state = if !self.force && run.is_done(&folder) {
            State::Skipped
        } else {
            self.say(&format!("{place_of} {name}: starts"));
            match self.command(program, run, &folder).status() {
                Ok(status) if status.success() => State::Ran,
                Ok(_) => State::Failed,
                Err(reason) => {
                    self.say(&format!("{place_of} {name}: cannot start: {reason}"));
                    State::Failed
                }
            }
        };
        let seconds = started.elapsed().as_secs_f64();
        let mut desk = open();
        *desk.left_for(run) -= f64::from(run.page.seconds);
        if state == State::Ran {
            desk.announced += f64::from(run.page.seconds);
            desk.taken += seconds;
        }
        let told = match state {
            State::Ran => format!("done after {}", clock(seconds)),
            State::Skipped => "is there already".to_owned(),
            State::Failed => "FAILED".to_owned(),
        };
        let left =
            self.time_left(&desk).map_or(String::new(), |t| format!(", about {} left", clock(t)));
        self.say(&format!("{place_of} {name}: {told}{left}"));
        desk.ended.push((place, Outcome { experiment: name, state, seconds }));
        true
    }

    /// Seconds until the last run ends, as far as the announced times and the speed so far tell.
    fn time_left(&self, desk: &Desk) -> Option<f64> {
        // Full runs announce their times on two cores; what others take only runs that have ended tell.
        let speed = match (desk.announced > 0.0, self.runs.first()?.preset) {
            (true, _) => desk.taken / desk.announced,
            (false, Preset::Full) => 1.0,
            (false, Preset::Quick) => return None,
        };
        let left = desk.left / self.jobs as f64 + desk.left_alone;
        (left > 0.0).then_some(left * speed)
    }

    fn command(&self, program: &Path, run: &Run, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["experiment", run.page.name]).args(run.arguments()).arg("--out").arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let jobs = if run.page.timed { 1 } else { self.jobs };
        if jobs > 1 || self.threads.is_some() {
            let all = || std::thread::available_parallelism().map_or(1, usize::from);
            let share = (self.threads.unwrap_or_else(all) / jobs).max(1);
            command.arg("--threads").arg(share.to_string());
        }
        // The bars of several runs would overwrite each other.
        if self.quiet || jobs > 1 {
            command.arg("--quiet");
        }
        command
    }

    fn say(&self, line: &str) {
        if !self.quiet {
            // A closed standard error is no reason to stop the work.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}
