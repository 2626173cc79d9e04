//! Least squares over tasks: the matrices that map what a layer reads of a context to the weights of the task (Q-D6), without
//! gradient descent. Works for contexts of any law, those of trajectories too.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, Axis};

use crate::numeric::linalg::pseudo_inverse;
use crate::{Error, Result};

/// Directions of less than this share of the largest second moment count as empty.
const CUT_OFF: f64 = 1e-12;

/// `A_h = (sum_t w_t h_t^T) (sum_t h_t h_t^T)^+` for every step h: the matrix with the least squared error over the examples, each
/// a pair (statistic, weights) of steps x factors.
///
/// # Errors
/// [`Error::Parameter`] for no examples, or tables of different shapes; the eigenvalue iteration.
pub fn fit_maps<'a>(
    examples: impl IntoIterator<Item = (ArrayView2<'a, f64>, ArrayView2<'a, f64>)>,
) -> Result<Vec<Array2<f64>>> {
    let mut examples = examples.into_iter().peekable();
    let (steps, factors) = match examples.peek() {
        Some((statistic, _)) => statistic.dim(),
        None => return Err(Error::parameter("examples", "none", "at least one")),
    };
    let zero = || vec![Array2::zeros((factors, factors)); steps];
    let (mut second, mut cross) = (zero(), zero());
    for (statistic, weights) in examples {
        for (name, table) in [("statistic", &statistic), ("weights", &weights)] {
            if table.dim() != (steps, factors) {
                let given = format!("{} x {} table", table.nrows(), table.ncols());
                return Err(Error::parameter(name, given, format!("{steps} x {factors}")));
            }
        }
        for (step, (second, cross)) in second.iter_mut().zip(&mut cross).enumerate() {
            let read = statistic.row(step).insert_axis(Axis(0));
            let wanted = weights.row(step).insert_axis(Axis(1));
            general_mat_mul(1.0, &read.t(), &read, 1.0, second);
            general_mat_mul(1.0, &wanted, &read, 1.0, cross);
        }
    }
    let map = |(second, cross): (&Array2<f64>, &Array2<f64>)| {
        Ok(cross.dot(&pseudo_inverse(second.view(), CUT_OFF)?))
    };
    second.iter().zip(&cross).map(map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn an_exact_map_is_found_and_empty_directions_stay_empty() {
        let map = array![[2.0, 1.0, 0.0], [0.0, -1.0, 0.0], [1.0, 1.0, 0.0]];
        let read = [array![[1.0, 2.0, 0.0]], array![[0.5, -1.0, 0.0]], array![[3.0, 0.0, 0.0]]];
        let wanted = read.each_ref().map(|h| h.dot(&map.t()));
        let examples = || read.iter().zip(&wanted).map(|(h, w)| (h.view(), w.view()));
        let fitted = fit_maps(examples()).unwrap();
        approx::assert_relative_eq!(fitted[0], map, epsilon = 1e-10);
        assert!(fit_maps([]).is_err());
        let other = array![[1.0, 2.0]];
        assert!(fit_maps(examples().chain([(read[0].view(), other.view())])).is_err());
    }
}
