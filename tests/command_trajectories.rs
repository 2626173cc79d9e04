//! `lowregret score` and `lowregret select` as a user meets them.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;

use std::fmt::Write;

use answers::{answer, names, place, written};
use command::{lowregret, refused};

/// Two scenarios of three trajectories: arms pay 1 and 0; the trajectories choose the worse one 2, 0, 1 times of 3.
fn trajectories() -> String {
    let mut text = String::new();
    for scenario in ["a", "b"] {
        for (trajectory, worse) in [2, 0, 1].into_iter().enumerate() {
            let round =
                |t: usize| format!("{{\"action\":{},\"rewards\":[1,0]}}", u8::from(t < worse));
            let rounds: Vec<String> = (0..3).map(round).collect();
            writeln!(
                text,
                "{{\"scenario\":\"{scenario}\",\"trajectory\":{trajectory},\"rounds\":[{}],\
                 \"messages\":[{{\"role\":\"user\",\"content\":\"{trajectory}\"}}]}}",
                rounds.join(",")
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn scores_are_regrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "t.jsonl", trajectories());
    let out = place(folder.path(), "scores.csv");
    let object = answer(&["score", &file, "--out", &out]);
    assert_eq!(object["measure"], "realised");
    assert_eq!((object["trajectories"].as_u64(), object["scenarios"].as_u64()), (Some(6), Some(2)));
    let means = ["mean", "lowest", "highest"].map(|key| object[key]["mean"].as_f64().unwrap());
    assert_eq!(means, [1.0, 0.0, 2.0]);
    // The worse arm comes first: mean regret is 2/3, 1, 1.
    let exponent = object["growth"]["fit"]["exponent"].as_f64().unwrap();
    assert!((exponent - 0.3923).abs() < 1e-3, "{object}");
    let rows = std::fs::read_to_string(&out).unwrap();
    assert_eq!(rows.lines().next(), Some("scenario,trajectory,line,rounds,score,earned"));
    assert_eq!(rows.lines().nth(1), Some("a,0,1,3,2.0,1.0"));
    assert_eq!(rows.lines().count(), 7);
    let by = answer(&["score", &file, "--by", "reward"]);
    assert_eq!(by["mean"]["mean"].as_f64(), Some(-2.0));
}

#[test]
fn the_lowest_are_kept_in_the_format_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let text = trajectories();
    let file = written(folder.path(), "t.jsonl", &text);
    let out = place(folder.path(), "kept.jsonl");
    let object = answer(&["select", "--keep", "2", &file, "--out", &out]);
    assert_eq!((object["kept"].as_u64(), object["short"].as_u64()), (Some(4), Some(0)));
    assert_eq!((object["mean"].as_f64(), object["mean_kept"].as_f64()), (Some(1.0), Some(0.5)));
    let lines: Vec<&str> = text.lines().collect();
    let kept = std::fs::read_to_string(&out).unwrap();
    let with_regret = |line: &str, regret: &str| {
        line.strip_suffix('}').unwrap().to_owned() + ",\"regret\":" + regret + "}"
    };
    let expected = [(1, "0.0"), (2, "1.0"), (4, "0.0"), (5, "1.0")];
    let expected: Vec<String> = expected.map(|(i, r)| with_regret(lines[i], r)).to_vec();
    assert_eq!(kept.lines().collect::<Vec<_>>(), expected);
    // What was written is read again, and by its regret.
    assert_eq!(answer(&["score", &out, "--by", "given"])["mean"]["mean"].as_f64(), Some(0.5));
    answer(&["select", "--keep", "1", "--format", "chat", &file, "--out", &out]);
    let chat = "{\"messages\":[{\"content\":\"1\",\"role\":\"user\"}]}\n";
    assert_eq!(std::fs::read_to_string(&out).unwrap(), chat.repeat(2));
    // Standard input serves as well.
    let mut piped = lowregret(&["select", "--keep", "9", "-", "--out", &out, "--json"]);
    let output = piped.write_stdin(text).output().unwrap();
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((object["kept"].as_u64(), object["short"].as_u64()), (Some(6), Some(2)));
}

#[test]
fn bad_files_are_refused_with_their_line_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = place(folder.path(), "kept.jsonl");
    let good = trajectories();
    let [first, fourth] = [0, 3].map(|i| good.lines().nth(i).unwrap());
    for (name, text, parts) in [
        ("empty", String::new(), &["no trajectories"][..]),
        ("torn", good[..good.len() - 20].to_owned(), &["line 6", "EOF"]),
        ("apart", format!("{good}{first}\n"), &["line 7", "\"a\"", "sort"]),
        ("nan", good.replace("[1,0]", "[NaN,0]"), &["line 1", "expected value"]),
        ("infinite", good.replace("[1,0]", "[1e999,0]"), &["line 1", "out of range"]),
        ("missing", good.replacen("\"trajectory\"", "\"number\"", 1), &["line 1", "trajectory"]),
        (
            "mixed",
            format!("{first}\n{}\n", fourth.replace("rewards\":[1,0]", "reward\":1")),
            &["line 2", "rewards"],
        ),
        ("binary", "\u{0}\u{1}".to_owned(), &["line 1"]),
    ] {
        let file = written(folder.path(), name, text);
        refused(lowregret(&["score", &file]), &[&[name], parts].concat());
        refused(lowregret(&["select", "--keep", "1", &file, "--out", &out]), parts);
    }
    let file = written(folder.path(), "good", &good);
    let select = |more: &[&str]| lowregret(&[&["select", &file][..], more].concat());
    refused(select(&["--keep", "0", "--out", &out]), &["keep = 0"]);
    refused(select(&["--keep", "1"]), &["--out"]);
    refused(select(&["--keep", "1", "--by", "regert", "--out", &out]), &["regert", "one of"]);
    let silent = written(folder.path(), "silent", good.replace("messages", "words"));
    let chat = ["select", "--keep", "1", "--format", "chat", &silent, "--out", &out];
    refused(lowregret(&chat), &["line 2", "\"messages\""]);
    refused(lowregret(&["score", "absent.jsonl"]), &["absent.jsonl", "cannot read"]);
    refused(select(&["--keep", "1", "--out", &format!("{file}/below")]), &["folder"]);
    assert!(
        !names(folder.path()).iter().any(|name| name.contains("kept") || name.starts_with('.'))
    );
}

/// Endless input without a line end stops at the longest line that is read.
#[cfg(unix)]
#[test]
fn endless_lines_are_refused() {
    refused(lowregret(&["score", "/dev/zero"]), &["line 1", "more than 16777216 bytes"]);
}
