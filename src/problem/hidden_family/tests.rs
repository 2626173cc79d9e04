use std::collections::HashSet;

use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::oracle::pomdp::policy_evaluation::{evaluate, surely};
use crate::problem::linear_mdp::{Family, TaskLaw};
use crate::problem::pomdp::Step;

fn rng(index: usize) -> rand_chacha::ChaCha8Rng {
    Streams::new(5).stream(Purpose::Theory, 0, index, 0)
}

fn factors() -> HiddenFamily {
    let law = TaskLaw { concentration: 0.1, reward_power: 6.0 };
    let family = Family::draw((4, 3, 5), 0.1, law, &mut rng(0)).unwrap();
    HiddenFamily::Factors { family, observations: 2, models: 3 }
}

/// Knobs change how a task is seen, not which one it is.
#[test]
fn the_nominal_process_does_not_depend_on_the_knobs() {
    let plain = factors().task(&HiddenSetting::plain(4, 0.5), &mut rng(1)).unwrap();
    let setting = HiddenSetting { horizon: 3, observability: 0.5, radius: 0.6, pessimism: 0.5 };
    let cloud = factors().task(&setting, &mut rng(1)).unwrap();
    assert_eq!(plain.nominal, cloud.nominal);
    assert_eq!(plain.process.models(), std::slice::from_ref(&plain.nominal));
    assert_eq!((cloud.process.models().len(), cloud.process.pessimism()), (3, 0.5));
    let (own, nominal) = (&cloud.process.models()[1], &cloud.nominal);
    let least = nominal.transitions().to_owned() * 0.4;
    assert!(own.transitions().iter().zip(&least).all(|(p, least)| *p >= least - 1e-12));
    assert_ne!(cloud.process.models()[0], cloud.process.models()[1]);
}

/// Who remembers a reliable signal always turns right; who sees nothing of it, or forgets it, in half of the mazes.
#[test]
fn mazes_need_memory() {
    let mut firsts = [0; 3];
    for index in 0..60 {
        for (observability, expected) in [(1.0, 1.0), (0.5, 0.75), (0.0, 0.5)] {
            let setting = HiddenSetting::plain(4, observability);
            let maze = HiddenFamily::Maze(Mazes::Training)
                .task(&setting, &mut rng(index))
                .unwrap()
                .nominal;
            let tree = HistoryTree::solve(&maze, 4).unwrap();
            approx::assert_abs_diff_eq!(tree.value(), expected, epsilon = 1e-12);
            if observability == 1.0 {
                firsts[tree.action(&[]).unwrap()] += 1;
                // As if the signal had been "up" whatever it was.
                let forgetful = |history: &[Step]| {
                    let mut changed = history.to_vec();
                    changed.iter_mut().take(1).for_each(|step| step.observation = 0);
                    surely(tree.action(&changed).unwrap(), 3)
                };
                let value = evaluate(&maze, 4, forgetful).unwrap();
                approx::assert_abs_diff_eq!(value, 0.5, epsilon = 1e-12);
            }
        }
    }
    assert!(firsts.iter().all(|&n| n > 5), "{firsts:?}");
}

#[test]
fn impossible_settings_are_refused() {
    let usual = HiddenSetting::plain(4, 0.5);
    for (setting, expected) in [
        (HiddenSetting { horizon: 0, ..usual }, "horizon = 0"),
        (HiddenSetting { horizon: 2, ..usual }, "horizon = 2: expected at least 3"),
        (HiddenSetting { horizon: usize::MAX, ..usual }, "corridor = "),
        (HiddenSetting { observability: 1.5, ..usual }, "observability = 1.5"),
        (HiddenSetting { radius: -0.1, ..usual }, "radius = -0.1"),
        (HiddenSetting { pessimism: f64::NAN, ..usual }, "pessimism = NaN"),
    ] {
        let message = HiddenFamily::Maze(Mazes::Training)
            .task(&setting, &mut rng(0))
            .unwrap_err()
            .to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    let HiddenFamily::Factors { family, .. } = factors() else { unreachable!() };
    let none = HiddenFamily::Factors { family, observations: 2, models: 0 };
    assert!(none.task(&HiddenSetting { radius: 0.5, ..usual }, &mut rng(0)).is_err());
}

/// The parts have no maze in common; both have all turns, and every action leads forward at every place.
#[test]
fn mazes_are_held_out() {
    let horizon = 4;
    let first_decisions = |mazes, index| {
        let setting = HiddenSetting::plain(horizon, 1.0);
        let maze = HiddenFamily::Maze(mazes).task(&setting, &mut rng(index)).unwrap().nominal;
        let tree = HistoryTree::solve(&maze, horizon).unwrap();
        let mut decisions = Vec::new();
        for signal in 0..2 {
            let mut history: Vec<Step> = Vec::new();
            for observation in [signal, 2, 3, 4] {
                let action = tree.action(&history).unwrap();
                decisions.push(action);
                history.push(Step { action, observation });
            }
        }
        decisions
    };
    let all = |mazes| (0..1500).map(|index| first_decisions(mazes, index)).collect::<HashSet<_>>();
    let (training, held_out) = (all(Mazes::Training), all(Mazes::HeldOut));
    assert_eq!((training.len(), held_out.len()), (108, 54));
    assert!(training.is_disjoint(&held_out));
}
