//! Configurations that are refused, and how.

use super::*;
use crate::numeric::rng::{Purpose, Streams};
use rand::RngExt;

/// The refusal of a file in which `from` is replaced.
fn refusal(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    let message = Recipe::from_toml(&text.replacen(from, to, 1)).unwrap_err();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn refusals_say_where_and_what_was_meant() {
    // What is replaced by what, where the refusal points to, and what it says.
    for (from, to, at, parts) in [
        (
            "scenarios = 512",
            "scenario = 512",
            "scenario = ",
            &["stage[0]", "did you mean \"scenarios\"?"][..],
        ),
        (
            "scenarios = 512",
            "scenarios = \"many\"",
            "\"many\"",
            &["stage[0]", "invalid type: string"],
        ),
        ("scenarios = 512", "scenarios = -1", "-1", &["stage[0]", "expected usize"]),
        ("scenarios = 512", "#", "", &["missing field `scenarios`"]),
        ("scenarios = 512", "scenarios = 512\nscenarios = 3", "scenarios = 3", &["duplicate key"]),
        (
            "{ kind = \"uniform\", low",
            "{ kind = \"unifrom\", low",
            "unifrom",
            &["problem", "did you mean \"uniform\"?"],
        ),
        ("high = 1.0 }", "heigh = 1.0 }", "heigh", &["problem", "did you mean \"high\"?"]),
        (
            "{ kind = \"bernoulli\" }",
            "{ kind = \"bernoulli\", std = 1.0 }",
            "std = 1.0",
            &["problem", "key \"std\" is unknown"],
        ),
        ("seed = 0", "sead = 0", "sead", &["key \"sead\" is unknown", "did you mean \"seed\"?"]),
        ("[model]", "[modell]", "", &["key \"model\" is missing"]),
        (
            "method = \"rmft\"",
            "method = \"rmtf\"",
            "\"rmtf\"",
            &["stage[0]", "did you mean \"rmft\"?"],
        ),
        ("method = \"rmft\"", "method = \"sft\"", "[[stage]]", &["stage[0]", "needs a teacher"]),
        (
            "kind = \"transformer\"",
            "kind = \"layer\"",
            "[model]",
            &["model", "does not learn problems of kind \"bandit\""],
        ),
        ("kind = \"transformer\"", "kind = 3", "3\n# The", &["model", "layer, transformer"]),
        ("width = 32", "width = 32\ndepth = 1", "depth", &["model", "key \"depth\" is unknown"]),
        ("every = 25", "evry = 25", "evry", &["checkpoint", "did you mean \"every\"?"]),
        ("[[stage]]", "[stage]", "[stage]", &["expected tables, each under [[stage]]"]),
        ("[stage.config]", "[stage.confg]", "confg", &["did you mean \"config\"?"]),
        ("seed = 0 ", "seed =   ", "", &["line 8"]),
        ("seed = 0", "\"se\\ned\" = 0", "\"se", &["se ed"]),
        ("seed = 0", "seed = 99999999999999999999", "99999", &["seed"]),
    ] {
        let message = refusal(BANDIT, from, to);
        for part in parts {
            assert!(message.contains(part), "\"{part}\" is missing in: {message}");
        }
        if !at.is_empty() {
            let text = BANDIT.replacen(from, to, 1);
            let place = place::line_and_column(&text, text.find(at).unwrap());
            assert!(message.starts_with(&format!("{place}: ")), "{place}: {message}");
        }
    }
    let message = refusal(LAYER, "{ start = 3e-3", "{ strat = 3e-3");
    assert!(message.contains("did you mean \"start\"?"), "{message}");
    let message = refusal(LAYER, "drift = 0.6", "drif = 0.6");
    assert!(message.contains("did you mean \"drift\"?"), "{message}");
    let message =
        refusal(LAYER, "{ kind = \"alternating\" }", "{ kind = \"alternating\", nose = 1 }");
    assert!(message.contains("problem: key \"nose\" is unknown"), "{message}");
    let message = refusal(LAYER, "method = \"rmft\"", "method = \"distillation\"");
    assert!(message.contains("not for the layer in full information"), "{message}");
    let message = refusal(DISTILLATION, "method = \"distillation\"", "method = \"rmft\"");
    assert!(message.contains("has no teacher"), "{message}");
    let message = refusal(DISTILLATION, "\"thompson\"", "\"thomson\"");
    assert!(message.contains("thomson"), "{message}");
    let message = refusal(FULL_INFORMATION, "\"rmft\"", "\"sft\"\nteacher = \"hedge\"\nbound = 1");
    assert!(message.contains("unknown"), "{message}");
    let message = refusal(MDP, "method = \"sft\"", "method = \"rmft\"");
    assert!(message.contains("not for planning: expected \"sft\""), "{message}");
    let message = refusal(POMDP, "kind = \"pomdp\"", "kind = \"apomdp\"");
    assert!(message.contains("expected \"pomdp\""), "{message}");
    let message = refusal(APOMDP, "reward_power", "reward_powr");
    assert!(message.contains("did you mean \"reward_power\"?"), "{message}");
}

#[test]
fn bad_numbers_are_refused_before_anything_is_allocated() {
    for (text, from, to, field) in [
        (BANDIT, "seed = 0", "seed = 9223372036854775808", "seed"),
        (BANDIT, "every = 25", "every = 0", "checkpoint.every"),
        (BANDIT, "keep = 3                              # newest", "keep = 0 #", "checkpoint.keep"),
        (BANDIT, "iterations = 330", "iterations = 9223372036854775807", "iterations"),
        (BANDIT, "iterations = 330", "iterations = 0", "iterations"),
        (BANDIT, "scenarios = 512", "scenarios = 9223372036854775807", "scenarios"),
        (BANDIT, "passes = 1 ", "passes = 9223372036854775807 ", "passes"),
        (BANDIT, "batch = 64", "batch = 9223372036854775807\nrollouts_ = 1", ""),
        (BANDIT, "width = 32", "width = 16384", "inputs, width, blocks"),
        (BANDIT, "width = 32", "width = 2048", "width, blocks"),
        (BANDIT, "width = 32", "width = 9223372036854775807", "width"),
        (BANDIT, "width = 32", "inputs = 9223372036854775807\nwidth = 32", "inputs"),
        (BANDIT, "heads = 2", "heads = 5", "heads"),
        (BANDIT, "horizon = 50", "horizon = 1000000", "rounds"),
        (BANDIT, "arms = 5 ", "arms = 9223372036854775807 ", ""),
        (LAYER, "dimension = 2 ", "dimension = 4096 ", "scenarios, rollouts"),
        (LAYER, "horizon = 40", "horizon = 9223372036854775807", "horizon"),
        (FULL_INFORMATION, "shared_rewards = true", "shared_rewards = false", "shared_rewards"),
        (MDP, "states = 10", "states = 9223372036854775807", "states"),
        (MDP, "horizons = [3, 6, 10]", "horizons = [9223372036854775807]", "horizons"),
        (MDP, "horizons = [3, 6, 10]", "horizons = []", ""),
        (MDP, "most_shown = 48 ", "most_shown = 9223372036854775807 ", "rounds"),
        (MDP, "demonstrations = [1, 2, 4, 8]", "demonstrations = []", "settings"),
        (POMDP, "horizons = [2, 4, 6]", "horizons = [36]", ""),
        (POMDP, "observations = 2", "observations = 0", "states, observations"),
        (APOMDP, "models = 3", "models = 9223372036854775807", "states, actions"),
        (MDP, "states = 10", "states = 4000", "states, actions"),
        (APOMDP, "pessimisms = [0.0, 0.5, 1.0]", "pessimisms = [nan]", "pessimism"),
        (FULL_INFORMATION, "kind = \"simplex\"", "kind = \"ball\", radius = 1.0", "set"),
    ] {
        assert!(text.contains(from), "{from}");
        let outcome = Recipe::from_toml(&text.replacen(from, to, 1))
            .and_then(|recipe| recipe.check().map_err(|e| e.to_string()));
        let message = outcome.unwrap_err();
        assert!(message.starts_with(field), "{from} -> {to}: {message}");
    }
}

/// Whatever the file holds, it is parsed or refused in one line.
#[test]
fn mutated_files_are_parsed_or_refused() {
    for case in 0..3000 {
        let mut rng = Streams::new(0).stream(Purpose::Stress, case, 0, 0);
        let text = ALL[case % ALL.len()];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..rng.random_range(1..5) {
            let place = rng.random_range(0..bytes.len());
            let other = rng.random_range(0..bytes.len());
            let (from, to) = (place.min(other), place.max(other).min(place.min(other) + 40));
            match rng.random_range(0..5) {
                0 => bytes[place] = rng.random(),
                1 => bytes[place] = *b"[]{}=\",.#\n90-e".get(rng.random_range(0..14)).unwrap(),
                2 => drop(bytes.drain(from..to)),
                3 => {
                    let piece = bytes[from..to].to_vec();
                    bytes.splice(place..place, piece);
                }
                _ => bytes.truncate(place + 1),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(message) = Recipe::from_toml(&text) {
            assert!(!message.contains('\n'), "{message:?}");
        }
    }
    for deep in [
        "[".repeat(100_000),
        "a = ".to_owned() + &"[".repeat(100_000),
        "a.".repeat(50_000) + "a = 1",
        "a={".repeat(50_000),
    ] {
        Recipe::from_toml(&deep).unwrap_err();
    }
}
