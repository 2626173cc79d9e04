use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::pomdp::Tables;
use crate::problem::pomdp::family::Family;
use approx::assert_relative_eq;

fn rng(index: usize) -> rand_chacha::ChaCha8Rng {
    Streams::new(31).stream(Purpose::Theory, 0, index, 0)
}

fn family(radius: f64) -> CloudFamily {
    CloudFamily { family: Family::new(3, 2, 2, 0.5), models: 3, radius }
}

#[test]
fn clouds_surround_their_nominal_model() {
    let (nominal, cloud) = family(0.5).draw(0.5, &mut rng(0)).unwrap();
    let (same, wide) = family(1.0).draw(0.5, &mut rng(0)).unwrap();
    let (_, none) = family(0.0).draw(0.5, &mut rng(0)).unwrap();
    assert_eq!(nominal, same);
    assert!(none.models().iter().all(|model| *model == nominal));
    for (half, full) in cloud.models().iter().zip(wide.models()) {
        let expected = (&nominal.transitions() + &full.transitions()) / 2.0;
        assert_relative_eq!(half.transitions().to_owned(), expected, epsilon = 1e-15);
        assert_eq!(half.observation_laws(), nominal.observation_laws());
    }
    assert_ne!(wide.models()[0], wide.models()[1]);
}

#[test]
fn impossible_clouds_are_refused() {
    let refused = |result: Result<(Pomdp, Apomdp)>, field: &str| {
        let text = result.expect_err("refused").to_string();
        assert!(text.starts_with(field), "{text}");
    };
    refused(family(f64::NAN).draw(0.5, &mut rng(0)), "radius = NaN");
    refused(family(0.5).draw(-0.1, &mut rng(0)), "pessimism = -0.1");
    refused(CloudFamily { models: 0, ..family(0.5) }.draw(0.5, &mut rng(0)), "models = 0");
    refused(CloudFamily { models: usize::MAX, ..family(0.5) }.draw(0.5, &mut rng(0)), "models = ");
    let (nominal, cloud) = family(0.5).draw(0.5, &mut rng(0)).unwrap();
    let with = |change: &dyn Fn(&mut Tables)| {
        let mut tables = nominal.tables();
        change(&mut tables);
        let models = vec![cloud.models()[0].clone(), Pomdp::new(tables).unwrap()];
        Apomdp::new(models, 0.5).expect_err("refused").to_string()
    };
    assert!(with(&|t| t.rewards[0] += 1.0).starts_with("models[1] = other rewards"));
    assert!(with(&|t| t.discount = 0.5).starts_with("models[1] = other discount"));
    assert!(with(&|t| t.start = vec![1.0, 0.0, 0.0]).starts_with("models[1] = other start"));
    assert!(with(&|t| t.names.states[0] = "x".into()).starts_with("models[1] = other names"));
}

#[test]
fn a_hazard_ends_in_a_state_that_is_seen() {
    let base = Family::new(3, 2, 2, 0.5).draw(&mut rng(1)).unwrap();
    let risky = with_hazard(&base, 0.2).unwrap();
    assert_eq!((risky.states(), risky.observations()), (4, 3));
    for pair in 0..6 {
        assert_relative_eq!(risky.transitions()[[pair, 3]], 0.2, epsilon = 1e-15);
    }
    let dead = risky.update(risky.start(), 1, 2).unwrap();
    assert_eq!((dead.belief[3], risky.expected_reward(&dead.belief, 0)), (1.0, 0.0));
    assert!(with_hazard(&base, 1.5).is_err() && with_hazard(&risky, 0.1).is_err());
    let mut tables = base.tables();
    tables.rewards[2] = -1.0;
    assert!(with_hazard(&Pomdp::new(tables).unwrap(), 0.1).is_err());
}

#[test]
fn models_of_the_treatment_differ_in_the_strong_drug_only() {
    let cloud = treatment(0.5).unwrap();
    let [poor, _, good] = cloud.models() else { panic!("three models") };
    for (pair, (a, b)) in
        poor.transitions().rows().into_iter().zip(good.transitions().rows()).enumerate()
    {
        assert_eq!(a == b, pair % 3 != 2, "{pair}");
    }
    assert_relative_eq!(poor.transitions()[[5, 0]], 0.25);
    assert_relative_eq!(poor.transitions()[[5, 2]], 0.3 * 0.75);
}
