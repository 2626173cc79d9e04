//! What habits believe and with which probabilities they decide.

use rand::{Rng, RngExt};

use super::Habit;
use crate::learner::verbal::play::Episode;
use crate::numeric::order::argmax;
use crate::problem::verbal::tallies::Tallies;

/// How often counts are wrong where they are wrong now and then.
const WRONG: f64 = 0.3;

impl Habit {
    /// The tallies that somebody has in mind.
    pub(super) fn believes(self, episode: &Episode, rng: &mut impl Rng) -> Tallies {
        let mut tallies = episode.tallies().clone();
        if self == Self::Miscount && rng.random::<f64>() < WRONG {
            let arm = rng.random_range(0..episode.telling().labels().count());
            let (tries, sum) = (tallies.tries(arm), tallies.sum(arm));
            if tries > 0 && rng.random() {
                tallies.set(arm, tries - 1, sum.min((tries - 1) as f64));
            } else {
                tallies.set(arm, tries + 1, sum + f64::from(u8::from(rng.random::<bool>())));
            }
        }
        tallies
    }

    /// A probability an arm.
    pub(super) fn law(self, episode: &Episode, believed: &Tallies, rng: &mut impl Rng) -> Vec<f64> {
        let labels = episode.telling().labels();
        let arms = labels.count();
        let uniform = vec![1.0 / arms as f64; arms];
        let surely = |arm: usize| (0..arms).map(|own| f64::from(u8::from(own == arm))).collect();
        let last = last(episode);
        match self {
            Self::Uniform => uniform,
            Self::Stick => surely(last.unwrap_or_else(|| rng.random_range(0..arms))),
            Self::Alternate => surely(match last {
                None => rng.random_range(0..arms),
                Some(last) => {
                    let place = labels.order().iter().position(|arm| *arm == last);
                    // The last of an odd number has no neighbour left.
                    let next = place.expect("every arm is listed") ^ 1;
                    labels.at(next).unwrap_or(labels.order()[0])
                }
            }),
            Self::Shift => match (last, paid(episode)) {
                (None, _) => surely(rng.random_range(0..arms)),
                (Some(last), false) if arms > 1 => {
                    let other = rng.random_range(0..arms - 1);
                    surely(other + usize::from(other >= last))
                }
                (Some(last), _) => surely(last),
            },
            Self::Greedy | Self::Miscount => {
                let means: Vec<f64> =
                    (0..arms).map(|arm| believed.mean(arm).unwrap_or(0.0)).collect();
                let best = means[argmax(means.iter().copied())];
                let equals: Vec<usize> = (0..arms).filter(|arm| means[*arm] == best).collect();
                surely(equals[rng.random_range(0..equals.len())])
            }
            Self::Match => {
                let mean = |arm: usize| {
                    ((believed.sum(arm) + 1.0) / (believed.tries(arm) as f64 + 2.0)).max(0.0)
                };
                let means: Vec<f64> = (0..arms).map(mean).collect();
                let sum: f64 = means.iter().sum();
                if sum > 0.0 { means.iter().map(|mean| mean / sum).collect() } else { uniform }
            }
            Self::Myopic => surely(argmax(episode.at_once())),
            Self::Oracle => surely(argmax(episode.values())),
            Self::Noisy(noise) => {
                let best = argmax(episode.values());
                let law = uniform.iter().enumerate();
                law.map(|(arm, p)| noise * p + (1.0 - noise) * f64::from(u8::from(arm == best)))
                    .collect()
            }
        }
    }
}

/// Whether the last round has earned more than half.
fn paid(episode: &Episode) -> bool {
    episode.rounds().last().is_some_and(|round| round.reward > 0.5)
}

/// The arm of the last round, or that of the highest probability.
pub(super) fn last(episode: &Episode) -> Option<usize> {
    let round = episode.rounds().last()?;
    round.action.or_else(|| Some(argmax(round.policy.as_ref()?.iter().copied())))
}
