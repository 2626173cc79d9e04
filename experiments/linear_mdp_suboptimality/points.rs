//! One learner at one setting, and its rows in the table.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use serde::Serialize;

use super::trial::{Outcome, Quantity, Shown};

/// What a learner was made for and shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// Section of the page.
    pub part: &'static str,
    /// Number of steps H.
    pub horizon: usize,
    /// Length N of the prompts that the layer was made for; `None` for infinitely many, or a learner that was not made.
    pub length: Option<usize>,
    /// What is shown of a task.
    pub shown: Shown,
    /// Standard deviation of the noise of labels.
    pub noise: f64,
    /// Training steps and seed of a layer that was trained by gradient descent.
    pub trained: Option<(usize, u64)>,
}

/// What it did.
pub struct Point {
    pub setting: Setting,
    pub learner: String,
    pub outcome: Outcome,
    /// Contexts a task.
    pub contexts: usize,
}

/// A number of a point.
#[derive(Serialize)]
pub struct Row<'a> {
    part: &'a str,
    horizon: usize,
    learner: &'a str,
    trained_for: Option<usize>,
    context: &'static str,
    samples: Option<usize>,
    noise: f64,
    training_steps: Option<usize>,
    training_seed: Option<u64>,
    quantity: &'static str,
    mean: f64,
    low: Option<f64>,
    high: Option<f64>,
    tasks: usize,
    contexts: usize,
}

impl Point {
    /// Mean over tasks.
    pub fn estimate(&self, quantity: Quantity) -> Result<Estimate> {
        self.outcome.estimate(quantity)
    }

    /// Mean over tasks.
    pub fn mean(&self, quantity: Quantity) -> Result<f64> {
        Ok(self.estimate(quantity)?.mean)
    }

    /// All its numbers.
    pub fn rows(&self) -> Result<Vec<Row<'_>>> {
        let Setting { part, horizon, length, shown, noise, trained } = self.setting;
        let context = match shown {
            Shown::Trajectories(_) => "trajectories",
            _ => "generative",
        };
        Quantity::ALL
            .iter()
            .map(|&quantity| {
                let Estimate { mean, low, high, n } = self.estimate(quantity)?;
                Ok(Row {
                    part,
                    horizon,
                    learner: &self.learner,
                    trained_for: length,
                    context,
                    samples: shown.samples(),
                    noise,
                    training_steps: trained.map(|(steps, _)| steps),
                    training_seed: trained.map(|(_, seed)| seed),
                    quantity: quantity.name(),
                    mean,
                    low,
                    high,
                    tasks: n,
                    contexts: self.contexts,
                })
            })
            .collect()
    }
}

/// The points of a section, in the order they were measured.
pub struct Points(pub Vec<Point>);

impl Points {
    /// Those of one learner in one section over one horizon.
    pub fn of<'a>(
        &'a self,
        part: &'a str,
        horizon: usize,
        learner: &'a str,
    ) -> impl Iterator<Item = &'a Point> {
        self.0.iter().filter(move |point| {
            let Setting { part: own, horizon: steps, .. } = point.setting;
            own == part && steps == horizon && point.learner == learner
        })
    }

    /// The one of them that was shown `samples` samples.
    pub fn at<'a>(
        &'a self,
        part: &'a str,
        horizon: usize,
        learner: &'a str,
        samples: usize,
    ) -> Option<&'a Point> {
        let mut all = self.of(part, horizon, learner);
        all.find(|point| point.setting.shown.samples() == Some(samples))
    }

    /// A number of the setting and the mean of `quantity`, of each of them that has the former.
    pub fn line(
        &self,
        (part, horizon, learner): (&str, usize, &str),
        x: impl Fn(&Setting) -> Option<f64>,
        quantity: Quantity,
    ) -> Result<Vec<(f64, f64)>> {
        let points = self.of(part, horizon, learner);
        points
            .filter_map(|point| Some((x(&point.setting)?, point)))
            .map(|(x, point)| Ok((x, point.mean(quantity)?)))
            .collect()
    }
}

impl Setting {
    /// Number of samples shown, of a finite context.
    pub fn samples(&self) -> Option<f64> {
        self.shown.samples().map(|samples| samples as f64)
    }

    /// Length of the prompts that the layer was made for, if finite.
    pub fn trained_for(&self) -> Option<f64> {
        self.length.map(|length| length as f64)
    }
}
