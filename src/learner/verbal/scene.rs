//! What is played behind the words: what a decision earns and shows, and its regret, accounted by the problem.

use ndarray::{Array2, ArrayView2, Axis};
use rand::Rng;

use super::record::{Means, Round};
use crate::oracle::finite_horizon::Values;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::account::RegretAccount;
use crate::problem::bandit::{BanditRegret, BanditScenario};
use crate::problem::decision_set::DecisionSet;
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::{Pomdp, Step};
use crate::problem::trajectory::draw;
use crate::problem::verbal::answer::Answer;
use crate::problem::verbal::telling::{Kind, Shape};
use crate::{Error, Result};

/// A scenario of any kind, with what its regret is measured by.
#[derive(Clone, Copy, Debug)]
pub enum Scene<'a> {
    /// A bandit and its regret.
    Bandit(&'a BanditScenario, BanditRegret),
    /// Rewards of all arms, rounds x K; static regret against the best fixed probabilities.
    FullInformation(ArrayView2<'a, f64>),
    /// A process and its optimal values; regret is the sum of `gamma^h (V_h(s_h) - Q_h(s_h, a_h))`, whose mean is what the
    /// policy lacks to the optimum.
    Mdp(&'a Mdp, &'a Values),
    /// A hidden process and the optimal values of its histories; regret as for `Mdp`, of histories.
    Pomdp(&'a Pomdp, &'a HistoryTree),
}

impl<'a> Scene<'a> {
    /// A bandit by the regret of its kind ([`BanditScenario::regret`]).
    #[must_use]
    pub fn bandit(scenario: &'a BanditScenario) -> Self {
        Self::Bandit(scenario, scenario.regret())
    }

    /// Refuses a shape that is not the scene's.
    ///
    /// # Errors
    /// [`Error::Parameter`] for another kind, or another number of arms, rounds, states or observations.
    pub fn check(&self, shape: &Shape) -> Result<()> {
        let (kind, arms, rounds) = match (self, shape.kind) {
            (Self::Bandit(scenario, _), Kind::Bandit | Kind::DriftingBandit) => {
                (shape.kind, scenario.present(), scenario.horizon())
            }
            (Self::Bandit(scenario, _), _) => {
                (Kind::Bandit, scenario.present(), scenario.horizon())
            }
            (Self::FullInformation(rewards), _) => {
                (Kind::FullInformation, rewards.ncols(), rewards.nrows())
            }
            (Self::Mdp(mdp, values), _) => {
                (Kind::Mdp { states: mdp.states() }, mdp.actions(), values.pairs.nrows())
            }
            (Self::Pomdp(pomdp, tree), _) => {
                let (states, observations) = (pomdp.states(), pomdp.observations());
                (Kind::Pomdp { states, observations }, pomdp.actions(), tree.horizon())
            }
        };
        let own = (shape.kind, shape.arms, shape.rounds);
        if own == (kind, arms, rounds) {
            return Ok(());
        }
        let expected = format!("{kind:?} of {arms} arms and {rounds} rounds, as the scenario is");
        let value = format!("{:?} of {} arms and {} rounds", own.0, own.1, own.2);
        Err(Error::parameter("telling", value, expected))
    }

    /// Means of the present arms, where there are any.
    #[must_use]
    pub fn means(&self) -> Option<Means> {
        let Self::Bandit(scenario, _) = self else { return None };
        let row = |t| scenario.means(t)[..scenario.present()].to_vec();
        Some(match scenario.variation() == 0.0 {
            true => Means::Still(row(0)),
            false => Means::Moving((0..scenario.horizon()).map(row).collect()),
        })
    }
}

/// A scene that is being played.
#[derive(Clone, Debug)]
pub struct Stage<'a> {
    scene: Scene<'a>,
    round: usize,
    /// The state of a process, seen or not.
    state: usize,
    history: Vec<Step>,
    chosen: Vec<usize>,
    regret: f64,
    account: RegretAccount,
}

impl<'a> Stage<'a> {
    /// Before the first round; `world` draws the first state of a process.
    #[must_use]
    pub fn begin(scene: Scene<'a>, world: &mut impl Rng) -> Self {
        let state = match scene {
            Scene::Mdp(mdp, _) => draw(mdp.start().iter().copied(), world),
            Scene::Pomdp(pomdp, _) => draw(pomdp.start().iter().copied(), world),
            Scene::Bandit(..) | Scene::FullInformation(_) => 0,
        };
        let arms = match scene {
            Scene::FullInformation(rewards) => rewards.ncols(),
            _ => 0,
        };
        let account = RegretAccount::new(DecisionSet::Simplex, arms);
        Self {
            scene,
            round: 0,
            state,
            history: Vec::new(),
            chosen: Vec::new(),
            regret: 0.0,
            account,
        }
    }

    /// The state, if it shows itself.
    #[must_use]
    pub fn state(&self) -> Option<usize> {
        matches!(self.scene, Scene::Mdp(..)).then_some(self.state)
    }

