use super::*;
use crate::model::planning_tokens::PlanningTokens;
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::finite_horizon::backward_induction;
use crate::problem::linear_mdp::{Family, TaskLaw};
use crate::problem::mdp::Policy;
use crate::train::sequence_fit::SequencePlace;
use crate::train::supervised::Lessons;

const LAW: TaskLaw = TaskLaw { concentration: 0.1, reward_power: 6.0 };

fn family(states: usize) -> Family {
    let mut rng = Streams::new(1).stream(Purpose::Theory, 0, 0, 0);
    Family::draw((states, 3, 4), 0.1, LAW, &mut rng).unwrap()
}

struct Written {
    inputs: Vec<f64>,
    targets: Vec<f64>,
    weights: Vec<f64>,
}

fn write(
    lessons: &impl Lessons<f64>,
    (width, actions, rounds): (usize, usize, usize),
    index: usize,
) -> Written {
    let mut written = Written {
        inputs: vec![9.0; rounds * width],
        targets: vec![0.0; rounds * actions],
        weights: vec![1.0; rounds],
    };
    let place = SequencePlace {
        inputs: &mut written.inputs,
        targets: &mut written.targets,
        weights: &mut written.weights,
    };
    lessons.write(7, index, place);
    written
}

/// The oracle's lessons show its trajectories and ask for its actions; every sequence counts as much.
#[test]
fn lessons_of_the_oracle_are_right() {
    let (family, tokens) = (family(5), PlanningTokens::new(5, 3, 4, 0));
    let shapes = [Shape { horizon: 4, demonstrations: 2 }, Shape { horizon: 3, demonstrations: 0 }];
    let streams = Streams::new(2);
    let lessons =
        MdpLessons::new(&family, Teacher::ORACLE, &shapes, (tokens, 12), streams).unwrap();
    let (mut two, mut none) = (0, 0);
    for index in 0..20 {
        let Written { inputs, targets, weights } = write(&lessons, (tokens.width(), 3, 12), index);
        assert!((weights.iter().sum::<f64>() - 12.0).abs() < 1e-9);
        let shown = weights.iter().filter(|w| **w == 0.0).count();
        // The task, drawn as the lesson draws it.
        let mut rng = streams.stream(Purpose::Training, 7, index, 0);
        let _: usize = rand::RngExt::random_range(&mut rng, 0..2);
        let mdp = family.task(&mut rng).mdp;
        let horizon = if shown == 8 { 4 } else { 3 };
        if shown == 8 {
            two += 1
        } else {
            none += 1
        }
        let values = backward_induction(&mdp, horizon).unwrap();
        let oracle = Policy::greedy(values.pairs.view(), 3);
        for (t, token) in inputs.chunks_exact(tokens.width()).enumerate() {
            let one = |part: &[f64]| part.iter().position(|x| *x == 1.0);
            let (state, to_go) = (one(&token[..5]).unwrap(), one(&token[12..16]).unwrap() + 1);
            let best = oracle.action(horizon - to_go, state);
            let question = token[16] == 1.0;
            assert_eq!(question, t >= shown);
            if question {
                assert_eq!(one(&targets[3 * t..3 * t + 3]), Some(best));
                assert!(token[8..12].iter().all(|x| *x == 0.0), "no answer in a question");
            } else {
                assert_eq!(one(&token[8..11]), Some(best));
                assert_eq!(token[11], mdp.reward(state, best));
                assert_eq!(to_go, 4 - t % 4);
                assert!(targets[3 * t..3 * t + 3].iter().all(|x| *x == 0.0));
            }
        }
    }
    assert!(two > 0 && none > 0, "{two}, {none}");
}

/// Behaviour has nothing to do with rewards, and its noise is where it should be.
#[test]
fn behaviour_is_random_in_every_task() {
    let (family, tokens) = (family(5), PlanningTokens::new(5, 3, 4, 0));
    let shapes = [Shape { horizon: 4, demonstrations: 1 }];
    let lessons =
        MdpLessons::new(&family, Teacher::BEHAVIOUR, &shapes, (tokens, 12), Streams::new(2))
            .unwrap();
    let mut preferred = [0; 3];
    for index in 0..100 {
        let Written { targets, .. } = write(&lessons, (tokens.width(), 3, 12), index);
        for law in targets.chunks_exact(3).skip(4) {
            let most = law.iter().copied().fold(0.0, f64::max);
            let least = law.iter().copied().fold(1.0, f64::min);
            assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!((0.2 / 3.0 - 1e-12..=1.0 / 3.0).contains(&least), "{law:?}");
            preferred[law.iter().position(|p| *p == most).unwrap()] += 1;
        }
    }
    // A third each of 800, correlated within tasks.
    assert!(preferred.iter().all(|&n| (180..360).contains(&n)), "{preferred:?}");
}

#[test]
fn impossible_lessons_are_refused() {
    let (family, tokens, streams) = (family(5), PlanningTokens::new(5, 3, 4, 0), Streams::new(0));
    let shape = |horizon, demonstrations| Shape { horizon, demonstrations };
    let refusal = |teacher, shapes: &[Shape]| {
        MdpLessons::new(&family, teacher, shapes, (tokens, 12), streams).err().unwrap().to_string()
    };
    for (tokens, expected) in [
        (PlanningTokens::new(4, 3, 4, 0), "tokens.seen = 4: expected 5"),
        (PlanningTokens::new(5, 4, 4, 0), "tokens.actions = 4: expected 3"),
        (PlanningTokens::new(5, 3, 4, 3), "tokens.knobs = 3: expected 0"),
    ] {
        let shapes = [shape(4, 1)];
        let lessons = MdpLessons::new(&family, Teacher::ORACLE, &shapes, (tokens, 12), streams);
        assert!(lessons.err().unwrap().to_string().starts_with(expected));
    }
    assert!(refusal(Teacher::ORACLE, &[]).starts_with("shapes = none"));
    assert!(refusal(Teacher::ORACLE, &[shape(5, 1)]).starts_with("horizon = 5"));
    assert!(refusal(Teacher::ORACLE, &[shape(4, 3)]).starts_with("demonstrations x horizon = 12"));
    assert!(refusal(Teacher::ORACLE, &[shape(4, usize::MAX)]).starts_with("demonstrations x"));
    let noisy = Teacher { least_noise: 0.5, most_noise: 0.4, ..Teacher::ORACLE };
    assert!(refusal(noisy, &[shape(4, 1)]).starts_with("least_noise = 0.5"));
    let noisy = Teacher { most_noise: 1.4, ..Teacher::ORACLE };
    assert!(refusal(noisy, &[shape(4, 1)]).starts_with("most_noise = 1.4"));
}

mod hidden;
