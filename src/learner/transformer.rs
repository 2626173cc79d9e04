//! A Transformer as a learner: many bandits in lock-step, or one problem, of full information or a bandit.

mod single;

pub use single::{TransformerArms, TransformerLearner};

use ndarray::{Array2, Axis};
use rand::{Rng, RngExt};

use super::bandit::BanditLearner;
use super::bandit::play::decision_stream;
use crate::model::tokens::Tokens;
use crate::model::transformer::{Decoder, Transformer};
use crate::nn::loss::softmax_in_place;
use crate::numeric::rng::{Purpose, Streams};
use crate::numeric::scalar::Scalar;
use crate::problem::bandit::BanditScenario;
use crate::{Error, Result};

/// What was decided and seen in a number of bandits, one trajectory of `rounds` entries after the other.
#[derive(Clone, Debug)]
pub struct Played<S> {
    /// Arms chosen.
    pub actions: Vec<usize>,
    /// Rewards received.
    pub rewards: Vec<S>,
    /// Sum of -log p of all arms chosen by a model: the entropy of its decisions, by simulation.
    pub surprise: Option<f64>,
}

/// Plays bandits in lock-step: one decoding step decides a round of all of them.
pub struct GroupPlayer<S> {
    tokens: Tokens,
    decoder: Decoder<S>,
    inputs: Array2<S>,
    logits: Array2<S>,
    played: Played<S>,
}

impl<S: Scalar> GroupPlayer<S> {
    /// Room for `bandits` bandits played by models like `model`.
    ///
    /// # Errors
    /// A model that reads no [`Tokens`].
    pub fn new(bandits: usize, model: &Transformer<S>) -> Result<Self> {
        let config = model.config();
        Ok(Self {
            tokens: Tokens::of(config)?,
            decoder: Decoder::new(bandits, model),
            inputs: Array2::zeros((bandits, config.inputs)),
            logits: Array2::zeros((bandits, config.outputs)),
            played: Played {
                actions: vec![0; bandits * config.rounds],
                rewards: vec![S::zero(); bandits * config.rounds],
                surprise: None,
            },
        })
    }

    /// Plays one bandit for each of `rngs`, from which its decisions are drawn; `scenario` gives the scenario of each.
    /// Logits are divided by `temperature`: 1 is the model's own policy.
    ///
    /// # Panics
    /// If there is no room for so many bandits, or a scenario has another number of rounds or more arms than the model:
    /// they are the caller's, never the user's.
    pub fn play<'s, R: Rng>(
        &mut self,
        model: &Transformer<S>,
        temperature: f64,
        rngs: &mut [R],
        scenario: impl Fn(usize) -> &'s BanditScenario,
    ) -> &Played<S> {
        let rounds = model.config().rounds;
        let colder = S::of(1.0 / temperature);
        assert!(rngs.len() <= self.inputs.nrows(), "room for {} bandits", self.inputs.nrows());
        self.decoder.clear();
        let mut surprise = 0.0;
        for (i, mut token) in self.inputs.axis_iter_mut(Axis(0)).enumerate().take(rngs.len()) {
            let token = token.as_slice_mut().expect("rows are contiguous");
            self.tokens.write_start(scenario(i).present(), token);
        }
        for round in 0..rounds {
            self.decoder.step(model, self.inputs.view(), self.logits.view_mut());
            let rows = self.inputs.axis_iter_mut(Axis(0)).zip(self.logits.axis_iter_mut(Axis(0)));
            for ((i, rng), (mut token, mut logits)) in rngs.iter_mut().enumerate().zip(rows) {
                let scenario = scenario(i);
                let present = scenario.present();
                let policy = &mut logits.as_slice_mut().expect("rows are contiguous")[..present];
                policy.iter_mut().for_each(|z| *z *= colder);
                softmax_in_place(policy);
                let arm = draw(policy, S::of(rng.random::<f64>()));
                surprise -= policy[arm].as_f64().ln();
                let reward = S::of(scenario.reward(round, arm));
                self.played.actions[i * rounds + round] = arm;
                self.played.rewards[i * rounds + round] = reward;
                let token = token.as_slice_mut().expect("rows are contiguous");
                self.tokens.write_cell(arm, reward, present, token);
            }
        }
        self.played.surprise = Some(surprise);
        &self.played
    }

    /// Lets a learner of its own play each bandit instead of the model; `learner` makes one for a number of arms.
    ///
    /// # Errors
    /// The first error of `learner`.
    ///
    /// # Panics
    /// As [`play`](Self::play).
    pub fn watch<'s, R: Rng>(
        &mut self,
        learner: impl Fn(usize) -> Result<Box<dyn BanditLearner + Send>>,
        rngs: &mut [R],
        scenario: impl Fn(usize) -> &'s BanditScenario,
    ) -> Result<&Played<S>> {
        let rounds = self.played.actions.len() / self.inputs.nrows();
        let actions = self.played.actions.chunks_exact_mut(rounds);
        let places = actions.zip(self.played.rewards.chunks_exact_mut(rounds));
        for ((i, rng), (actions, rewards)) in rngs.iter_mut().enumerate().zip(places) {
            let scenario = scenario(i);
            let mut learner = learner(scenario.present())?;
            for (t, (action, reward)) in actions.iter_mut().zip(rewards).enumerate() {
                let arm = learner.choose(rng);
                let paid = scenario.reward(t, arm);
                learner.observe(arm, paid);
                (*action, *reward) = (arm, S::of(paid));
            }
        }
        self.played.surprise = None;
        Ok(&self.played)
    }
}

/// The player of groups ([`play_groups`](super::bandit::play::play_groups)) that draws from the model's policy with the
/// decision streams of `purpose`.
///
/// # Errors
/// A model that reads no [`Tokens`], found when it plays; scenarios of another horizon or of more arms than the model's.
pub fn bandit_player<S: Scalar>(
    model: &Transformer<S>,
    streams: Streams,
    purpose: Purpose,
) -> impl Fn(&[BanditScenario], usize) -> Result<Vec<Vec<usize>>> + Sync {
    move |scenarios, first| {
        let config = model.config();
        for scenario in scenarios {
            if scenario.horizon() != config.rounds {
                let expected = format!("the model's {} rounds", config.rounds);
                return Err(Error::parameter("horizon", scenario.horizon(), expected));
            }
            if scenario.present() > config.outputs {
                let expected = format!("at most the model's {}", config.outputs);
                return Err(Error::parameter("arms", scenario.present(), expected));
            }
        }
        let mut rngs: Vec<_> = (0..scenarios.len())
            .map(|i| decision_stream(&streams, purpose, 0, first + i, 0))
            .collect();
        let mut player = GroupPlayer::new(scenarios.len(), model)?;
        let played = player.play(model, 1.0, &mut rngs, |i| &scenarios[i]);
        Ok(played.actions.chunks_exact(config.rounds).map(<[usize]>::to_vec).collect())
    }
}

/// The arm at which the running sum of `probabilities` passes `u` in [0, 1).
#[inline]
pub(crate) fn draw<S: Scalar>(probabilities: &[S], u: S) -> usize {
    let mut left = u;
    for (arm, &p) in probabilities.iter().enumerate() {
        if left < p {
            return arm;
        }
        left -= p;
    }
    // Rounding can leave a sliver above the last arm, which goes to the last one that has a chance.
    probabilities.iter().rposition(|&p| p > S::zero()).unwrap_or(0)
}
