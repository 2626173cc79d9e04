//! Courses from the tables of a configuration, and back.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::AnyCourse;
use super::table::{Parsed, Table};
use crate::learner::spec::LearnerSpec;
use crate::model::linear_attention::LinearAttentionConfig;
use crate::model::tokens::Tokens;
use crate::model::transformer::TransformerConfig;
use crate::problem::bandit::Bandit;
use crate::problem::full_information::FullInformation;
use crate::train::bandit::run::{BanditRun, Lesson};
use crate::train::course::full_information::{FullInformationCourse, Imitation, OnlineStage};
use crate::train::course::layer::LayerCourse;
use crate::train::course::planning::{
    HiddenCourse, HiddenLaw, HiddenStage, LinearFamily, MdpCourse, MdpStage,
};

const FULL_INFORMATION: &str = "full-information";
const BANDIT: &str = "bandit";
const MDP: &str = "mdp";
const POMDP: &str = "pomdp";
const APOMDP: &str = "apomdp";
const PROBLEMS: [&str; 5] = [FULL_INFORMATION, BANDIT, MDP, POMDP, APOMDP];

const LAYER: &str = "layer";
const TRANSFORMER: &str = "transformer";
const MODELS: [&str; 2] = [LAYER, TRANSFORMER];

const RMFT: &str = "rmft";
const DISTILLATION: &str = "distillation";
const SFT: &str = "sft";
const METHODS: [&str; 3] = [RMFT, DISTILLATION, SFT];

/// Tokens for questions, after the demonstrations of tasks whose state is seen.
const QUESTIONS: usize = 16;

/// The table of a problem whose state is hidden.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HiddenProblem {
    family: HiddenLaw,
}

impl AnyCourse {
    /// Takes the tables of a course out of a configuration.
    pub(super) fn from_table(root: &mut Table<'_>) -> Parsed<Self> {
        let mut problem = root.table("problem")?;
        let kind = problem.word("kind", &PROBLEMS)?;
        let mut model = root.table("model")?;
        let shape = model.word("kind", &MODELS)?;
        let stages = root.tables("stage")?;
        match (kind, shape) {
            (FULL_INFORMATION, LAYER) => {
                let problem: FullInformation = problem.read(&[])?;
                let model = layer_shape(model, &problem)?;
                let stages = only(RMFT, stages, "the layer in full information")?;
                Ok(Self::Layer(LayerCourse { problem, model, stages }))
            }
            (FULL_INFORMATION, _) => {
                let problem: FullInformation = problem.read(&[])?;
                problem.check().map_err(|e| e.to_string())?;
                let tokens = Tokens::new(problem.dimension, false);
                let shape = [tokens.width(), tokens.arms(), problem.horizon];
                let model = transformer_shape(model, shape)?;
                let stages = stages.into_iter().map(online).collect::<Parsed<_>>()?;
                Ok(Self::FullInformation(FullInformationCourse { problem, model, stages }))
            }
            (BANDIT, TRANSFORMER) => {
                let problem: Bandit = problem.read(&[])?;
                problem.check().map_err(|e| e.to_string())?;
                let tokens = Tokens::new(problem.arms, problem.fewest.is_some());
                let shape = [tokens.width(), tokens.arms(), problem.horizon];
                let model = transformer_shape(model, shape)?;
                let lessons = stages.into_iter().map(lesson).collect::<Parsed<_>>()?;
                Ok(Self::Bandit(BanditRun { name: BANDIT.to_owned(), problem, model, lessons }))
            }
            (MDP, TRANSFORMER) => {
                let problem: LinearFamily = problem.read(&[])?;
                let stages: Vec<MdpStage> = only(SFT, stages, "planning")?;
                let tokens = MdpCourse::tokens(&problem, &stages).map_err(|e| e.to_string())?;
                let most = stages.iter().map(|stage| stage.most_shown).max().unwrap_or(0);
                let rounds = most.saturating_add(QUESTIONS);
                let model = transformer_shape(model, [tokens.width(), tokens.actions(), rounds])?;
                Ok(Self::Mdp(MdpCourse { problem, model, stages }))
            }
            (POMDP | APOMDP, TRANSFORMER) => {
                let law: HiddenProblem = problem.read(&[])?;
                let problem = law.family;
                let stages: Vec<HiddenStage> = only(SFT, stages, "planning")?;
                let tokens = HiddenCourse::tokens(&problem, &stages).map_err(|e| e.to_string())?;
                let rounds = stages.iter().map(|stage| stage.most_tokens).max().unwrap_or(0);
                let model = transformer_shape(model, [tokens.width(), tokens.actions(), rounds])?;
                let course = HiddenCourse { problem, model, stages };
                match (kind, course.is_ambiguous()) {
                    (POMDP, true) => Err(format!(
                        "problem: kind \"{POMDP}\" has one model and no radius but 0: expected \"{APOMDP}\""
                    )),
                    (APOMDP, false) => Err(format!(
                        "problem: kind \"{APOMDP}\" has several models and a radius above 0: expected \"{POMDP}\""
                    )),
                    _ => Ok(Self::Hidden(course)),
                }
            }
            _ => Err(model.refuse(&format!(
                "kind \"{shape}\" does not learn problems of kind \"{kind}\": expected \"{TRANSFORMER}\""
            ))),
        }
    }

