//! How differently a layer decides from FTRL, where it matters: on scenarios.

use ndarray::Array2;

use crate::learner::Learner;
use crate::learner::ftrl::{Ftrl, FtrlStep};
use crate::learner::layer::LayerLearner;
use crate::model::linear_attention::LinearAttention;
use crate::numeric::parallel;

/// Root mean square of `|decision of the layer - decision of FTRL(eta)|` over all rounds of `scenarios` (rounds x d each),
/// in units of decisions.
pub fn prediction_distance(
    layer: &LinearAttention<f64>,
    eta: f64,
    scenarios: &[Array2<f64>],
) -> f64 {
    let squares = parallel::each(scenarios, |rewards| squared_distance(layer, eta, rewards));
    let rounds: usize = scenarios.iter().map(Array2::nrows).sum();
    (squares.iter().sum::<f64>() / rounds as f64).sqrt()
}

fn squared_distance(layer: &LinearAttention<f64>, eta: f64, rewards: &Array2<f64>) -> f64 {
    let d = rewards.ncols();
    let mut learners: [Box<dyn Learner + '_>; 2] = [
        Box::new(LayerLearner::new(layer)),
        Box::new(Ftrl::new(layer.config().decision_set, d, FtrlStep::Fixed(eta), false)),
    ];
    let mut decisions = [vec![0.0; d], vec![0.0; d]];
    let mut total = 0.0;
    for reward in rewards.outer_iter() {
        for (learner, decision) in learners.iter_mut().zip(&mut decisions) {
            learner.decide(decision);
            learner.observe(&reward.to_vec());
        }
        total += decisions[0].iter().zip(&decisions[1]).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear_attention::LinearAttentionConfig;
    use crate::numeric::rng::{Purpose, Streams};
    use crate::problem::full_information::FullInformation;

    #[test]
    fn zero_for_ftrl_itself_and_positive_for_another_step() {
        let problem = FullInformation::balanced(2, 20);
        let config = LinearAttentionConfig::new(2, 20, problem.set);
        let layer = LinearAttention::ftrl(config, 0.2).unwrap();
        let scenarios = problem.scenarios(&Streams::new(0), Purpose::Theory, 50);
        assert!(prediction_distance(&layer, 0.2, &scenarios) < 1e-12);
        assert!(prediction_distance(&layer, 0.3, &scenarios) > 0.01);
    }
}
