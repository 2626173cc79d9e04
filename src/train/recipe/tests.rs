use super::*;
use crate::learner::bandit::spec::BanditSpec;
use crate::model::linear_attention::LinearAttentionConfig;
use crate::model::planning_tokens::PlanningTokens;
use crate::model::tokens::Tokens;
use crate::model::transformer::TransformerConfig;
use crate::nn::schedule::Schedule;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::{Bandit, BanditRegret};
use crate::problem::decision_set::DecisionSet;
use crate::problem::family::RewardFamily;
use crate::problem::full_information::FullInformation;
use crate::problem::linear_mdp::TaskLaw;
use crate::train::bandit::run::Lesson;
use crate::train::config::RmftConfig;
use crate::train::course::full_information::OnlineStage;
use crate::train::course::layer::OwnPractice;
use crate::train::course::planning::{HiddenLaw, HiddenStage, LinearFamily, MdpStage};
use crate::train::planning::Teacher;
use crate::train::ranking::{Credit, Ranking};
use crate::train::supervised::SupervisedConfig;
use rand::RngExt;

const BANDIT: &str = include_str!("../../../experiments/configs/bandit.toml");
const DISTILLATION: &str = include_str!("../../../experiments/configs/distillation.toml");
const FULL_INFORMATION: &str = include_str!("../../../experiments/configs/full_information.toml");
const LAYER: &str = include_str!("../../../experiments/configs/layer.toml");
const MDP: &str = include_str!("../../../experiments/configs/mdp.toml");
const POMDP: &str = include_str!("../../../experiments/configs/pomdp.toml");
const APOMDP: &str = include_str!("../../../experiments/configs/apomdp.toml");
const ALL: [&str; 7] = [BANDIT, DISTILLATION, FULL_INFORMATION, LAYER, MDP, POMDP, APOMDP];

fn assert_is(text: &str, course: AnyCourse) {
    let recipe = Recipe::from_toml(text).unwrap();
    assert_eq!(recipe, Recipe { seed: 0, course, checkpoint: Checkpointing::default() });
}

#[test]
fn the_example_files_are_the_library_s_own_recipes() {
    let problem = Bandit::bernoulli(5, 50);
    let own =
        |config| Lesson::own(Ranking::Regret(BanditRegret::Pseudo), Credit::Trajectory, config);
    let recipe = RmftConfig::transformer;
    let run = BanditRun::new("bandit", &problem, own(recipe(330)));
    assert_is(BANDIT, AnyCourse::Bandit(run));

    let teacher: BanditSpec = "thompson".parse().unwrap();
    let run = BanditRun::new("bandit", &problem, own(recipe(200)));
    let run = run.after(Lesson::imitation(teacher, false, recipe(100)));
    assert_is(DISTILLATION, AnyCourse::Bandit(run));

    let problem = FullInformation::balanced(2, 40);
    let model = LinearAttentionConfig::new(2, 40, problem.set);
    let stages = vec![OwnPractice { config: RmftConfig::single_layer(40, 2) }];
    assert_is(LAYER, AnyCourse::Layer(LayerCourse { problem, model, stages }));

    let family = RewardFamily::Gaussian { spread: 0.525, noise: 0.7 };
    let problem = FullInformation { set: DecisionSet::Simplex, dimension: 3, horizon: 30, family };
    let model = TransformerConfig::new(Tokens::new(3, false).width(), 3, 30);
    let config = RmftConfig {
        scenarios: 64,
        rollouts: 32,
        keep: 8,
        batch: Some(8),
        learning_rate: Schedule::cosine(2e-3, 0.02),
        ..recipe(149)
    };
    let stages = vec![OnlineStage::Practice(OwnPractice { config })];
    let course = FullInformationCourse { problem, model, stages };
    assert_is(FULL_INFORMATION, AnyCourse::FullInformation(course));
}

