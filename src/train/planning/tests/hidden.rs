use rand::RngExt;

use super::*;
use crate::oracle::hidden::solve;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::hidden_family::{HiddenFamily, HiddenSetting, Mazes};
use crate::problem::pomdp::{Step, classics};

const MAZE: HiddenFamily = HiddenFamily::Maze(Mazes::Training);
/// Tokens of a sequence.
const ROUNDS: usize = 9;

fn tokens(family: &HiddenFamily) -> PlanningTokens {
    PlanningTokens::new(family.observations(), 3, 4, 3)
}

fn lessons<'a>(
    family: &'a HiddenFamily,
    teacher: Teacher,
    settings: &'a [(HiddenSetting, usize)],
) -> HiddenLessons<'a> {
    let shape = (tokens(family), ROUNDS);
    HiddenLessons::new(family, teacher, settings, 0.5, shape, Streams::new(3)).unwrap()
}

/// A decision as its token tells it.
struct Told {
    history: Vec<Step>,
    /// Action and reward, unless they are asked for.
    shown: Option<(usize, f64)>,
    target: Vec<f64>,
    weight: f64,
}

/// The trajectories of a sequence about `seen` observations, 3 actions and up to 4 steps, that of the questions last.
fn trajectories(written: &Written, seen: usize, horizon: usize, count: usize) -> Vec<Vec<Told>> {
    let width = seen + 15;
    let told = |first: usize| {
        let mut history = Vec::new();
        let decisions = (0..horizon).map(|t| {
            let round = first + t;
            let token = &written.inputs[round * width..][..width];
            let one = |part: &[f64]| part.iter().position(|x| *x == 1.0);
            assert_eq!(one(&token[seen + 7..seen + 11]), Some(horizon - t - 1), "steps to go");
            match (one(&token[seen..seen + 3]), one(&token[..seen])) {
                (Some(action), Some(observation)) => history.push(Step { action, observation }),
                nothing => assert_eq!((t, nothing), (0, (None, None))),
            }
            let action = one(&token[seen + 3..seen + 6]);
            let question = token[seen + 11] == 1.0;
            assert_eq!(question, action.is_none());
            assert!(!question || token[seen + 6] == 0.0, "no answer in a question");
            Told {
                history: history.clone(),
                shown: action.map(|action| (action, token[seen + 6])),
                target: written.targets[3 * round..3 * round + 3].to_vec(),
                weight: written.weights[round],
            }
        });
        decisions.collect()
    };
    let rest = count * horizon;
    assert!(written.inputs[rest * width..].iter().all(|x| *x == 0.0), "nothing after it");
    assert!(written.weights[rest..].iter().all(|w| *w == 0.0));
    (0..count).map(|k| told(k * horizon)).collect()
}

/// What was found in lessons of the oracle.
#[derive(Default)]
struct Count {
    asked: usize,
    idle: usize,
    /// Labels that the nominal model would not have given.
    ambiguous: usize,
    /// Decisions before questions, and how many of them are not the oracle's.
    own: usize,
    strange: usize,
}

