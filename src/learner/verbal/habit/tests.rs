use ndarray::{Array2, array};

use super::*;
use crate::learner::verbal::scene::Scene;
use crate::oracle::finite_horizon::backward_induction;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::bandit::Bandit;
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::classics;
use crate::problem::verbal::answer::Form;
use crate::problem::verbal::context::Library;
use crate::problem::verbal::labels::LabelStyle;
use crate::problem::verbal::message::Role;
use crate::problem::verbal::reading::{Agreement, counts};
use crate::problem::verbal::telling::{Asking, Rewards, Style, Telling};

const PURPOSE: Purpose = Purpose::Training;
const STREAMS: fn() -> Streams = || Streams::new(6);

const ALL: [Habit; 10] = [
    Habit::Stick,
    Habit::Uniform,
    Habit::Greedy,
    Habit::Miscount,
    Habit::Alternate,
    Habit::Shift,
    Habit::Match,
    Habit::Myopic,
    Habit::Noisy(0.3),
    Habit::Oracle,
];

fn telling<'a>(library: &'a Library, shape: Shape, style: &Style) -> Telling<'a> {
    let mut rng = STREAMS().stream(PURPOSE, 0, 0, 7);
    Telling::draw(library, &library.contexts[2], &shape, style, &mut rng).unwrap()
}

/// Plays of one habit on one scene, drawn from streams of their own.
fn plays_of<'a>(
    streams: &Streams,
    telling: &'a Telling<'a>,
    scene: Scene<'a>,
    speech: Speech,
    runs: usize,
) -> Vec<Trajectory> {
    let key = |run| Key { iteration: 1, scenario: 2, run };
    let begin = |run| Episode::begin(telling, scene, streams, PURPOSE, key(run)).unwrap();
    let episodes = (0..runs).map(begin).collect();
    play(&vec![speech; runs], episodes, streams, PURPOSE, Reading::Strict).unwrap()
}

fn plays<'a>(
    telling: &'a Telling<'a>,
    scene: Scene<'a>,
    speech: Speech,
    runs: usize,
) -> Vec<Trajectory> {
    plays_of(&STREAMS(), telling, scene, speech, runs)
}

fn actions(trajectory: &Trajectory) -> Vec<usize> {
    trajectory.rounds.iter().map(|round| round.action.unwrap()).collect()
}

const BANDIT: Shape = Shape { kind: Kind::Bandit, arms: 5, rounds: 20, rewards: Rewards::ZeroOne };

fn bandit_plays(habit: Habit, runs: usize) -> Vec<Trajectory> {
    let library = Library::bundled().unwrap();
    let told = telling(&library, BANDIT, &Style::default());
    let scenario = Bandit::bernoulli(5, 20).scenario(&STREAMS(), PURPOSE, 0, 0, 0);
    plays(&told, Scene::bandit(&scenario), Speech::new(habit, 1, 0.0).unwrap(), runs)
}

