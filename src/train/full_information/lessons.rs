//! Labelled sequences of full-information online learning, for [`supervised`](crate::train::supervised) fitting: rewards of
//! scenarios that never come twice, and what a teacher decides in every round of them.

use ndarray::ArrayView2;

use crate::learner::Learner;
use crate::learner::spec::{LearnerSpec, Scale};
use crate::model::tokens::Tokens;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;
use crate::train::sequence_fit::SequencePlace;
use crate::train::supervised::Lessons;
use crate::{Error, Result};

/// A teacher's decisions, as labels. A learner's are what it plays (distillation); those of
/// [`LearnerSpec::BestFixed`] are the decision that turns out best in hindsight, whose expectation given the rewards
/// seen is what the model learns.
pub struct OnlineLessons<'a> {
    problem: &'a FullInformation,
    teacher: LearnerSpec,
    /// What the teacher's tuned step sizes reckon with.
    bound: f64,
    streams: Streams,
}

impl<'a> OnlineLessons<'a> {
    /// Sequences of `problem`; `bound` is the length of a reward vector that the teacher's tuned step sizes reckon
    /// with.
    ///
    /// # Errors
    /// A bad problem; one whose decisions are no probability vectors; a bound that is no positive finite number.
    pub fn new(
        problem: &'a FullInformation,
        teacher: LearnerSpec,
        bound: f64,
        streams: Streams,
    ) -> Result<Self> {
        problem.check()?;
        if problem.set != DecisionSet::Simplex {
            let expected = "the simplex, in which a policy lies";
            return Err(Error::parameter("set", format!("{:?}", problem.set), expected));
        }
        if !(bound > 0.0 && bound.is_finite()) {
            return Err(Error::parameter("bound", bound, "a positive finite number"));
        }
        Ok(Self { problem, teacher, bound, streams })
    }

    fn teacher(&self, rewards: ArrayView2<f64>) -> Box<dyn Learner> {
        let scale = Scale { rounds: self.problem.horizon, bound: self.bound };
        self.teacher.build(self.problem.set, scale, rewards)
    }
}

impl<S: Scalar> Lessons<S> for OnlineLessons<'_> {
    fn shape(&self) -> (usize, usize, usize) {
        let arms = self.problem.dimension;
        (self.problem.horizon, Tokens::new(arms, false).width(), arms)
    }

    fn write(&self, step: usize, index: usize, place: SequencePlace<S>) {
        let arms = self.problem.dimension;
        let tokens = Tokens::new(arms, false);
        let rewards = self.problem.scenario(&self.streams, Purpose::Training, step, index, 0);
        let mut teacher = self.teacher(rewards.view());
        let mut decision = vec![0.0; arms];
        let mut seen: Option<Vec<f64>> = None;
        let places = place.inputs.chunks_exact_mut(tokens.width());
        let places = places.zip(place.targets.chunks_exact_mut(arms)).zip(rewards.rows());
        for ((token, target), reward) in places {
            match &seen {
                None => tokens.write_start(arms, token),
                Some(seen) => {
                    let seen: Vec<S> = seen.iter().map(|&r| S::of(r)).collect();
                    tokens.write_row(&seen, token);
                }
            }
            teacher.decide(&mut decision);
            target.iter_mut().zip(&decision).for_each(|(target, &p)| *target = S::of(p));
            let reward = reward.to_vec();
            teacher.observe(&reward);
            seen = Some(reward);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::play::play;
    use crate::learner::transformer::TransformerLearner;
    use crate::model::transformer::{Transformer, TransformerConfig};
    use crate::nn::schedule::Schedule;
    use crate::train::supervised::{SupervisedConfig, train};
    use ndarray::Array2;

    fn problem() -> FullInformation {
        FullInformation { set: DecisionSet::Simplex, ..FullInformation::balanced(2, 8) }
    }

    fn hedge() -> LearnerSpec {
        "hedge:eta=0.8".parse().unwrap()
    }

    /// The label of every round is the decision before it, and tokens show the rewards of the round before.
    #[test]
    fn labels_are_the_teacher_s_decisions() {
        let (problem, streams) = (problem(), Streams::new(3));
        let lessons = OnlineLessons::new(&problem, hedge(), 1.0, streams).unwrap();
        let width = Tokens::new(2, false).width();
        let (mut inputs, mut targets) = (vec![9.0f64; 8 * width], vec![0.0; 16]);
        let mut weights = vec![1.0; 8];
        let place =
            SequencePlace { inputs: &mut inputs, targets: &mut targets, weights: &mut weights };
        lessons.write(4, 5, place);
        let rewards = problem.scenario(&streams, Purpose::Training, 4, 5, 0);
        let mut sums = [0.0f64; 2];
        for t in 0..8 {
            let odds = (0.8 * (sums[0] - sums[1])).exp();
            approx::assert_relative_eq!(targets[2 * t], odds / (1.0 + odds), epsilon = 1e-12);
            approx::assert_relative_eq!(targets[2 * t] + targets[2 * t + 1], 1.0, epsilon = 1e-12);
            let expected = if t == 0 { 0.0 } else { rewards[(t - 1, 1)] };
            // [seen (2) | mean | rewards (2) | 1]
            assert_eq!(inputs[t * width + 4], expected);
            (0..2).for_each(|arm| sums[arm] += rewards[(t, arm)]);
        }
        assert_eq!(weights, [1.0; 8]);
    }

    /// Distillation: the model comes to play as its teacher does.
    #[test]
    fn a_model_becomes_its_teacher() {
        let (problem, streams) = (problem(), Streams::new(1));
        let shape = TransformerConfig {
            width: 16,
            blocks: 1,
            ..TransformerConfig::new(Tokens::new(2, false).width(), 2, 8)
        };
        let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
        let mut model = Transformer::<f32>::random(shape, &mut rng).unwrap();
        let evaluation = problem.scenarios(&streams, Purpose::Evaluation, 50);
        let distance = |model: &Transformer<f32>| -> f64 {
            let of = |rewards: &Array2<f64>| {
                let scale = Scale { rounds: 8, bound: 1.0 };
                let mut teacher = hedge().build(problem.set, scale, rewards.view());
                let mut own = TransformerLearner::new(model).unwrap();
                let curves = [
                    play(problem.set, &mut teacher, rewards.view()),
                    play(problem.set, &mut own, rewards.view()),
                ];
                (curves[0][7] - curves[1][7]).abs()
            };
            evaluation.iter().map(of).sum::<f64>() / 50.0
        };
        let before = distance(&model);
        let lessons = OnlineLessons::new(&problem, hedge(), 1.0, streams).unwrap();
        let rate = Schedule::cosine(5e-3, 0.1);
        let config =
            SupervisedConfig { batch: 32, learning_rate: rate, ..SupervisedConfig::new(200) };
        train(&mut model, &lessons, &config, |_| {}).unwrap();
        let after = distance(&model);
        assert!(after < before / 3.0, "{after} after {before}");
    }

    #[test]
    fn what_cannot_be_taught_is_refused() {
        let streams = Streams::new(0);
        let ball = FullInformation::balanced(2, 8);
        assert!(OnlineLessons::new(&ball, hedge(), 1.0, streams).is_err());
        for bound in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(OnlineLessons::new(&problem(), hedge(), bound, streams).is_err());
        }
    }
}
