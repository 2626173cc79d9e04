//! A whole training run of a Transformer on bandits as data: the problem, the model's shape, and one lesson after another.

use serde::{Deserialize, Serialize};

use super::{BanditPractice, BanditTask, Teacher};
use crate::learner::bandit::spec::{BanditSpec, Knowledge};
use crate::model::tokens::Tokens;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::problem::bandit::Bandit;
use crate::train::config::RmftConfig;
use crate::train::log::TrainingRow;
use crate::train::ranking::{Credit, Ranking};
use crate::train::resumable::{Resumable, stage_streams};
use crate::train::rmft::Trainer;
use crate::train::sequence_fit::untrained;
use crate::{Error, Result};

/// What the model is taught for a number of iterations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Whose trajectories are imitated; the model's own when absent.
    #[serde(default)]
    pub teacher: Option<Teaching>,
    /// What trajectories are ranked by.
    pub ranking: Ranking,
    /// What is kept: trajectories or decisions.
    #[serde(default)]
    pub credit: Credit,
    /// Hyper-parameters.
    pub config: RmftConfig,
}

/// A classical learner as the teacher.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Teaching {
    /// The learner.
    pub learner: BanditSpec,
    /// Whether its histories are labelled with the best arm rather than with what it chose.
    #[serde(default)]
    pub label_best_arm: bool,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BanditRun {
    /// Name of the run in logs.
    pub name: String,
    /// The problem.
    pub problem: Bandit,
    /// The model's shape.
    pub model: TransformerConfig,
    /// What it is taught, in order.
    pub lessons: Vec<Lesson>,
}

/// What a run made.
#[derive(Clone, Debug)]
pub struct TrainedBandit {
    /// The model after the last lesson.
    pub model: Transformer<f32>,
    /// The model after each lesson but the last.
    pub earlier: Vec<Transformer<f32>>,
    /// The log of all lessons.
    pub history: Vec<TrainingRow>,
}

impl Lesson {
    /// Iterative RMFT on the model's own trajectories.
    pub fn own(ranking: Ranking, credit: Credit, config: RmftConfig) -> Self {
        Self { teacher: None, ranking, credit, config }
    }

    /// Imitation of `learner`: one trajectory a scenario, all of them kept.
    pub fn imitation(learner: BanditSpec, label_best_arm: bool, config: RmftConfig) -> Self {
        let config = RmftConfig {
            scenarios: config.scenarios.saturating_mul(config.rollouts),
            rollouts: 1,
            keep: 1,
            keep_later: Vec::new(),
            ..config
        };
        Self {
            teacher: Some(Teaching { learner, label_best_arm }),
            ranking: Ranking::RealisedReward,
            credit: Credit::Trajectory,
            config,
        }
    }
}

impl BanditRun {
    /// One lesson for a model of the usual shape.
    pub fn new(name: &str, problem: &Bandit, lesson: Lesson) -> Self {
        let tokens = Tokens::new(problem.arms, problem.fewest.is_some());
        Self {
            name: name.to_owned(),
            problem: problem.clone(),
            model: TransformerConfig::new(tokens.width(), problem.arms, problem.horizon),
            lessons: vec![lesson],
        }
    }

    /// The same run after a lesson that comes first: a base model.
    #[must_use]
    pub fn after(mut self, lesson: Lesson) -> Self {
        self.lessons.insert(0, lesson);
        self
    }

    /// Number of iterations of all lessons.
    pub fn iterations(&self) -> usize {
        let iterations = self.lessons.iter().map(|lesson| lesson.config.iterations);
        iterations.fold(0, usize::saturating_add)
    }

    /// Environment steps of all lessons.
    pub fn steps(&self) -> usize {
        let steps = |lesson: &Lesson| {
            lesson.config.iterations.saturating_mul(lesson.config.steps_each(self.problem.horizon))
        };
        self.lessons.iter().map(steps).fold(0, usize::saturating_add)
    }

    /// The model before the first lesson.
    ///
    /// # Errors
    /// No lesson; a bad problem, ranking, configuration or shape.
    pub(in crate::train) fn start(&self, seed: u64) -> Result<Transformer<f32>> {
        if self.lessons.is_empty() {
            return Err(Error::parameter("lessons", "none", "at least one"));
        }
        self.problem.check()?;
        for lesson in &self.lessons {
            lesson.ranking.check()?;
            lesson.config.check()?;
        }
        untrained(&self.model, seed)
    }

    /// Hands the loop of lesson `number`, which starts from `model` as it stands, to `go`. Every random number comes from
    /// `seed`, and every lesson has its own.
    pub(in crate::train) fn lesson(
        &self,
        model: &mut Transformer<f32>,
        number: usize,
        seed: u64,
        go: impl FnOnce(Trainer<BanditPractice<f32>>) -> Result<()>,
    ) -> Result<()> {
        let streams = stage_streams(seed, number);
        let lesson = &self.lessons[number];
        let prepared = match &lesson.teacher {
            Some(teaching) => Some(teaching.learner.prepare(Knowledge::of(&self.problem))?),
            None => None,
        };
        let learner = prepared.as_ref().map(|prepared| move |arms| prepared.build(arms));
        let teacher = learner.as_ref().zip(lesson.teacher.as_ref()).map(|(learner, teaching)| {
            Teacher { learner, label_best_arm: teaching.label_best_arm }
        });
        let task = BanditTask {
            problem: &self.problem,
            ranking: lesson.ranking,
            credit: lesson.credit,
            teacher,
        };
        let mut practice = BanditPractice::new(model, task, &lesson.config, streams)?;
        go(Trainer::new(model, &mut practice, streams))
    }

    /// Trains a model from random weights; every random number comes from `seed`. `each_iteration` is called after every
    /// iteration, for progress.
    ///
    /// # Errors
    /// No lesson, and those of [`train`](super::train) and of preparing a teacher.
    pub fn train(&self, seed: u64, mut each_iteration: impl FnMut()) -> Result<TrainedBandit> {
        let mut model = self.start(seed)?;
        let (mut earlier, mut history, mut steps_before) = (Vec::new(), Vec::new(), 0);
        for (number, lesson) in self.lessons.iter().enumerate() {
            if number > 0 {
                earlier.push(model.clone());
            }
            let steps = lesson.config.steps_each(self.problem.horizon);
            self.lesson(&mut model, number, seed, |mut trainer| {
                while let Some(report) = trainer.step()? {
                    history.push(TrainingRow::of(&self.name, seed, &report, steps_before, steps));
                    each_iteration();
                }
                Ok(())
            })?;
            steps_before += lesson.config.iterations * steps;
        }
        Ok(TrainedBandit { model, earlier, history })
    }
}
