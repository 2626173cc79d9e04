//! `lowregret llm` with a text model in the process, as it stands in every build.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;
#[path = "shared/text_model.rs"]
mod text_model;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use answers::{answer, names, place, written};
use command::{lowregret, refused};
use lowregret::model::Model;
use lowregret::model::text::TextModel;
use text_model::{FEW, model};

/// A weight file of a model that knows nothing.
fn weights(folder: &Path) -> String {
    let path = place(folder, "base.safetensors");
    model().save(&path).unwrap();
    path
}

#[test]
fn plays_are_scored_selected_and_imitated() {
    let folder = tempfile::tempdir().unwrap();
    let (base, plays) = (weights(folder.path()), place(folder.path(), "plays.jsonl"));
    let rollout = [&["llm", "rollout", "--weights", &base, "--out", &plays][..], &FEW].concat();
    let object = answer(&rollout);
    assert_eq!(object["trajectories"].as_u64(), Some(6));
    assert_eq!(object["unparsed"]["answers"].as_u64(), Some(18));
    let text = std::fs::read_to_string(&plays).unwrap();
    answer(&rollout);
    assert_eq!(std::fs::read_to_string(&plays).unwrap(), text);
    answer(&[&rollout[..], &["--iteration", "1"]].concat());
    assert_ne!(std::fs::read_to_string(&plays).unwrap(), text);
    let scored = answer(&["score", &plays, "--by", "given"]);
    assert_eq!((scored["trajectories"].as_u64(), scored["scenarios"].as_u64()), (Some(6), Some(3)));
    let kept = place(folder.path(), "train.jsonl");
    answer(&["select", "--keep", "1", "--format", "chat", &plays, "--out", &kept]);
    let tuned = place(folder.path(), "tuned.safetensors");
    let more = ["--passes", "20", "--batch", "2", "--learning-rate", "3e-3"];
    let finetune = ["llm", "finetune", &kept, "--weights", &base, "--out", &tuned];
    let object = answer(&[&finetune[..], &more].concat());
    assert_eq!(object["steps"].as_u64(), Some(40));
    assert!(object["last_loss"].as_f64() < object["first_loss"].as_f64(), "{object}");
    assert!(TextModel::load(&tuned).is_ok());
    let trl = place(folder.path(), "trl");
    let object = answer(&["llm", "finetune", &kept, "--trl", &trl, "--model", "Qwen/Qwen3-0.6B"]);
    assert!(object["command"].as_str().unwrap().contains("--completion_only_loss true"));
    assert!(object["command"].as_str().unwrap().contains("--learning_rate 2e-5 "), "{object}");
    assert_eq!(names(folder.path().join("trl").as_path()), ["data", "train.sh"]);
    let data = std::fs::read(folder.path().join("trl/data/train.jsonl")).unwrap();
    assert_eq!(data.iter().filter(|byte| **byte == b'\n').count(), 9);
}

#[test]
fn models_stand_beside_classical_learners() {
    let folder = tempfile::tempdir().unwrap();
    let base = weights(folder.path());
    for (more, players) in [
        (&["--contexts", "held_out"][..], ["model", "ucb1", "thompson", "greedy"]),
        (
            &["--problem", "drifting", "--history", "summarised"],
            ["model", "ucb1", "thompson", "greedy"],
        ),
        (
            &["--problem", "full_information", "--form", "probabilities"],
            ["model", "hedge", "ftl", "center"],
        ),
    ] {
        let object = answer(&[&["llm", "evaluate", "--weights", &base][..], &FEW, more].concat());
        let rows = object["players"].as_array().unwrap();
        let own: Vec<_> = rows.iter().map(|row| row["player"].as_str().unwrap()).collect();
        assert_eq!(own, players);
        assert_eq!(rows[0]["minus_model"]["mean"].as_f64(), Some(0.0));
        assert_eq!(rows[0]["regret"]["n"].as_u64(), Some(3));
        assert_eq!(rows[1]["suffix_failure"].is_null(), players[1] == "hedge");
        assert!(object["unparsed_rate"].as_f64().unwrap() > 0.5 && object["service"].is_null());
    }
    let text = lowregret(&[&["llm", "evaluate", "--weights", &base, "--quiet"][..], &FEW].concat());
    let output = { text }.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("minus model") && text.contains("could not be read"), "{text}");
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Names and bytes of the files of a run.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = names(folder).into_iter().filter(|name| !name.starts_with('.'));
    names.map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap())).collect()
}

