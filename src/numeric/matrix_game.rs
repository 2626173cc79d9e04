//! Zero-sum matrix games, solved exactly by the simplex method (von Neumann 1928, Dantzig 1951).
//!
//! ```text
//! value = max over mixtures b of columns, min over rows i, of sum_j M[i][j] b_j
//!       = min over mixtures l of rows, max over columns j, of sum_i l_i M[i][j]
//! ```
//!
//! With payoffs shifted and scaled into [1, 2] the row player's problem is `max sum x, sum_i M[i][j] x_i <= 1, x >= 0`
//! with l = value x: it starts at x = 0 without a first phase, its tableau has a row for every column of the game, and
//! its dual variables are the column player's mixture. The two guarantees bracket the value, so that every solution
//! proves itself.

use ndarray::{Array2, ArrayView2, Axis};

/// Entries below this are zero in a tableau whose entries are of order 1.
const ZERO: f64 = 1e-12;

/// Optimal mixtures.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// What the column player is sure to get: the smallest entry of M b.
    pub lower: f64,
    /// What the row player is sure not to exceed: the largest entry of M^T l. At the optimum equal to `lower` up to
    /// rounding.
    pub upper: f64,
    /// b, the mixture of columns that maximises.
    pub columns: Vec<f64>,
    /// l, the mixture of rows that minimises.
    pub rows: Vec<f64>,
}

/// Solves the game in which the row player pays `payoffs[[row, column]]` to the column player.
///
/// # Panics
/// If there is no row or no column, or an entry is not finite.
#[must_use]
pub fn solve(payoffs: ArrayView2<'_, f64>) -> Solution {
    solve_while(payoffs, &|| true).expect("nobody stops it")
}

/// [`solve`], given up with `None` when `go_on`, which is asked before every exchange, says so.
///
/// # Panics
/// As [`solve`].
pub fn solve_while(payoffs: ArrayView2<'_, f64>, go_on: &dyn Fn() -> bool) -> Option<Solution> {
    let (m, n) = payoffs.dim();
    assert!(m > 0 && n > 0, "a game has rows and columns");
    assert!(payoffs.iter().all(|x| x.is_finite()), "payoffs are finite");
    let low = payoffs.iter().copied().fold(f64::INFINITY, f64::min);
    let high = payoffs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if high > low { high - low } else { 1.0 };
    // Rows: the constraints, then the objective. Columns: the variables x, then the right-hand side.
    let mut tableau = Array2::from_shape_fn((n + 1, m + 1), |(j, i)| match (j < n, i < m) {
        (true, true) => (payoffs[[i, j]] - low) / range + 1.0,
        (true, false) => 1.0,
        (false, true) => -1.0,
        (false, false) => 0.0,
    });
    // Which variable belongs to each row and column: below m an x, from m on the slack of a constraint.
    let mut basic: Vec<usize> = (m..m + n).collect();
    let mut free: Vec<usize> = (0..m).collect();
    for iteration in 0.. {
        // Steepest first; after many steps the lowest index (Bland), which cannot cycle.
        let cautious = iteration > 50 * (m + n);
        let Some((row, column)) = next_pivot(tableau.view(), &basic, &free, cautious) else {
            break;
        };
        if !go_on() {
            return None;
        }
        pivot(&mut tableau, row, column);
        std::mem::swap(&mut basic[row], &mut free[column]);
        if iteration > 5000 * (m + n) {
            break;
        }
    }
    let (mut rows, mut columns) = (vec![0.0; m], vec![0.0; n]);
    for (row, &variable) in basic.iter().enumerate().filter(|(_, v)| **v < m) {
        rows[variable] = tableau[[row, m]];
    }
    for (column, &variable) in free.iter().enumerate().filter(|(_, v)| **v >= m) {
        columns[variable - m] = tableau[[n, column]];
    }
    normalise(&mut rows);
    normalise(&mut columns);
    let dot = |a: ndarray::ArrayView1<'_, f64>, b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    };
    let lower =
        payoffs.axis_iter(Axis(0)).map(|row| dot(row, &columns)).fold(f64::INFINITY, f64::min);
    let upper = payoffs
        .axis_iter(Axis(1))
        .map(|column| dot(column, &rows))
        .fold(f64::NEG_INFINITY, f64::max);
    Some(Solution { lower, upper, columns, rows })
}