/// Holds 60 lessons against trees of the tasks, drawn as the lessons draw them.
fn check_oracle(family: &HiddenFamily, settings: &[(HiddenSetting, usize)]) -> Count {
    let lessons = lessons(family, Teacher::ORACLE, settings);
    let seen = family.observations();
    let mut count = Count::default();
    for index in 0..60 {
        let written = write(&lessons, (seen + 15, 3, ROUNDS), index);
        let mut rng = Streams::new(3).stream(Purpose::Training, 7, index, 0);
        let (setting, shown) = settings[rng.random_range(0..settings.len())];
        let task = family.task(&setting, &mut rng).unwrap();
        let (horizon, knobs) = (setting.horizon, setting.knobs());
        let tree = solve(&task.process, horizon).unwrap();
        let nominal = HistoryTree::solve(&task.nominal, horizon).unwrap();
        assert_eq!(written.inputs[seen + 12..seen + 15], knobs);
        let mut runs = trajectories(&written, seen, horizon, shown + 1);
        let questions = runs.pop().unwrap();
        for decision in runs.iter().flatten() {
            let action = tree.action(&decision.history);
            assert_eq!(decision.shown.map(|(action, _)| action), action);
            assert_eq!(decision.weight, 0.0);
        }
        if matches!(family, HiddenFamily::Maze(_)) && setting.observability == 1.0 {
            let end = runs.iter().map(|run| run[horizon - 1].shown.unwrap().1);
            assert!(end.into_iter().all(|reward| reward == 1.0), "the oracle finds out");
        }
        for Told { history, shown, target, weight } in &questions {
            assert!(shown.is_none());
            let values = tree.pairs(history).unwrap();
            let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let worst = values.iter().copied().fold(f64::INFINITY, f64::min);
            if best - worst <= 1e-12 {
                count.idle += 1;
                assert_eq!(*weight, 0.0, "{values}");
            } else {
                count.asked += 1;
                assert_eq!(*weight, ROUNDS as f64 / horizon as f64, "{values}");
                let label: [f64; 3] =
                    std::array::from_fn(|a| f64::from(u8::from(tree.action(history) == Some(a))));
                assert_eq!(target[..], label);
                count.ambiguous += usize::from(nominal.action(history) != tree.action(history));
            }
        }
        let own = &questions[horizon - 1].history;
        for (t, step) in own.iter().enumerate() {
            count.own += 1;
            count.strange += usize::from(tree.action(&own[..t]) != Some(step.action));
        }
    }
    // Half of the decisions are drawn, of which a third are the oracle's by chance; four standard deviations.
    let (n, p) = (count.own as f64, 1.0 / 3.0);
    let error = 4.0 * (n * p * (1.0 - p)).sqrt();
    approx::assert_abs_diff_eq!(count.strange as f64, n * p, epsilon = error);
    count
}

/// Labels are the oracle's actions after what the question tells; where all are worth the same nothing is asked: in a maze
/// whose signal is reliable, after the trajectory went astray.
#[test]
fn mazes_are_asked_about_where_it_matters() {
    let settings = [(HiddenSetting::plain(3, 1.0), 2), (HiddenSetting::plain(4, 0.5), 1)];
    let count = check_oracle(&MAZE, &settings);
    assert!(count.asked > 60 && count.idle > 10, "{}, {}", count.asked, count.idle);
}

#[test]
fn labels_in_a_cloud_are_those_of_the_history_form() {
    let family = HiddenFamily::Factors { family: family(4), observations: 2, models: 3 };
    let wide = HiddenSetting { horizon: 4, observability: 0.5, radius: 0.9, pessimism: 1.0 };
    let blind = HiddenSetting { horizon: 3, observability: 0.0, radius: 0.5, pessimism: 0.5 };
    let count = check_oracle(&family, &[(wide, 1), (blind, 2)]);
    assert!(count.asked > 180 && count.ambiguous > 5, "{}, {}", count.asked, count.ambiguous);
}

/// All sequences of fewer than four of two observations.
fn histories(action: usize) -> Vec<Vec<Step>> {
    let mut all = vec![Vec::new()];
    for i in 0..7 {
        let shorter: Vec<Step> = all[i].clone();
        for observation in 0..2 {
            all.push([&shorter[..], &[Step { action, observation }]].concat());
        }
    }
    all
}