#[test]
fn habits_choose_as_they_are_called() {
    let runs = 200;
    let firsts = |played: &[Trajectory]| -> Vec<usize> {
        let first = |arm| played.iter().filter(|t| actions(t)[0] == arm).count();
        (0..5).map(first).collect()
    };
    for habit in [Habit::Stick, Habit::Uniform, Habit::Greedy, Habit::Miscount, Habit::Alternate] {
        // Four standard deviations of 200 draws with probability 1/5, and more where a wrong count comes before the first round.
        let firsts = firsts(&bandit_plays(habit, runs));
        assert!(firsts.iter().all(|n| (15..=70).contains(n)), "{habit:?}: {firsts:?}");
    }
    for played in bandit_plays(Habit::Stick, 20) {
        assert!(actions(&played).iter().all(|arm| *arm == actions(&played)[0]));
    }
    for played in bandit_plays(Habit::Alternate, 20) {
        let own = actions(&played);
        let back = own[2..] == own[..18] || own[3..] == own[1..18];
        assert!(back && own.windows(2).all(|pair| pair[0] != pair[1]), "{own:?}");
    }
    let mut shifted = [0; 5];
    for played in bandit_plays(Habit::Shift, 50) {
        for pair in played.rounds.windows(2) {
            let [before, after] = [0, 1].map(|i| pair[i].action.unwrap());
            assert_eq!(before == after, pair[0].reward > 0.5);
            shifted[(after + 5 - before) % 5] += 1;
        }
    }
    assert!(shifted[1..].iter().all(|n| *n > 50), "all others alike: {shifted:?}");
    for played in bandit_plays(Habit::Greedy, 50) {
        let (mut tries, mut sums) = ([0.0; 5], [0.0; 5]);
        for round in &played.rounds {
            let mean = |arm: usize| if tries[arm] > 0.0 { sums[arm] / tries[arm] } else { 0.0 };
            let arm = round.action.unwrap();
            assert!((0..5).all(|other| mean(other) <= mean(arm)));
            tries[arm] += 1.0;
            sums[arm] += round.reward;
        }
    }
    let best = bandit_plays(Habit::Oracle, 1).remove(0);
    assert_eq!(best.regret, 0.0);
    // Matching is better than uniform and worse than the oracle.
    let mean = |habit| bandit_plays(habit, runs).iter().map(|t| t.regret).sum::<f64>();
    let [uniform, matching, noisy] = [Habit::Uniform, Habit::Match, Habit::Noisy(0.3)].map(mean);
    assert!(matching < 0.95 * uniform && matching > 0.0, "{matching} {uniform}");
    assert!((noisy - 0.3 * uniform).abs() < 0.05 * uniform, "{noisy} {uniform}");
}

#[test]
fn probabilities_are_those_that_choices_are_drawn_from() {
    let library = Library::bundled().unwrap();
    let rewards = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let shape = Shape { kind: Kind::FullInformation, arms: 3, rounds: 4, rewards: Rewards::Amount };
    let style = Style { form: Form::Probabilities, asking: Asking::Once, ..Style::default() };
    let told = telling(&library, shape, &style);
    let laws = |habit| -> Array2<f64> {
        let speech = Speech::new(habit, 0, 0.0).unwrap();
        let played = plays(&told, Scene::from(&rewards), speech, 1).remove(0);
        assert_eq!(played.unparsed.total(), 0);
        let laws = played.rounds.iter().flat_map(|round| round.policy.clone().unwrap());
        Array2::from_shape_vec((4, 3), laws.collect()).unwrap()
    };
    let uniform = laws(Habit::Uniform);
    assert!(uniform.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-12));
    // The leader after one round is the first arm, after three the second.
    let greedy = laws(Habit::Greedy);
    assert_eq!((greedy[[1, 0]], greedy[[3, 1]]), (1.0, 1.0));
    assert_eq!(laws(Habit::Oracle).column(1).to_vec(), [1.0; 4]);
    // (1 + 1) / (1 + 2) against twice 1 / 3.
    let matching = laws(Habit::Match);
    assert!((matching[[1, 0]] - 0.5).abs() < 1e-12 && (matching[[1, 2]] - 0.25).abs() < 1e-12);
    let stick = laws(Habit::Stick);
    assert!(stick.iter().all(|p| *p == 0.0 || *p == 1.0) && stick.row(0) == stick.row(3));
    let alternate = laws(Habit::Alternate);
    assert!(alternate.row(0) != alternate.row(1));
}

