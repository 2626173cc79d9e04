mod refusals;

use super::*;
use crate::learner::bandit::spec::BanditSpec;
use crate::model::linear_attention::LinearAttentionConfig;
use crate::model::planning_tokens::PlanningTokens;
use crate::model::tokens::Tokens;
use crate::model::transformer::TransformerConfig;
use crate::nn::schedule::Schedule;
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

/// What the file says about teachers.
#[test]
fn the_full_information_file_can_have_a_teacher() {
    let (head, _) = FULL_INFORMATION.split_once("method = ").unwrap();
    let (_, config) = MDP.split_once("[stage.config]").unwrap();
    let (config, _) = config.split_once("# Fine-tuning").unwrap();
    for (method, teacher) in [("distillation", "hedge"), ("sft", "best-fixed")] {
        let words = [format!("method = \"{method}\""), format!("teacher = \"{teacher}\"")];
        assert!(words.iter().all(|word| FULL_INFORMATION.contains(word)));
        let text = format!("{head}{}\n{}\nbound = 1.0\n[stage.config]{config}", words[0], words[1]);
        Recipe::from_toml(&text).unwrap().check().unwrap();
    }
}

#[test]
fn checkpointing_may_be_left_out_in_part() {
    let text = BANDIT.replace("every = 25", "#");
    assert_eq!(Recipe::from_toml(&text).unwrap().checkpoint, Checkpointing::default());
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
