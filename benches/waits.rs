//! What users wait for beside training, one line each: median seconds and a rate.
//!
//! ```text
//! cargo bench -p lowregret-benches --bench waits -- [--threads 2] [--repeats 7] [--command PATH] [names]
//! ```
//!
//! | name | the work |
//! |---|---|
//! | pruning | incremental pruning of alpha vectors: 200 random POMDPs of 4 states, 3 actions, 2 observations, 4 steps |
//! | tree | history trees of 1000 random POMDPs of 4 states, 3 actions, 4 observations, 4 steps |
//! | points | point-based bounds of the 4x3 grid to a gap of 0.01 |
//! | learner | UCB1 on 10 000 Bernoulli bandits of 5 arms, 50 rounds, with all diagnostics |
//! | model | a Transformer of the experiments' size on 2000 of them |
//! | bootstrap | growth exponent of 2000 regret curves of 100 rounds with 1000 resamples |
//! | csv | a table of 100 000 rows of five columns as text |
//! | svg, png | a figure of four panels with 100 points each and bands |
//! | checkpoint | the newest checkpoint of a Transformer of the experiments' size, read from its folder and checked |
//! | start | `lowregret --version`, if `--command` gives its path (`target/release/lowregret`) |

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use lowregret::files::csv_bytes;
use lowregret::learner::bandit::ucb::Ucb;
use lowregret::learner::transformer::bandit_player;
use lowregret::metrics::bandit_outcome::{evaluate, evaluate_learner};
use lowregret::metrics::growth::bootstrap_growth;
use lowregret::model::Model;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::nn::adamw::Moments;
use lowregret::numeric::rng::{Purpose, Streams, fill_standard_normal};
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::point_based::{self, Stop};
use lowregret::oracle::pomdp::pruning;
use lowregret::problem::bandit::{Bandit, BanditScenario};
use lowregret::problem::pomdp::{Pomdp, classics, family::Family};
use lowregret::report::{Figure, Panel, Role};
use lowregret::train::checkpoint::{Checkpoint, folder::Folder};
use lowregret::train::resumable::State;
use lowregret_benches::clock::median_seconds;
use lowregret_benches::options::Options;
use ndarray::Array2;
use rayon::prelude::*;

const NAMES: [&str; 11] = [
    "pruning",
    "tree",
    "points",
    "learner",
    "model",
    "bootstrap",
    "csv",
    "svg",
    "png",
    "checkpoint",
    "start",
];

const ARMS: usize = 5;
const ROUNDS: usize = 50;

fn processes(count: usize, observations: usize) -> Vec<Pomdp> {
    let draw = |index| {
        let mut rng = Streams::new(0).stream(Purpose::Evaluation, 0, index, 0);
        Family::new(4, 3, observations, 0.5).draw(&mut rng).expect("a process")
    };
    (0..count).map(draw).collect()
}

fn model() -> Transformer<f32> {
    let config = TransformerConfig::new(2 * ARMS + 2, ARMS, ROUNDS);
    let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::random(config, &mut rng).expect("a valid configuration");
    // The head begins at zero; an undecided model would never be out of arms to try.
    let head = model.parameters().len() - ARMS * (config.width + 1);
    fill_standard_normal(&mut rng, &mut model.parameters_mut()[head..]);
    model
}

fn checkpoint() -> Checkpoint<f32> {
    let parameters = model().parameters().to_vec();
    let moments = Moments { step: 9, first: parameters.clone(), second: parameters.clone() };
    let best = Some((1.0, parameters.clone()));
    let state = State { iteration: 9, parameters, moments, best, beginner: None };
    let recipe = serde_json::json!({ "seed": 0 });
    Checkpoint { recipe, stage: 0, completed: 9, best: None, state }
}

/// A row of a tidy table.
#[derive(serde::Serialize)]
struct Row {
    learner: &'static str,
    seed: u64,
    round: u32,
    regret: f64,
    width: f64,
}

fn figure() -> Figure {
    let curve = |scale: f64| (1..=100).map(move |t| (f64::from(t), scale * f64::from(t).sqrt()));
    let panel = |title: &str| {
        let middle: Vec<_> = curve(1.0).collect();
        let band: Vec<_> = curve(1.0).map(|(x, y)| (x, 0.9 * y, 1.1 * y)).collect();
        let other: Vec<_> = curve(1.4).collect();
        let panel = Panel::new(title).x("rounds").y("regret").band(Role::Learned, &band);
        panel.line("learned", Role::Learned, &middle).dashed("FTRL", Role::Ftrl, &other)
    };
    ["one", "two", "three", "four"].into_iter().fold(Figure::new(2), |f, name| f.panel(panel(name)))
}