#[test]
fn processes_are_played_well_nearly_well_and_short_sightedly() {
    let library = Library::bundled().unwrap();
    // Waiting earns nothing at once but leads to where all is earned.
    let moves = array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]];
    let mdp = Mdp::new(2, moves, vec![0.1, 0.0, 1.0, 0.5], vec![1.0, 0.0], 1.0).unwrap();
    let values = backward_induction(&mdp, 5).unwrap();
    let tiger = classics::tiger(1.0).unwrap();
    let tree = HistoryTree::solve(&tiger, 4).unwrap();
    let shape = |kind, arms, rounds| Shape { kind, arms, rounds, rewards: Rewards::Amount };
    let seen = telling(&library, shape(Kind::Mdp { states: 2 }, 2, 5), &Style::default());
    let kind = Kind::Pomdp { states: 2, observations: 2 };
    let hidden = telling(&library, shape(kind, 3, 4), &Style::default());
    for (told, scene) in
        [(&seen, Scene::Mdp(&mdp, &values)), (&hidden, Scene::Pomdp(&tiger, &tree))]
    {
        let mean = |habit| {
            let played = plays(told, scene, Speech::new(habit, 2, 0.0).unwrap(), 300);
            played.iter().map(|trajectory| trajectory.regret).sum::<f64>() / 300.0
        };
        let [oracle, noisy, uniform] = [Habit::Oracle, Habit::Noisy(0.3), Habit::Uniform].map(mean);
        assert!(
            oracle.abs() < 1e-12 && noisy > 0.1 && uniform > 1.5 * noisy,
            "{oracle} {noisy} {uniform}"
        );
    }
    let myopic = Speech::new(Habit::Myopic, 0, 0.0).unwrap();
    let played = plays(&seen, Scene::Mdp(&mdp, &values), myopic, 1).remove(0);
    assert_eq!(actions(&played), [0; 5]);
    // The tiger: who looks one step ahead listens until it is sure enough that a door costs less than listening.
    for played in plays(&hidden, Scene::Pomdp(&tiger, &tree), myopic, 30) {
        let heard = |t: usize| played.rounds[t].seen;
        let opens = heard(0) == heard(1);
        assert_eq!(actions(&played)[..2], [0, 0]);
        assert_eq!(actions(&played)[2] != 0, opens, "{:?}", played.rounds);
    }
}

/// Every habit that suits, in every kind and form.
fn every_play(mut check: impl FnMut(&Telling, &Trajectory, Speech), slips: f64) {
    let library = Library::bundled().unwrap();
    let scenario = Bandit::bernoulli(5, 20).scenario(&STREAMS(), PURPOSE, 0, 0, 0);
    let drifting = Bandit::drifting_mixture(5, 20).scenario(&STREAMS(), PURPOSE, 0, 0, 0);
    let rewards = Array2::from_shape_fn((6, 5), |(t, arm)| ((t * 7 + arm * 3) % 5) as f64 / 4.0);
    let moves = array![[0.5, 0.5], [0.0, 1.0], [0.25, 0.75], [1.0, 0.0]];
    let mdp = Mdp::new(2, moves, vec![0.0, 0.25, 0.5, 1.0], vec![0.5, 0.5], 0.9).unwrap();
    let values = backward_induction(&mdp, 4).unwrap();
    let tiger = classics::tiger(1.0).unwrap();
    let tree = HistoryTree::solve(&tiger, 4).unwrap();
    let kind = Kind::Pomdp { states: 2, observations: 2 };
    let mut seed = 0;
    for (at, (kind, arms, rounds)) in [
        (Kind::Bandit, 5, 20),
        (Kind::DriftingBandit, 5, 20),
        (Kind::FullInformation, 5, 6),
        (Kind::Mdp { states: 2 }, 2, 4),
        (kind, 3, 4),
    ]
    .into_iter()
    .enumerate()
    {
        for turn in 0..8 {
            let scene = match at {
                0 => Scene::bandit(&scenario),
                1 => Scene::bandit(&drifting),
                2 => Scene::from(&rewards),
                3 => Scene::Mdp(&mdp, &values),
                _ => Scene::Pomdp(&tiger, &tree),
            };
            let shape = Shape {
                kind,
                arms,
                rounds,
                rewards: [Rewards::ZeroOne, Rewards::Amount][turn % 2],
            };
            let labels = Some([LabelStyle::Names, LabelStyle::Letters][turn / 2 % 2]);
            let form = [Form::Choice, Form::Probabilities][turn / 4];
            let told = telling(&library, shape, &Style { labels, form, ..Style::default() });
            for habit in ALL.into_iter().filter(|habit| habit.check(&shape).is_ok()) {
                let speech = Speech::new(habit, turn % WORDINGS, slips).unwrap();
                seed += 1;
                plays_of(&Streams::new(seed), &told, scene, speech, 2)
                    .iter()
                    .for_each(|played| check(&told, played, speech));
            }
        }
    }
}

fn replies(trajectory: &Trajectory) -> impl Iterator<Item = &str> {
    let replies = trajectory.messages.iter().filter(|message| message.role == Role::Assistant);
    replies.map(|message| message.content.as_str())
}

