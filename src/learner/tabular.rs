//! A tabular policy as a learner of bandits.

use rand::{Rng, RngExt};

use super::bandit::BanditLearner;
use super::transformer::draw;
use crate::model::tabular::TabularPolicy;

/// Plays a bandit by drawing from the policy; rewards of 1/2 or more count as 1, others as 0.
#[derive(Clone, Debug)]
pub struct TabularLearner<'a> {
    table: &'a TabularPolicy,
    node: usize,
    policy: Vec<f64>,
}

impl<'a> TabularLearner<'a> {
    /// A learner that has seen nothing. It can play as many rounds as the policy has.
    pub fn new(table: &'a TabularPolicy) -> Self {
        Self { table, node: TabularPolicy::START, policy: vec![0.0; table.arms()] }
    }
}

impl BanditLearner for TabularLearner<'_> {
    fn choose(&mut self, rng: &mut dyn Rng) -> usize {
        self.table.policy(self.node, 1.0, &mut self.policy);
        draw(&self.policy, rng.random::<f64>())
    }

    fn observe(&mut self, arm: usize, reward: f64) {
        self.node = self.table.next(self.node, arm, reward >= 0.5);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::bandit_outcome::evaluate_learner;
    use crate::model::Model;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::bandit::Bandit;

    /// Of a policy that mostly stays after a success and leaves after a failure.
    #[test]
    fn simulated_regret_is_the_expected_one() {
        let mut table = TabularPolicy::uniform(2, 4).unwrap();
        for node in 1..table.parameters().len() / 2 {
            let (arm, success) = ((node - 1) % 4 / 2, (node - 1) % 2 == 1);
            table.parameters_mut()[2 * node + arm] = if success { 2.0 } else { -2.0 };
        }
        let problem = Bandit::bernoulli(2, 4);
        let play = |_: &_| Ok(TabularLearner::new(&table));
        let outcome =
            evaluate_learner(&problem, Streams::new(3), Purpose::Evaluation, 20_000, play).unwrap();
        let regret = outcome.pseudo.last().unwrap();
        let expected = table.expected_regret();
        // Two half-widths: four standard errors.
        let error = (regret.mean - expected).abs() / regret.half_width().unwrap();
        assert!(error < 2.0, "{regret:?}, expected {expected}");
        assert!((expected - 4.0 / 6.0).abs() > 3.0 * regret.half_width().unwrap(), "not uniform");
    }
}
