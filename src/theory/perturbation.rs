//! From a measured distance to FTRL to a regret guarantee (RMFT-T1).
//!
//! Projections never lengthen distances and a fixed decision's reward does not depend on the learner, so a layer whose
//! output stays within `delta_t` of `eta S_{t-1}` has regret at most FTRL's bound plus `sum_t min(delta_t, diameter) |R_t|`.

use ndarray::ArrayView2;

use super::ftrl_bound::regret_bound;
use crate::metrics::structure::Effective;
use crate::problem::decision_set::{DecisionSet, norm};

/// Worst-case `|g_t - eta S_{t-1}|` after `seen` rewards of length at most `bound`:
/// `seen * (|W - eta I| G + |b| + |content| G (|W| G + |b|))`, norms of matrices by Frobenius.
pub fn distance_bound(layer: &Effective, bound: f64, seen: usize) -> f64 {
    let parts = Parts::of(layer);
    seen as f64
        * (parts.off * bound
            + parts.bias
            + parts.content * bound * (parts.matrix * bound + parts.bias))
}

/// The guarantee after each round on the sequence actually met (rounds x d): FTRL's bound plus the deviations that the
/// layer's distance to FTRL allows on it. The layer's regret never exceeds it. Never more than the
/// trivial `diameter * sum |R_i|`, which is all there is when the layer's step size is not positive.
pub fn regret_guarantee(set: DecisionSet, layer: &Effective, rewards: ArrayView2<f64>) -> Vec<f64> {
    let parts = Parts::of(layer);
    let d = rewards.ncols();
    let mut sum = vec![0.0; d];
    // Bound on | sum_i <content, R_i> (W R_i + b) |, and the running total of deviations.
    let (mut content_pull, mut slack, mut lengths) = (0.0, 0.0, 0.0);
    let eta = layer.structure().eta;
    let mut guarantee = if eta > 0.0 {
        regret_bound(set, eta, rewards)
    } else {
        vec![f64::INFINITY; rewards.nrows()]
    };
    for (seen, (reward, limit)) in rewards.outer_iter().zip(&mut guarantee).enumerate() {
        let distance = parts.off * norm(&sum) + seen as f64 * parts.bias + content_pull;
        let length = reward.dot(&reward).sqrt();
        slack += distance.min(set.diameter(d)) * length;
        lengths += length;
        *limit = (*limit + slack).min(set.diameter(d) * lengths);
        let weight: f64 = layer.content.iter().zip(reward).map(|(c, r)| c * r).sum();
        content_pull += weight.abs() * (parts.matrix * length + parts.bias);
        sum.iter_mut().zip(reward).for_each(|(s, r)| *s += r);
    }
    guarantee
}

/// Norms of the pieces of a layer.
struct Parts {
    off: f64,
    matrix: f64,
    bias: f64,
    content: f64,
}

impl Parts {
    fn of(layer: &Effective) -> Self {
        let matrix = layer.matrix.iter().map(|w| w * w).sum::<f64>().sqrt();
        Self {
            off: layer.structure().off_isotropy * matrix,
            matrix,
            bias: norm(&layer.bias),
            content: norm(&layer.content),
        }
    }
}

#[cfg(test)]
mod tests;
