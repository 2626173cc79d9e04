use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::mdp::Policy;

const LAW: TaskLaw = TaskLaw { concentration: 0.5, reward_power: 1.0 };

fn rng(index: usize) -> rand_chacha::ChaCha8Rng {
    Streams::new(8).stream(Purpose::Theory, 0, index, 0)
}

#[test]
fn the_reference_family_is_the_one_that_was_drawn() {
    let family = Family::reference();
    assert_eq!((family.states(), family.actions(), family.features().ncols()), (8, 3, 6));
    let (values, _) =
        crate::numeric::linalg::symmetric_eigen(family.second_moments().view()).unwrap();
    approx::assert_relative_eq!(values[5] / values[0], 18.393_032_746_5, epsilon = 1e-8);
}

#[test]
fn tasks_are_linear() {
    let mut rng = rng(0);
    let family = Family::draw((5, 2, 4), 0.3, LAW, &mut rng).unwrap();
    let task = family.task(&mut rng);
    let moves = family.features().dot(&task.measures);
    approx::assert_relative_eq!(moves, task.mdp.transitions().to_owned(), epsilon = 1e-12);
    let rewards = family.features().dot(&task.factor_rewards);
    approx::assert_relative_eq!(
        rewards,
        Array1::from(task.mdp.rewards().to_vec()),
        epsilon = 1e-12
    );
}

#[test]
fn one_state_is_a_bandit() {
    let mut rng = rng(1);
    let family = Family::draw((1, 3, 2), 1.0, LAW, &mut rng).unwrap();
    assert_eq!(family.task(&mut rng).mdp.transitions(), Array2::<f64>::ones((3, 1)).view());
}

#[test]
fn bad_families_are_refused_by_name() {
    let mut rng = rng(2);
    let mut drawn = |shape, concentration, tasks| {
        Family::draw(shape, concentration, tasks, &mut rng).unwrap_err().to_string()
    };
    assert!(drawn((0, 2, 3), 1.0, LAW).starts_with("states = 0"));
    assert!(drawn((2, 2, 1), 1.0, LAW).starts_with("factors = 1: expected at least 2"));
    assert!(drawn((usize::MAX, 2, 3), 1.0, LAW).starts_with("states = "));
    assert!(drawn((2, 2, usize::MAX), 1.0, LAW).starts_with("states = "));
    assert!(drawn((2, 2, 3), f64::NAN, LAW).starts_with("feature concentration = NaN"));
    assert!(
        drawn((2, 2, 3), 1.0, TaskLaw { reward_power: 0.0, ..LAW }).starts_with("reward_power = 0")
    );
    let text = Family::new(2, Array2::ones((4, 2)), LAW).unwrap_err().to_string();
    assert!(text.starts_with("features[state 0, action 0] = a row that adds up to 2"), "{text}");
    assert!(Family::new(3, Array2::ones((4, 1)), LAW).is_err());
}

#[test]
fn visits_and_arrivals_agree() {
    let mut rng = rng(3);
    let family = Family::reference();
    let mdp = family.task(&mut rng).mdp;
    let context =
        Context::generative(&mdp, 4, 100, &mut rng).unwrap().with_arrivals(&mdp, &mut rng);
    let runs =
        Context::of_trajectories(&mdp, &Policy::uniform(&mdp, 4).unwrap(), 100, &mut rng).unwrap();
    for context in [&context, &runs] {
        let arrivals = context.arrivals.as_ref().unwrap();
        assert_eq!(arrivals.sum_axis(Axis(2)), context.visits);
        assert!(context.visits.sum_axis(Axis(1)).iter().all(|n| *n == 100.0));
    }
    // A run is at a step where it arrived at the step before.
    let arrivals = runs.arrivals.unwrap();
    for step in 0..3 {
        let arrived = arrivals.index_axis(Axis(0), step).sum_axis(Axis(0));
        for state in 0..mdp.states() {
            let left: f64 = (0..3).map(|a| runs.visits[[step + 1, mdp.pair(state, a)]]).sum();
            assert_eq!(left, arrived[state]);
        }
    }
    assert!(Context::generative(&mdp, 4, 0, &mut rng).is_err());
    assert!(Context::generative(&mdp, usize::MAX, 5, &mut rng).is_err());
    assert!(Policy::uniform(&mdp, 0).is_err());
}
