//! What is told, to the letter: a file a context with every wording of every phrase, one with what all contexts say alike,
//! and one with whole conversations.
//!
//! `LOWREGRET_RENEW=1 cargo test --lib verbal::tests::golden` writes the files anew; `git diff` then shows what to review.

use super::*;
use crate::problem::mdp::Mdp;
use crate::problem::pomdp::classics;
use crate::problem::verbal::message::Role;
use crate::problem::verbal::phrase::Wordings;
use crate::problem::verbal::template::Slot;

/// Compares with a golden file, or writes it.
fn golden(name: &str, told: &str) {
    let path = format!("{}/src/problem/verbal/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("LOWREGRET_RENEW").is_some() {
        std::fs::write(&path, told).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let (mut old, mut new) = (expected.lines(), told.lines());
    let mut difference = String::new();
    for line in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                difference += &format!("{line}\n- {}\n+ {}\n", a.unwrap_or(""), b.unwrap_or(""))
            }
        }
    }
    assert!(
        expected == told,
        "{path} differs:\n{difference}if that is meant: LOWREGRET_RENEW=1 cargo test --lib verbal::tests::golden, and review \
         the change"
    );
}

/// Every wording of every phrase, its places filled in with `values`.
fn phrases(
    wordings: &Wordings,
    phrases: impl Iterator<Item = Phrase>,
    values: &[(Slot, &str)],
) -> String {
    let mut told = String::new();
    for phrase in phrases {
        told += &format!("{}\n", phrase.key());
        for template in wordings.of(phrase) {
            told += &format!("  {}\n", template.fill(values));
        }
    }
    told
}

