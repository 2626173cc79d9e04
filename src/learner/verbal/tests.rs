use std::collections::BTreeSet;

use ndarray::array;

use super::play::{Episode, Key, play, play_seeing};
use super::record::{Means, Trajectory};
use super::scene::Scene;
use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::finite_horizon::backward_induction;
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::problem::bandit::Bandit;
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::classics;
use crate::problem::verbal::answer::{Form, Reading};
use crate::problem::verbal::context::Library;
use crate::problem::verbal::telling::{Asking, History, Kind, Rewards, Shape, Style, Telling};

const PURPOSE: Purpose = Purpose::Evaluation;

/// Says what a rule of the id and the last question says, and keeps how many turns every id had before it.
struct Rule<F> {
    rule: F,
    turns: Vec<(usize, usize)>,
}

impl<F: FnMut(usize, &str) -> String> Speaker for Rule<F> {
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        let one = |conversation: &Conversation| {
            self.turns.push((conversation.id, conversation.messages.len()));
            (self.rule)(conversation.id, &conversation.messages.last().unwrap().content)
        };
        Ok(conversations.iter().map(one).collect())
    }
}

fn telling<'a>(
    library: &'a Library,
    kind: Kind,
    arms: usize,
    rounds: usize,
    style: Style,
) -> Telling<'a> {
    let shape = Shape { kind, arms, rounds, rewards: Rewards::ZeroOne };
    let mut rng = Streams::new(8).stream(PURPOSE, 0, 0, 0);
    Telling::draw(library, &library.contexts[0], &shape, &style, &mut rng).unwrap()
}

const RAW: Style =
    Style { history: History::Raw, labels: None, form: Form::Choice, asking: Asking::Always };

fn episode<'a>(telling: &'a Telling<'a>, scene: Scene<'a>, run: usize) -> Result<Episode<'a>> {
    Episode::begin(
        telling,
        scene,
        &Streams::new(3),
        PURPOSE,
        Key { iteration: 2, scenario: 5, run },
    )
}

fn play_with(
    episodes: Vec<Episode>,
    rule: impl FnMut(usize, &str) -> String,
) -> (Vec<Trajectory>, Vec<(usize, usize)>) {
    let mut speaker = Rule { rule, turns: Vec::new() };
    let trajectories = play(&mut speaker, episodes, Reading::Lenient).unwrap();
    (trajectories, speaker.turns)
}

#[test]
fn bandits_pay_what_their_scenario_pays() {
    let library = Library::bundled().unwrap();
    let scenario = Bandit::bernoulli(3, 4).scenario(&Streams::new(1), PURPOSE, 0, 0, 0);
    let drifting = Bandit::drifting_mixture(3, 6).scenario(&Streams::new(1), PURPOSE, 0, 0, 0);
    let short = telling(&library, Kind::Bandit, 3, 4, RAW);
    let long = telling(
        &library,
        Kind::DriftingBandit,
        3,
        6,
        Style { history: History::Summarised, ..RAW },
    );
    let episodes = vec![
        episode(&short, Scene::bandit(&scenario), 0).unwrap(),
        episode(&long, Scene::bandit(&drifting), 1).unwrap(),
    ];
    let (played, turns) = play_with(episodes, |id, _| match id {
        0 => short.labels().name(1).to_owned(),
        _ => "...".to_owned(),
    });
    let chosen = |t: usize| -> Vec<usize> {
        played[t].rounds.iter().map(|round| round.action.unwrap()).collect()
    };
    assert_eq!(chosen(0), [1; 4]);
    assert_eq!(played[0].regret, scenario.total_pseudo_regret(&[1usize; 4]));
    assert_eq!(played[1].regret, drifting.total_dynamic_regret(&chosen(1)));
    for (t, round) in played[0].rounds.iter().enumerate() {
        assert_eq!((round.reward, &round.rewards), (scenario.reward(t, 1), &None));
    }
    assert_eq!(played[0].means, Some(Means::Still(scenario.means(0).to_vec())));
    assert!(
        matches!(&played[1].means, Some(Means::Moving(rows)) if rows.len() == 6 && rows[3] == drifting.means(3))
    );
    assert_eq!((played[0].unparsed.rate(), played[1].unparsed.total()), (0.0, 6));
    // Raw histories grow, summarised ones do not; who is over is not asked.
    let of = |id| {
        turns.iter().filter(|(own, _)| *own == id).map(|(_, turns)| *turns).collect::<Vec<_>>()
    };
    assert_eq!((of(0), of(1)), (vec![2, 4, 6, 8], vec![2; 6]));
    assert_eq!((played[1].scenario.as_str(), played[1].trajectory), ("2-5", 1));
    assert_eq!(played[1].messages.len(), 1 + 2 * 6);
}

