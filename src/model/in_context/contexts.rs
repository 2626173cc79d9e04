//! A batch of contexts as the layer reads it, their second moments, and the way back through those.

use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut2};

use crate::numeric::scalar::Scalar;

/// A batch of contexts of equal length, each with one query.
#[derive(Clone, Copy, Debug)]
pub struct Contexts<'a, S> {
    /// Tokens `(x_i, y_i)`, one a row, context after context: (contexts x rows) x (d + 1).
    pub tokens: ArrayView2<'a, S>,
    /// Weight of every row, `n_i / N` if it stands for n_i of the N samples of its context: a context of repeated samples
    /// costs no more than one of its distinct rows. `None` is 1 / N each, with as many rows as samples.
    pub weights: Option<&'a [S]>,
    /// Features to predict for, one row a context: contexts x d.
    pub queries: ArrayView2<'a, S>,
    /// N, the number of samples of a context.
    pub samples: usize,
}

/// What backward needs of forward, and its scratch; sized for a fixed number of contexts, reused from step to step.
#[derive(Clone, Debug)]
pub struct Cache<S> {
    /// Second moments G, one below the other: (contexts x D) x D.
    pub(super) moments: Array2<S>,
    /// Questions r: contexts x D.
    pub(super) asked: Array2<S>,
    /// Answers t: contexts x D.
    pub(super) answers: Array2<S>,
    /// Gradients of r: contexts x D.
    pub(super) d_asked: Array2<S>,
}

/// Where the gradients of the inputs go; both are overwritten.
#[derive(Debug)]
pub struct InputGradients<'a, S> {
    /// Of the tokens, labels included: shaped as [`Contexts::tokens`].
    pub tokens: ArrayViewMut2<'a, S>,
    /// Of the queries: shaped as [`Contexts::queries`].
    pub queries: ArrayViewMut2<'a, S>,
}

impl<S: Scalar> Cache<S> {
    /// Room for `contexts` contexts of `d` features.
    pub fn new(contexts: usize, d: usize) -> Self {
        let rows = || Array2::zeros((contexts, d + 1));
        Self {
            moments: Array2::zeros((contexts * (d + 1), d + 1)),
            asked: rows(),
            answers: rows(),
            d_asked: rows(),
        }
    }
}

impl<S: Scalar> Contexts<'_, S> {
    /// Number of contexts.
    pub fn count(&self) -> usize {
        self.queries.nrows()
    }

    /// Rows of one context.
    fn rows(&self) -> usize {
        self.tokens.nrows() / self.count().max(1)
    }

    pub(super) fn check(&self, d: usize) {
        assert_eq!(
            (self.tokens.ncols(), self.queries.ncols()),
            (d + 1, d),
            "d features, one label"
        );
        assert_eq!(self.tokens.nrows(), self.rows() * self.count(), "rows are whole contexts");
        match self.weights {
            Some(weights) => assert_eq!(weights.len(), self.tokens.nrows(), "one weight a row"),
            None => assert_eq!(self.rows(), self.samples, "one row a sample"),
        }
    }

    fn weight(&self, row: usize) -> S {
        self.weights.map_or_else(|| self.per_sample(), |weights| weights[row])
    }

    /// 1 / N.
    fn per_sample(&self) -> S {
        S::of(1.0 / self.samples as f64)
    }

    /// Overwrites `moments` (contexts x D rows) with G of every context.
    pub(super) fn second_moments(&self, moments: &mut Array2<S>) {
        let (rows, width) = (self.rows(), self.tokens.ncols());
        moments.fill(S::zero());
        let entries = moments.as_slice_mut().expect("owned arrays are contiguous");
        let tokens = self.tokens.as_slice().expect("tokens are contiguous");
        for (b, moment) in entries.chunks_exact_mut(width * width).enumerate() {
            let own = &tokens[b * rows * width..(b + 1) * rows * width];
            for (i, token) in own.chunks_exact(width).enumerate() {
                add_square(moment, token, self.weight(b * rows + i));
            }
            // The query's token ends with 0: its square fills the first d rows and columns only.
            let query = self.queries.row(b);
            for (i, &left) in query.iter().enumerate() {
                let left = self.per_sample() * left;
                let row = &mut moment[i * width..];
                row.iter_mut().zip(&query).for_each(|(entry, &right)| *entry += left * right);
            }
        }
    }

    /// Gradients of tokens and queries by way of G, whose own gradient is `a r^T` with `a = g value`: overwrites those of
    /// the tokens and adds to those of the queries.
    pub(super) fn through_moments(
        &self,
        cache: &Cache<S>,
        value: ArrayView1<S>,
        d_predictions: &[S],
        mut inputs: InputGradients<S>,
    ) {
        let rows = self.rows();
        for (b, &g) in d_predictions.iter().enumerate() {
            let asked = cache.asked.row(b);
            for row in b * rows..(b + 1) * rows {
                let token = self.tokens.row(row);
                let weight = g * self.weight(row);
                let (left, right) = (weight * asked.dot(&token), weight * value.dot(&token));
                for (j, out) in inputs.tokens.row_mut(row).iter_mut().enumerate() {
                    *out = left * value[j] + right * asked[j];
                }
            }
            let query = self.queries.row(b);
            let along = |vector: ArrayView1<S>| -> S {
                query.iter().zip(&vector).map(|(&q, &v)| q * v).sum::<S>()
            };
            let weight = g * self.per_sample();
            let (left, right) = (weight * along(asked), weight * along(value));
            for (j, out) in inputs.queries.row_mut(b).iter_mut().enumerate() {
                *out += left * value[j] + right * asked[j];
            }
        }
    }
}

/// Adds `weight token token^T` to `moment` (D x D).
fn add_square<S: Scalar>(moment: &mut [S], token: &[S], weight: S) {
    for (row, &left) in moment.chunks_exact_mut(token.len()).zip(token) {
        let left = weight * left;
        row.iter_mut().zip(token).for_each(|(entry, &right)| *entry += left * right);
    }
}
