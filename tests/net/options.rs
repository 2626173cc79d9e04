//! Options of the commands against services that are made up: what is sent, written, paid and refused.

use std::path::Path;
use std::sync::{Arc, Mutex};

use lowregret::model::text::generate::Sampling;
use lowregret::net::speaker::{Asking, ChatSpeaker, Dialect};
use lowregret::numeric::rng::Streams;
use serde_json::{Value, json};

use crate::client::asking;
use crate::commands::{answer, files, lowregret, path, refused};
use crate::text_model::FEW;
use crate::tools::*;
use crate::vendor::{TRAINED, completion, service, vendor};

/// An engine that only answers, and the requests for answers.
fn engine() -> (String, Arc<Mutex<Vec<Value>>>) {
    let asked = Arc::<Mutex<Vec<Value>>>::default();
    let own = asked.clone();
    let address = service(move |line, body| {
        if !line.contains("/chat/completions") {
            return Some((404, "{\"detail\": \"Not Found\"}".to_owned()));
        }
        own.lock().unwrap().push(serde_json::from_slice(body).unwrap());
        Some((200, completion("Why not.\nChoice: A", "stop")))
    });
    (format!("http://{address}/v1"), asked)
}

#[test]
fn what_a_model_refuses_is_not_sent() {
    let (url, asked) = engine();
    let evaluate =
        [&["llm", "evaluate", "--url", &url, "--model", "m", "--rollouts", "1"][..], &FEW[..10]]
            .concat();
    for (more, sent) in [
        (&[][..], [true, true]),
        (&["--no-temperature", "--top-p", "0.5"], [false, true]),
        (&["--no-top-p", "--temperature", "0.5"], [true, false]),
        (&["--no-temperature", "--no-top-p", "--temperature", "1"], [false, false]),
    ] {
        answer(&[&evaluate[..], more].concat());
        for request in asked.lock().unwrap().drain(..) {
            assert_eq!(["temperature", "top_p"].map(|field| request.get(field).is_some()), sent);
        }
    }
    let out = tempfile::tempdir().unwrap();
    let rmft = ["llm", "rmft", "--url", &url, "--model", "m", "--out", &path(out.path(), "run")];
    for (more, parts) in [
        (["--no-temperature", "--temperature", "0.5"], ["temperature = 0.5", "--no-temperature"]),
        (["--no-top-p", "--top-p", "0.5"], ["top_p = 0.5", "--no-top-p"]),
    ] {
        refused(&[&evaluate[..], &more].concat(), &parts);
        refused(&[&rmft[..], &more].concat(), &parts);
    }
    assert!(asked.lock().unwrap().is_empty() && files(out.path(), "").is_empty());
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
    let client = client_of(address.parse().unwrap(), None, limits());
    let cold = Asking {
        sampling: Sampling { temperature: 0.0, ..SAMPLING },
        dialect: Dialect { temperature: false, ..Dialect::default() },
        ..asking(&client, None)
    };
    assert!(ChatSpeaker::new(cold, "m", Streams::new(3), 0).is_err());
}

/// Half an iteration, with the command for the other half.
#[test]
fn engines_that_only_answer_are_taught_with_trl() {
    let folder = tempfile::tempdir().unwrap();
    for history in ["raw", "summarised"] {
        let (url, asked) = engine();
        let out = path(folder.path(), history);
        let first =
            ["llm", "rmft", "--url", &url, "--model", "m", "--history", history, "--out", &out];
        let rmft = [&first[..], &FEW].concat();
        refused(&rmft, &["fine-tuning jobs", "--trl", &url]);
        assert!(
            asked.lock().unwrap().is_empty(),
            "asked before it was known that nothing is learned"
        );
        let trl = [&rmft[..], &["--trl", "Qwen/Qwen3-0.6B"]].concat();
        let object = answer(&trl);
        assert_eq!(object["iterations"][0]["model"], "trl/model");
        assert_eq!(object["service"]["account"]["answers"], 18);
        let kept = std::fs::read_to_string(Path::new(&out).join("kept-00.jsonl")).unwrap();
        assert_eq!(kept.lines().count(), if history == "raw" { 3 } else { 9 });
        let data = std::fs::read_to_string(Path::new(&out).join("trl/data/train.jsonl")).unwrap();
        assert_eq!(data.lines().count(), 9);
        let script = std::fs::read_to_string(object["script"].as_str().unwrap()).unwrap();
        assert!(script.contains("Qwen/Qwen3-0.6B") && script.contains("--learning_rate 2e-5 "));
        // Once more: nothing is asked, and the way on is told.
        let output = lowregret(&trl).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains(&format!("sh {out}/trl/train.sh")) && text.contains("--seed"),
            "{text}"
        );
        assert_eq!(asked.lock().unwrap().len(), 18);
        let lines = [&first[..8], &["--out", &path(folder.path(), &format!("{history}-lines"))]];
        let more = ["--trl", "m", "--imitated", "last_lines", "--learning-rate", "1e-4"];
        let object = answer(&[lines.concat(), FEW.to_vec(), more.to_vec()].concat());
        let script = Path::new(object["script"].as_str().unwrap()).to_owned();
        let data = std::fs::read_to_string(script.with_file_name("data/train.jsonl")).unwrap();
        assert!(data.contains("\"Choice: A\"") && !data.contains("Why not."), "{data}");
        assert!(std::fs::read_to_string(script).unwrap().contains("--learning_rate 0.0001 "));
        refused(&[&trl[..], &["--iterations", "1"]].concat(), &["--trl", "--iterations"]);
        refused(&[&trl[..], &["--hours", "1"]].concat(), &["--trl", "--hours"]);
    }
}