#[test]
fn probabilities_earn_their_share_in_full_information() {
    let library = Library::bundled().unwrap();
    let rewards = array![[1.0, 0.0], [0.5, 0.25], [0.0, 1.0]];
    let style = Style { form: Form::Probabilities, ..RAW };
    let told = telling(&library, Kind::FullInformation, 2, 3, style);
    let labels = told.labels();
    let laws = [[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]];
    let mut round = 0;
    let (played, _) = play_with(vec![episode(&told, Scene::from(&rewards), 0).unwrap()], |_, _| {
        round += 1;
        crate::problem::verbal::answer::write_probabilities(labels, &laws[round - 1])
    });
    let earned: Vec<f64> = played[0].rounds.iter().map(|round| round.reward).collect();
    assert_eq!(earned, [0.5, 0.5, 0.75]);
    assert_eq!(played[0].regret, 1.5 - 1.75);
    assert_eq!(played[0].rounds[2].policy, Some(vec![0.25, 0.75]));
    assert!(played[0].rounds.iter().all(|round| round.action.is_none() && round.rewards.is_some()));
    // With a choice, all goes to one arm.
    let told = telling(&library, Kind::FullInformation, 2, 3, RAW);
    let name = told.labels().name(0).to_owned();
    let (played, _) =
        play_with(vec![episode(&told, Scene::from(&rewards), 0).unwrap()], |_, _| name.clone());
    assert_eq!((played[0].regret, played[0].rounds[0].action), (0.0, Some(0)));
}

#[test]
fn probabilities_in_a_bandit_are_drawn_from() {
    let library = Library::bundled().unwrap();
    let scenario = Bandit::bernoulli(2, 400).scenario(&Streams::new(1), PURPOSE, 0, 0, 0);
    let style = Style { form: Form::Probabilities, history: History::Summarised, ..RAW };
    let told = telling(&library, Kind::Bandit, 2, 400, style);
    let labels = told.labels();
    let (played, _) =
        play_with(vec![episode(&told, Scene::bandit(&scenario), 0).unwrap()], |_, _| {
            crate::problem::verbal::answer::write_probabilities(labels, &[0.75, 0.25])
        });
    let first = played[0].rounds.iter().filter(|round| round.action == Some(0)).count();
    // Four standard deviations of 400 draws.
    assert!((first as f64 - 300.0).abs() < 35.0, "{first}");
    assert!(played[0].rounds.iter().all(|round| round.policy == Some(vec![0.75, 0.25])));
}

/// Mean regret of always taking the first action.
fn mean_regret<'a>(telling: &'a Telling<'a>, scene: Scene<'a>) -> f64 {
    let runs = 2000;
    let episodes = (0..runs).map(|run| episode(telling, scene, run).unwrap()).collect();
    let (played, _) = play_with(episodes, |_, _| telling.labels().name(0).to_owned());
    let seen: BTreeSet<_> =
        played.iter().flat_map(|t| t.rounds.iter().map(|round| round.seen)).collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [Some(0), Some(1)]);
    played.iter().map(|trajectory| trajectory.regret).sum::<f64>() / runs as f64
}

