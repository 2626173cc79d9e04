//! Random clouds of models around a nominal one.

use ndarray::Array2;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::Apomdp;
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::family::{Family, class_channel};
use crate::problem::pomdp::{Pomdp, Tables};
use crate::{Error, Result};

/// Three models of 3 states and 2 actions, drawn once and kept as data, so that numbers can be compared with those of
/// other implementations.
const REFERENCE: &str = include_str!("reference_cloud.csv");

/// Models `(1 - radius) nominal + radius other`, each with its own other transitions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudFamily {
    /// How the nominal model, and the transitions of the others, are drawn.
    pub family: Family,
    /// Number of models.
    pub models: usize,
    /// Weight of a model's own transitions, in [0, 1]; 0 leaves no ambiguity.
    pub radius: f64,
}

impl CloudFamily {
    /// Draws a nominal model and the cloud around it. Neither depends on the radius otherwise, nor on the pessimism.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a radius or pessimism outside [0, 1], a number of models that [`Apomdp::new`] refuses,
    /// and those of [`Family::check`].
    pub fn draw(&self, pessimism: f64, rng: &mut impl Rng) -> Result<(Pomdp, Apomdp)> {
        if !(0.0..=1.0).contains(&self.radius) {
            return Err(Error::parameter("radius", self.radius, "a number from 0 to 1"));
        }
        let nominal = self.family.draw(rng)?;
        // Refused before anything is drawn for them.
        super::check_models(self.models)?;
        let models = (0..self.models).map(|_| {
            let other = self.family.transitions(rng);
            let mixed = &nominal.transitions() * (1.0 - self.radius) + other * self.radius;
            Pomdp::new(Tables { transitions: mixed, ..nominal.tables() })
        });
        let cloud = Apomdp::new(models.collect::<Result<_>>()?, pessimism)?;
        Ok((nominal, cloud))
    }
}

/// The cloud of the reported numbers: 3 states, 2 actions, 2 observations seen with observability 0.7, 3 models, radius
/// 0.5.
///
/// # Errors
/// [`Error::Parameter`] for a pessimism outside [0, 1].
pub fn reference_cloud(pessimism: f64) -> Result<Apomdp> {
    let rows: Vec<Vec<f64>> = REFERENCE
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|x| x.parse().expect("our own table")).collect())
        .collect();
    let (states, actions) = (3, 2);
    let models = rows.chunks_exact(states * actions).map(|rows| {
        let rewards = rows.iter().map(|row| row[3]).collect();
        let laws: Vec<f64> = rows.iter().flat_map(|row| row[4..].iter().copied()).collect();
        let shape = (states * actions, states);
        let transitions = Array2::from_shape_vec(shape, laws).expect("our own table");
        let start = vec![1.0 / states as f64; states];
        let mdp = Mdp::new(actions, transitions, rewards, start, 1.0)?;
        Pomdp::hide(mdp, class_channel(states, actions, 2, 0.7))
    });
    Apomdp::new(models.collect::<Result<_>>()?, pessimism)
}
