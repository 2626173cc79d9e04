//! The learners as data: names, parameters, defaults, and the grids that fair tuning searches.

use BanditKind as Kind;
use Domain::{Count, Fraction, NonNegative, Positive, Probability};

use crate::learner::bandit::parameter::Domain;

/// The bandit learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BanditKind {
    /// A uniformly drawn arm in every round.
    Uniform,
    /// The arm of highest mean reward.
    Greedy,
    /// A constant share of random plays.
    EpsilonGreedy,
    /// A share of random plays that decays as 1 / t.
    DecayingEpsilonGreedy,
    /// Explore then commit.
    ExploreThenCommit,
    /// The first arm that has paid, for ever.
    StickWithFirstSuccess,
    /// UCB1, bonus `c sqrt(2 ln t / n)`.
    Ucb1,
    /// Bonus `c / sqrt n`.
    FixedUcb,
    /// UCB-V, with empirical variances.
    UcbV,
    /// MOSS, with known horizon.
    Moss,
    /// KL-UCB.
    KlUcb,
    /// Thompson sampling with Beta posteriors.
    Thompson,
    /// Thompson sampling with Gaussian posteriors.
    GaussianThompson,
    /// EXP3.
    Exp3,
    /// Exponential weights on estimated losses.
    Exp3Losses,
    /// EXP3.S.
    Exp3S,
    /// Rexp3.
    Rexp3,
    /// Sliding-window UCB.
    SlidingWindowUcb,
    /// Discounted UCB.
    DiscountedUcb,
    /// Discounted Thompson sampling.
    DiscountedThompson,
    /// Finite-horizon Gittins index.
    Gittins,
    /// Bayes-optimal play of two arms.
    BayesOptimal,
}

/// A parameter of a learner.
#[derive(Debug)]
pub struct Parameter {
    /// Its name in a specification.
    pub name: &'static str,
    pub(super) domain: Domain,
    /// What it is when not given; `None` when it then follows from horizon, arms and variation.
    pub default: Option<f64>,
    /// The values that tuning tries, in increasing order; empty when it is not tuned.
    pub grid: &'static [f64],
}

#[derive(Debug)]
pub(super) struct Entry {
    pub kind: BanditKind,
    pub name: &'static str,
    pub parameters: &'static [Parameter],
}

/// Most parameters of a learner.
pub(super) const MOST_PARAMETERS: usize = 3;

const fn number(
    name: &'static str,
    domain: Domain,
    default: f64,
    grid: &'static [f64],
) -> Parameter {
    Parameter { name, domain, default: Some(default), grid }
}

const fn derived(name: &'static str, domain: Domain, grid: &'static [f64]) -> Parameter {
    Parameter { name, domain, default: None, grid }
}

const fn entry(kind: BanditKind, name: &'static str, parameters: &'static [Parameter]) -> Entry {
    assert!(parameters.len() <= MOST_PARAMETERS);
    Entry { kind, name, parameters }
}

/// Scales of confidence widths.
const WIDTHS: &[f64] = &[0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4];
/// Learning rates of exponential weights.
const RATES: &[f64] = &[0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 4.0, 8.0];
/// Scales of squared confidence widths of the forgetting learners.
const SQUARED_WIDTHS: &[f64] = &[0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.6];
const DISCOUNTS: &[f64] = &[0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.985, 0.995, 1.0];
const PRIORS: &[f64] = &[0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0];

/// All learners, in the order of their kinds.
pub(super) static LEARNERS: [Entry; 22] = [
    entry(Kind::Uniform, "uniform", &[]),
    entry(Kind::Greedy, "greedy", &[]),
    entry(
        Kind::EpsilonGreedy,
        "epsilon-greedy",
        &[number("epsilon", Probability, 0.1, &[0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2])],
    ),
    entry(
        Kind::DecayingEpsilonGreedy,
        "decaying-epsilon-greedy",
        &[number("scale", NonNegative, 1.0, &[0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0])],
    ),
    entry(
        Kind::ExploreThenCommit,
        "explore-then-commit",
        &[derived("pulls", Count, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0])],
    ),
    entry(Kind::StickWithFirstSuccess, "stick-with-first-success", &[]),
    entry(Kind::Ucb1, "ucb1", &[number("c", NonNegative, 1.0, WIDTHS)]),
    entry(Kind::FixedUcb, "fixed-ucb", &[number("c", NonNegative, 1.0, WIDTHS)]),
    entry(
        Kind::UcbV,
        "ucb-v",
        &[
            number("zeta", NonNegative, 1.2, &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.2]),
            number("c", NonNegative, 1.0, &[0.0, 0.1, 0.3, 1.0, 3.0, 10.0]),
        ],
    ),
    entry(Kind::Moss, "moss", &[number("c", NonNegative, 1.0, WIDTHS)]),
    entry(
        Kind::KlUcb,
        "kl-ucb",
        &[
            number("c", NonNegative, 0.0, &[]),
            number(
                "scale",
                NonNegative,
                1.0,
                &[0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 4.0],
            ),
        ],
    ),
    entry(
        Kind::Thompson,
        "thompson",
        &[number("alpha", Positive, 1.0, PRIORS), number("beta", Positive, 1.0, PRIORS)],
    ),
    entry(
        Kind::GaussianThompson,
        "gaussian-thompson",
        &[
            // Rewards in [0, 1] have a standard deviation of at most 1/2.
            number("width", NonNegative, 0.5, WIDTHS),
            number("weight", NonNegative, 0.0, &[0.0, 0.5, 1.0, 2.0, 4.0]),
        ],
    ),
    entry(
        Kind::Exp3,
        "exp3",
        &[
            derived("gamma", Probability, &[0.0, 0.01, 0.05, 0.1, 0.2]),
            derived("eta", NonNegative, RATES),
        ],
    ),
    entry(
        Kind::Exp3Losses,
        "exp3-losses",
        &[derived("eta", NonNegative, &[0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0, 16.0])],
    ),
    entry(
        Kind::Exp3S,
        "exp3-s",
        &[
            derived("gamma", Probability, &[0.0, 0.02, 0.05, 0.1]),
            derived("eta", NonNegative, RATES),
            derived("alpha", Probability, &[0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2]),
        ],
    ),
    entry(
        Kind::Rexp3,
        "rexp3",
        &[
            derived("variation", NonNegative, &[0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]),
            derived("gamma", Probability, &[0.0, 0.02, 0.05, 0.1]),
            derived("eta", NonNegative, RATES),
        ],
    ),
    entry(
        Kind::SlidingWindowUcb,
        "sliding-window-ucb",
        &[
            derived("window", Count, &[5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0, 200.0]),
            number("xi", NonNegative, 0.6, SQUARED_WIDTHS),
        ],
    ),
    entry(
        Kind::DiscountedUcb,
        "discounted-ucb",
        &[derived("discount", Fraction, DISCOUNTS), number("xi", NonNegative, 0.6, SQUARED_WIDTHS)],
    ),
    entry(
        Kind::DiscountedThompson,
        "discounted-thompson",
        &[
            derived("discount", Fraction, DISCOUNTS),
            number("alpha", Positive, 1.0, &[0.2, 0.5, 1.0, 2.0]),
            number("beta", Positive, 1.0, &[0.5, 1.0, 2.0, 3.0]),
        ],
    ),
    entry(Kind::Gittins, "gittins", &[]),
    entry(Kind::BayesOptimal, "bayes-optimal", &[]),
];

impl BanditKind {
    /// Its line of the table, which lists the kinds in their order.
    pub(super) fn entry(self) -> &'static Entry {
        &LEARNERS[self as usize]
    }
}
