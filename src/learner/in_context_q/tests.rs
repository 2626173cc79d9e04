use super::attention::{AttentionQ, Centring, Maps};
use super::least_squares::LeastSquares;
use super::value_iteration::ValueIteration;
use super::*;
use crate::numeric::rng::{Purpose, Streams, fill_standard_normal};
use crate::oracle::linear::Solved;
use crate::problem::linear_mdp::Family;

fn example(index: usize, samples: usize) -> (Family, Solved, Context) {
    let mut rng = Streams::new(5).stream(Purpose::Theory, 0, index, 0);
    let family = Family::reference();
    let solved = Solved::new(family.task(&mut rng), 4).unwrap();
    let mdp = &solved.task.mdp;
    let context = Context::generative(mdp, 4, samples, &mut rng).unwrap();
    let context = context.with_arrivals(mdp, &mut rng);
    (family, solved, context)
}

fn shown<'a>(solved: &'a Solved, context: &'a Context) -> Demonstration<'a> {
    let rewards = solved.task.mdp.rewards();
    Demonstration { context, labels: solved.optimal.pairs.view(), rewards, discount: 1.0 }
}

fn largest_error(estimate: &Array2<f64>, solved: &Solved) -> f64 {
    (estimate - &solved.optimal.pairs).iter().fold(0.0, |m, e| f64::max(m, e.abs()))
}

#[test]
fn least_squares_is_exact_once_the_features_span() {
    let (family, solved, context) = example(0, 100);
    let zero = Array2::zeros((4, 6));
    let exact = LeastSquares::new(family.features(), 0.0, zero.clone()).unwrap();
    let estimate = exact.estimate(&shown(&solved, &context)).unwrap();
    assert!(largest_error(&estimate, &solved) < 1e-8);
    let ridge = LeastSquares::new(family.features(), 0.1, zero).unwrap();
    let estimate = ridge.estimate(&shown(&solved, &context)).unwrap();
    assert!(largest_error(&estimate, &solved) > 1e-2, "a penalty biases");
    let centred = LeastSquares::new(family.features(), 0.1, solved.weights.clone()).unwrap();
    let estimate = centred.estimate(&shown(&solved, &context)).unwrap();
    assert!(largest_error(&estimate, &solved) < 1e-10, "towards the truth it does not");
    // Two samples do not span; the estimate stays close to the centre.
    let (family, solved, context) = example(1, 2);
    let close = LeastSquares::new(family.features(), 0.0, solved.weights.clone()).unwrap();
    let estimate = close.estimate(&shown(&solved, &context)).unwrap();
    assert!(largest_error(&estimate, &solved) < 1e-10);
}

/// The labels are not needed: with many samples the estimates are those of dynamic programming.
#[test]
fn value_iteration_learns_without_labels() {
    let errors = [100, 10_000, 1_000_000].map(|samples| {
        let (family, solved, context) = example(2, samples);
        let learner = ValueIteration::new(family.features(), family.actions(), 0.0).unwrap();
        let mut shown = shown(&solved, &context);
        let nothing = Array2::from_elem(solved.optimal.pairs.dim(), f64::NAN);
        shown.labels = nothing.view();
        largest_error(&learner.estimate(&shown).unwrap(), &solved)
    });
    assert!(errors[1] < 0.3 * errors[0] && errors[2] < 0.3 * errors[1], "{errors:?}");
    assert!(errors[2] < 2e-2, "{errors:?}");
    let (family, solved, mut context) = example(2, 10);
    context.arrivals = None;
    let learner = ValueIteration::new(family.features(), family.actions(), 0.0).unwrap();
    let error = learner.estimate(&shown(&solved, &context)).unwrap_err().to_string();
    assert!(error.contains("next states"), "{error}");
}

/// A level added to the labels of a step moves the estimate of a context-centred layer by that level and nothing else.
#[test]
fn context_centring_removes_the_level() {
    let (family, solved, context) = example(3, 30);
    let mut rng = Streams::new(5).stream(Purpose::Theory, 1, 0, 0);
    let maps: Vec<Array2<f64>> = (0..4)
        .map(|_| {
            let mut entries = vec![0.0; 36];
            fill_standard_normal(&mut rng, &mut entries);
            Array2::from_shape_vec((6, 6), entries).unwrap()
        })
        .collect();
    let estimate = |centring, level: f64| {
        let maps = Maps::PerStep(maps.clone());
        let layer = AttentionQ::new(family.features(), maps, centring).unwrap();
        let labels = &solved.optimal.pairs + level;
        let mut shown = shown(&solved, &context);
        shown.labels = labels.view();
        layer.estimate(&shown).unwrap()
    };
    let moved = &estimate(Centring::Context, 10.0) - &estimate(Centring::Context, 0.0);
    assert!(moved.iter().all(|m| (m - 10.0).abs() < 1e-10));
    let moved = &estimate(Centring::Raw, 10.0) - &estimate(Centring::Raw, 0.0);
    assert!(moved.iter().any(|m| (m - 10.0).abs() > 1.0), "raw labels leak");
    // On the samples themselves the estimates have the mean of the labels.
    let off = &estimate(Centring::Context, 0.0) - &solved.optimal.pairs;
    for (off, visits) in off.rows().into_iter().zip(context.visits.rows()) {
        assert!(off.dot(&visits).abs() < 1e-9);
    }
}

/// With A = G^-1 the layer is least squares; a shared layer with blocks H A_h on its diagonal is the layers A_h.
#[test]
fn attention_meets_least_squares_and_sharing_meets_blocks() {
    let (family, solved, context) = example(4, 200);
    let features = family.features();
    let shown = shown(&solved, &context);
    let maps: Vec<Array2<f64>> = (0..4)
        .map(|step| {
            let (visits, labels) = (context.visits.row(step), shown.labels.row(step));
            let means = StepMeans::of(features, 200, visits, labels);
            crate::numeric::linalg::pseudo_inverse(means.second.view(), 1e-10).unwrap()
        })
        .collect();
    let mut blocks = Array2::zeros((24, 24));
    for (step, map) in maps.iter().enumerate() {
        for ((i, j), &entry) in map.indexed_iter() {
            blocks[[6 * step + i, 6 * step + j]] = 4.0 * entry;
        }
    }
    for (maps, centring) in [
        (Maps::PerStep(maps.clone()), Centring::Raw),
        (Maps::PerStep(maps), Centring::Prior(Array2::ones((4, 6)))),
        (Maps::Shared(blocks.clone()), Centring::Raw),
    ] {
        let layer = AttentionQ::new(features, maps, centring).unwrap();
        assert!(largest_error(&layer.estimate(&shown).unwrap(), &solved) < 1e-8);
    }
    assert!(AttentionQ::new(features, Maps::Shared(Array2::ones((5, 5))), Centring::Raw).is_err());
    let centring = Centring::Prior(Array2::ones((3, 6)));
    assert!(AttentionQ::new(features, Maps::Shared(blocks), centring).is_err());
    assert!(AttentionQ::new(features, Maps::Shared(Array2::ones((0, 0))), Centring::Raw).is_err());
    let broken = Maps::PerStep(vec![Array2::from_elem((6, 6), f64::NAN)]);
    assert!(AttentionQ::new(features, broken, Centring::Raw).is_err());
    let broken = Array2::from_elem((4, 6), f64::INFINITY);
    assert!(LeastSquares::new(features, 0.0, broken).is_err());
    assert!(ValueIteration::new(features, 0, 0.0).is_err());
    assert!(ValueIteration::new(features, 5, 0.0).is_err());
}