    /// The tables that it could have been taken from, with everything resolved.
    pub(super) fn to_json(&self) -> serde_json::Result<Value> {
        let (problem, model, stages) = match self {
            Self::Layer(course) => (
                tagged("kind", FULL_INFORMATION, &course.problem)?,
                tagged("kind", LAYER, course.model)?,
                all(&course.stages, |stage| tagged("method", RMFT, stage))?,
            ),
            Self::FullInformation(course) => (
                tagged("kind", FULL_INFORMATION, &course.problem)?,
                tagged("kind", TRANSFORMER, course.model)?,
                all(&course.stages, |stage| tagged("method", method_online(stage), stage))?,
            ),
            Self::Bandit(run) => (
                tagged("kind", BANDIT, &run.problem)?,
                tagged("kind", TRANSFORMER, run.model)?,
                all(&run.lessons, |lesson| tagged("method", method(lesson), lesson))?,
            ),
            Self::Mdp(course) => (
                tagged("kind", MDP, course.problem)?,
                tagged("kind", TRANSFORMER, course.model)?,
                all(&course.stages, |stage| tagged("method", SFT, stage))?,
            ),
            Self::Hidden(course) => (
                tagged(
                    "kind",
                    if course.is_ambiguous() { APOMDP } else { POMDP },
                    HiddenProblem { family: course.problem },
                )?,
                tagged("kind", TRANSFORMER, course.model)?,
                all(&course.stages, |stage| tagged("method", SFT, stage))?,
            ),
        };
        Ok(json!({ "problem": problem, "model": model, "stage": stages }))
    }
}

/// `content` with one more field.
fn tagged(tag: &str, name: &str, content: impl Serialize) -> serde_json::Result<Value> {
    let mut object = serde_json::to_value(content)?;
    object[tag] = json!(name);
    Ok(object)
}

fn all<T>(
    stages: &[T],
    one: impl Fn(&T) -> serde_json::Result<Value>,
) -> serde_json::Result<Vec<Value>> {
    stages.iter().map(one).collect()
}

/// The shape of a layer for a problem, which decides all but the scale of its output.
fn layer_shape(model: Table<'_>, problem: &FullInformation) -> Parsed<LinearAttentionConfig> {
    let usual = LinearAttentionConfig::new(problem.dimension, problem.horizon, problem.set);
    let mut model = model;
    let shape = LinearAttentionConfig {
        d: model.read_or("d", usual.d)?,
        horizon: model.read_or("horizon", usual.horizon)?,
        output_scale: model.read_or("output_scale", usual.output_scale)?,
        decision_set: model.read_or("decision_set", usual.decision_set)?,
    };
    model.finish(&["kind", "d", "horizon", "output_scale", "decision_set"])?;
    Ok(shape)
}

/// The shape of a Transformer; the problem decides what it reads and writes, and how long its sequences are.
fn transformer_shape(
    model: Table<'_>,
    [inputs, outputs, rounds]: [usize; 3],
) -> Parsed<TransformerConfig> {
    model.read(&[
        ("inputs", inputs.to_string()),
        ("outputs", outputs.to_string()),
        ("rounds", rounds.to_string()),
    ])
}

/// Stages of the only method that there is for `whom`.
fn only<T: DeserializeOwned + Serialize>(
    method: &str,
    stages: Vec<Table<'_>>,
    whom: &str,
) -> Parsed<Vec<T>> {
    let one = |mut stage: Table<'_>| {
        let other = stage.word("method", &METHODS)?;
        if other == method {
            return stage.read(&[]);
        }
        let message = format!("method \"{other}\" is not for {whom}: expected \"{method}\"");
        Err(stage.refuse(&message))
    };
    stages.into_iter().map(one).collect()
}

/// How a stage in full information is taught.
fn method_online(stage: &OnlineStage) -> &'static str {
    match stage {
        OnlineStage::Practice(_) => RMFT,
        OnlineStage::Imitation(Imitation { teacher: LearnerSpec::BestFixed, .. }) => SFT,
        OnlineStage::Imitation(_) => DISTILLATION,
    }
}

fn online(mut stage: Table<'_>) -> Parsed<OnlineStage> {
    let wanted = stage.word("method", &METHODS)?;
    if wanted == RMFT {
        return stage.read(&[]).map(OnlineStage::Practice);
    }
    let contradiction = stage.refuse(&match wanted {
        SFT => {
            format!("method \"{SFT}\" needs the teacher \"best-fixed\", or say \"{DISTILLATION}\"")
        }
        _ => format!("method \"{DISTILLATION}\" needs a learner as its teacher, or say \"{SFT}\""),
    });
    let stage = OnlineStage::Imitation(stage.read(&[])?);
    if method_online(&stage) == wanted { Ok(stage) } else { Err(contradiction) }
}

/// How a lesson in bandits is taught.
fn method(lesson: &Lesson) -> &'static str {
    match &lesson.teacher {
        None => RMFT,
        Some(teaching) if teaching.label_best_arm => SFT,
        Some(_) => DISTILLATION,
    }
}

fn lesson(mut stage: Table<'_>) -> Parsed<Lesson> {
    let wanted = stage.word("method", &METHODS)?;
    let contradiction = stage.refuse(&match wanted {
        RMFT => format!("method \"{RMFT}\" has no teacher: remove it, or say \"{DISTILLATION}\""),
        SFT => format!(
            "method \"{SFT}\" needs a teacher whose histories are labelled: teacher = {{ learner = \"thompson\", label_best_arm = true }}"
        ),
        _ => format!(
            "method \"{DISTILLATION}\" needs a teacher that is imitated: teacher = {{ learner = \"thompson\" }}"
        ),
    });
    let lesson: Lesson = stage.read(&[])?;
    if method(&lesson) == wanted { Ok(lesson) } else { Err(contradiction) }
}
