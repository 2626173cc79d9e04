//! `lowregret train`: a run of training from a configuration file, which can be stopped, killed and resumed.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use lowregret::report::{Progress, Table, quoted, table::number};
use lowregret::train::course::HistoryRow;
use lowregret::train::recipe::Recipe;
use lowregret::train::run::{Ending, Event, run as run_recipe};
use lowregret::{Error, Result};
use serde_json::json;

use super::{Common, Output};

pub const EXAMPLES: &str = "\
Examples:
  lowregret train --print-config bandit > bandit.toml
  lowregret train bandit.toml --out runs/bandit
  lowregret train bandit.toml --out runs/bandit --resume
  lowregret train experiments/configs/layer.toml --seed 3 --json

A run writes config.json, history.csv (a row an iteration), checkpoints/ and, at the end, model.safetensors. Ctrl-C ends the
iteration, writes a checkpoint and exits with code 130; a run that was killed goes on from its newest checkpoint. Either way
--resume leads to the same weights, to the last bit, as a run that was never stopped.";

/// Exit code of a run that was stopped by a signal.
const INTERRUPTED: i32 = 130;

/// Signals within this time are one request: `timeout` and schedulers signal a process, and its group at once.
const ONE_REQUEST: Duration = Duration::from_secs(1);

#[derive(clap::Args)]
pub struct Arguments {
    /// Configuration file; see --print-config
    #[arg(value_name = "CONFIG", required_unless_present = "print_config")]
    config: Option<PathBuf>,
    /// Folder of the run [default: runs/ and the name of the configuration]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on from the newest checkpoint in the folder; say so and start if there is none
    #[arg(long)]
    resume: bool,
    /// Seed instead of the configuration's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print a complete configuration with comments, and do nothing else
    #[arg(
        long,
        value_enum,
        value_name = "KIND",
        num_args = 0..=1,
        default_missing_value = "bandit",
        conflicts_with_all = ["config", "out", "resume", "seed"]
    )]
    print_config: Option<Kind>,
}

/// The example configurations.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Bandit,
    FullInformation,
    Layer,
    Distillation,
    Mdp,
    Pomdp,
    Apomdp,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Self::Bandit => include_str!("../../experiments/configs/bandit.toml"),
            Self::FullInformation => {
                include_str!("../../experiments/configs/full_information.toml")
            }
            Self::Layer => include_str!("../../experiments/configs/layer.toml"),
            Self::Distillation => include_str!("../../experiments/configs/distillation.toml"),
            Self::Mdp => include_str!("../../experiments/configs/mdp.toml"),
            Self::Pomdp => include_str!("../../experiments/configs/pomdp.toml"),
            Self::Apomdp => include_str!("../../experiments/configs/apomdp.toml"),
        }
    }
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let config = match (arguments.print_config, &arguments.config) {
        (Some(kind), _) => {
            let text = kind.text();
            return Ok(Output {
                text: text.trim_end().to_owned(),
                json: json!({ "config": text }),
            });
        }
        (None, Some(config)) => config,
        (None, None) => return Err(Error::parameter("CONFIG", "nothing", "a configuration file")),
    };
    let mut recipe = Recipe::read(config)?;
    if let Some(seed) = arguments.seed {
        recipe.seed = seed;
    }
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => Path::new("runs").join(config.file_stem().unwrap_or_default()),
    };
    let stop = stop_on_signals(common.quiet)?;
    let label = out.file_name().unwrap_or(out.as_os_str()).to_string_lossy().into_owned();
    let mut progress = None;
    let ending = run_recipe(&recipe, &out, arguments.resume, |event| {
        match event {
            Event::Notice(text) => eprintln!("notice: {text}"),
            Event::Start { completed, total } => {
                let bar = Progress::new(&label, total as u64, common.quiet);
                progress = Some(bar.resumed(completed as u64));
            }
            Event::Iteration(row) => {
                if let Some(progress) = &progress {
                    progress.message(measures(row));
                    progress.advance(1);
                }
            }
        }
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if let Some(progress) = progress {
        progress.finish();
    }
    let output = Output {
        text: table(&ending).to_string().trim_end().to_owned(),
        json: json!({ "out": out, "seed": recipe.seed, "ending": ending }),
    };
    if ending.finished {
        return Ok(output);
    }
    // What follows is said on standard error, whoever listens to the answer.
    let _ = output.print(common);
    let seed = arguments.seed.map_or(String::new(), |seed| format!(" --seed {seed}"));
    eprintln!(
        "stopped after {} of {} iterations; go on with: lowregret train {} --out {}{seed} --resume",
        ending.completed,
        ending.total,
        quoted(&config.to_string_lossy()),
        quoted(&out.to_string_lossy())
    );
    std::process::exit(INTERRUPTED);
}

/// Whether somebody has asked to stop (Ctrl-C, or a signal to terminate). Asked twice, the process ends at once:
/// files are replaced as a whole, so that it may.
fn stop_on_signals(quiet: bool) -> Result<&'static AtomicBool> {
    static STOP: AtomicBool = AtomicBool::new(false);
    let mut asked: Option<Instant> = None;
    ctrlc::set_handler(move || match asked {
        None => {
            asked = Some(Instant::now());
            STOP.store(true, Ordering::Relaxed);
            if !quiet {
                eprintln!("stopping after this iteration; ask again to stop at once");
            }
        }
        Some(first) if first.elapsed() > ONE_REQUEST => std::process::exit(INTERRUPTED),
        Some(_) => {}
    })
    .map_err(|reason| Error::parameter("signals", "refused", reason.to_string()))?;
    Ok(&STOP)
}

/// What the line of progress says about an iteration.
fn measures(row: &HistoryRow) -> String {
    let loss = if row.regret.is_none() { Some(row.loss) } else { None };
    let named = [("regret", row.regret), ("entropy", row.entropy), ("loss", loss)];
    let shown =
        named.iter().filter_map(|(name, value)| Some(format!("{name} {}, ", number((*value)?))));
    // What is at the end does not fit on a narrow terminal.
    format!("{}stage {}", shown.collect::<String>(), row.stage)
}

fn table(ending: &Ending) -> Table {
    let mut table = Table::new(&["run", ""]);
    let mut push = |name: &str, value: String| table.push(vec![name.to_owned(), value]);
    push("iterations", format!("{} of {}", ending.completed, ending.total));
    if let Some(last) = &ending.last {
        for (name, value) in [
            ("last loss", Some(last.loss)),
            ("last regret", last.regret),
            ("last entropy", last.entropy),
            ("last validation regret", last.validation_regret),
        ] {
            if let Some(value) = value {
                push(name, number(value));
            }
        }
    }
    for (name, path) in [("best checkpoint", &ending.best_checkpoint), ("model", &ending.model)] {
        if let Some(path) = path {
            push(name, path.display().to_string());
        }
    }
    table
}