/// Who has habits prefers an action a sequence of observations, or one a step and newest observation, each half the time.
#[test]
fn habits_are_of_two_kinds() {
    let tree = HistoryTree::solve(&classics::tiger(1.0).unwrap(), 4).unwrap();
    let mut rng = Streams::new(5).stream(Purpose::Theory, 0, 0, 0);
    let (mut by_newest, mut same_later, mut preferred, mut noises) = (0.0, 0.0, [0.0; 3], 0.0);
    for _ in 0..400 {
        let teacher = Teacher::BEHAVIOUR.of_histories(&tree, (2, 3), &mut rng);
        let laws: Vec<Vec<f64>> = histories(0).iter().map(|h| teacher.law(h)).collect();
        assert!(histories(0).iter().all(|h| teacher.cares(h)));
        assert!(histories(2).iter().map(|h| teacher.law(h)).eq(laws.iter().cloned()));
        let noise = 3.0 * laws[0].iter().copied().fold(1.0, f64::min);
        noises += noise / 400.0;
        assert!((0.2 - 1e-12..=1.0).contains(&noise), "{noise}");
        let habit = |law: &Vec<f64>| {
            let place = |p: f64| law.iter().position(|q| (q - p).abs() < 1e-12);
            assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(law.iter().filter(|p| (*p - noise / 3.0).abs() < 1e-12).count() >= 2);
            place(1.0 - noise + noise / 3.0).unwrap()
        };
        let habits: Vec<usize> = laws.iter().map(habit).collect();
        habits.iter().for_each(|&a| preferred[a] += 1.0 / (400.0 * 15.0));
        // Sequences are in order, the newest observation changing fastest; the first of length 2 is the fourth.
        let newest = |length: usize| {
            let level = &habits[(1 << length) - 1..(2 << length) - 1];
            level.chunks(2).all(|pair| pair == &level[..2])
        };
        if newest(2) && newest(3) {
            by_newest += 1.0;
            same_later += f64::from(u8::from(habits[3] == habits[7]));
        }
    }
    // Four standard deviations each.
    approx::assert_abs_diff_eq!(by_newest, 200.0, epsilon = 40.0);
    approx::assert_abs_diff_eq!(same_later / by_newest, 1.0 / 3.0, epsilon = 0.15);
    approx::assert_abs_diff_eq!(noises, 0.6, epsilon = 4.0 * 0.8 / 12f64.sqrt() / 20.0);
    for share in preferred {
        approx::assert_abs_diff_eq!(share, 1.0 / 3.0, epsilon = 0.04);
    }
}

/// Lessons of behaviour ask about every step, and show what they ask for, as noisily as the labels say.
#[test]
fn lessons_of_behaviour_show_its_habits() {
    let settings = [(HiddenSetting::plain(3, 1.0), 2)];
    let lessons = lessons(&MAZE, Teacher::BEHAVIOUR, &settings);
    let (mut agree, mut expected) = (0.0, 0.0);
    for index in 0..300 {
        let written = write(&lessons, (20, 3, ROUNDS), index);
        let mut runs = trajectories(&written, 5, 3, 3);
        let questions = runs.pop().unwrap();
        assert!(questions.iter().all(|question| question.weight == 3.0));
        // Nothing has been seen before the first decision: the same law in all three trajectories.
        let law = &questions[0].target;
        let most = law.iter().copied().fold(0.0, f64::max);
        for run in &runs {
            agree += f64::from(u8::from(law[run[0].shown.unwrap().0] == most));
            expected += most;
        }
    }
    // Four standard deviations of 600 draws.
    approx::assert_abs_diff_eq!(agree, expected, epsilon = 4.0 * (600f64 * 0.25).sqrt());
    approx::assert_abs_diff_eq!(expected / 600.0, 0.6, epsilon = 0.04);
}

#[test]
fn impossible_lessons_of_hidden_tasks_are_refused() {
    let refusal = |tokens: PlanningTokens, settings: &[(HiddenSetting, usize)]| {
        let (shape, streams) = ((tokens, ROUNDS), Streams::new(0));
        HiddenLessons::new(&MAZE, Teacher::ORACLE, settings, 0.5, shape, streams)
            .err()
            .unwrap()
            .to_string()
    };
    for (setting, demonstrations, expected) in [
        (HiddenSetting::plain(5, 1.0), 0, "horizon = 5"),
        (HiddenSetting::plain(4, 1.0), 2, "demonstrations x horizon"),
        (HiddenSetting::plain(2, 1.0), 0, "horizon = 2"),
        (HiddenSetting::plain(3, 2.0), 0, "observability = 2"),
    ] {
        let message = refusal(tokens(&MAZE), &[(setting, demonstrations)]);
        assert!(message.starts_with(expected), "{message}");
    }
    assert!(refusal(tokens(&MAZE), &[]).starts_with("settings = none"));
    for (tokens, expected) in [
        (PlanningTokens::new(6, 3, 4, 3), "tokens.seen = 6: expected 5"),
        (PlanningTokens::new(5, 2, 4, 3), "tokens.actions = 2: expected 3"),
        (PlanningTokens::new(5, 3, 4, 0), "tokens.knobs = 0: expected 3"),
    ] {
        let message = refusal(tokens, &[(HiddenSetting::plain(3, 1.0), 0)]);
        assert!(message.starts_with(expected), "{message}");
    }
}