#[test]
fn replies_are_short_readable_and_count_right() {
    let mut wrong = Agreement::default();
    every_play(
        |told, played, speech| {
            assert_eq!(played.unparsed.total(), 0);
            let agreement = played.agreement(told);
            assert_eq!(agreement.coverage(), Some(1.0));
            if speech.habit() == Habit::Miscount {
                wrong.add(&agreement);
            } else {
                assert_eq!(agreement.rate(), Some(1.0), "{speech:?}");
            }
            for reply in replies(played) {
                let [sentence, _] = reply.split('\n').collect::<Vec<_>>()[..] else {
                    panic!("{reply}")
                };
                // A beginning, the counts, an end, and a label of at most four words.
                let [begin, middle, label] = sentence.split(": ").collect::<Vec<_>>()[..] else {
                    panic!("{reply}")
                };
                let (_, end) = middle.rsplit_once(". ").unwrap();
                let words = [begin, end, label].map(|part| part.split(' ').count());
                assert!(words.iter().sum::<usize>() <= 10, "{reply}");
                assert!(counts(reply, told.labels()).iter().all(Option::is_some));
            }
        },
        0.0,
    );
    // Three in ten replies have one wrong count, in four or five arms of five a right one.
    let share = 1.0 - wrong.rate().unwrap();
    assert!((0.03..0.12).contains(&share), "{share}");
}

#[test]
fn slips_are_read_by_nobody() {
    let (mut answers, mut unread) = (0, 0);
    every_play(
        |told, played, _| {
            answers += played.unparsed.answers;
            unread += played.unparsed.total();
            for reply in replies(played) {
                let [strict, lenient] = [Reading::Strict, Reading::Lenient]
                    .map(|reading| told.form().read(reply, told.labels(), reading).is_ok());
                assert_eq!(strict, lenient, "{reply}");
            }
        },
        0.2,
    );
    let (rate, deviation) = (unread as f64 / answers as f64, (0.16 / answers as f64).sqrt());
    assert!((rate - 0.2).abs() < 4.0 * deviation, "{rate}, {deviation}");
}

#[test]
fn replies_are_functions_of_the_stream() {
    let texts = |played: &[Trajectory]| -> Vec<Vec<String>> {
        played.iter().map(|t| replies(t).map(str::to_owned).collect()).collect()
    };
    let [all, again] = [(); 2].map(|()| texts(&bandit_plays(Habit::Miscount, 6)));
    assert_eq!(all, again);
    assert_eq!(all[..3], texts(&bandit_plays(Habit::Miscount, 3)));
    assert!((1..6).all(|run| all[run] != all[run - 1]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let kind = Kind::Pomdp { states: 2, observations: 2 };
    for habit in [Habit::Greedy, Habit::Miscount, Habit::Shift, Habit::Match] {
        let message = habit.check(&Shape { kind, ..BANDIT }).unwrap_err().to_string();
        assert!(message.contains("expected a problem whose rewards are told"), "{message}");
    }
    assert!(Habit::Myopic.check(&BANDIT).unwrap_err().to_string().contains("expected a process"));
    assert!(
        Habit::Noisy(f64::NAN).check(&BANDIT).is_err() && Habit::Noisy(1.0).check(&BANDIT).is_ok()
    );
    assert!(POOR.iter().all(|habit| habit.check(&BANDIT).is_ok()));
    assert!(Speech::new(Habit::Stick, WORDINGS, 0.0).is_err());
    assert!(Speech::new(Habit::Stick, 0, 1.5).is_err());
    let library = Library::bundled().unwrap();
    let told = telling(&library, BANDIT, &Style::default());
    let scenario = Bandit::bernoulli(5, 20).scenario(&STREAMS(), PURPOSE, 0, 0, 0);
    let key = Key { iteration: 0, scenario: 0, run: 0 };
    let episode =
        Episode::begin(&told, Scene::bandit(&scenario), &STREAMS(), PURPOSE, key).unwrap();
    let refusal = play(&[], vec![episode.clone()], &STREAMS(), PURPOSE, Reading::Strict);
    assert!(refusal.unwrap_err().to_string().contains("speeches = 0: expected one an episode: 1"));
    let myopic = Speech::new(Habit::Myopic, 0, 0.0).unwrap();
    assert!(play(&[myopic], vec![episode], &STREAMS(), PURPOSE, Reading::Strict).is_err());
}
