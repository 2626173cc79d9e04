//! Linear Markov decision processes with known features (Q-D4): the optimal Q-function of every step is linear in them.
//!
//! ```text
//! P(s' | s, a) = <phi(s, a), mu(s')>      r(s, a) = <phi(s, a), theta>      phi(s, a) in the simplex
//! ```
//!
//! A *family* fixes the features; a *task* draws the measures mu (each factor a law over states) and the rewards theta.

mod context;
mod multinomial;

pub use context::Context;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::{Rng, RngExt};
use rand_distr::Distribution;
use rand_distr::multi::Dirichlet;
use serde::{Deserialize, Serialize};

use super::mdp::{Mdp, check_law, check_sizes};
use crate::{Error, Result};

/// The 24 feature vectors of [`Family::reference`], drawn once from Dirichlet(1/2) and kept as data, so that numbers can be
/// compared with those of other implementations.
const REFERENCE: &str = include_str!("reference_features.csv");
/// Actions of the reference family.
const REFERENCE_ACTIONS: usize = 3;

/// How the tasks of a family are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskLaw {
    /// Concentration of the symmetric Dirichlet law of each measure mu_j over states.
    pub concentration: f64,
    /// theta_j is a uniform number from [0, 1] to this power: 1 spreads rewards evenly, 6 makes them rare.
    pub reward_power: f64,
}

/// Linear processes that share their features.
#[derive(Clone, Debug)]
pub struct Family {
    actions: usize,
    features: Array2<f64>,
    tasks: TaskLaw,
}

/// One process of a family.
#[derive(Clone, Debug)]
pub struct LinearMdp {
    /// The process as tables; it starts in every state with equal probability and does not discount.
    pub mdp: Mdp,
    /// theta: rewards of the d factors.
    pub factor_rewards: Array1<f64>,
    /// mu: laws over the next state, factors x states.
    pub measures: Array2<f64>,
}

impl Family {
    /// A family with the feature vectors `features`, pairs x factors (row `s * actions + a` is phi(s, a)).
    ///
    /// # Errors
    /// [`Error::Parameter`] for a number of rows that is no multiple of `actions`, a row that is no point of the simplex, a
    /// concentration or power outside [1e-3, 1e3].
    pub fn new(actions: usize, features: Array2<f64>, tasks: TaskLaw) -> Result<Self> {
        let (pairs, factors) = features.dim();
        if actions == 0 || pairs == 0 || pairs % actions != 0 || factors == 0 {
            let size = format!("{pairs} x {factors} table for {actions} actions");
            return Err(Error::parameter(
                "features",
                size,
                "a row for every action of every state",
            ));
        }
        check_sizes(pairs / actions, actions)?;
        for (pair, row) in features.rows().into_iter().enumerate() {
            let name = || format!("features[state {}, action {}]", pair / actions, pair % actions);
            check_law(name, row.iter().copied())?;
        }
        check_scale("concentration", tasks.concentration)?;
        check_scale("reward_power", tasks.reward_power)?;
        Ok(Self { actions, features, tasks })
    }

    /// A family whose features are drawn from the symmetric Dirichlet law of the given concentration.
    ///
    /// # Errors
    /// [`Error::Parameter`] for sizes of 0 (less than 2 factors), absurd sizes, a concentration or power outside [1e-3, 1e3].
    pub fn draw(
        (states, actions, factors): (usize, usize, usize),
        concentration: f64,
        tasks: TaskLaw,
        rng: &mut impl Rng,
    ) -> Result<Self> {
        check_sizes(states, actions)?;
        check_sizes(factors, states.saturating_mul(actions))?;
        check_scale("feature concentration", concentration)?;
        let law = symmetric_dirichlet("factors", factors, concentration)?;
        let features = simplex_rows(&law, (states * actions, factors), rng);
        Self::new(actions, features, tasks)
    }

    /// 8 states, 3 actions, 6 factors, Dirichlet(1/2) features and measures, uniform rewards: the family of the reported
    /// numbers.
    #[must_use]
    pub fn reference() -> Self {
        let rows: Vec<Vec<f64>> = REFERENCE
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(|x| x.parse().expect("our own table")).collect())
            .collect();
        let shape = (rows.len(), rows[0].len());
        let features = Array2::from_shape_vec(shape, rows.concat()).expect("our own table");
        let tasks = TaskLaw { concentration: 0.5, reward_power: 1.0 };
        Self::new(REFERENCE_ACTIONS, features, tasks).expect("our own table")
    }

    /// Number of actions.
    #[must_use]
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// Number of states.
    #[must_use]
    pub fn states(&self) -> usize {
        self.features.nrows() / self.actions
    }

    /// phi(s, a), pairs x factors.
    #[must_use]
    pub fn features(&self) -> ArrayView2<'_, f64> {
        self.features.view()
    }

    /// Draws a task: mu_j from the symmetric Dirichlet law over states, theta_j from uniform numbers to the power.
    pub fn task(&self, rng: &mut impl Rng) -> LinearMdp {
        let (states, factors) = (self.states(), self.features.ncols());
        let measures = if states == 1 {
            Array2::ones((factors, 1))
        } else {
            let law = symmetric_dirichlet("states", states, self.tasks.concentration)
                .expect("checked by the constructor");
            simplex_rows(&law, (factors, states), rng)
        };
        let factor_rewards: Array1<f64> =
            (0..factors).map(|_| rng.random::<f64>().powf(self.tasks.reward_power)).collect();
        let mut transitions = self.features.dot(&measures);
        // Rounding must not leave rows that add up to 1 - 1e-9.
        for mut row in transitions.rows_mut() {
            row /= row.sum();
        }
        let rewards = self.features.dot(&factor_rewards).to_vec();
        let start = vec![1.0 / states as f64; states];
        let mdp = Mdp::new(self.actions, transitions, rewards, start, 1.0)
            .expect("mixtures of laws are laws");
        LinearMdp { mdp, factor_rewards, measures }
    }

    /// Lambda: the second moments of the features when every pair is equally likely, factors x factors.
    #[must_use]
    pub fn second_moments(&self) -> Array2<f64> {
        self.features.t().dot(&self.features) / self.features.nrows() as f64
    }

    /// The values of a linear function at every pair: weights steps x factors, result steps x pairs.
    ///
    /// # Panics
    /// If the weights have another number of factors.
    #[must_use]
    pub fn values(&self, weights: ArrayView2<'_, f64>) -> Array2<f64> {
        weights.dot(&self.features.t())
    }
}

fn check_scale(field: &str, value: f64) -> Result<()> {
    if (1e-3..=1e3).contains(&value) {
        return Ok(());
    }
    Err(Error::parameter(field, value, "a number from 0.001 to 1000"))
}

fn symmetric_dirichlet(field: &str, length: usize, concentration: f64) -> Result<Dirichlet<f64>> {
    Dirichlet::new(&vec![concentration; length])
        .map_err(|_| Error::parameter(field, length, "at least 2"))
}

/// Independent rows from a law on the simplex.
fn simplex_rows(law: &Dirichlet<f64>, shape: (usize, usize), rng: &mut impl Rng) -> Array2<f64> {
    let mut rows = Array2::zeros(shape);
    for mut row in rows.axis_iter_mut(Axis(0)) {
        let drawn: Vec<f64> = law.sample(rng);
        row.assign(&ArrayView1::from(&drawn));
    }
    rows
}

#[cfg(test)]
mod tests;