/// The reasoning is cut before the conversations leave this machine.
#[test]
fn last_lines_reach_a_service_as_last_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (address, books) = vendor(0);
    let url = format!("http://{address}/v1");
    let who = ["--url", &url, "--model", "m"];
    let train = path(folder.path(), "train.jsonl");
    let line = json!({"messages": [
        {"role": "user", "content": "Which?"}, {"role": "assistant", "content": "Why not.\nChoice: A"},
    ]});
    std::fs::write(&train, format!("{line}\n")).unwrap();
    for (i, imitated) in ["answers", "last_lines"].into_iter().enumerate() {
        let [state, out] = ["state", "run"].map(|name| path(folder.path(), &format!("{name}-{i}")));
        let what = ["--imitated", imitated];
        answer(&[&["llm", "finetune", &train, "--state", &state][..], &who, &what].concat());
        let rmft = ["llm", "rmft", "--iterations", "1", "--out", &out];
        answer(&[&rmft[..], &FEW, &who, &what].concat());
        for upload in books.lock().unwrap().uploads.drain(..) {
            assert!(upload.contains("Choice: A"));
            assert_eq!(upload.contains("Why not."), imitated == "answers", "{upload}");
        }
    }
}

#[test]
fn training_is_on_the_bill() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _) = vendor(0);
    let url = format!("http://{address}/v1");
    let who = ["--url", &url, "--model", "m", "--price-trained", "3"];
    let (out, train) = (path(folder.path(), "run"), path(folder.path(), "run/kept-00.jsonl"));
    let cost = |object: &Value| object["cost"].as_f64().unwrap();
    let rmft = [&["llm", "rmft", "--out", &out][..], &FEW, &who].concat();
    let object = answer(&rmft);
    assert_eq!(object["service"]["account"]["tokens_trained"], 2 * TRAINED);
    assert!((cost(&object["service"]) - 6.0 * TRAINED as f64 / 1e6).abs() < 1e-12);
    let object = answer(&[&["llm", "finetune", &train][..], &who].concat());
    assert_eq!(object["account"]["tokens_trained"], TRAINED);
    assert!((cost(&object) - 3.0 * TRAINED as f64 / 1e6).abs() < 1e-12);
    // What was trained before costs nothing again.
    let text = String::from_utf8(lowregret(&rmft).output().unwrap().stdout).unwrap();
    assert!(!text.contains("trained") && !text.contains("cost"), "{text}");
    std::fs::remove_dir_all(&out).unwrap();
    let text = String::from_utf8(lowregret(&rmft).output().unwrap().stdout).unwrap();
    assert!(text.contains("1000 trained; cost 0.0030"), "{text}");
}

/// What was answered before it failed has to be paid.
#[test]
fn runs_that_fail_tell_their_bill() {
    let folder = tempfile::tempdir().unwrap();
    for good in [0, 4] {
        for command in ["rollout", "evaluate", "rmft"] {
            let mut count = 0;
            let address = service(move |line, _| {
                if line.starts_with("GET") {
                    return Some((200, "{\"data\": []}".to_owned()));
                }
                count += 1;
                let answered = count <= good;
                Some(if answered {
                    (200, completion("Choice: A", "stop"))
                } else {
                    (400, String::new())
                })
            });
            let url = format!("http://{address}/v1");
            let out = path(folder.path(), &format!("{command}-{good}"));
            let mut arguments =
                vec!["llm", command, "--url", &url, "--model", "m", "--concurrent", "1"];
            arguments.extend(FEW);
            if command != "evaluate" {
                arguments.extend(["--out", &out]);
            }
            if good == 0 {
                refused(&arguments, &["400"]);
                continue;
            }
            let output = lowregret(&arguments).output().unwrap();
            let errors = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2));
            let told = "4 answers asked for, 0 known from the cache, 0 requests repeated; 12 tokens read, 8 said";
            assert!(errors.contains(told) && errors.contains("400"), "{command}: {errors}");
        }
    }
}
