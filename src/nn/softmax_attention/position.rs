//! How attention learns which round a key belongs to.
//!
//! ALiBi (Press, Smith and Lewis 2022, "Train short, test long"): the score of round i seen from round t loses
//! `slope_h (t - i)`. For a power of two H of heads the slopes are `2^(-8 h / H)`, h = 1 .. H; for another number, as in
//! the authors' code, those of the next lower power of two P, followed by every other slope of 2 P heads.
//!
//! Rotary (Su et al. 2021, RoFormer): queries and keys of round t are turned in d/2 planes before they are multiplied,
//! so that a score depends on rounds only by their difference. Plane j joins coordinates j and j + d/2 (the layout of
//! GPT-NeoX; RoFormer's 2j and 2j + 1 up to the order of coordinates) and turns by `t 10000^(-2j/d)`, d the head width:
//!
//! ```text
//! x_j'       = x_j cos a - x_{j+d/2} sin a
//! x_{j+d/2}' = x_j sin a + x_{j+d/2} cos a        gradients: the same with -a
//! ```

use serde::{Deserialize, Serialize};

use super::heads::Heads;
use crate::numeric::scalar::Scalar;

/// What is done about positions inside attention; learned and sinusoidal positions are added to the embedding instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Nothing: rounds are told apart only by causality.
    #[default]
    None,
    /// Scores fall linearly with distance, each head at its own rate.
    Alibi,
    /// Queries and keys are turned by an angle proportional to the round.
    Rotary,
}

/// The numbers of a [`Position`], made once.
#[derive(Clone, Debug)]
pub(super) struct Table<S> {
    /// ALiBi: slope of every head, and the rounds 0, 1, ... as numbers.
    slopes: Vec<S>,
    ramp: Vec<S>,
    /// Rotary: cosines of round 0 (d/2 of them), sines of round 0, cosines of round 1, ...
    turns: Vec<S>,
    width: usize,
}

impl<S: Scalar> Table<S> {
    /// The numbers for `rounds` rounds.
    pub(super) fn new(position: Position, heads: Heads, rounds: usize) -> Self {
        let mut table =
            Self { slopes: Vec::new(), ramp: Vec::new(), turns: Vec::new(), width: heads.width };
        match position {
            Position::None => {}
            Position::Alibi => {
                table.slopes = slopes(heads.count).into_iter().map(S::of).collect();
                table.ramp = (0..rounds).map(|t| S::of(t as f64)).collect();
            }
            Position::Rotary => {
                let angle = |t: usize, j: usize| {
                    t as f64 * 1e4f64.powf(-2.0 * j as f64 / heads.width as f64)
                };
                for t in 0..rounds {
                    let planes = 0..heads.width / 2;
                    table.turns.extend(planes.clone().map(|j| S::of(angle(t, j).cos())));
                    table.turns.extend(planes.map(|j| S::of(angle(t, j).sin())));
                }
            }
        }
        table
    }

    /// Whether queries and keys have to be turned.
    pub(super) fn rotates(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Adds the bias of rounds 0 .. t to the first t + 1 numbers of `scores`, those of round t in `head`.
    #[inline]
    pub(super) fn add_bias(&self, head: usize, t: usize, scores: &mut [S]) {
        if let Some(&slope) = self.slopes.get(head) {
            let now = self.ramp[t];
            for (score, &i) in scores.iter_mut().zip(&self.ramp[..=t]) {
                *score += slope * (i - now);
            }
        }
    }

    /// Turns the queries or keys of round `t`, all heads side by side in `row`, forwards.
    #[inline]
    pub(super) fn rotate(&self, t: usize, row: &mut [S]) {
        self.turn(t, S::one(), row);
    }

    /// Turns them back: the gradient of [`Self::rotate`].
    #[inline]
    pub(super) fn rotate_back(&self, t: usize, row: &mut [S]) {
        self.turn(t, -S::one(), row);
    }

    #[inline]
    fn turn(&self, t: usize, direction: S, row: &mut [S]) {
        let (cosines, sines) =
            self.turns[t * self.width..(t + 1) * self.width].split_at(self.width / 2);
        for head in row.chunks_exact_mut(self.width) {
            let (low, high) = head.split_at_mut(self.width / 2);
            for (((x, y), &c), &s) in low.iter_mut().zip(high).zip(cosines).zip(sines) {
                let s = direction * s;
                (*x, *y) = (*x * c - *y * s, *x * s + *y * c);
            }
        }
    }
}

/// ALiBi's slopes of `heads` heads.
fn slopes(heads: usize) -> Vec<f64> {
    let geometric =
        |count: usize| (1..=count).map(move |h| 2f64.powf(-8.0 * h as f64 / count as f64));
    if heads.is_power_of_two() {
        return geometric(heads).collect();
    }
    let lower = heads.next_power_of_two() / 2;
    geometric(lower).chain(geometric(2 * lower).step_by(2)).take(heads).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `get_slopes` of the authors' code (fairseq fork, attention_with_linear_biases), by hand.
    #[test]
    fn slopes_are_the_authors() {
        assert_eq!(slopes(8), [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625]);
        assert_eq!(slopes(1), [2f64.powi(-8)]);
        let six = [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125];
        assert_eq!(slopes(6), six);
    }

    #[test]
    fn rotation_keeps_products_of_equal_distance_and_turns_back() {
        let heads = Heads::new(12, 2, 9).unwrap();
        let table = Table::<f64>::new(Position::Rotary, heads, 9);
        let (q, k) = ([0.3, -1.2, 0.7, 2.0, 0.1, -0.4], [1.1, 0.2, -0.5, 0.6, -0.9, 0.8]);
        let product = |t: usize, i: usize| {
            let (mut q, mut k) = (q, k);
            table.rotate(t, &mut q);
            table.rotate(i, &mut k);
            q.iter().zip(k).map(|(q, k)| q * k).sum::<f64>()
        };
        approx::assert_relative_eq!(product(5, 2), product(8, 5), max_relative = 1e-13);
        assert!((product(5, 2) - product(5, 3)).abs() > 1e-2);
        let mut back = q;
        table.rotate(7, &mut back);
        // Plane 1 joins coordinates 1 and 4 and turns by 7 / 10000^(2/6).
        let (sin, cos) = (7.0 / 1e4f64.powf(2.0 / 6.0)).sin_cos();
        approx::assert_relative_eq!(back[1], q[1] * cos - q[4] * sin, max_relative = 1e-13);
        table.rotate_back(7, &mut back);
        for (x, y) in back.iter().zip(q) {
            approx::assert_relative_eq!(*x, y, max_relative = 1e-13);
        }
    }
}
