//! What models for hidden tasks are taught.

use lowregret::Result;
use lowregret::model::planning_tokens::PlanningTokens;
use lowregret::model::transformer::TransformerConfig;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::hidden_family::{HiddenFamily, HiddenSetting};
use lowregret::problem::linear_mdp::{Family, TaskLaw};
use lowregret::report::Experiment;
use lowregret::train::planning::{HiddenLessons, Teacher};
use serde::Serialize;

use super::stages::{Course, Taught, Trained};

/// Family `index` of linear processes behind a channel, whose tasks have `models` models: 0 is the one that is trained on, the
/// next has other features.
pub fn factors(index: usize, models: usize) -> Result<HiddenFamily> {
    let mut rng = Streams::new(0).stream(Purpose::Theory, 18, index, 0);
    let law = TaskLaw { concentration: 0.1, reward_power: 6.0 };
    let family = Family::draw((4, 3, 5), 0.1, law, &mut rng)?;
    Ok(HiddenFamily::Factors { family, observations: 2, models })
}

/// What is trained on one family.
#[derive(Serialize)]
pub struct HiddenCourse<'a> {
    /// Name in files.
    pub name: &'static str,
    #[serde(skip)]
    pub family: &'a HiddenFamily,
    /// Knobs, and demonstrations.
    pub settings: Vec<(HiddenSetting, usize)>,
    /// Share of random actions in the trajectories that are asked about.
    pub exploration: f64,
    /// Steps of pre-training.
    pub pretraining: usize,
    /// Steps of fine-tuning.
    pub fine_tuning: usize,
}

impl HiddenCourse<'_> {
    /// The tokens of the course: as many steps as its longest horizon.
    pub fn tokens(&self) -> PlanningTokens {
        let horizon = self.settings.iter().map(|(knobs, _)| knobs.horizon).max().unwrap_or(1);
        let knobs = self.settings[0].0.knobs().len();
        PlanningTokens::new(self.family.observations(), self.family.actions(), horizon, knobs)
    }

    /// Trains all models.
    pub fn train(&self, experiment: &mut Experiment, seeds: &[u64]) -> Result<Trained> {
        experiment.config(&format!("lessons_{}", self.name), self)?;
        let tokens = self.tokens();
        let needed = |(knobs, shown): &(HiddenSetting, usize)| (shown + 1) * knobs.horizon;
        let rounds = self.settings.iter().map(needed).max().unwrap_or(1);
        let lessons = |teacher: Teacher, streams: Streams| -> Result<Taught<'_>> {
            let shape = (tokens, rounds);
            let (settings, exploration) = (&self.settings, self.exploration);
            let lessons =
                HiddenLessons::new(self.family, teacher, settings, exploration, shape, streams)?;
            Ok(Box::new(lessons))
        };
        let course = Course {
            name: self.name,
            model: TransformerConfig {
                width: 64,
                heads: 4,
                ..TransformerConfig::new(tokens.width(), tokens.actions(), rounds)
            },
            pretraining: self.pretraining,
            fine_tuning: self.fine_tuning,
            lessons: &lessons,
        };
        course.train(experiment, seeds)
    }
}