#[test]
fn killed_runs_lead_to_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let base = weights(folder.path());
    let (whole, torn) = (place(folder.path(), "whole"), place(folder.path(), "torn"));
    let tuning = ["--iterations", "3", "--passes", "2", "--batch", "2", "--learning-rate", "3e-3"];
    let run = |out: &str| -> Vec<String> {
        let first = ["llm", "rmft", "--weights", &base, "--out", out];
        [&first[..], &FEW, &tuning].concat().into_iter().map(str::to_owned).collect()
    };
    let object = answer(&words(&run(&whole)));
    assert_eq!(object["iterations"].as_array().unwrap().len(), 3);
    let expected = files(Path::new(&whole));
    let kinds: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(kinds.len(), 1 + 3 * 3, "{kinds:?}");
    // Killed again and again, each time a little later.
    let mut finished = false;
    for attempt in 0..60 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lowregret"))
            .args(run(&torn))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(5 + 15 * attempt));
        let _ = child.kill();
        finished = child.wait().unwrap().success();
        if finished {
            break;
        }
    }
    assert!(finished, "never came to an end");
    assert_eq!(files(Path::new(&torn)), expected);
    // A run that is done is only told again; another one is refused.
    assert_eq!(answer(&words(&run(&whole)))["iterations"], object["iterations"]);
    let other = [&run(&whole)[..], &["--keep".to_owned(), "2".to_owned()]].concat();
    refused(lowregret(&words(&other)), &["config.json", "another run"]);
}

