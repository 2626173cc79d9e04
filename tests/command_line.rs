//! The command and the experiments as a user meets them: exit codes, one-line refusals, no partial files.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;

use std::path::{Path, PathBuf};

use answers::written;
use assert_cmd::Command;
use command::{lowregret, refused};
use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::problem::decision_set::DecisionSet;

const TABLE: &str = "experiments/data/djia_daily_log_returns.csv";

/// Examples are built beside the tests; their folder is two levels above the test's own file.
fn experiment(name: &str, arguments: &[&str]) -> Command {
    let own = std::env::current_exe().unwrap();
    let profile = own.ancestors().nth(2).unwrap();
    let mut command = Command::new(profile.join("examples").join(name));
    command.args(arguments);
    command
}

fn layer_file(folder: &Path, d: usize, set: DecisionSet) -> String {
    let layer = LinearAttention::ftrl(LinearAttentionConfig::new(d, 10, set), 0.1).unwrap();
    let path: PathBuf = folder.join("layer.safetensors");
    layer.save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn play_refuses_bad_tables() {
    let folder = tempfile::tempdir().unwrap();
    let play = |path: &str| lowregret(&["play", "--rewards", path]);
    refused(play("absent.csv"), &["absent.csv", "cannot read"]);
    refused(play(&written(folder.path(), "empty.csv", "")), &["empty.csv", "header"]);
    refused(
        play(&written(folder.path(), "ragged.csv", "a,b\n1,2\n3\n")),
        &["line 3", "expected 2"],
    );
    refused(
        play(&written(folder.path(), "nan.csv", "a,b\n1,2\n3,NaN\n")),
        &["line 3", "\"b\"", "NaN"],
    );
    refused(play(&written(folder.path(), "zero.csv", "a,b\n0,0\n0,0\n")), &["every reward is 0"]);
    refused(play(&written(folder.path(), "bytes.csv", [0xff, 0xfe, 0x00, 0x0a])), &["bytes.csv"]);
}

#[test]
fn play_refuses_bad_learners_and_weights() {
    let folder = tempfile::tempdir().unwrap();
    let play = |more: &[&str]| {
        let mut all = vec!["play", "--rewards", TABLE];
        all.extend(more);
        lowregret(&all)
    };
    refused(play(&["--learner", "hegde"]), &["hegde", "hedge"]);
    refused(play(&["--learner", "ftrl:eta=-1"]), &["eta=-1", "(0, 1e100]"]);
    refused(play(&["--set", "cube"]), &["cube", "simplex"]);
    let wrong = layer_file(folder.path(), 3, DecisionSet::Simplex);
    refused(play(&["--weights", &wrong]), &["3 arms", "30"]);
    let ball = layer_file(folder.path(), 30, DecisionSet::UNIT_BALL);
    refused(play(&["--weights", &ball]), &["Ball", "--set"]);
    let whole = std::fs::read(&ball).unwrap();
    let torn = written(folder.path(), "torn.safetensors", &whole[..whole.len() / 2]);
    refused(play(&["--weights", &torn]), &["torn.safetensors", "safetensors"]);
}

#[test]
fn play_answers_in_a_table_or_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let table = written(folder.path(), "table.csv", "a,b\n1,0\n0,1\n1,0\n1,0\n1,0\n");
    let output = lowregret(&["play", "--rewards", &table, "--json"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["rounds"], 5);
    // The uniform distribution earns 2.5 of the 4 of the better arm.
    let center = &object["learners"][0];
    assert_eq!(center["learner"], "center");
    assert!((center["regret"].as_f64().unwrap() - 1.5).abs() < 1e-12);
    lowregret(&["play", "--rewards", TABLE]).assert().success();
    lowregret(&["--help"]).assert().success();
}

#[test]
fn one_round_and_one_arm_are_played() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("round.csv", "a,b\n1,2\n"), ("arm.csv", "a\n1\n2\n3\n")] {
        let table = written(folder.path(), name, text);
        for set in ["simplex", "ball"] {
            lowregret(&["play", "--rewards", &table, "--set", set]).assert().success();
        }
    }
}

#[test]
fn experiments_refuse_bad_arguments_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "file", "x");
    let below = format!("{file}/below");
    refused(experiment("single_layer_noregret", &["--out", &below]), &["below", "folder"]);
    refused(experiment("single_layer_noregret", &["--seeds", "0"]), &["--seeds", "1..=100"]);
    refused(experiment("symmetry_breaking", &["--preset", "slow"]), &["slow", "quick"]);
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let ragged = written(folder.path(), "ragged.csv", "a,b\n1,2\n3\n");
    refused(experiment("real_rewards", &["--out", out, "--rewards", &ragged]), &["line 3"]);
    refused(experiment("real_rewards", &["--out", out, "--block", "400"]), &["--block", "169"]);
    let zero = written(folder.path(), "zero.csv", "a,b\n0,0\n0,0\n0,0\n0,0\n0,0\n0,0\n");
    refused(
        experiment("real_rewards", &["--out", out, "--rewards", &zero, "--block", "2"]),
        &["nothing to decide"],
    );
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name != "out"), "{left:?}");
}

/// A whole experiment writes the same tables on one thread and on two.
#[test]
fn tables_do_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let rounds: Vec<String> = (0..24)
        .map(|t| format!("{},{}", (t * 7 % 5) as f64 / 5.0, (t * 3 % 7) as f64 / 7.0))
        .collect();
    let table = written(folder.path(), "table.csv", format!("a,b\n{}\n", rounds.join("\n")));
    let run = |threads: &str| {
        let out = folder.path().join(threads);
        let place = out.to_str().unwrap();
        let common = ["--preset", "quick", "--quiet", "--block", "6", "--rewards", &table];
        let mut command = experiment("real_rewards", &["--out", place, "--threads", threads]);
        command.args(common).assert().success();
        (
            std::fs::read(out.join("regret.csv")).unwrap(),
            std::fs::read(out.join("real_rewards.svg")).unwrap(),
        )
    };
    assert!(run("1") == run("2"));
}

/// Every test that the ledger names exists.
#[test]
fn the_ledger_names_real_tests() {
    let mut sources = String::new();
    let mut folders = vec![PathBuf::from("src"), PathBuf::from("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut ledger = csv::Reader::from_path("paper_notes/ledger.csv").unwrap();
    for record in ledger.records() {
        let record = record.unwrap();
        assert!(
            &record[3] == "-" || sources.contains(&format!("fn {}(", &record[3])),
            "{record:?}"
        );
    }
}
