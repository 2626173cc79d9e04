//! Order, keys and thread independence of playing.

use super::*;
use crate::Error;
use crate::learner::bandit::greedy::Greedy;
use crate::learner::bandit::uniform::{ConstantArm, UniformArm};
use crate::problem::bandit::Bandit;

const STREAMS: fn() -> Streams = || Streams::new(11);

fn problem() -> Bandit {
    Bandit { fewest: Some(2), ..Bandit::drifting_mixture(4, 20) }
}

fn scenario(index: usize) -> BanditScenario {
    problem().scenario(&STREAMS(), Purpose::Evaluation, 0, index, 0)
}

fn greedy_choices(count: usize) -> Vec<Vec<usize>> {
    let player =
        one_by_one(STREAMS(), Purpose::Evaluation, |s: &BanditScenario| Greedy::new(s.present()));
    play_groups(count, scenario, player, |_, chosen| chosen.to_vec()).unwrap()
}

#[test]
fn groups_are_in_order_and_complete() {
    for count in [0, 1, GROUP - 1, GROUP, GROUP + 1, 3 * GROUP + 5] {
        let player = |scenarios: &[BanditScenario], first: usize| {
            assert_eq!(first % GROUP, 0);
            for (i, s) in scenarios.iter().enumerate() {
                assert_eq!(*s, scenario(first + i));
            }
            Ok((0..scenarios.len()).map(|i| vec![(first + i) % 2; 20]).collect())
        };
        let marks =
            play_groups(count, scenario, player, |s, chosen| (s.clone(), chosen[0])).unwrap();
        assert_eq!(marks.len(), count);
        assert!(marks.iter().enumerate().all(|(i, mark)| *mark == (scenario(i), i % 2)));
    }
}

#[test]
fn results_do_not_depend_on_threads_or_on_their_neighbours() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let one = pool(1).install(|| greedy_choices(200));
    assert_eq!(one, pool(3).install(|| greedy_choices(200)));
    assert_eq!(one[..70], greedy_choices(70));
    let alone = |i: usize| {
        let mut rng = decision_stream(&STREAMS(), Purpose::Evaluation, 0, i, 0);
        play(&scenario(i), &mut Greedy::new(scenario(i).present()).unwrap(), &mut rng)
    };
    assert_eq!(one[130], alone(130));
}

#[test]
fn decisions_have_streams_of_their_own() {
    let first =
        |index, run| decision_stream(&STREAMS(), Purpose::Evaluation, 0, index, run).next_u64();
    let slot = |rollout| STREAMS().stream(Purpose::Evaluation, 0, 0, rollout).next_u64();
    let values = [first(0, 0), first(0, 1), first(1, 0), slot(0), slot(1), slot(2)];
    for (i, a) in values.iter().enumerate() {
        assert!(values[i + 1..].iter().all(|b| a != b));
    }
}

#[test]
fn the_first_error_in_order_is_the_one_reported() {
    let player = |_: &[BanditScenario], first: usize| {
        if first == 0 {
            return Ok(vec![vec![0; 20]; GROUP]);
        }
        Err(Error::parameter("first", first, "0"))
    };
    for _ in 0..20 {
        let result = play_groups(10 * GROUP, scenario, player, |_, _| ());
        assert_eq!(result.unwrap_err().to_string(), format!("first = {GROUP}: expected 0"));
    }
}

#[test]
#[should_panic(expected = "arm 3 of 2 present")]
fn an_absent_arm_cannot_be_played() {
    let small = (0..100).map(scenario).find(|s| s.present() == 2).unwrap();
    let mut rng = decision_stream(&STREAMS(), Purpose::Evaluation, 0, 0, 0);
    play(&small, &mut ConstantArm(3), &mut rng);
}

#[test]
fn the_uniform_player_plays_every_arm_alike() {
    let scenario = Bandit::bernoulli(4, 4000).scenario(&STREAMS(), Purpose::Training, 0, 0, 0);
    let mut rng = decision_stream(&STREAMS(), Purpose::Evaluation, 0, 0, 0);
    let chosen = play(&scenario, &mut UniformArm::new(4).unwrap(), &mut rng);
    for arm in 0..4 {
        // 1000 each, standard deviation 27.
        let count = chosen.iter().filter(|a| **a == arm).count();
        assert!((890..=1110).contains(&count), "{count}");
    }
    assert!(UniformArm::new(0).is_err() && Greedy::new(0).is_err());
}

#[test]
fn greedy_tries_every_arm_then_stays_with_the_best_and_breaks_ties_evenly() {
    let rewards = ndarray::array![
        [0.2, 0.9, 0.5],
        [0.2, 0.9, 0.5],
        [0.2, 0.9, 0.5],
        [1.0, 0.4, 1.0],
        [1.0, 1.0, 1.0],
        [1.0, 0.0, 1.0],
        [1.0, 0.0, 1.0]
    ];
    let scenario = BanditScenario::from_rewards(rewards.view()).unwrap();
    let mut rng = decision_stream(&STREAMS(), Purpose::Evaluation, 0, 0, 0);
    // Arm 1 has means 0.9, 0.65, 0.77, 0.575, and is never overtaken by 0.5.
    let mut chosen = play(&scenario, &mut Greedy::new(3).unwrap(), &mut rng);
    assert_eq!(chosen.split_off(3), [1; 4]);
    chosen.sort_unstable();
    assert_eq!(chosen, [0, 1, 2]);
    let mut seen = [0; 3];
    for _ in 0..3000 {
        let mut tied = Greedy::new(3).unwrap();
        (0..3).for_each(|arm| tied.observe(arm, 0.5));
        seen[tied.choose(&mut rng)] += 1;
    }
    // 1000 each, standard deviation 26.
    assert!(seen.iter().all(|count| (890..=1110).contains(count)), "{seen:?}");
}