/// Row and column of the next exchange, or `None` at the optimum.
fn next_pivot(
    tableau: ArrayView2<'_, f64>,
    basic: &[usize],
    free: &[usize],
    cautious: bool,
) -> Option<(usize, usize)> {
    let (n, m) = (basic.len(), free.len());
    let improving = (0..m).filter(|column| tableau[[n, *column]] < -ZERO);
    let column = if cautious {
        improving.min_by_key(|column| free[*column])
    } else {
        improving.min_by(|a, b| tableau[[n, *a]].total_cmp(&tableau[[n, *b]]))
    }?;
    let ratio = |row: usize| tableau[[row, m]] / tableau[[row, column]];
    let row = (0..n)
        .filter(|row| tableau[[*row, column]] > ZERO)
        .min_by(|a, b| ratio(*a).total_cmp(&ratio(*b)).then(basic[*a].cmp(&basic[*b])))?;
    Some((row, column))
}

/// Exchanges the variable of a row for that of a column.
fn pivot(tableau: &mut Array2<f64>, row: usize, column: usize) {
    let width = tableau.ncols();
    let cells = tableau.as_slice_mut().expect("a fresh array is contiguous");
    let inverse = 1.0 / cells[row * width + column];
    let mut chosen: Vec<f64> = cells[row * width..(row + 1) * width].to_vec();
    chosen.iter_mut().for_each(|x| *x *= inverse);
    chosen[column] = inverse;
    for (i, other) in cells.chunks_exact_mut(width).enumerate() {
        if i == row {
            other.copy_from_slice(&chosen);
            continue;
        }
        let factor = std::mem::take(&mut other[column]);
        if factor != 0.0 {
            other.iter_mut().zip(&chosen).for_each(|(x, c)| *x -= factor * c);
        }
    }
}

fn normalise(weights: &mut [f64]) {
    // Rounding leaves weights just below zero.
    weights.iter_mut().for_each(|w| *w = w.max(0.0));
    let sum: f64 = weights.iter().sum();
    let count = weights.len() as f64;
    weights.iter_mut().for_each(|w| *w = if sum > 0.0 { *w / sum } else { 1.0 / count });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::rng::{Purpose, Streams};
    use approx::assert_relative_eq;
    use ndarray::array;
    use rand::RngExt;

    #[test]
    fn games_with_known_values() {
        let scissors = array![[0.0, 1.0, -1.0], [-1.0, 0.0, 1.0], [1.0, -1.0, 0.0]];
        let solution = solve(scissors.view());
        assert_relative_eq!(solution.lower, 0.0, epsilon = 1e-15);
        solution.rows.iter().chain(&solution.columns).for_each(|p| {
            assert_relative_eq!(*p, 1.0 / 3.0, epsilon = 1e-15);
        });
        // 2 x 2 without a saddle point: value (ad - bc) / (a + d - b - c), weights from indifference.
        let (a, b, c, d) = (3.0, -2.0, -1.0, 4.0);
        let solution = solve(array![[a, b], [c, d]].view());
        assert_relative_eq!(solution.lower, (a * d - b * c) / (a + d - b - c), epsilon = 1e-14);
        assert_relative_eq!(solution.columns[0], (d - b) / (a + d - b - c), epsilon = 1e-14);
        assert_relative_eq!(solution.rows[0], (d - c) / (a + d - b - c), epsilon = 1e-14);
        // A saddle point; a single row; equal entries.
        assert_eq!(solve(array![[2.0, 5.0], [1.0, 3.0]].view()).lower, 3.0);
        assert_eq!(solve(array![[2.0, 5.0, 4.0]].view()).columns, [0.0, 1.0, 0.0]);
        assert_eq!(solve(array![[7.0, 7.0], [7.0, 7.0]].view()).upper, 7.0);
    }

    /// Random games of all shapes, with ties (rounded entries) and without: both guarantees meet.
    #[test]
    fn guarantees_meet() {
        let mut rng = Streams::new(11).stream(Purpose::Theory, 0, 0, 0);
        for trial in 0..2000 {
            let (m, n) = (rng.random_range(1..30), rng.random_range(1..9));
            let scale = 10f64.powi(rng.random_range(-6..7));
            let payoffs = Array2::from_shape_simple_fn((m, n), || {
                let x: f64 = rng.random_range(-1.0..1.0);
                scale * if trial % 2 == 0 { (4.0 * x).round() } else { x }
            });
            let solution = solve(payoffs.view());
            assert!(solution.upper - solution.lower <= 1e-12 * scale * 8.0, "{solution:?}");
            assert!(solution.upper >= solution.lower - 1e-12 * scale * 8.0, "{solution:?}");
        }
    }
}