fn values<'a>(
    things: [&'a str; 4],
    value: &'a str,
    both: &'a str,
    names: [&'a str; 2],
) -> Vec<(Slot, &'a str)> {
    let [thing, several, arm, action] = things;
    vec![
        (Slot::Thing, thing),
        (Slot::Things, several),
        (Slot::Count, "5"),
        (Slot::Rounds, "30 rounds"),
        (Slot::Round, "4"),
        (Slot::Steps, "3 steps"),
        (Slot::Arm, arm),
        (Slot::Value, value),
        (Slot::Values, both),
        (Slot::List, "A: this, B: that"),
        (Slot::Form, "Probabilities: A 0.50, B 0.50"),
        (Slot::Action, action),
        (Slot::State, names[0]),
        (Slot::Observation, names[1]),
        (Slot::Tries, "2 tries"),
        (Slot::Wins, "1 success"),
        (Slot::Laws, "calm 70 %, busy 30 %"),
    ]
}

#[test]
fn every_wording_of_every_context() {
    let library = Library::bundled().unwrap();
    let shared =
        values(["button", "buttons", "A (red)", "wait"], "34 tokens", "", ["calm", "a bell"]);
    golden("shared", &phrases(&library.shared.wordings, Phrase::all(true), &shared));
    for context in &library.contexts {
        let list = |names: &[String]| names.join(", ");
        let mut told = format!("{}, held out: {}\n", context.name, context.held_out);
        told += &format!("arms: {}\nstates: {}\n", list(&context.arms), list(&context.states));
        told += &format!("actions: {}\n", list(&context.actions));
        told += &format!("observations: {}\n", list(&context.observations));
        for scale in [&context.amount, &context.earned] {
            let [low, one, high] = [0.0, 0.345, 1.0].map(|reward| scale.told(reward));
            told += &format!("rewards 0, 0.345, 1: {low}, {one}, {high}\n");
        }
        let [first, second] = [0.345, 0.5].map(|reward| context.amount.told(reward));
        let both = format!("{} {first}, {} {second}", context.arms[0], context.arms[1]);
        let things =
            [&*context.nouns[0], &*context.nouns[1], &*context.arms[0], &*context.actions[0]];
        let names = [&*context.states[0], &*context.observations[0]];
        let earned = context.earned.told(0.345);
        for (process, value) in [(false, first), (true, earned)] {
            let own =
                Phrase::all(false).filter(|phrase| phrase.key().starts_with("process.") == process);
            told += &phrases(&context.wordings, own, &values(things, &value, &both, names));
        }
        golden(&context.name, &told);
    }
}

/// Words and characters from an outcome to the question after it, mean and most, over wordings, labels and outcomes.
fn lengths(library: &Library, context: &Context, kind: Kind, asking: Asking) -> [f64; 3] {
    let (mut words, mut characters, mut most) = (Vec::new(), Vec::new(), 0);
    for draw in 0..60 {
        let shape = Shape { kind, arms: 3, rounds: 12, rewards: Rewards::ZeroOne };
        let labels = Some([LabelStyle::Names, LabelStyle::Letters][draw % 2]);
        let style = Style { labels, asking, ..Style::default() };
        let mut rng = Streams::new(7).stream(Purpose::Training, 0, draw, 0);
        let telling = Telling::draw(library, context, &shape, &style, &mut rng).unwrap();
        let narration = held(&telling);
        for asked in narration.messages()[3..].iter().filter(|m| m.role == Role::User) {
            let own = asked.content.split_whitespace().count();
            most = most.max(own);
            words.push(own as f64);
            characters.push(asked.content.chars().count() as f64);
        }
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    [mean(&words), mean(&characters), most as f64]
}

#[test]
fn lengths_of_rounds() {
    let library = Library::bundled().unwrap();
    let names = ["bandit", "full information", "MDP", "POMDP"];
    let kinds = [KINDS[0], KINDS[2], KINDS[3], KINDS[4]];
    let mut told = format!("| context | {} |\n|---|---|---|---|---|\n", names.join(" | "));
    for context in &library.contexts {
        told += &format!("| {} ", context.name);
        for kind in kinds {
            let [always, once] = [Asking::Always, Asking::Once]
                .map(|asking| lengths(&library, context, kind, asking));
            let [long, short] = [always, once]
                .map(|[words, characters, most]| format!("{words:.0}, {most}, {characters:.0}"));
            told += &format!("| {long}; {short} ");
            assert!(once[2] <= 25.0, "{}, {kind:?}: {}", context.name, once[2]);
        }
        told += "|\n";
    }
    golden("lengths", &told);
    let path = format!("{}/paper_notes/verbal.md", env!("CARGO_MANIFEST_DIR"));
    let notes = std::fs::read_to_string(path).unwrap();
    assert!(notes.contains(&told), "VERB-D4 has another table than golden/lengths.txt");
}

#[test]
fn whole_conversations() {
    let library = Library::bundled().unwrap();
    let mut told = String::new();
    let styles = [Asking::Always, Asking::Once].map(|asking| styles(asking).collect::<Vec<_>>());
    let all = KINDS.into_iter().flat_map(|kind| [(kind, 0, 0), (kind, 1, 0)]);
    let brief = KINDS.into_iter().enumerate().map(|(i, kind)| (kind, i % 2, 1));
    for (i, (kind, turn, asking)) in all.chain(brief).enumerate() {
        let context = &library.contexts[(3 * i + 4) % library.contexts.len()];
        let style = styles[asking][(3 * i) % 8];
        let rewards = [Rewards::ZeroOne, Rewards::Amount][turn];
        let shape = Shape { kind, arms: 3, rounds: 3, rewards };
        let mut rng = Streams::new(i as u64).stream(Purpose::Training, 0, 0, 0);
        let telling = Telling::draw(&library, context, &shape, &style, &mut rng).unwrap();
        let narration = held(&telling);
        told += &format!("== {}: {kind:?}, {style:?}, {rewards:?}\n", context.name);
        for message in narration.messages() {
            told += &format!("{:?}: {}\n", message.role, message.content);
        }
        told += &format!("Closing: {}\n\n", narration.closing());
    }
    let moves = ndarray::array![[0.7, 0.3], [0.0, 1.0], [1.0 / 3.0, 2.0 / 3.0], [1.0, 0.0]];
    let mdp = Mdp::new(2, moves, vec![0.0, 0.25, 0.5, 1.0], vec![0.5, 0.5], 1.0).unwrap();
    let tiger = classics::tiger(1.0).unwrap();
    for (i, name) in ["clinic", "films"].into_iter().enumerate() {
        let context = library.context(name).unwrap();
        let kind = [Kind::Mdp { states: 2 }, Kind::Pomdp { states: 2, observations: 2 }][i];
        let shape = Shape { kind, arms: [2, 3][i], rounds: 2, rewards: Rewards::Amount };
        let mut rng = Streams::new(90 + i as u64).stream(Purpose::Training, 0, 0, 0);
        let telling = Telling::draw(&library, context, &shape, &styles[0][0], &mut rng).unwrap();
        let ruled = match i {
            0 => telling.with_mdp(&mdp),
            _ => telling.with_pomdp(&tiger),
        };
        told += &format!(
            "== {name}, with rules\n{}\n\n",
            Narration::begin(&ruled.unwrap(), Some(0)).messages()[0].content
        );
    }
    golden("conversations", &told);
}
