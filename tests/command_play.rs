//! `lowregret play` as a user meets it.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;

use answers::{answer, names, place, written};
use command::{lowregret, refused};

const TABLE: &str = "experiments/data/djia_daily_log_returns.csv";
const BANDIT_MODEL: &str =
    "figures/transformer_bandit/weights/posterior_decisions_seed0.safetensors";
const FULL_MODEL: &str = "figures/transformer_full_information/weights/mixture_seed0.safetensors";

/// Rewards of arms whose best one changes in the middle.
fn changing(arms: usize, rounds: usize) -> String {
    let header: Vec<String> = (0..arms).map(|a| format!("arm{a}")).collect();
    let mut text = header.join(",") + "\n";
    for t in 0..rounds {
        let best = usize::from(2 * t >= rounds);
        let cell = |a: usize| {
            let noise = ((t * 7919 + a * 104_729) % 101) as f64 / 101.0;
            format!("{:.3}", noise * 0.5 + if a == best { 0.5 } else { 0.0 })
        };
        text += &((0..arms).map(cell).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

#[test]
fn regrets_of_a_small_table_are_those_of_the_definitions() {
    let folder = tempfile::tempdir().unwrap();
    let table = written(folder.path(), "table.csv", "a,b\n1,0\n0,2\n3,0\n0,0.5\n");
    let play = ["play", "--rewards", &table, "--learner", "center", "--switches", "1"];
    let object = answer(&play);
    let center = &object["learners"][0];
    let near = |value: &serde_json::Value, expected: f64| {
        assert!((value.as_f64().unwrap() - expected).abs() < 1e-12, "{value} {expected}");
    };
    near(&center["regret"], 4.0 - 3.25);
    near(&center["switching_regret"]["mean"], 5.0 - 3.25);
    near(&center["dynamic_regret"]["mean"], 6.5 - 3.25);
    // The same decision with bandit feedback: half of the rounds each arm, on average.
    let mut piped = lowregret(&["play", "--rewards", "-", "--learner", "center", "--json"]);
    let piped = piped.write_stdin(std::fs::read(&table).unwrap()).output().unwrap();
    let piped: serde_json::Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!(piped["learners"][0]["regret"], center["regret"]);
    let bandit = ["--feedback", "bandit", "--learner", "uniform", "--seeds", "400"];
    let object = answer(&[&["play", "--rewards", &table][..], &bandit].concat());
    let uniform = &object["learners"][0];
    assert_eq!((uniform["runs"].as_u64(), object["offset"].as_f64()), (Some(400), Some(0.0)));
    let (low, high) = (uniform["regret_low"].as_f64(), uniform["regret_high"].as_f64());
    assert!(low.unwrap() < 0.75 && high.unwrap() > 0.75, "{uniform}");
}

#[test]
fn both_kinds_of_feedback_have_their_learners_and_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let table = written(folder.path(), "table.csv", changing(3, 120));
    let few = ["--resamples", "40", "--seeds", "3"];
    for (feedback, first) in [("full", "center"), ("bandit", "uniform")] {
        let play = ["play", "--rewards", &table, "--feedback", feedback];
        let object = answer(&[&play[..], &few].concat());
        let learners = object["learners"].as_array().unwrap();
        assert_eq!(learners[0]["learner"], first);
        assert!(
            learners.iter().all(|l| l["sentence"].is_string() && l["replayed"]["tables"] == 40)
        );
    }
    refused(
        lowregret(&["play", "--rewards", &table, "--feedback", "bandit", "--learner", "tompson"]),
        &["tompson", "perhaps thompson"],
    );
    let both = ["play", "--rewards", &table, "--feedback", "bandit", "--set", "ball"];
    refused(lowregret(&both), &["--set", "simplex"]);
}

#[test]
fn trained_models_are_learners() {
    let folder = tempfile::tempdir().unwrap();
    let [three, five] =
        [3, 5].map(|arms| written(folder.path(), &format!("{arms}.csv"), changing(arms, 60)));
    let few = ["--resamples", "0", "--seeds", "3"];
    let bandit = ["play", "--rewards", &five, "--feedback", "bandit", "--learner", BANDIT_MODEL];
    let object = answer(&[&bandit[..], &few, &["--learner", "uniform"]].concat());
    let [model, uniform] = &object["learners"].as_array().unwrap()[..] else { panic!("two") };
    assert_eq!(model["learner"], "posterior_decisions_seed0");
    assert!(model["gain"]["mean"].as_f64() > uniform["gain"]["mean"].as_f64());
    // Models of one kind of feedback read the other.
    for (table, feedback, model) in [(&five, "full", BANDIT_MODEL), (&three, "bandit", FULL_MODEL)]
    {
        let play = ["play", "--rewards", table, "--feedback", feedback, "--learner", model];
        answer(&[&play[..], &few].concat());
    }
    let wrong = ["play", "--rewards", &three, "--learner", BANDIT_MODEL];
    refused(lowregret(&wrong), &["5 arms", "3"]);
    let ball = ["play", "--rewards", &three, "--learner", FULL_MODEL, "--set", "ball"];
    refused(lowregret(&ball), &["--set simplex"]);
    let layer = "figures/real_rewards/weights/layer_simplex_seed0.safetensors";
    let play = ["play", "--rewards", TABLE, "--learner", layer];
    refused(lowregret(&[&play[..], &["--feedback", "bandit"]].concat()), &["--feedback full"]);
    answer(&[&play[..], &few].concat());
    let other = "figures/q_attention/weights/constant_seed0.safetensors";
    refused(lowregret(&["play", "--rewards", TABLE, "--learner", other]), &["another kind"]);
}

#[test]
fn the_figure_is_written_or_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let table = written(folder.path(), "table.csv", changing(2, 40));
    let play = ["play", "--rewards", &table, "--resamples", "40", "--figure"];
    let figure = place(folder.path(), "deep/regret.svg");
    answer(&[&play[..], &[&figure]].concat());
    assert!(std::fs::read_to_string(&figure).unwrap().contains("Static regret"));
    let pdf = place(folder.path(), "regret.pdf");
    refused(lowregret(&[&play[..], &[&pdf]].concat()), &["regret.pdf", ".svg or .png"]);
    let below = format!("{table}/regret.png");
    refused(lowregret(&[&play[..], &[&below]].concat()), &["folder"]);
    assert_eq!(names(folder.path()), ["deep", "table.csv"]);
}

/// The answer for people fits a terminal of 80 columns, sentences apart.
#[test]
fn tables_are_narrow() {
    let few = ["--resamples", "40", "--seeds", "3", "--quiet"];
    for feedback in ["full", "bandit"] {
        let play = ["play", "--rewards", TABLE, "--feedback", feedback, "--switches", "9"];
        let output = lowregret(&[&play[..], &few].concat()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let sentence = |line: &str| line.contains(": ") && line.ends_with('.');
        let wide = text.lines().find(|line| line.chars().count() > 80 && !sentence(line));
        assert_eq!(wide, None, "{text}");
    }
}

#[test]
fn absurd_parameters_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let table = written(folder.path(), "table.csv", changing(2, 40));
    let play = |more: &[&str]| lowregret(&[&["play", "--rewards", &table][..], more].concat());
    refused(play(&["--seeds", "1000000000"]), &["seeds", "1 to 10000"]);
    refused(play(&["--resamples", "1000000000"]), &["resamples", "40 to 100000"]);
    refused(play(&["--block", "41"]), &["block", "40"]);
    refused(play(&["--set", "ball", "--switches", "1"]), &["switches", "simplex"]);
    refused(play(&["--learner", "/dev/null"]), &["/dev/null", "safetensors"]);
    refused(play(&["--learner", "absent.safetensors"]), &["absent.safetensors", "cannot read"]);
    let equal = written(folder.path(), "equal.csv", "a,b\n1,1\n1,1\n");
    let bandit = ["play", "--rewards", &equal, "--feedback", "bandit"];
    refused(lowregret(&bandit), &["all rewards are equal"]);
    #[cfg(unix)]
    refused(lowregret(&["play", "--rewards", "/dev/zero"]), &["/dev/zero", "more than 134217728"]);
}

/// The same answer whatever the number of threads.
#[test]
fn threads_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let table = written(folder.path(), "table.csv", changing(3, 80));
    let run = |threads: &str| {
        let play = ["play", "--rewards", &table, "--feedback", "bandit", "--resamples", "40"];
        answer(&[&play[..], &["--seeds", "4", "--threads", threads]].concat())
    };
    assert_eq!(run("1"), run("2"));
}
