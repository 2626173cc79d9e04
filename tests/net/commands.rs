//! The commands against the real server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lowregret::net::key::Key;
use lowregret::net::server;
use serde_json::{Value, json};

use crate::text_model::{FEW, model};
use crate::tools::*;
use crate::vendor::vendor;

const SECRET: &str = "sk-secret-of-the-test";

pub fn lowregret(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lowregret"));
    command.args(arguments).env("LOWREGRET_TEST_KEY", SECRET);
    command
}

pub fn answer(arguments: &[&str]) -> Value {
    let output = lowregret(arguments).args(["--json", "--quiet"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn refused(arguments: &[&str], parts: &[&str]) {
    let output = lowregret(arguments).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), errors.lines().count()), (Some(2), 1), "{errors}");
    for part in parts {
        assert!(errors.contains(part), "{part} is missing in {errors}");
    }
    assert!(!errors.contains(SECRET));
}

pub fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

/// Names and bytes of the files of a run.
pub fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = |path: &std::path::PathBuf| path.to_str().unwrap().ends_with(ending);
    let mut files: Vec<_> = entries
        .filter(wanted)
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_commands_do_over_http_what_they_do_in_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name| path(folder.path(), name);
    let base = place("base.safetensors");
    model().save(&base).unwrap();
    let key = Some(Key::new(SECRET).unwrap());
    let server = start(server::Settings {
        key,
        out: Some(place("served").into()),
        ..server::Settings::default()
    });
    let url = format!("http://{}/v1", server.address());
    let here = ["--weights", &base];
    let cache = place("answers.jsonl");
    let there =
        ["--url", &url, "--model", "base", "--key-env", "LOWREGRET_TEST_KEY", "--price-said", "5"];
    let cached = [&there[..], &["--cache", &cache]].concat();

    let rollout = |who: &[&str], out: &str| {
        let object = answer(&[&["llm", "rollout", "--out", out][..], &FEW, who].concat());
        (std::fs::read(out).unwrap(), object)
    };
    let (expected, _) = rollout(&here, &place("a.jsonl"));
    let (first, object) = rollout(&cached, &place("b.jsonl"));
    assert_eq!(first, expected);
    assert_eq!(object["service"]["account"]["answers"], 18);
    assert!(object["service"]["cost"].as_f64().unwrap() > 0.0);
    let asked = server.counts().completions;
    let (again, object) = rollout(&cached, &place("c.jsonl"));
    assert_eq!((again, server.counts().completions), (expected, asked));
    assert_eq!(object["service"]["account"]["remembered"], 18);

    let evaluate = |who: &[&str]| answer(&[&["llm", "evaluate"][..], &FEW, who].concat());
    assert_eq!(evaluate(&here)["players"], evaluate(&there)["players"]);

    let train = place("train.jsonl");
    answer(&["select", "--keep", "1", "--format", "chat", &place("a.jsonl"), "--out", &train]);
    let tuned = answer(&[&["llm", "finetune", &train, "--passes", "1"][..], &there[..6]].concat());
    let name = tuned["model"].as_str().unwrap().to_owned();
    assert!(name.starts_with("ft:base:"), "{name}");
    let again = answer(&[&["llm", "finetune", &train, "--passes", "1"][..], &there[..6]].concat());
    assert_eq!(
        (again["model"].as_str(), again["account"]["requests"].as_u64()),
        (Some(&*name), Some(0))
    );
    let state = format!("{train}.job.json");
    assert!(std::fs::read_to_string(&state).unwrap().contains(&name));
    refused(&[&["llm", "finetune", &train, "--cancel"][..], &there[..6]].concat(), &["ended"]);

    // Whole iterations, killed again and again.
    let tuning = ["--iterations", "2", "--passes", "1", "--batch", "2", "--learning-rate", "3e-3"];
    let run = |who: &[&str], out: &str| -> Vec<String> {
        let all = [&["llm", "rmft", "--out", out][..], &FEW, &tuning, who].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let (own, theirs) = (place("own"), place("theirs"));
    assert!(
        lowregret(&[]).args(run(&here, &own)).arg("--quiet").output().unwrap().status.success()
    );
    let mut finished = false;
    for attempt in 0..60 {
        let mut command = lowregret(&[]);
        command.args(run(&there, &theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(10 + 20 * attempt));
        let _ = child.kill();
        finished = child.wait().unwrap().success();
        if finished {
            break;
        }
    }
    assert!(finished, "never came to an end");
    let mut kept = files(Path::new(&theirs), ".jsonl");
    // Paid answers are kept, asked for or not.
    let first = kept.remove(0);
    assert!(first.0 == "answers.jsonl" && !first.1.is_empty());
    assert_eq!(files(Path::new(&own), ".jsonl"), kept);
    let done = |out: &str| {
        let text = std::fs::read(Path::new(out).join("iteration-01.json")).unwrap();
        serde_json::from_slice::<Value>(&text).unwrap()
    };
    assert_eq!(done(&own)["plays"], done(&theirs)["plays"]);
    let last = done(&theirs)["model"].as_str().unwrap().replace(':', "_");
    let weights = std::fs::read(folder.path().join(format!("served/{last}.safetensors"))).unwrap();
    assert!(weights == std::fs::read(Path::new(&own).join("model-01.safetensors")).unwrap());
    assert_eq!(server.counts().trained, 1 + 2, "every job was trained once");

    // No key is written anywhere.
    let texts = [".json", ".jsonl"].map(|ending| {
        [folder.path().to_owned(), folder.path().join("theirs")]
            .map(|folder| files(&folder, ending))
    });
    for (name, bytes) in texts.into_iter().flatten().flatten() {
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{name}");
    }
    let wrong = ["--url", &url, "--model", "base", "--key-env", "LOWREGRET_NO_SUCH_KEY"];
    refused(
        &[&["llm", "evaluate"][..], &FEW, &wrong].concat(),
        &["LOWREGRET_NO_SUCH_KEY", "export"],
    );
    refused(&[&["llm", "evaluate"][..], &FEW, &wrong[..4]].concat(), &["401", "key"]);
    let unknown = ["--url", &url, "--model", "other", "--key-env", "LOWREGRET_TEST_KEY"];
    refused(&[&["llm", "evaluate"][..], &FEW, &unknown].concat(), &["404", "other", "base"]);
}

/// Services choose what was not given, and what was is sent.
#[test]
fn hyperparameters_are_sent_where_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let (address, books) = vendor(0);
    let url = format!("http://{address}/v1");
    let who = ["--url", &url, "--model", "m", "--iterations", "1"];
    for (i, more) in [&[][..], &["--passes", "3", "--hours", "0.5"]].into_iter().enumerate() {
        let out = path(folder.path(), &i.to_string());
        let first = ["llm", "rmft", "--out", &out];
        answer(&[&first[..], &FEW, &who, more].concat());
        let sent = &books.lock().unwrap().jobs[i]["request"]["method"]["supervised"];
        let expected = if more.is_empty() { json!({}) } else { json!({"n_epochs": 3}) };
        assert_eq!(sent["hyperparameters"], expected);
    }
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn serve_serves_until_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let base = path(folder.path(), "tiny model.safetensors");
    model().save(&base).unwrap();
    let mut command = lowregret(&["serve", &base, "--port", "0", "--json"]);
    let mut served = Served(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(served.0.stdout.take().unwrap()).lines();
    let begun: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(begun["model"], "tiny-model");
    let url = begun["url"].as_str().unwrap();
    let ask = [&["llm", "evaluate", "--url", url, "--model", "tiny-model"][..], &FEW].concat();
    assert_eq!(answer(&ask)["service"]["account"]["answers"], 18);
    refused(&["serve", &base, "--host", "0.0.0.0", "--port", "0"], &["host", "key"]);
    refused(&["serve", "Cargo.toml"], &["safetensors"]);
    #[cfg(unix)]
    {
        let id = served.0.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let counts: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(counts["counts"]["completions"], 18);
        assert!(served.0.wait().unwrap().success());
    }
}