/// A folder goes on only with what it was begun with, whatever that is called.
#[test]
fn runs_of_other_weights_or_contexts_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let (base, out) = (weights(folder.path()), place(folder.path(), "run"));
    let rmft = |contexts: &str| {
        let first = ["llm", "rmft", "--weights", &base, "--out", &out, "--contexts", contexts];
        [&first[..], &FEW, &["--iterations", "1"]].concat().into_iter().map(str::to_owned).collect()
    };
    for held_out in ["held_out", "all"] {
        let refusal: Vec<String> = rmft(held_out);
        refused(lowregret(&words(&refusal)), &["contexts = ", "held out"]);
    }
    let own: Vec<String> = rmft("src/problem/verbal/contexts/films.toml");
    answer(&words(&own));
    let buyer: Vec<String> = rmft("src/problem/verbal/contexts/buyer.toml");
    refused(lowregret(&words(&buyer)), &["config.json", "another run"]);
    let mut other = model();
    other.transformer_mut().parameters_mut()[0] += 0.5;
    other.save(&base).unwrap();
    refused(lowregret(&words(&own)), &["config.json", "another run"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (base, out) = (weights(folder.path()), place(folder.path(), "plays.jsonl"));
    let rollout = |more: &[&str]| {
        let first = ["llm", "rollout", "--weights", &base, "--out", &out];
        lowregret(&[&first[..], more].concat())
    };
    refused(rollout(&["--problem", "bandti"]), &["bandti", "full_information"]);
    refused(rollout(&["--contexts", "kitchen"]), &["--contexts", "held_out"]);
    refused(rollout(&["--contexts", "absent.toml"]), &["absent.toml", "cannot read"]);
    refused(rollout(&["--arms", "0"]), &["arms = 0"]);
    refused(rollout(&["--arms", "99"]), &["arms = 99", "names"]);
    refused(rollout(&["--scenarios", "0"]), &["--scenarios = 0"]);
    refused(rollout(&["--scenarios", "99999999"]), &["scenarios x rollouts x rounds"]);
    refused(rollout(&["--temperature=-1"]), &["temperature"]);
    refused(
        rollout(&["--url", "http://127.0.0.1/v1", "--model", "m"]),
        &["--url", "cannot be used"],
    );
    refused(rollout(&["--rounds", "400"]), &["tokens of the conversation"]);
    let run = place(folder.path(), "run");
    let most = u64::MAX.to_string();
    let rmft = ["llm", "rmft", "--weights", &base, "--out", &run, "--rounds", "400"];
    refused(
        lowregret(&[&rmft[..], &["--iterations", &most]].concat()),
        &["tokens of the conversation"],
    );
    let long = format!(
        "{{\"messages\": [{{\"role\": \"assistant\", \"content\": \"{}\"}}]}}\n",
        "x".repeat(20_000)
    );
    let long = written(folder.path(), "long.jsonl", long.repeat(17));
    let finetune = ["llm", "finetune", &long, "--weights", &base, "--out", &out, "--passes", &most];
    refused(lowregret(&finetune), &["tokens of a passage"]);
    refused(lowregret(&["llm", "rollout", "--out", &out]), &["--weights"]);
    refused(
        lowregret(&["llm", "rollout", "--weights", "Cargo.toml", "--out", &out]),
        &["Cargo.toml", "safetensors"],
    );
    let empty = written(folder.path(), "empty.jsonl", "\n");
    let finetune = ["llm", "finetune", &empty, "--weights", &base, "--out", &out];
    refused(lowregret(&finetune), &["no conversation"]);
    let mute = written(folder.path(), "mute.jsonl", "{\"messages\": []}\n");
    let finetune = ["llm", "finetune", &mute, "--weights", &base, "--out", &out];
    refused(lowregret(&finetune), &["line 1", "assistant"]);
    refused(lowregret(&["llm", "finetune", &mute]), &["--weights"]);
    // What does nothing is not taken in silence.
    for more in [
        &["--model", "m"][..],
        &["--key-env", "KEY"],
        &["--cache", "answers.jsonl"],
        &["--no-seed"],
        &["--no-temperature"],
        &["--no-top-p"],
        &["--completion-tokens"],
        &["--concurrent", "3"],
        &["--timeout", "3"],
        &["--patience", "3"],
        &["--tries", "3"],
        &["--requests-a-minute", "3"],
        &["--tokens-a-minute", "3"],
        &["--price-read", "3"],
        &["--price-said", "3"],
    ] {
        refused(rollout(more), &[more[0], "--weights"]);
    }
    for more in [&["--hours", "3"][..], &["--price-trained", "3"], &["--trl", "m"]] {
        refused(lowregret(&[&rmft[..], more].concat()), &[more[0], "--weights"]);
    }
    let trl = ["llm", "finetune", &long, "--trl", &run, "--model", "m"];
    let here = ["llm", "finetune", &long, "--weights", &base, "--out", &run];
    for more in [
        &["--key-env", "KEY"][..],
        &["--suffix", "s"],
        &["--state", "s"],
        &["--cancel"],
        &["--timeout", "3"],
        &["--hours", "3"],
        &["--price-trained", "3"],
    ] {
        refused(lowregret(&[&trl[..], more].concat()), &[more[0], "--trl"]);
        refused(lowregret(&[&here[..], more].concat()), &[more[0], "--weights"]);
    }
    refused(lowregret(&[&trl[..], &["--out", &out]].concat()), &["--out", "--trl"]);
    refused(lowregret(&[&here[..], &["--model", "m"]].concat()), &["--model", "--weights"]);
    if !cfg!(feature = "net") {
        let url = ["llm", "evaluate", "--url", "http://127.0.0.1/v1", "--model", "m"];
        refused(lowregret(&url), &["--url", "--features net"]);
    }
    assert!(!Path::new(&out).exists());
}
