//! Learners by name, as users write them: `ftrl`, `ftrl:eta=0.1`, `hedge:anytime`, `optimistic-ftrl`, `ftl`, ...

use std::fmt;
use std::str::FromStr;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::Learner;
use super::constant::Constant;
use super::ftrl::{Ftrl, FtrlStep, tuned_step};
use super::gradient_ascent::GradientAscent;
use super::hedge::Hedge;
use crate::problem::decision_set::DecisionSet;
use crate::suggest::expected;
use crate::{Error, Result};

/// A classical learner and how it chooses its step size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum LearnerSpec {
    /// FTRL with the L2 regulariser.
    Ftrl(Step),
    /// FTRL that counts the last reward twice.
    OptimisticFtrl(Step),
    /// Hedge over the corners of the decision set.
    Hedge(Step),
    /// Hedge that counts the last reward twice.
    OptimisticHedge(Step),
    /// Projected online gradient ascent.
    GradientAscent(Step),
    /// Follow the leader.
    Leader,
    /// The centre of the set, for ever.
    Center,
    /// The best fixed decision in hindsight: regret 0 at the end, not a learner one could run.
    BestFixed,
}

/// Choice of a step size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// This number.
    Fixed(f64),
    /// The number that minimises the regret bound for the known horizon and reward bound.
    Tuned,
    /// The same with the current round in place of the horizon, so that no horizon need be known.
    Anytime,
}

/// What a tuned step size needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Number of rounds T.
    pub rounds: usize,
    /// Length G of a reward vector that tuned step sizes reckon with: a bound for their guarantee to hold, or a typical
    /// length known in advance.
    pub bound: f64,
}

/// Largest step size, so that step times reward stays finite.
const MAX_STEP: f64 = 1e100;

const NAMES: [&str; 8] = [
    "ftrl",
    "optimistic-ftrl",
    "hedge",
    "optimistic-hedge",
    "gradient-ascent",
    "ftl",
    "center",
    "best-fixed",
];

impl LearnerSpec {
    /// A fresh learner for `rewards` (rounds x d): only the shape is used, except by the hindsight comparator.
    pub fn build(
        &self,
        set: DecisionSet,
        scale: Scale,
        rewards: ArrayView2<f64>,
    ) -> Box<dyn Learner> {
        let d = rewards.ncols();
        // Steps that minimise the bounds range / eta + eta G^2 T / 2 and ln N / eta + eta c^2 T / 2.
        let euclidean = tuned_step(set, d, scale.bound, 1);
        let corner = match set {
            DecisionSet::Ball { radius } => radius,
            DecisionSet::Simplex => 1.0,
        };
        let entropic = (2.0 * (Hedge::experts(set, d) as f64).ln()).sqrt() / (corner * scale.bound);
        let root = (scale.rounds as f64).sqrt();
        let number = |step: Step, anytime_scale: f64| match step {
            Step::Fixed(eta) => (eta, false),
            Step::Tuned => (anytime_scale / root, false),
            Step::Anytime => (anytime_scale, true),
        };
        let ftrl = |step, optimistic| {
            let step = match number(step, euclidean) {
                (eta, false) => FtrlStep::Fixed(eta),
                (eta, true) => FtrlStep::Anytime(eta),
            };
            Box::new(Ftrl::new(set, d, step, optimistic))
        };
        let hedge = |step, optimistic| {
            let (eta, anytime) = number(step, entropic);
            Box::new(Hedge::new(set, d, eta, anytime, optimistic))
        };
        match *self {
            Self::Ftrl(step) => ftrl(step, false),
            Self::OptimisticFtrl(step) => ftrl(step, true),
            Self::Hedge(step) => hedge(step, false),
            Self::OptimisticHedge(step) => hedge(step, true),
            Self::GradientAscent(step) => {
                let (eta, anytime) = number(step, euclidean);
                Box::new(GradientAscent::new(set, d, eta, anytime))
            }
            Self::Leader => Box::new(Ftrl::new(set, d, FtrlStep::Leader, false)),
            Self::Center => Box::new(Constant::center(set, d)),
            Self::BestFixed => Box::new(Constant::best_in_hindsight(set, rewards)),
        }
    }

    fn parts(&self) -> (&'static str, Option<Step>) {
        match *self {
            Self::Ftrl(step) => (NAMES[0], Some(step)),
            Self::OptimisticFtrl(step) => (NAMES[1], Some(step)),
            Self::Hedge(step) => (NAMES[2], Some(step)),
            Self::OptimisticHedge(step) => (NAMES[3], Some(step)),
            Self::GradientAscent(step) => (NAMES[4], Some(step)),
            Self::Leader => (NAMES[5], None),
            Self::Center => (NAMES[6], None),
            Self::BestFixed => (NAMES[7], None),
        }
    }
}