#[test]
fn the_planning_files_are_the_pages_courses() {
    let tasks = TaskLaw { concentration: 0.1, reward_power: 6.0 };
    let linear = |states, actions| LinearFamily {
        states,
        actions,
        factors: 5,
        feature_concentration: 0.1,
        tasks,
        draw: 0,
    };
    let model = |inputs, outputs, rounds| TransformerConfig {
        width: 64,
        heads: 4,
        ..TransformerConfig::new(inputs, outputs, rounds)
    };
    let demonstrations = vec![1, 2, 4, 8];
    let stage = |teacher| MdpStage {
        teacher,
        horizons: vec![3, 6, 10],
        demonstrations: demonstrations.clone(),
        most_shown: 48,
        config: SupervisedConfig::new(1500),
    };
    let stages = [Teacher::BEHAVIOUR, Teacher::ORACLE].map(stage).to_vec();
    let width = PlanningTokens::new(10, 4, 10, 0).width();
    let course = MdpCourse { problem: linear(10, 4), model: model(width, 4, 64), stages };
    assert_is(MDP, AnyCourse::Mdp(course));
    let hidden = |models, horizons: [usize; 3], knobs: [&[f64]; 3]| {
        let stage = |teacher| HiddenStage {
            teacher,
            exploration: 0.5,
            horizons: horizons.to_vec(),
            demonstrations: demonstrations.clone(),
            observabilities: knobs[0].to_vec(),
            radii: knobs[1].to_vec(),
            pessimisms: knobs[2].to_vec(),
            most_tokens: 36,
            config: SupervisedConfig::new(1200),
        };
        let width = PlanningTokens::new(2, 3, horizons[2], 3).width();
        let stages = [Teacher::BEHAVIOUR, Teacher::ORACLE].map(stage).to_vec();
        let problem = HiddenLaw::Factors { linear: linear(4, 3), observations: 2, models };
        AnyCourse::Hidden(HiddenCourse { problem, model: model(width, 3, 36), stages })
    };
    let seen = [0.0, 0.25, 0.5, 0.75, 1.0];
    assert_is(POMDP, hidden(1, [2, 4, 6], [&seen, &[0.0], &[1.0]]));
    assert_is(APOMDP, hidden(3, [2, 3, 4], [&[0.5], &[0.0, 0.3, 0.6, 0.9], &[0.0, 0.5, 1.0]]));
}

/// Fields that are commented out may be put in, and every field of the resolved recipe is one of the file.
#[test]
fn the_example_files_name_every_field() {
    for text in ALL {
        let resolved = Recipe::from_toml(text).unwrap().to_json().unwrap();
        let mut places = vec![&resolved];
        while let Some(place) = places.pop() {
            match place {
                Value::Object(fields) => {
                    for (key, value) in fields {
                        let commented = BANDIT.contains(&format!("# {key} = "))
                            || LAYER.contains(&format!("# {key} = "));
                        assert!(
                            text.contains(key.as_str())
                                || commented
                                || DERIVED.contains(&key.as_str()),
                            "{key}"
                        );
                        places.push(value);
                    }
                }
                Value::Array(values) => places.extend(values),
                _ => {}
            }
        }
        for line in text.lines().filter(|line| line.starts_with("# ") && line.contains(" = ")) {
            let (key, _) = line[2..].split_once(" = ").unwrap();
            if key.contains([' ', '(', '{']) {
                continue;
            }
            let whole = text.replace(line, &line[2..]);
            Recipe::from_toml(&whole).unwrap().check().unwrap();
        }
    }
}

/// Decided by the problem.
const DERIVED: [&str; 5] = ["inputs", "outputs", "rounds", "d", "decision_set"];

#[test]
fn the_resolved_recipe_is_a_configuration_too() {
    for text in ALL {
        let recipe = Recipe::from_toml(text).unwrap();
        recipe.check().unwrap();
        let mut resolved = recipe.to_json().unwrap();
        remove_nulls(&mut resolved);
        let again = Recipe::from_toml(&as_toml(&resolved)).unwrap();
        assert_eq!(again, recipe);
    }
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(remove_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(remove_nulls),
        _ => {}
    }
}

/// Everything on one line a top-level key.
fn as_toml(value: &Value) -> String {
    fn inline(value: &Value) -> String {
        match value {
            Value::Object(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(key, value)| format!("{key} = {}", inline(value)))
                    .collect();
                format!("{{ {} }}", fields.join(", "))
            }
            Value::Array(values) => {
                format!("[{}]", values.iter().map(inline).collect::<Vec<_>>().join(", "))
            }
            other => other.to_string(),
        }
    }
    let fields = value.as_object().unwrap().iter();
    fields.map(|(key, value)| format!("{key} = {}\n", inline(value))).collect()
}

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
        (APOMDP, "models = 3", "models = 9223372036854775807", ""),
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
