use super::*;
use crate::learner::verbal::habit::{self, Habit, Speech};
use crate::problem::verbal::answer::Reading;
use crate::problem::verbal::telling::Asking;

const PURPOSE: Purpose = Purpose::Validation;

fn class(source: Source) -> Class {
    let style = Style { asking: Asking::Once, ..Style::default() };
    Class { source, rewards: Rewards::Amount, style, part: Part::Training }
}

/// Processes of which myopic play does badly.
fn process(horizon: usize) -> Process {
    let family = Family { concentration: 0.1, reward_power: 6.0, ..Family::new(3, 2, 2, 0.8) };
    Process { family, horizon }
}

fn regrets(told: &[Told], habit: Habit) -> Vec<f64> {
    let streams = Streams::new(4);
    let open = episodes(told, 2, &streams, PURPOSE, 3).unwrap();
    let speeches = vec![Speech::new(habit, 0, 0.0).unwrap(); open.len()];
    let played = habit::play(&speeches, open, &streams, PURPOSE, Reading::Strict).unwrap();
    played.iter().map(|play| play.regret).collect()
}

#[test]
fn processes_are_drawn_and_their_oracle_has_no_regret() {
    let library = Library::bundled().unwrap();
    for (source, kind) in [
        (Source::Mdp(process(5)), Kind::Mdp { states: 3 }),
        (Source::Pomdp(process(5)), Kind::Pomdp { states: 3, observations: 2 }),
    ] {
        let class = class(source);
        class.check().unwrap();
        let expected = Shape { kind, arms: 2, rounds: 5, rewards: Rewards::Amount };
        assert_eq!(class.shape(), expected);
        let classes = [class];
        let told = draw_by_turns(&classes, &library, 24, &Streams::new(4), PURPOSE, 3).unwrap();
        assert!(told.iter().all(|told| *told.telling.shape() == expected));
        let oracle = regrets(&told, Habit::Oracle);
        assert!(oracle.iter().all(|regret| regret.abs() < 1e-12), "{oracle:?}");
        let sum = |habit| regrets(&told, habit).iter().sum::<f64>();
        let (myopic, uniform) = (sum(Habit::Myopic), sum(Habit::Uniform));
        assert!(0.5 < myopic && 1.5 * myopic < uniform, "{myopic} {uniform}");
    }
}

#[test]
fn the_same_numbers_give_the_same_process() {
    let library = Library::bundled().unwrap();
    let (seen, hidden) = (class(Source::Mdp(process(4))), class(Source::Pomdp(process(4))));
    let draw = |class: &Class, index| {
        let world = class.draw(&library, &Streams::new(4), PURPOSE, (0, index)).unwrap().world;
        match world {
            World::Mdp(mdp, _) => mdp,
            World::Pomdp(pomdp, _) => pomdp.mdp().clone(),
            _ => unreachable!("no other source"),
        }
    };
    assert_eq!(draw(&seen, 1), draw(&seen, 1));
    assert_ne!(draw(&seen, 1), draw(&seen, 2));
    // Hidden or not, the process is the same.
    assert_eq!(draw(&seen, 1), draw(&hidden, 1));
}

#[test]
fn what_is_no_process_is_refused() {
    let nothing = class(Source::Mdp(process(0))).check().unwrap_err().to_string();
    assert!(nothing.starts_with("horizon = 0"), "{nothing}");
    let family = Family { observability: 1.5, ..process(4).family };
    let blind = class(Source::Pomdp(Process { family, horizon: 4 }));
    assert!(blind.check().unwrap_err().to_string().starts_with("observability = 1.5"));
    // More histories than can be kept.
    let long = class(Source::Pomdp(process(40)));
    let library = Library::bundled().unwrap();
    let refused = long.draw(&library, &Streams::new(4), PURPOSE, (0, 0)).unwrap_err();
    assert!(refused.to_string().starts_with("horizon = 40"), "{refused}");
}