impl fmt::Display for LearnerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (name, None | Some(Step::Tuned)) => write!(f, "{name}"),
            (name, Some(Step::Anytime)) => write!(f, "{name}:anytime"),
            (name, Some(Step::Fixed(eta))) => write!(f, "{name}:eta={eta:?}"),
        }
    }
}

impl From<LearnerSpec> for String {
    fn from(spec: LearnerSpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for LearnerSpec {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl FromStr for LearnerSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, option) = match text.split_once(':') {
            Some((name, option)) => (name, Some(option)),
            None => (text, None),
        };
        let step = match option {
            None => Step::Tuned,
            Some("anytime") => Step::Anytime,
            Some(option) => match option.strip_prefix("eta=").and_then(|eta| eta.parse().ok()) {
                Some(eta) if eta > 0.0 && eta <= MAX_STEP => Step::Fixed(eta),
                _ => {
                    let expected =
                        "an option \"anytime\" or \"eta=NUMBER\" with a number in (0, 1e100]";
                    return Err(Error::parameter("learner", text, expected));
                }
            },
        };
        let spec = match name {
            "ftrl" => Self::Ftrl(step),
            "optimistic-ftrl" => Self::OptimisticFtrl(step),
            "hedge" => Self::Hedge(step),
            "optimistic-hedge" => Self::OptimisticHedge(step),
            "gradient-ascent" => Self::GradientAscent(step),
            "ftl" => Self::Leader,
            "center" => Self::Center,
            "best-fixed" => Self::BestFixed,
            _ => {
                return Err(Error::parameter("learner", text, expected(name, NAMES)));
            }
        };
        match (spec.parts().1, option) {
            (None, Some(_)) => {
                Err(Error::parameter("learner", text, format!("\"{name}\" without options")))
            }
            _ => Ok(spec),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::play::play;
    use ndarray::Array2;

    #[test]
    fn names_survive_a_round_trip() {
        for name in NAMES {
            let spec: LearnerSpec = name.parse().unwrap();
            assert_eq!(spec.to_string(), name);
        }
        for text in ["ftrl:eta=0.25", "hedge:anytime"] {
            assert_eq!(text.parse::<LearnerSpec>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn bad_names_say_what_was_expected() {
        for text in
            ["", "hedg", "ftl:eta=1", "ftrl:eta=-1", "ftrl:eta=nan", "ftrl:rate=1", "hedge:eta=inf"]
        {
            let message = text.parse::<LearnerSpec>().unwrap_err().to_string();
            assert!(message.contains("expected"), "{message}");
        }
    }

    /// Every learner stays in its set; the best fixed decision ends with regret 0 and beats everybody at the end.
    #[test]
    fn every_learner_plays_feasible_decisions() {
        let rewards =
            Array2::from_shape_fn((30, 3), |(t, i)| ((t * 7 + i * 3) % 5) as f64 / 5.0 - 0.3);
        let scale = Scale { rounds: 30, bound: 1.5 };
        for set in [DecisionSet::UNIT_BALL, DecisionSet::Simplex] {
            for name in NAMES.iter().copied().chain([
                "ftrl:anytime",
                "hedge:anytime",
                "gradient-ascent:anytime",
            ]) {
                let spec: LearnerSpec = name.parse().unwrap();
                let mut learner = spec.build(set, scale, rewards.view());
                let mut decision = vec![0.0; 3];
                for reward in rewards.outer_iter() {
                    learner.decide(&mut decision);
                    assert!(set.contains(&decision, 1e-9), "{name} {decision:?}");
                    learner.observe(&reward.to_vec());
                }
                let mut again = spec.build(set, scale, rewards.view());
                let last = *play(set, &mut again, rewards.view()).last().unwrap();
                match spec {
                    LearnerSpec::BestFixed => assert!(last.abs() < 1e-9),
                    _ => assert!(last > -3.0, "{name}"),
                }
            }
        }
    }

    /// Hedge's decisions written out: weights 1 : e^{eta} : e^{2 eta} after one reward (0, 1, 2) on the simplex, and
    /// `sinh / sum of cosh` on the ball.
    #[test]
    fn hedge_weighs_exponentially() {
        let mut hedge = Hedge::new(DecisionSet::Simplex, 3, 0.5, false, false);
        let mut p = vec![0.0; 3];
        hedge.observe(&[0.0, 1.0, 2.0]);
        hedge.decide(&mut p);
        let total = 1.0 + 0.5f64.exp() + 1.0f64.exp();
        approx::assert_relative_eq!(p[2], 1.0f64.exp() / total, epsilon = 1e-12);
        let mut hedge = Hedge::new(DecisionSet::Ball { radius: 2.0 }, 2, 0.5, false, false);
        hedge.observe(&[0.3, -0.1]);
        hedge.decide(&mut p[..2]);
        let expected = 2.0 * 0.3f64.sinh() / (0.3f64.cosh() + 0.1f64.cosh());
        approx::assert_relative_eq!(p[0], expected, epsilon = 1e-12);
    }
}
