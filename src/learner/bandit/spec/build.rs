//! From a specification to a learner.

use std::sync::Arc;

use super::{BanditKind as Kind, BanditSpec, MOST_PARAMETERS};
use crate::learner::bandit::BanditLearner;
use crate::learner::bandit::arms::at_least_one;
use crate::learner::bandit::bayes_optimal::{BayesOptimal, TwoArmPlan};
use crate::learner::bandit::epsilon_greedy::EpsilonGreedy;
use crate::learner::bandit::exp3::Exp3;
use crate::learner::bandit::explore_then_commit::ExploreThenCommit;
use crate::learner::bandit::forgetting_ucb::{DiscountedUcb, SlidingWindowUcb};
use crate::learner::bandit::gaussian_thompson::GaussianThompson;
use crate::learner::bandit::gittins::{Gittins, GittinsTable};
use crate::learner::bandit::greedy::Greedy;
use crate::learner::bandit::kl_ucb::KlUcb;
use crate::learner::bandit::rescaled::Rescaled;
use crate::learner::bandit::stick::StickWithFirstSuccess;
use crate::learner::bandit::thompson::Thompson;
use crate::learner::bandit::tuning::best_setting;
use crate::learner::bandit::ucb::Ucb;
use crate::learner::bandit::ucb_v::UcbV;
use crate::learner::bandit::uniform::UniformArm;
use crate::numeric::rng::Streams;
use crate::problem::bandit::{Bandit, Means, RewardLaw};
use crate::{Error, Result};

/// Spreads of an unbounded law that count as its range, on either side.
const SPREADS: f64 = 2.0;

/// What learners are told of a problem in advance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knowledge {
    /// Number of rounds T.
    pub horizon: usize,
    /// Reward that learners see as 0.
    pub low: f64,
    /// Reward that learners see as 1.
    pub high: f64,
    /// Variation budget V_T of the means, in units of reward; 0 when they stay. Default parameters of the forgetting
    /// learners follow from it: those that reckon with change points are told V_T / (high - low) of them, as many
    /// as would vary as much by moving across the whole range.
    pub variation: f64,
}

impl Knowledge {
    /// Rewards in [0, 1] whose means stay.
    #[must_use]
    pub fn new(horizon: usize) -> Self {
        Self { horizon, low: 0.0, high: 1.0, variation: 0.0 }
    }

    /// What the laws of a problem tell: its horizon, its variation budget, and the range of its rewards. Normal and
    /// heavy-tailed parts count as far as two spreads from their centre.
    #[must_use]
    pub fn of(problem: &Bandit) -> Self {
        let (low, high) = range_of_means(&problem.means);
        let (low, high) = match problem.rewards {
            RewardLaw::Bernoulli | RewardLaw::Beta { .. } => (0.0, 1.0),
            RewardLaw::Exact => (low, high),
            RewardLaw::Uniform { width } => (low - width / 2.0, high + width / 2.0),
            RewardLaw::Gaussian { std: scale } | RewardLaw::HeavyTailed { scale, .. } => {
                (low - SPREADS * scale, high + SPREADS * scale)
            }
        };
        // A problem of one possible reward has no scale of its own.
        let high = if high > low { high } else { low + 1.0 };
        Self { horizon: problem.horizon, low, high, variation: problem.variation_budget() }
    }

    fn check(&self) -> Result<()> {
        let Self { horizon, low, high, variation } = *self;
        if horizon == 0 {
            return Err(Error::parameter("horizon", horizon, "at least one round"));
        }
        if !(low < high && (high - low).is_finite()) {
            let value = format!("{low} to {high}");
            return Err(Error::parameter("range of rewards", value, "finite numbers, low < high"));
        }
        if !(variation >= 0.0 && variation.is_finite()) {
            return Err(Error::parameter("variation", variation, "a finite number >= 0"));
        }
        Ok(())
    }
}

/// The interval of the means, two spreads about the centre of normal ones.
fn range_of_means(means: &Means) -> (f64, f64) {
    match means {
        Means::Normal { center, spread } => (center - SPREADS * spread, center + SPREADS * spread),
        Means::Mixture { parts } => parts
            .iter()
            .map(|(_, part)| range_of_means(part))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            .unwrap_or((0.0, 1.0)),
        _ => means.range(),
    }
}

type BoxedLearner = Box<dyn BanditLearner + Send>;

/// A learner ready to be built for one scenario after another; tables made once are shared by all of them.
pub struct Prepared {
    make: Box<dyn Fn(usize) -> Result<BoxedLearner> + Send + Sync>,
}

impl Prepared {
    /// A learner of `arms` arms that has seen nothing.
    ///
    /// # Errors
    /// No arm; other than two arms for Bayes-optimal play.
    pub fn build(&self, arms: usize) -> Result<BoxedLearner> {
        (self.make)(at_least_one(arms)?)
    }
}

