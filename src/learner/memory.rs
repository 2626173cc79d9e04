//! What the leader-following learners remember: the sum of rewards, and the last one for the optimistic forms.

/// Sums over the rewards seen so far.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    optimistic: bool,
    round: usize,
    sum: Vec<f64>,
    last: Vec<f64>,
}

impl Memory {
    /// Nothing seen, in dimension `d`; an optimistic memory counts the last reward twice, as a hint of the next.
    pub fn new(d: usize, optimistic: bool) -> Self {
        Self { optimistic, round: 0, sum: vec![0.0; d], last: vec![0.0; d] }
    }

    /// The coming round, from 1.
    pub fn coming_round(&self) -> f64 {
        (self.round + 1) as f64
    }

    /// Writes S_{t-1}, plus the hint, into `scores`.
    pub fn write_scores(&self, scores: &mut [f64]) {
        let hint = if self.optimistic { 1.0 } else { 0.0 };
        for ((score, &sum), &last) in scores.iter_mut().zip(&self.sum).zip(&self.last) {
            *score = sum + hint * last;
        }
    }

    /// Takes in one reward vector.
    pub fn observe(&mut self, reward: &[f64]) {
        self.round += 1;
        self.last.copy_from_slice(reward);
        self.sum.iter_mut().zip(reward).for_each(|(sum, r)| *sum += r);
    }
}
