use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::linear_mdp::Family;
use ndarray::array;

/// E.8 of the reference: dynamic programming on the tables and linear weights give the same values.
#[test]
fn the_optimal_values_are_linear_in_the_features() {
    let family = Family::reference();
    for index in 0..50 {
        let mut rng = Streams::new(3).stream(Purpose::Theory, 0, index, 0);
        let solved = Solved::new(family.task(&mut rng), 10).unwrap();
        let linear = family.values(solved.weights.view());
        let difference = (&linear - &solved.optimal.pairs).mapv(f64::abs);
        assert!(difference.iter().all(|d| *d < 1e-12));
    }
}

#[test]
fn moments_are_those_of_the_sample() {
    let sample = [array![[1.0, 2.0], [0.0, 1.0]], array![[3.0, 0.0], [2.0, 1.0]]];
    let prior = WeightPrior::of(sample.iter().map(|w| w.view())).unwrap();
    assert_eq!(prior.mean, array![[2.0, 1.0], [1.0, 1.0]]);
    assert_eq!(prior.between(0, 1), array![[3.0, 2.0], [0.0, 1.0]]);
    let centred = prior.centred();
    assert_eq!(centred.mean, Array2::<f64>::zeros((2, 2)));
    assert_eq!(centred.between(0, 1), array![[1.0, 0.0], [-1.0, 0.0]]);
    assert!(WeightPrior::of([]).is_err());
    let uneven = [array![[1.0]], array![[1.0, 2.0]]];
    assert!(WeightPrior::of(uneven.iter().map(|w| w.view())).is_err());
}