fn report(name: &str, seconds: f64, count: usize, unit: &str) {
    println!("lowregret {name:10} {seconds:.5} s  {:.0} {unit}/s", count as f64 / seconds);
}

fn wait(name: &str, repeats: usize, command: Option<&str>) {
    let (streams, problem) = (Streams::new(0), Bandit::bernoulli(ARMS, ROUNDS));
    let (count, unit, seconds) = match name {
        "pruning" => {
            let processes = processes(200, 2);
            let solve = |p: &Pomdp| pruning::solve(p, 4).expect("small").value(p.start());
            let work = || drop(black_box(processes.par_iter().map(solve).collect::<Vec<_>>()));
            (processes.len(), "processes", median_seconds(repeats, work))
        }
        "tree" => {
            let processes = processes(1000, 4);
            let solve = |p: &Pomdp| HistoryTree::solve(p, 4).expect("small").value();
            let work = || drop(black_box(processes.par_iter().map(solve).collect::<Vec<_>>()));
            (processes.len(), "processes", median_seconds(repeats, work))
        }
        "points" => {
            let (grid, stop) = (classics::grid4x3(), Stop { gap: 1e-2, backups: 100_000 });
            let work = || drop(black_box(point_based::solve(&grid, stop).expect("small")));
            (1, "processes", median_seconds(repeats, work))
        }
        "learner" => {
            let count = 10_000;
            let work = || {
                let build = |s: &BanditScenario| Ucb::ucb1(s.present(), 0.3);
                let outcome =
                    evaluate_learner(&problem, streams, Purpose::Evaluation, count, build);
                black_box(outcome.expect("a learner"));
            };
            (count * ROUNDS, "decisions", median_seconds(repeats, work))
        }
        "model" => {
            let (count, model) = (2000, model());
            let work = || {
                let scenario = |i| problem.scenario(&streams, Purpose::Evaluation, 0, i, 0);
                let player = bandit_player(&model, streams, Purpose::Evaluation);
                black_box(evaluate(count, scenario, player).expect("a player"));
            };
            (count * ROUNDS, "decisions", median_seconds(repeats, work))
        }
        "bootstrap" => {
            let mut curves = Array2::zeros((2000, 100));
            fill_standard_normal(
                &mut streams.stream(Purpose::Theory, 0, 0, 0),
                curves.as_slice_mut().expect("contiguous"),
            );
            curves.indexed_iter_mut().for_each(|((_, t), r)| *r += (t as f64 + 1.0).sqrt());
            let work = || {
                let mut rng = streams.stream(Purpose::Bootstrap, 0, 0, 0);
                black_box(bootstrap_growth(curves.view(), 1000, &mut rng).expect("curves"));
            };
            (1000, "resamples", median_seconds(repeats, work))
        }
        "csv" => {
            let draw = |i: u32| Row {
                learner: "learned",
                seed: 0,
                round: i,
                regret: f64::from(i).sqrt(),
                width: f64::from(i).ln_1p(),
            };
            let rows: Vec<Row> = (0..100_000).map(draw).collect();
            let work = || drop(black_box(csv_bytes(Path::new("rows.csv"), &rows).expect("plain")));
            (rows.len(), "rows", median_seconds(repeats, work))
        }
        "svg" => {
            let figure = figure();
            (
                1,
                "figures",
                median_seconds(repeats, || drop(black_box(figure.svg().expect("a figure")))),
            )
        }
        "png" => {
            let figure = figure();
            (
                1,
                "figures",
                median_seconds(repeats, || drop(black_box(figure.png().expect("a figure")))),
            )
        }
        "checkpoint" => {
            let place = tempfile::tempdir().expect("a temporary folder");
            let (folder, checkpoint) = (Folder::new(place.path(), 1), checkpoint());
            folder.write(&checkpoint).expect("a place to write");
            let count = checkpoint.state.parameters.len();
            let work = || {
                let read = folder.newest::<f32>(count, |_| None, |_| {});
                assert!(black_box(read).expect("a checkpoint").is_some());
            };
            (1, "checkpoints", median_seconds(repeats, work))
        }
        _ => {
            let Some(command) = command else { return };
            let work = || {
                let mut command = Command::new(command);
                let status = command.arg("--version").stdout(Stdio::null()).status();
                assert!(status.expect("the command").success());
            };
            (1, "starts", median_seconds(3 * repeats, work))
        }
    };
    report(name, seconds, count, unit);
}

fn main() {
    let options = Options::read();
    let command = options.command.as_deref();
    options.for_each(&NAMES, |name| wait(name, options.repeats, command));
}