impl BanditSpec {
    /// Makes what the learner needs for this horizon.
    ///
    /// # Errors
    /// A horizon of no round, or longer than the tables of Gittins indices or of Bayes-optimal play allow; a range or a
    /// variation that is none.
    pub fn prepare(&self, knowledge: Knowledge) -> Result<Prepared> {
        knowledge.check()?;
        let Knowledge { horizon, low, high, variation } = knowledge;
        let changes = variation / (high - low);
        let range = (low, high - low);
        let parameters = self.parameters();
        let [first, second, third]: [Option<f64>; MOST_PARAMETERS] = std::array::from_fn(|i| {
            self.values[i].or_else(|| parameters.get(i).and_then(|parameter| parameter.default))
        });
        // The same where the default is a constant, so that the value is there.
        let [a, b, c] = [first, second, third].map(|value| value.unwrap_or(f64::NAN));
        let first_count = first.map(|value| value as usize);
        Ok(match self.kind {
            Kind::Uniform => ready(range, UniformArm::new),
            Kind::Greedy => ready(range, Greedy::new),
            Kind::EpsilonGreedy => ready(range, move |k| EpsilonGreedy::constant(k, a)),
            Kind::DecayingEpsilonGreedy => ready(range, move |k| EpsilonGreedy::decaying(k, a)),
            Kind::ExploreThenCommit => ready(range, move |k| {
                let balanced = || ExploreThenCommit::balanced_pulls(k, horizon);
                ExploreThenCommit::new(k, first_count.unwrap_or_else(balanced))
            }),
            Kind::StickWithFirstSuccess => ready(range, StickWithFirstSuccess::new),
            Kind::Ucb1 => ready(range, move |k| Ucb::ucb1(k, a)),
            Kind::FixedUcb => ready(range, move |k| Ucb::fixed(k, a)),
            Kind::UcbV => ready(range, move |k| UcbV::new(k, a, b)),
            Kind::Moss => ready(range, move |k| Ucb::moss(k, horizon, a)),
            Kind::KlUcb => ready(range, move |k| KlUcb::new(k, a, b)),
            Kind::Thompson => ready(range, move |k| Thompson::new(k, a, b)),
            Kind::GaussianThompson => ready(range, move |k| GaussianThompson::new(k, a, b)),
            Kind::Exp3 => ready(range, move |k| {
                let gamma = first.unwrap_or_else(|| Exp3::balanced_gamma(k, horizon));
                Exp3::new(k, gamma, second.unwrap_or(gamma / k as f64))
            }),
            Kind::Exp3Losses => ready(range, move |k| {
                Exp3::with_losses(k, first.unwrap_or_else(|| Exp3::balanced_loss_eta(k, horizon)))
            }),
            Kind::Exp3S => ready(range, move |k| {
                let balanced = || Exp3::balanced_sharing_gamma(k, horizon, changes);
                let gamma = first.unwrap_or_else(balanced);
                let learner = Exp3::new(k, gamma, second.unwrap_or(gamma / k as f64))?;
                learner.sharing(third.unwrap_or(1.0 / horizon as f64))
            }),
            Kind::Rexp3 => ready(range, move |k| {
                let batch = Exp3::balanced_batch(k, horizon, first.unwrap_or(changes));
                let gamma = second.unwrap_or_else(|| Exp3::balanced_gamma(k, batch));
                let learner = Exp3::new(k, gamma, third.unwrap_or(gamma / k as f64))?;
                learner.restarting(batch)
            }),
            Kind::SlidingWindowUcb => {
                let balanced = SlidingWindowUcb::balanced_window(horizon, changes);
                // A longer window forgets nothing either.
                let window = first_count.unwrap_or(balanced).min(horizon);
                ready(range, move |k| SlidingWindowUcb::new(k, window, b))
            }
            Kind::DiscountedUcb => {
                let balanced = DiscountedUcb::balanced_discount(horizon, changes);
                ready(range, move |k| DiscountedUcb::new(k, first.unwrap_or(balanced), b))
            }
            Kind::DiscountedThompson => {
                let balanced = DiscountedUcb::balanced_discount(horizon, changes);
                let discount = first.unwrap_or(balanced);
                ready(range, move |k| Thompson::discounted(k, b, c, discount))
            }
            Kind::Gittins => {
                let table = Arc::new(GittinsTable::new(horizon)?);
                ready(range, move |k| Gittins::new(k, table.clone()))
            }
            Kind::BayesOptimal => {
                let plan = Arc::new(TwoArmPlan::new(horizon)?);
                ready(range, move |k| BayesOptimal::new(k, plan.clone()))
            }
        })
    }
}

impl BanditSpec {
    /// The same learner with the setting of its grid that [`best_setting`] finds on the first `count` tuning scenarios
    /// of `problem`; unchanged if there is nothing to tune.
    ///
    /// # Errors
    /// As [`best_setting`] and [`BanditSpec::prepare`].
    pub fn tuned_on(&self, problem: &Bandit, streams: &Streams, count: usize) -> Result<Self> {
        let axes = self.axes();
        if axes.is_empty() {
            return Ok(*self);
        }
        let knowledge = Knowledge::of(problem);
        let best = best_setting(problem, streams, count, &axes, |setting, scenario| {
            self.tuned(setting)?.prepare(knowledge)?.build(scenario.present())
        })?;
        self.tuned(&best.setting)
    }
}

/// What builds the learners of `make`, which see rewards of the range `(low, width)` mapped onto [0, 1].
fn ready<L: BanditLearner + Send + 'static>(
    (low, width): (f64, f64),
    make: impl Fn(usize) -> Result<L> + Send + Sync + 'static,
) -> Prepared {
    let make: Box<dyn Fn(usize) -> Result<BoxedLearner> + Send + Sync> =
        if (low, width) == (0.0, 1.0) {
            Box::new(move |arms| Ok(Box::new(make(arms)?)))
        } else {
            Box::new(move |arms| Ok(Box::new(Rescaled::new(make(arms)?, low, width))))
        };
    Prepared { make }
}
