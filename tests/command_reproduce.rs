//! `reproduce`, `merge`, `experiment`, `ledger` and `completions` as a user meets them.

#[path = "shared/command.rs"]
mod command;

use std::path::Path;

use command::{lowregret, refused};

/// Two experiments whose quick preset takes little, the first of which is later in the report.
const PAGES: [&str; 2] = ["planner_check", "transformer_full_information"];

/// Exit code and the object on standard output.
fn json(arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let output = lowregret(&[arguments, &["--json", "--quiet"]].concat()).output().unwrap();
    let object = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), object)
}

/// `reproduce` of the quick presets of [`PAGES`].
fn reproduce(out: &Path, more: &[&str]) -> (Option<i32>, serde_json::Value) {
    let out = out.to_str().unwrap();
    let start = ["reproduce", "--preset", "quick", "--out", out, "--only", PAGES[0], PAGES[1]];
    json(&[&start, more].concat())
}

/// What the report says of itself when it shows [`PAGES`].
fn two_of_all() -> String {
    let sources = std::fs::read_dir("experiments").unwrap().map(|entry| entry.unwrap().path());
    let files = sources.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    // One of the files lists the others.
    format!("2 of {} experiments", files.count() - 1)
}

fn states(object: &serde_json::Value) -> Vec<&str> {
    let experiments = object["experiments"].as_array().unwrap();
    experiments.iter().map(|e| e["state"].as_str().unwrap()).collect()
}

#[test]
fn experiments_are_skipped_when_done_and_do_not_stop_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    // The folder of one is taken by a file.
    std::fs::write(out.join(PAGES[0]), "x").unwrap();
    let (code, first) = reproduce(&out, &["--jobs", "2"]);
    assert_eq!((code, &first["failed"]), (Some(1), &serde_json::json!([PAGES[0]])));
    assert!(out.join(PAGES[1]).join("summary.json").is_file());
    std::fs::remove_file(out.join(PAGES[0])).unwrap();
    let (code, second) = reproduce(&out, &[]);
    assert_eq!((code, states(&second)), (Some(0), vec!["skipped", "ran"]));
    // Another seed, a missing figure: not done.
    std::fs::remove_file(out.join(PAGES[0]).join("planner_check.svg")).unwrap();
    let (_, third) = reproduce(&out, &[]);
    assert_eq!(states(&third), ["skipped", "ran"]);
    let (_, fourth) = reproduce(&out, &["--seed", "1"]);
    assert_eq!(states(&fourth), ["ran", "ran"]);
    let report = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains(&two_of_all()) && report.contains("not meant to hold"));
    // Quick runs are no evidence.
    assert!(!out.join("claims.md").exists());
}

/// Whatever else is to be done comes first; then times are taken on all threads.
#[test]
fn times_are_taken_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let start = ["reproduce", "--preset", "quick", "--out", out, "--jobs", "2", "--threads", "2"];
    let (code, object) = json(&[&start[..], &["--only", "scaling", PAGES[0]]].concat());
    let experiments = object["experiments"].as_array().unwrap();
    let names: Vec<&str> = experiments.iter().map(|e| e["experiment"].as_str().unwrap()).collect();
    assert_eq!((code, names), (Some(0), vec![PAGES[0], "scaling"]));
    for (name, threads) in [(PAGES[0], 1), ("scaling", 2)] {
        let config = std::fs::read(folder.path().join(name).join("config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(config["threads"], threads, "{name}");
    }
}

#[test]
fn shards_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, out] = ["one", "two", "out"].map(|name| folder.path().join(name));
    for (part, shard) in [(&one, "1/3"), (&two, "2/3")] {
        let (code, object) = reproduce(part, &["--shard", shard]);
        assert_eq!((code, states(&object)), (Some(0), vec!["ran"]));
        assert!(!part.join("report.html").exists());
    }
    let third = folder.path().join("three");
    assert_eq!(states(&reproduce(&third, &["--shard", "3/3"]).1), Vec::<&str>::new());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let parts = [text(&one), text(&two), text(&third), text(&out)];
    let merge = ["merge", &parts[0], &parts[1], &parts[2], "--out", &parts[3]];
    let (code, object) = json(&merge);
    assert_eq!((code, &object["experiments"]), (Some(0), &serde_json::json!(PAGES)));
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains(&two_of_all()));
    // The same experiment with other numbers.
    let table = one.join("transformer_full_information/regret.csv");
    std::fs::write(&table, "other").unwrap();
    refused(
        lowregret(&["merge", &parts[0], &parts[3], "--out", &parts[3]]),
        &["regret.csv", "only one"],
    );
}

#[test]
fn an_experiment_runs_by_name_with_its_own_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let place = out.to_str().unwrap();
    let (code, summary) =
        json(&["--threads", "1", "experiment", PAGES[0], "--preset", "quick", "--out", place]);
    assert_eq!((code, &summary["experiment"]), (Some(0), &serde_json::json!(PAGES[0])));
    let config = std::fs::read(out.join("config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    assert_eq!(config["threads"], 1);
    refused(lowregret(&["experiment", "planer_check"]), &["planer_check", "planner_check"]);
    refused(lowregret(&["experiment", PAGES[0], "--seed=-1"]), &["--seed"]);
    refused(lowregret(&["experiment", PAGES[0], "--rounds", "3"]), &["--rounds"]);
    lowregret(&["experiment", PAGES[0], "--help"]).assert().success();
}

#[test]
fn bad_arguments_are_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let below = file.join("below");
    let below = below.to_str().unwrap();
    refused(lowregret(&["reproduce", "--out", below]), &["below", "folder"]);
    refused(lowregret(&["reproduce", "--shard", "0/2"]), &["from 1 to n"]);
    refused(lowregret(&["reproduce", "--only", "abltion"]), &["abltion", "ablation"]);
    refused(lowregret(&["reproduce", "--jobs", "0"]), &["--jobs", "1..=256"]);
    refused(lowregret(&["merge", below]), &["below", "cannot read"]);
    refused(lowregret(&["merge"]), &["DIR"]);
    refused(lowregret(&["completions", "csh"]), &["csh", "bash"]);
}

/// The report shows every committed figure, and the ledger is the committed one.
#[test]
fn the_committed_figures_are_all_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let [ledger, report] = ["claims.md", "report.html"].map(|name| folder.path().join(name));
    let [out, page] = [&ledger, &report].map(|path| path.to_str().unwrap());
    lowregret(&["ledger", "--out", out, "--report", page]).assert().success();
    let mut figures = 0;
    for experiment in std::fs::read_dir("figures").unwrap() {
        let Ok(files) = std::fs::read_dir(experiment.unwrap().path()) else { continue };
        figures += files
            .filter(|f| f.as_ref().unwrap().path().extension().is_some_and(|e| e == "svg"))
            .count();
    }
    let report = std::fs::read_to_string(report).unwrap();
    assert_eq!(report.matches("<img ").count(), figures);
    assert_eq!(
        std::fs::read_to_string(ledger).unwrap(),
        std::fs::read_to_string("paper_notes/claims.md").unwrap()
    );
}

#[test]
fn shells_can_complete_the_names_of_experiments() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = lowregret(&["completions", shell]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("transformer_bandit") && script.contains("reproduce"), "{shell}");
    }
    assert_eq!(json(&["completions", "fish"]).1["shell"], "fish");
}