    /// Regret of the rounds so far.
    #[must_use]
    pub fn regret(&self) -> f64 {
        self.regret
    }

    /// What every arm is worth to who knows the scene, as far as decisions go: its mean in this round, its rewards of all rounds, or
    /// what it earns with the best decisions after it.
    ///
    /// # Panics
    /// If all rounds are over.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        match self.scene {
            Scene::Bandit(scenario, _) => scenario.means(self.round)[..scenario.present()].to_vec(),
            Scene::FullInformation(rewards) => rewards.sum_axis(Axis(0)).to_vec(),
            Scene::Mdp(mdp, values) => {
                let pair = |action| values.pairs[[self.round, mdp.pair(self.state, action)]];
                (0..mdp.actions()).map(pair).collect()
            }
            Scene::Pomdp(_, tree) => {
                tree.pairs(&self.history).expect("what has happened can happen").to_vec()
            }
        }
    }

    /// What every action of a process earns at once, in expectation of who has seen what was shown; elsewhere as
    /// [`Self::values`].
    ///
    /// # Panics
    /// If all rounds are over.
    #[must_use]
    pub fn at_once(&self) -> Vec<f64> {
        match self.scene {
            Scene::Mdp(mdp, _) => {
                (0..mdp.actions()).map(|action| mdp.reward(self.state, action)).collect()
            }
            Scene::Pomdp(pomdp, _) => {
                let belief = pomdp.belief_after(&self.history);
                let belief = belief.expect("what has happened can happen");
                (0..pomdp.actions()).map(|action| pomdp.expected_reward(&belief, action)).collect()
            }
            Scene::Bandit(..) | Scene::FullInformation(_) => self.values(),
        }
    }

    /// Plays a round. `own` draws an arm where probabilities were given and one arm is played, `world` what the process
    /// does.
    ///
    /// # Panics
    /// If all rounds are over, or the decision is about another number of arms.
    pub fn step(&mut self, answer: Answer, own: &mut impl Rng, world: &mut impl Rng) -> Round {
        if let Scene::FullInformation(rewards) = self.scene {
            return self.share(answer, rewards.row(self.round).to_vec());
        }
        let (action, policy) = match answer {
            Answer::Action(action) => (action, None),
            Answer::Policy(policy) => (draw(policy.iter().copied(), own), Some(policy)),
        };
        self.chosen.push(action);
        let (reward, seen) = match self.scene {
            Scene::FullInformation(_) => unreachable!("returned above"),
            Scene::Bandit(scenario, regret) => {
                self.regret = regret.total(scenario, &self.chosen);
                (scenario.reward(self.round, action), None)
            }
            Scene::Mdp(mdp, values) => {
                let pair = mdp.pair(self.state, action);
                let lost =
                    values.states[[self.round, self.state]] - values.pairs[[self.round, pair]];
                self.lose(lost, mdp.discount());
                let reward = mdp.rewards()[pair];
                self.state = draw(mdp.transitions().row(pair).iter().copied(), world);
                (reward, Some(self.state))
            }
            Scene::Pomdp(pomdp, tree) => {
                let values = tree.pairs(&self.history).expect("what has happened can happen");
                let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                self.lose(best - values[action], pomdp.discount());
                let reward = pomdp.reward(self.state, action);
                let pair = pomdp.pair(self.state, action);
                self.state = draw(pomdp.transitions().row(pair).iter().copied(), world);
                let row = action * pomdp.states() + self.state;
                let observation = draw(pomdp.observation_laws().row(row).iter().copied(), world);
                self.history.push(Step { action, observation });
                (reward, Some(observation))
            }
        };
        self.round += 1;
        Round { action: Some(action), policy, reward, rewards: None, seen }
    }

    /// A round of full information: what was decided earns its share of all rewards.
    fn share(&mut self, answer: Answer, rewards: Vec<f64>) -> Round {
        let surely = |action: usize| (0..rewards.len()).map(|a| f64::from(a == action)).collect();
        let (action, policy, decision) = match answer {
            Answer::Action(action) => (Some(action), None, surely(action)),
            Answer::Policy(policy) => (None, Some(policy.clone()), policy),
        };
        self.regret = self.account.enter(&decision, &rewards);
        self.round += 1;
        let reward = decision.iter().zip(&rewards).map(|(p, r)| p * r).sum();
        Round { action, policy, reward, rewards: Some(rewards), seen: None }
    }

    /// Adds what a decision of a process loses, weighed by its step.
    fn lose(&mut self, lost: f64, discount: f64) {
        self.regret += lost * discount.powi(self.round as i32);
    }
}

/// The rewards of a scenario in full information as a scene.
impl<'a> From<&'a Array2<f64>> for Scene<'a> {
    fn from(rewards: &'a Array2<f64>) -> Self {
        Self::FullInformation(rewards.view())
    }
}
