//! Scenarios told in words: what was played and said, to the letter, and through `lowregret score` and `select`.
//!
//! `LOWREGRET_RENEW=1 cargo test --test verbal` writes the golden file anew; `git diff` then shows what to review.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;

use answers::{answer, place, written};
use command::{lowregret, refused};
use lowregret::Result;
use lowregret::learner::verbal::Speaker;
use lowregret::learner::verbal::play::{Episode, Key, play};
use lowregret::learner::verbal::scene::Scene;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::Bandit;
use lowregret::problem::verbal::answer::Reading;
use lowregret::problem::verbal::context::{Library, Part};
use lowregret::problem::verbal::message::Conversation;
use lowregret::problem::verbal::telling::{Asking, History, Kind, Rewards, Shape, Style, Telling};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/verbal.jsonl");
const PURPOSE: Purpose = Purpose::Evaluation;
const SCENARIOS: usize = 4;
const RUNS: usize = 3;
const ROUNDS: usize = 5;

/// Names places of the list in turn, with more and less ado, and sometimes nothing.
struct Rotation {
    round: usize,
}

impl Speaker for Rotation {
    fn reply(&mut self, conversations: &[Conversation]) -> Result<Vec<String>> {
        self.round += 1;
        let one = |conversation: &Conversation| match (conversation.id + self.round) % 5 {
            0 => "I do not know.".to_owned(),
            place @ 1..=3 => format!("Let me see.\n**Choice:** option {place}"),
            _ => "Choice: 1".to_owned(),
        };
        Ok(conversations.iter().map(one).collect())
    }
}

/// The trajectories, as they are written.
fn played() -> Result<String> {
    let (library, streams) = (Library::bundled()?, Streams::new(11));
    let shape = |scenario: usize| Shape {
        kind: if scenario.is_multiple_of(2) { Kind::Bandit } else { Kind::DriftingBandit },
        arms: 3,
        rounds: ROUNDS,
        rewards: Rewards::ZeroOne,
    };
    let tell = |scenario: usize| {
        let history = if scenario < 2 { History::Raw } else { History::Summarised };
        let asking = [Asking::Always, Asking::Once][scenario % 2];
        let style = Style { history, asking, ..Style::default() };
        let at = (0, scenario);
        Telling::of_scenario(&library, Part::All, &shape(scenario), &style, &streams, PURPOSE, at)
    };
    let tellings = (0..SCENARIOS).map(tell).collect::<Result<Vec<_>>>()?;
    let draw = |scenario: usize| match shape(scenario).kind {
        Kind::Bandit => Bandit::bernoulli(3, ROUNDS).scenario(&streams, PURPOSE, 0, scenario, 0),
        _ => Bandit::drifting_mixture(3, ROUNDS).scenario(&streams, PURPOSE, 0, scenario, 0),
    };
    let scenarios: Vec<_> = (0..SCENARIOS).map(draw).collect();
    let keys =
        (0..SCENARIOS * RUNS).map(|i| Key { iteration: 0, scenario: i / RUNS, run: i % RUNS });
    let begin = |key: Key| {
        let scene = Scene::bandit(&scenarios[key.scenario]);
        Episode::begin(&tellings[key.scenario], scene, &streams, PURPOSE, key)
    };
    let episodes = keys.map(begin).collect::<Result<Vec<_>>>()?;
    let trajectories = play(&mut Rotation { round: 0 }, episodes, Reading::Lenient)?;
    Ok(trajectories.iter().map(|t| serde_json::to_string(t).unwrap() + "\n").collect())
}

#[test]
fn what_was_said_is_scored_and_selected() {
    let text = played().unwrap();
    if std::env::var_os("LOWREGRET_RENEW").is_some() {
        std::fs::write(GOLDEN, &text).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    assert!(
        golden == text,
        "{GOLDEN} differs: if that is meant, LOWREGRET_RENEW=1 cargo test --test verbal, and review the change"
    );
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let regrets: Vec<f64> = lines.iter().map(|line| line["regret"].as_f64().unwrap()).collect();
    let mean = regrets.iter().sum::<f64>() / regrets.len() as f64;
    let unparsed = |line: &serde_json::Value| line["unparsed"]["reasons"]["nothing_named"].as_u64();
    assert_eq!(lines.iter().filter_map(unparsed).sum::<u64>(), 12);

    // The same regret from the words of the line and from its numbers: dynamic and pseudo-regret agree where means stand still.
    for measure in ["given", "dynamic"] {
        let scored = answer(&["score", GOLDEN, "--by", measure]);
        assert_eq!(
            (scored["trajectories"].as_u64(), scored["scenarios"].as_u64()),
            (Some(12), Some(4))
        );
        let own = scored["mean"]["mean"].as_f64().unwrap();
        assert!((own - mean).abs() < 1e-12, "{measure}: {own} {mean}");
    }
    assert_eq!(answer(&["score", GOLDEN])["measure"], "pseudo");

    let folder = tempfile::tempdir().unwrap();
    let out = place(folder.path(), "kept.jsonl");
    let kept = answer(&[
        "select", "--keep", "1", "--by", "given", "--format", "chat", GOLDEN, "--out", &out,
    ]);
    assert_eq!(kept["kept"].as_u64(), Some(4));
    let chats = std::fs::read_to_string(&out).unwrap();
    for (chat, group) in
        chats.lines().zip(regrets.chunks_exact(RUNS).enumerate().map(|(s, group)| {
            let best = (0..RUNS).min_by(|a, b| group[*a].total_cmp(&group[*b])).unwrap();
            &lines[s * RUNS + best]
        }))
    {
        let chat: serde_json::Value = serde_json::from_str(chat).unwrap();
        assert_eq!(chat["messages"], group["messages"]);
        let roles: Vec<&str> = chat["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles[..3], ["system", "user", "assistant"]);
        assert_eq!((roles.len(), roles.last()), (1 + 2 * ROUNDS, Some(&"assistant")));
    }

    // A line that has lost its end is found.
    let torn = written(folder.path(), "torn.jsonl", &golden[..golden.len() - 40]);
    refused(lowregret(&["score", &torn]), &["torn.jsonl", "line 12", "EOF"]);
}
