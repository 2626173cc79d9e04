//! `lowregret evaluate` and `lowregret decide` as users and programs meet them.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;

use answers::{answer, place, written};
use command::{lowregret, refused};
use serde_json::Value;

const BANDIT: &str = "figures/transformer_bandit/weights/posterior_decisions_seed0.safetensors";
const FULL: &str = "figures/transformer_full_information/weights/mixture_seed0.safetensors";
const LAYER: &str = "figures/single_layer_noregret/weights/layer_t10_seed0.safetensors";

#[test]
fn a_trained_bandit_player_beats_uniform_play() {
    let folder = tempfile::tempdir().unwrap();
    let figure = place(folder.path(), "regret.png");
    let few = ["--scenarios", "200", "--learner", "uniform", "--learner", "ucb1:c=0.2"];
    let object = answer(&[&["evaluate", BANDIT, "--figure", &figure][..], &few].concat());
    let players = object["players"].as_array().unwrap();
    let names: Vec<_> = players.iter().map(|p| p["record"]["player"].as_str().unwrap()).collect();
    assert_eq!(names, ["model", "uniform", "ucb1:c=0.2"]);
    assert!(players[1]["minus_model"]["low"].as_f64().unwrap() > 5.0, "{}", players[1]);
    assert!(std::fs::read(&figure).unwrap().starts_with(b"\x89PNG"));
    let gap = ["--problem", "gap", "--rounds", "100"];
    let object = answer(&[&["evaluate", BANDIT][..], &gap, &few].concat());
    assert_eq!(object["problem"]["horizon"], 100);
}

#[test]
fn models_of_full_information_have_their_problems() {
    let folder = tempfile::tempdir().unwrap();
    let few = ["--scenarios", "100"];
    let full = ["evaluate", FULL, "--feedback", "full", "--problem", "alternating"];
    let object = answer(&[&full[..], &few].concat());
    assert_eq!(object["players"].as_array().unwrap().len(), 6);
    let object = answer(&[&["evaluate", LAYER][..], &few].concat());
    assert_eq!(object["players"][0]["record"]["player"], "model");
    // The problem that an answer shows is one that can be asked for.
    let problem = written(folder.path(), "problem.json", object["problem"].to_string());
    let again = answer(&[&["evaluate", LAYER, "--problem", &problem][..], &few].concat());
    assert_eq!(object["players"][0]["record"]["regret"], again["players"][0]["record"]["regret"]);
    refused(
        lowregret(&["evaluate", BANDIT, "--problem", &problem]),
        &["problem.json", "unknown field"],
    );
    refused(lowregret(&["evaluate", LAYER, "--feedback", "bandit"]), &["--feedback", "full"]);
    refused(lowregret(&["evaluate", LAYER, "--problem", "balancd"]), &["perhaps balanced"]);
    let many = ["evaluate", BANDIT, "--scenarios", "1000000000"];
    refused(lowregret(&many), &["--scenarios", "at most"]);
    refused(lowregret(&["evaluate", BANDIT, "--scenarios", "0"]), &["scenarios = 0"]);
    refused(lowregret(&["evaluate", BANDIT, "--rounds", "0"]), &["horizon = 0"]);
    refused(lowregret(&["evaluate", "Cargo.toml"]), &["Cargo.toml", "safetensors"]);
}

fn conversation(arguments: &[&str], lines: &str) -> Vec<Value> {
    let mut command = lowregret(arguments);
    let output = command.write_stdin(lines).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn decide_answers_line_by_line() {
    let lines = "{}\n{\"action\": 2, \"reward\": 1}\n\nnonsense\n{\"action\": 9, \"reward\": 1}\n{\"action\": 2, \"reward\": 0}";
    let answers = conversation(&["decide", BANDIT], lines);
    assert_eq!(answers.len(), 5);
    for (answer, round) in [(0, 1), (1, 2), (4, 3)] {
        assert_eq!(answers[answer]["round"], round);
        let policy = answers[answer]["policy"].as_array().unwrap();
        let sum: f64 = policy.iter().map(|p| p.as_f64().unwrap()).sum();
        assert!(policy.len() == 5 && (sum - 1.0).abs() < 1e-5);
        assert!(answers[answer]["action"].as_u64().unwrap() < 5);
    }
    // A success draws the model to the arm.
    assert!(answers[1]["policy"][2].as_f64() > answers[0]["policy"][2].as_f64());
    assert_eq!((answers[2]["line"].as_u64(), answers[3]["line"].as_u64()), (Some(4), Some(5)));
    assert!(answers[3]["error"].as_str().unwrap().contains("0 to 4"));
    assert_eq!(answers, conversation(&["decide", BANDIT, "--json"], lines));
    let long = "[".repeat((1 << 20) + 1) + "\n{}\n";
    let answers = conversation(&["decide", BANDIT], &long);
    assert!(answers[0]["error"].as_str().unwrap().contains("1048576 bytes"));
    assert_eq!(answers[1]["round"], 1);
    let layer = conversation(&["decide", LAYER], "{}\n{\"rewards\": [1, 0]}\n");
    assert_eq!(layer[1]["decision"].as_array().unwrap().len(), 2);
    refused(lowregret(&["decide", "absent.safetensors"]), &["absent.safetensors"]);
    refused(lowregret(&["decide", BANDIT, "--rounds", "1000000"]), &["rounds", "65536"]);
}

/// The next line need not be there before the answer is.
#[test]
fn decide_answers_at_once() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let mut child = Command::new(env!("CARGO_BIN_EXE_lowregret"))
        .args(["decide", BANDIT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = "{}".to_owned();
    for round in 1..=50 {
        writeln!(out, "{line}").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["round"], round);
        line = format!("{{\"action\": {}, \"reward\": 1}}", answer["action"]);
    }
    writeln!(out, "{line}").unwrap();
    let answer = answers.next().unwrap().unwrap();
    assert!(answer.contains("50 rounds are over"), "{answer}");
    drop(out);
    assert!(child.wait().unwrap().success());
}
