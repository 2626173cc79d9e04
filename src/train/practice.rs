//! What the loop of Iterative RMFT asks of a problem and the model that practises it.

use super::config::RmftConfig;
use crate::Result;
use crate::model::Model;

/// One iteration, as the loop asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Zero-based index of the iteration.
    pub index: usize,
    /// Exploration of the rollouts: standard deviation of Gaussian decisions, temperature of categorical ones.
    pub exploration: f64,
    /// Trajectories k to keep of each scenario.
    pub keep: usize,
}

/// What the rollouts of one iteration were like, on average.
#[derive(Clone, Copy, Debug, Default)]
pub struct RolloutReport {
    /// Mean regret of all trajectories, exploration included.
    pub regret: f64,
    /// Mean regret of the kept ones, weighted as they are fitted.
    pub kept_regret: f64,
    /// Mean entropy of the decisions, in nats, where decisions are drawn from finitely many arms.
    pub entropy: Option<f64>,
    /// Share of trajectories that never choose the best arm in the second half, in bandits.
    pub suffix_failure: Option<f64>,
}

/// A problem as a model practises it: makes trajectories, keeps the best of them, and knows how well the model would
/// imitate those.
///
/// A problem of one's own with a model of one's own: every morning a shop sees a forecast and orders; what is left over is
/// lost, what is missing costs as much. Nobody tells it how forecast and demand are related.
///
/// ```
/// use lowregret::model::Model;
/// use lowregret::nn::schedule::Schedule;
/// use lowregret::numeric::rng::{Purpose, Streams};
/// use lowregret::train::config::RmftConfig;
/// use lowregret::train::practice::{Practice, RolloutReport, Round};
/// use lowregret::train::{rmft, selection::Weighting};
/// use rand::{Rng, RngExt};
/// use rand_distr::StandardNormal;
///
/// /// Orders `p[0] + p[1] * forecast`.
/// #[derive(Clone)]
/// struct Order([f64; 2]);
///
/// impl Order {
///     fn of(&self, forecast: f64) -> f64 {
///         self.0[0] + self.0[1] * forecast
///     }
/// }
///
/// impl Model for Order {
///     type Scalar = f64;
///     fn parameters(&self) -> &[f64] {
///         &self.0
///     }
///     fn parameters_mut(&mut self) -> &mut [f64] {
///         &mut self.0
///     }
/// }
///
/// struct Shop {
///     config: RmftConfig,
///     streams: Streams,
///     /// The training set: forecast and order of the mornings that went best.
///     kept: Vec<(f64, f64)>,
///     gradient: [f64; 2],
/// }
///
/// impl Shop {
///     /// A scenario: a forecast and the demand that comes true.
///     fn morning(rng: &mut impl Rng) -> (f64, f64) {
///         let forecast = rng.random::<f64>();
///         let noise: f64 = rng.sample(StandardNormal);
///         (forecast, 1.0 + 2.0 * forecast + 0.1 * noise)
///     }
/// }
///
/// impl Practice for Shop {
///     type Model = Order;
///
///     fn config(&self) -> &RmftConfig {
///         &self.config
///     }
///
///     fn roll_out(&mut self, model: &Order, round: Round) -> lowregret::Result<RolloutReport> {
///         let RmftConfig { scenarios, rollouts, .. } = self.config;
///         let mut report = RolloutReport::default();
///         self.kept.clear();
///         for scenario in 0..scenarios {
///             let mut rng = self.streams.stream(Purpose::Training, round.index, scenario, 0);
///             let (forecast, demand) = Shop::morning(&mut rng);
///             // 1. Every rollout faces the same demand and explores by itself.
///             let orders: Vec<f64> = (0..rollouts)
///                 .map(|rollout| {
///                     let of = (Purpose::Exploration, round.index, scenario, rollout);
///                     let noise: f64 = self.streams.stream(of.0, of.1, of.2, of.3).sample(StandardNormal);
///                     model.of(forecast) + round.exploration * noise
///                 })
///                 .collect();
///             // 2. Its regret, to the best order in hindsight, ranks it.
///             let regrets: Vec<f64> = orders.iter().map(|order| (order - demand).abs()).collect();
///             for (best, weight) in Weighting::Equal.select(&regrets, round.keep)? {
///                 self.kept.push((forecast, orders[best]));
///                 report.kept_regret += weight * regrets[best] / scenarios as f64;
///             }
///             report.regret += regrets.iter().sum::<f64>() / (rollouts * scenarios) as f64;
///         }
///         Ok(report)
///     }
///
///     fn sequences(&self) -> usize {
///         self.kept.len()
///     }
///
///     fn loss_and_gradient(&mut self, model: &Order, batch: &[usize]) -> (f64, &mut [f64]) {
///         let (mut loss, count) = (0.0, batch.len() as f64);
///         self.gradient = [0.0; 2];
///         for &(forecast, order) in batch.iter().map(|&i| &self.kept[i]) {
///             let error = model.of(forecast) - order;
///             loss += error * error / count;
///             self.gradient[0] += 2.0 * error / count;
///             self.gradient[1] += 2.0 * error * forecast / count;
///         }
///         (loss, &mut self.gradient)
///     }
///
///     fn validation_regret(&self, model: &Order) -> f64 {
///         let regret = |scenario| {
///             let mut rng = self.streams.stream(Purpose::Validation, 0, scenario, 0);
///             let (forecast, demand) = Shop::morning(&mut rng);
///             (model.of(forecast) - demand).abs()
///         };
///         (0..1000).map(regret).sum::<f64>() / 1000.0
///     }
/// }
///
/// let config = RmftConfig {
///     scenarios: 64,
///     rollouts: 8,
///     keep: 2,
///     iterations: 300,
///     exploration: Schedule { start: 0.5, end: 0.1 },
///     learning_rate: Schedule::constant(0.02),
///     ..RmftConfig::single_layer(1, 1)
/// };
/// config.check()?;
/// let streams = Streams::new(0);
/// let mut shop = Shop { config, streams, kept: Vec::new(), gradient: [0.0; 2] };
/// let mut model = Order([0.0, 0.0]);
/// let before = shop.validation_regret(&model);
/// rmft::train(&mut model, &mut shop, streams, |_, _| {})?;
/// let after = shop.validation_regret(&model);
/// // Of demand's spread of 0.1, nobody can save more than its mean size, 0.08.
/// assert!(before > 1.9 && after < 0.1, "regret {before:.2} to {after:.3}");
/// # Ok::<(), lowregret::Error>(())
/// ```
pub trait Practice {
    /// The model that practises.
    type Model: Model;

    /// Hyper-parameters, already checked.
    fn config(&self) -> &RmftConfig;

    /// Rolls out `model` in every scenario of the round and keeps the best trajectories as the training set.
    ///
    /// # Errors
    /// A regret that is not a number.
    fn roll_out(&mut self, model: &Self::Model, round: Round) -> Result<RolloutReport>;

    /// Number of sequences in the training set.
    fn sequences(&self) -> usize;

    /// Mean loss on the sequences `batch` of the training set, and its gradient, laid out as the parameters.
    fn loss_and_gradient(
        &mut self,
        model: &Self::Model,
        batch: &[usize],
    ) -> (f64, &mut [<Self::Model as Model>::Scalar]);

    /// Mean regret of `model` on validation scenarios, which are the same at every call.
    fn validation_regret(&self, model: &Self::Model) -> f64;
}
