use super::family::{Family, class_channel};
use super::*;
use crate::numeric::rng::{Purpose, Streams};
use approx::assert_relative_eq;

fn message(change: impl FnOnce(&mut Tables)) -> String {
    let mut tables = classics::tiger(0.95).unwrap().tables();
    change(&mut tables);
    check_model(&tables).expect_err("refused").to_string()
}

fn refused(change: impl FnOnce(&mut Tables), expected: &str) {
    let text = message(change);
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn refusals_name_the_state_the_action_and_the_observation() {
    refused(
        |t| t.transitions[[4, 0]] = 0.4,
        "transitions[state tiger-right, action open-left] = a row that adds up to 0.9",
    );
    refused(
        |t| t.transitions[[4, 1]] = -0.1,
        "transitions[state tiger-right, action open-left, to state tiger-right] = -0.1",
    );
    refused(
        |t| t.observations[[1, 0]] = f64::NAN,
        "observations[action listen, reached state tiger-right, observation heard-left] = NaN",
    );
    refused(
        |t| t.observations[[5, 0]] = 0.0,
        "observations[action open-right, reached state tiger-right] = a row that adds up to 0.5",
    );
    refused(|t| t.rewards[3] = f64::INFINITY, "rewards[state tiger-right, action listen] = inf");
    refused(|t| t.start[0] = 0.0, "start = a row that adds up to 0.5");
    refused(|t| t.start[0] = 2.0, "start[state tiger-left] = 2");
    refused(|t| t.discount = f64::NAN, "discount = NaN");
    refused(|t| t.names.states[1].clear(), "states[1] = \"\"");
    refused(
        |t| t.names.actions[2] = "listen".into(),
        "actions[2] = listen: expected a name given once",
    );
    refused(|t| t.names.observations.clear(), "observations = 0");
    refused(|t| t.start.push(0.0), "start = a table of 3 x 1");
    refused(|t| t.observations = Array2::zeros((6, 3)), "observations = a table of 6 x 3");
}

#[test]
fn tables_make_the_same_process_again() {
    let shuttle = classics::shuttle();
    assert_eq!(Pomdp::new(shuttle.tables()).unwrap(), shuttle);
}

#[test]
fn beliefs_follow_bayes() {
    let tiger = classics::tiger(1.0).unwrap();
    let once = tiger.update(tiger.start(), 0, 0).unwrap();
    assert_relative_eq!(once.probability, 0.5);
    let twice = tiger.update(&once.belief, 0, 0).unwrap();
    assert_relative_eq!(twice.belief[0], 0.7225 / 0.745, epsilon = 1e-15);
    assert_relative_eq!(twice.probability, 0.745, epsilon = 1e-15);
    // An opened door starts the game anew.
    let anew = tiger.update(&twice.belief, 1, 1).unwrap();
    assert_eq!(anew.belief, [0.5, 0.5]);
    assert_relative_eq!(
        tiger.expected_reward(&once.belief, 2),
        0.85 * 10.0 - 15.0,
        epsilon = 1e-12
    );
    // What cannot be seen has no belief.
    let shuttle = classics::shuttle();
    assert_eq!(shuttle.update(shuttle.start(), 0, 0), None);
}

#[test]
fn updates_of_all_observations_average_to_the_prediction() {
    let mut rng = Streams::new(3).stream(Purpose::Theory, 0, 0, 0);
    let pomdp = Family::new(5, 3, 4, 0.6).draw(&mut rng).unwrap();
    let belief = [0.1, 0.2, 0.3, 0.4, 0.0];
    for action in 0..3 {
        let predicted = pomdp.predict(&belief, action);
        let mut mean = [0.0; 5];
        for observation in 0..4 {
            let update = pomdp.update(&belief, action, observation).unwrap();
            mean.iter_mut().zip(&update.belief).for_each(|(m, b)| *m += update.probability * b);
        }
        for (m, p) in mean.iter().zip(&predicted) {
            assert_relative_eq!(m, p, epsilon = 1e-14);
        }
    }
}

#[test]
fn the_view_changes_nothing_but_the_view() {
    let draw = |rho| {
        let mut rng = Streams::new(3).stream(Purpose::Theory, 0, 1, 0);
        Family::new(5, 2, 3, rho).draw(&mut rng).unwrap()
    };
    let (blind, half, clear) = (draw(0.0), draw(0.5), draw(1.0));
    assert_eq!(blind.mdp(), clear.mdp());
    assert_eq!(blind.observation_laws(), Array2::from_elem((10, 3), 1.0 / 3.0));
    assert_eq!(clear.observation_probability(1, 4, 1), 1.0);
    assert_relative_eq!(half.observation_probability(0, 4, 1), 2.0 / 3.0, epsilon = 1e-15);
    assert_relative_eq!(half.observation_probability(0, 3, 1), 1.0 / 6.0, epsilon = 1e-15);
    // Any process can be hidden, for example one with linear features.
    let mut rng = Streams::new(3).stream(Purpose::Theory, 0, 2, 0);
    let task = crate::problem::linear_mdp::Family::reference().task(&mut rng);
    let hidden = Pomdp::hide(task.mdp.clone(), class_channel(8, 3, 4, 0.5)).unwrap();
    assert_eq!((hidden.mdp(), hidden.observations()), (&task.mdp, 4));
}

#[test]
fn impossible_families_are_refused() {
    let family = Family::new(4, 2, 2, 0.5);
    let refused = |family: Family, field: &str| {
        let text = family.check().expect_err("refused").to_string();
        assert!(text.starts_with(field), "{text}");
    };
    refused(Family { states: 0, ..family }, "states = 0");
    refused(Family { observations: 0, ..family }, "observations = 0");
    refused(Family { observations: usize::MAX, ..family }, "observations = ");
    refused(Family { observability: 1.1, ..family }, "observability = 1.1");
    refused(Family { concentration: f64::NAN, ..family }, "concentration = NaN");
    refused(Family { reward_power: 0.0, ..family }, "reward_power = 0");
    assert!(
        Family { states: 1, ..family }
            .draw(&mut Streams::new(0).stream(Purpose::Theory, 0, 0, 0))
            .is_ok()
    );
}

#[test]
fn classics_have_their_published_sizes() {
    let size = |p: &Pomdp| (p.states(), p.actions(), p.observations(), p.discount());
    assert_eq!(size(&classics::tiger(0.75).unwrap()), (2, 3, 2, 0.75));
    assert_eq!(size(&classics::corridor()), (4, 2, 2, 0.75));
    assert_eq!(size(&classics::shuttle()), (8, 3, 5, 0.95));
    assert_eq!(size(&classics::cheese()), (11, 4, 7, 0.95));
    assert_eq!(size(&classics::grid4x3()), (11, 4, 6, 0.95));
    assert_eq!(size(&classics::t_maze(4, 0.9).unwrap()), (13, 3, 5, 0.9));
    assert!(classics::t_maze(0, 0.9).is_err() && classics::t_maze(usize::MAX, 0.9).is_err());
    assert!(classics::tiger(1.5).is_err());
}