#[test]
fn the_mean_regret_of_a_process_is_what_the_policy_lacks() {
    let library = Library::bundled().unwrap();
    let moves = array![[0.5, 0.5], [0.0, 1.0], [0.25, 0.75], [1.0, 0.0]];
    let mdp = Mdp::new(2, moves, vec![0.0, 0.25, 0.5, 1.0], vec![0.5, 0.5], 0.9).unwrap();
    let values = backward_induction(&mdp, 4).unwrap();
    let tiger = classics::tiger(1.0).unwrap();
    let tree = HistoryTree::solve(&tiger, 4).unwrap();
    let summarised = Style { history: History::Summarised, ..RAW };
    let seen = telling(&library, Kind::Mdp { states: 2 }, 2, 4, summarised);
    let hidden = telling(&library, Kind::Pomdp { states: 2, observations: 2 }, 3, 4, summarised);
    let always = crate::problem::mdp::Policy::of(&mdp, 4, |_, _| vec![1.0, 0.0]).unwrap();
    let lacks = values.at_start(&mdp)
        - crate::oracle::finite_horizon::evaluate(&mdp, &always).at_start(&mdp);
    let own = mean_regret(&seen, Scene::Mdp(&mdp, &values));
    assert!((own - lacks).abs() < 0.05 && lacks > 0.5, "{own} {lacks}");
    // Who only listens pays 1 a step.
    let own = mean_regret(&hidden, Scene::Pomdp(&tiger, &tree));
    let lacks = tree.value() + 4.0;
    assert!((own - lacks).abs() < 0.5 && lacks > 3.0, "{own} {lacks}");
}

#[test]
fn who_follows_the_oracle_has_no_regret() {
    let library = Library::bundled().unwrap();
    let moves = array![[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let mdp = Mdp::new(2, moves, vec![0.0, 0.25, 1.0, 0.125], vec![1.0, 0.0], 1.0).unwrap();
    let values = backward_induction(&mdp, 5).unwrap();
    let told = telling(&library, Kind::Mdp { states: 2 }, 2, 5, RAW);
    let label = |action: usize| told.labels().label(action);
    // Here the state alternates under action 0, which is best until the last step.
    let (played, _) =
        play_with(vec![episode(&told, Scene::Mdp(&mdp, &values), 0).unwrap()], |_, asked| {
            let last =
                ["1 step.", "1 step left", "in 1 step"].iter().any(|left| asked.contains(left));
            format!("Choice: {}", label(usize::from(last)))
        });
    assert_eq!(played[0].unparsed.total(), 0);
    assert_eq!(played[0].regret, 0.0);
    assert_eq!(played[0].rounds[4].action, Some(1));
    // In the last of its rounds the state pays 0 or 0.25; before, what follows counts as well.
    let mut seen = Vec::new();
    let one = vec![episode(&told, Scene::Mdp(&mdp, &values), 0).unwrap()];
    play_seeing(
        |_, episode| {
            seen.push(episode.values());
            format!("Choice: {}", label(0))
        },
        one,
        Reading::Strict,
    );
    assert_eq!((&seen[4], &seen[2]), (&vec![0.0, 0.25], &vec![1.25, 1.25]));
}

#[test]
fn what_does_not_fit_is_refused() {
    let library = Library::bundled().unwrap();
    let scenario = Bandit::bernoulli(3, 4).scenario(&Streams::new(1), PURPOSE, 0, 0, 0);
    for (kind, arms, rounds) in
        [(Kind::Bandit, 2, 4), (Kind::Bandit, 3, 5), (Kind::Mdp { states: 2 }, 3, 4)]
    {
        let told = telling(&library, kind, arms, rounds, RAW);
        let message = episode(&told, Scene::bandit(&scenario), 0).unwrap_err().to_string();
        assert!(message.contains("expected Bandit of 3 arms and 4 rounds"), "{message}");
    }
    struct Short;
    impl Speaker for Short {
        fn reply(&mut self, _: &[Conversation]) -> Result<Vec<String>> {
            Ok(Vec::new())
        }
    }
    let told = telling(&library, Kind::Bandit, 3, 4, RAW);
    let one = vec![episode(&told, Scene::bandit(&scenario), 0).unwrap()];
    let message = play(&mut Short, one, Reading::Strict).unwrap_err().to_string();
    assert!(message.contains("replies = 0: expected one a conversation: 1"), "{message}");
    assert_eq!(play(&mut Short, Vec::new(), Reading::Strict).unwrap(), []);
}
