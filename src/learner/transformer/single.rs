//! A Transformer that plays one problem, a round at a time.

use ndarray::Array2;
use rand::{Rng, RngExt};

use super::draw;
use crate::learner::Learner;
use crate::learner::bandit::BanditLearner;
use crate::model::tokens::Tokens;
use crate::model::transformer::{Decoder, Transformer};
use crate::nn::loss::softmax_in_place;
use crate::numeric::scalar::Scalar;
use crate::{Error, Result};

/// Most numbers that the keys and values of past rounds may be; rejects absurd numbers of rounds before any allocation.
const MAX_REMEMBERED: usize = 1 << 26;

/// Plays full information: the model's policy is the decision.
pub struct TransformerLearner<'a, S> {
    model: &'a Transformer<S>,
    tokens: Tokens,
    decoder: Decoder<S>,
    token: Array2<S>,
    begun: bool,
    logits: Array2<S>,
    seen: Vec<S>,
}

impl<'a, S: Scalar> TransformerLearner<'a, S> {
    /// A learner that has seen nothing, for up to as many rounds and arms as the model has.
    ///
    /// # Errors
    /// A model that reads no [`Tokens`], or whose memory of all its rounds would have more than 2^26 numbers.
    pub fn new(model: &'a Transformer<S>) -> Result<Self> {
        let config = model.config();
        let remembered = [2, config.blocks, config.rounds, config.width];
        if remembered.iter().fold(1, |n: usize, &f| n.saturating_mul(f)) > MAX_REMEMBERED {
            let expected = format!("few enough rounds for {MAX_REMEMBERED} remembered numbers");
            return Err(Error::parameter("rounds", config.rounds, expected));
        }
        Ok(Self {
            model,
            tokens: Tokens::of(config)?,
            decoder: Decoder::new(1, model),
            token: Array2::zeros((1, config.inputs)),
            begun: false,
            logits: Array2::zeros((1, config.outputs)),
            seen: Vec::with_capacity(config.outputs),
        })
    }

    /// The policy of the coming round over the first `arms` arms, which are those of the first call in every later one.
    ///
    /// # Panics
    /// If the model has fewer arms or rounds.
    pub fn policy(&mut self, arms: usize) -> &[S] {
        if !self.begun {
            let token = self.token.as_slice_mut().expect("contiguous");
            self.tokens.write_start(arms, token);
            self.begun = true;
        }
        self.decoder.step(self.model, self.token.view(), self.logits.view_mut());
        let policy = &mut self.logits.as_slice_mut().expect("contiguous")[..arms];
        softmax_in_place(policy);
        policy
    }

    /// Takes in what one of `arms` arms has paid, nothing being known of the others.
    pub fn observe_arm(&mut self, arm: usize, reward: f64, arms: usize) {
        let token = self.token.as_slice_mut().expect("contiguous");
        self.tokens.write_cell(arm, S::of(reward), arms, token);
    }
}

impl<S: Scalar> Learner for TransformerLearner<'_, S> {
    fn decide(&mut self, decision: &mut [f64]) {
        let policy = self.policy(decision.len());
        decision.iter_mut().zip(policy).for_each(|(out, p)| *out = p.as_f64());
    }

    fn observe(&mut self, reward: &[f64]) {
        self.seen.clear();
        self.seen.extend(reward.iter().map(|&r| S::of(r)));
        self.tokens.write_row(&self.seen, self.token.as_slice_mut().expect("contiguous"));
    }
}

/// Plays a bandit: draws from the model's policy.
pub struct TransformerArms<'a, S> {
    learner: TransformerLearner<'a, S>,
    arms: usize,
}

impl<'a, S: Scalar> TransformerArms<'a, S> {
    /// A learner of `arms` arms that has seen nothing, for up to as many rounds as the model has.
    ///
    /// # Errors
    /// Those of [`TransformerLearner::new`]; no arm, or more than the model has.
    pub fn new(model: &'a Transformer<S>, arms: usize) -> Result<Self> {
        let most = model.config().outputs;
        if !(1..=most).contains(&arms) {
            return Err(Error::parameter("arms", arms, format!("1 to the model's {most}")));
        }
        Ok(Self { learner: TransformerLearner::new(model)?, arms })
    }
}

impl<S: Scalar> BanditLearner for TransformerArms<'_, S> {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        draw(self.learner.policy(self.arms), S::of(rng.random::<f64>()))
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.learner.observe_arm(arm, reward, self.arms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learner::bandit::play::{decision_stream, play};
    use crate::learner::transformer::bandit_player;
    use crate::model::Model;
    use crate::model::transformer::TransformerConfig;
    use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
    use crate::problem::bandit::Bandit;

    /// The same arms as in lock-step with 19 others.
    #[test]
    fn alone_it_plays_as_in_a_group() {
        let streams = Streams::new(4);
        let problem = Bandit { fewest: Some(2), ..Bandit::bernoulli(4, 12) };
        let config = TransformerConfig { width: 8, ..TransformerConfig::new(14, 4, 12) };
        let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
        let mut model = Transformer::<f64>::random(config, &mut rng).unwrap();
        fill_standard_normal(&mut rng, model.parameters_mut());
        let scenarios: Vec<_> =
            (0..20).map(|i| problem.scenario(&streams, Purpose::Evaluation, 0, i, 0)).collect();
        let together = bandit_player(&model, streams, Purpose::Evaluation)(&scenarios, 0).unwrap();
        for (i, scenario) in scenarios.iter().enumerate() {
            let mut learner = TransformerArms::new(&model, scenario.present()).unwrap();
            let mut rng = decision_stream(&streams, Purpose::Evaluation, 0, i, 0);
            assert_eq!(play(scenario, &mut learner, &mut rng), together[i], "scenario {i}");
        }
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let config = TransformerConfig { width: 4, ..TransformerConfig::new(12, 5, 10) };
        let mut rng = Streams::new(4).stream(Purpose::Initialization, 0, 0, 0);
        let model = Transformer::<f32>::random(config, &mut rng).unwrap();
        for arms in [0, 6] {
            let message = TransformerArms::new(&model, arms).err().unwrap().to_string();
            assert!(message.starts_with("arms"), "{message}");
        }
        let config = TransformerConfig { blocks: 256, rounds: 1 << 16, ..config };
        let config = TransformerConfig { width: 16, ..config };
        let model = Transformer::<f32>::random(config, &mut rng).unwrap();
        let message = TransformerLearner::new(&model).err().unwrap().to_string();
        assert!(message.starts_with("rounds = 65536"), "{message}");
    }
}
