//! The harness as an experiment sees it, run inside a temporary folder.

use super::*;
use crate::report::{Figure, Panel, Role};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(clap::Args, Debug)]
struct Extra {
    /// Horizon
    #[arg(long, default_value_t = 40)]
    horizon: u32,
}

#[derive(Serialize)]
struct Row {
    round: u32,
    regret: f64,
}

const DEMO: Page = Page {
    name: "demo",
    question: "A question?",
    about: "What it does.",
    notes: "demo.md",
    timed: false,
    seeds: 1,
    seconds: 1,
    figures: &[("regret", "Regret after t rounds.")],
};

fn call(arguments: &[&str], body: impl FnOnce(&mut Experiment, Extra) -> Result<()> + Send) -> u8 {
    let arguments = std::iter::once("demo").chain(arguments.iter().copied());
    run_with(&DEMO, arguments.map(OsString::from), body)
}

fn page(experiment: &mut Experiment, extra: Extra) -> Result<()> {
    let seed = experiment.seed() as f64;
    let rows: Vec<_> = (1..extra.horizon)
        .map(|round| Row { round, regret: f64::from(round).sqrt() + seed / 3.0 })
        .collect();
    let curve: Vec<_> = rows.iter().map(|row| (f64::from(row.round), row.regret)).collect();
    experiment.csv("regret", &rows)?;
    experiment.figure("regret", &Figure::single(Panel::new("R").line("a", Role::Ftrl, &curve)))?;
    experiment.file("weights/model.bin", vec![1, 2])?;
    let (seed, seeds) = (experiment.seed(), experiment.three_seeds());
    assert_eq!(seeds, [seed, seed + 1, seed + 2]);
    experiment.config("horizon", extra.horizon)?;
    experiment.result("rows", rows.len())?;
    experiment.claim("D-1", "grows", 0.5, "< 1", true);
    Ok(())
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_run_writes_its_files_and_the_same_run_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let run_in = |name: &str, threads: &str| {
        let out = folder.path().join(name);
        let text = out.to_str().unwrap();
        let arguments =
            ["--out", text, "--seed", "2", "--quiet", "--threads", threads, "--horizon", "9"];
        assert_eq!(call(&arguments, page), 0);
        out
    };
    let (one, two) = (run_in("x/one", "1"), run_in("two", "2"));
    for name in ["regret.csv", "regret.svg", "regret.png", "weights/model.bin"] {
        let bytes = std::fs::read(one.join(name)).unwrap();
        assert!(!bytes.is_empty());
        assert_eq!(bytes, std::fs::read(two.join(name)).unwrap(), "{name}");
    }
    let (config, summary) = (read(two.join("config.json")), read(two.join("summary.json")));
    assert_eq!(config["settings"]["horizon"], 9);
    assert_eq!(config["threads"], 2);
    assert!(config.get("machine").is_none());
    assert_eq!(config["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(summary["results"]["rows"], 8);
    assert_eq!(summary["claims"][0]["holds"], true);
    assert_eq!(summary["preset"], "full");
}

#[test]
fn arguments_reach_the_body() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let arguments = [
        "--out",
        out,
        "--seed",
        "7",
        "--seeds",
        "3",
        "--preset",
        "quick",
        "--threads",
        "2",
        "--quiet",
    ];
    let code = call(&arguments, |experiment, extra| {
        assert_eq!(experiment.seeds(), [7, 8, 9]);
        assert!(experiment.quick());
        assert_eq!(experiment.three_seeds(), [7, 8, 9]);
        assert_eq!((experiment.threads(), rayon::current_num_threads()), (2, 2));
        assert_eq!(extra.horizon, 40);
        Ok(())
    });
    assert_eq!(code, 0);
}

#[test]
fn a_failing_body_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let code = call(&["--out", out.to_str().unwrap(), "--quiet"], |experiment, extra| {
        page(experiment, extra)?;
        Err(Error::parameter("rate", -1, "a positive number"))
    });
    assert_eq!(code, 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let started = AtomicBool::new(false);
    for out in [file.clone(), file.join("below")] {
        let code = call(&["--out", out.to_str().unwrap(), "--quiet"], |_, _| {
            started.store(true, Ordering::Relaxed);
            Ok(())
        });
        assert_eq!(code, 2);
    }
    assert!(!started.load(Ordering::Relaxed));
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn values_outside_their_range_are_refused_with_the_range() {
    for (flag, value, range) in [
        ("--threads", "0", "1..=1024"),
        ("--threads", "1025", "1..=1024"),
        ("--seeds", "0", "1..=100"),
        ("--seeds", "101", "1..=100"),
        ("--seed", "-1", "--seed"),
        ("--preset", "slow", "quick"),
    ] {
        let arguments = ["demo", &format!("{flag}={value}")].map(OsString::from);
        let error = arguments::parse::<NoExtra>(&DEMO, arguments).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(flag) && text.contains(range), "{text}");
        assert_eq!(call(&[&format!("{flag}={value}")], |_, _| Ok(())), 2);
    }
}

#[test]
fn help_shows_the_purpose_the_examples_and_all_arguments() {
    let arguments = ["demo", "--help"].map(OsString::from);
    let help = arguments::parse::<Extra>(&DEMO, arguments).unwrap_err();
    assert_eq!(help.exit_code(), 0);
    let text = help.to_string();
    for part in ["What it does.", "Examples:", "--example demo", "--out", "--seeds", "--horizon"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn file_names_stay_inside_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let code = call(&["--out", folder.path().to_str().unwrap(), "--quiet"], |experiment, _| {
        for name in ["", "../x", "/x", "a/../x", "summary.json"] {
            assert!(experiment.file(name, b"x".as_slice()).is_err(), "{name}");
        }
        Ok(())
    });
    assert_eq!(code, 0);
}

#[test]
fn the_words_of_the_command_may_stand_among_the_arguments() {
    let line = "lowregret --threads 2 experiment demo --horizon 9 --seed 3".split(' ');
    let parsed = arguments::parse::<Extra>(&DEMO, line.map(OsString::from)).unwrap();
    assert_eq!((parsed.common.threads, parsed.common.seed, parsed.extra.horizon), (Some(2), 3, 9));
    assert_eq!(
        parsed.given.into_iter().collect::<Vec<_>>(),
        [("horizon".into(), vec!["9".into()])]
    );
    let other = "lowregret experiment other".split(' ').map(OsString::from);
    assert!(arguments::parse::<Extra>(&DEMO, other).is_err());
}

#[test]
fn a_figure_without_a_caption_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let code = call(&["--out", folder.path().to_str().unwrap(), "--quiet"], |experiment, _| {
        let figure =
            Figure::single(Panel::new("R").line("a", Role::Ftrl, &[(0.0, 1.0), (1.0, 2.0)]));
        assert!(experiment.figure("other", &figure).is_err());
        experiment.figure("regret", &figure)
    });
    assert_eq!(code, 0);
}

#[test]
fn a_page_of_times_names_the_machine() {
    static TIMED: Page = Page { timed: true, ..DEMO };
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--quiet", "--out", folder.path().to_str().unwrap()];
    let code = run_with(&TIMED, arguments.map(OsString::from), |_, _: NoExtra| Ok(()));
    let config = read(folder.path().join("config.json"));
    let machine = config["machine"].as_str().unwrap();
    assert!(code == 0 && machine.ends_with(std::env::consts::ARCH), "{machine}");
}
