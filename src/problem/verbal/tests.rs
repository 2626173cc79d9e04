mod golden;

use proptest::prelude::*;
use rand::RngExt;

use super::answer::{Answer, Form, Reading, write_choice, write_probabilities};
use super::context::{Context, Library, Part};
use super::labels::{LabelStyle, Labels};
use super::message::Message;
use super::narration::{Narration, Shown, prompt};
use super::phrase::Phrase;
use super::telling::{Asking, History, Kind, Rewards, Shape, Style, Telling};
use super::words;
use crate::numeric::rng::{Purpose, Streams};

/// Every text of a file, in the order of the file.
fn texts(file: &str) -> Vec<String> {
    fn walk(value: &toml::Value, all: &mut Vec<String>) {
        match value {
            toml::Value::String(text) => all.push(text.clone()),
            toml::Value::Array(list) => list.iter().for_each(|entry| walk(entry, all)),
            toml::Value::Table(table) => table.values().for_each(|entry| walk(entry, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    walk(&toml::Value::Table(file.parse().unwrap()), &mut all);
    all
}

fn file(name: &str) -> String {
    let path = format!("{}/src/problem/verbal/contexts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn keys(text: &str) -> Vec<String> {
    words::tokens(text).iter().map(words::Token::key).collect()
}

#[test]
fn held_out_names_stand_in_no_other_context() {
    let library = Library::bundled().unwrap();
    for held_out in library.part(Part::HeldOut) {
        let units = [&held_out.amount.unit, &held_out.earned.unit];
        let names: Vec<&String> = held_out
            .arms
            .iter()
            .chain(&held_out.nouns)
            .chain(&held_out.actions)
            .chain(&held_out.states)
            .chain(&held_out.observations)
            .chain(units.into_iter().flatten())
            .collect();
        for other in library.contexts.iter().filter(|other| other.name != held_out.name) {
            for text in texts(&file(&other.name)) {
                let text_keys = keys(&text);
                for name in &names {
                    let name_keys = keys(name);
                    let found =
                        text_keys.windows(name_keys.len()).any(|window| window == name_keys);
                    assert!(!found, "{}: \"{name}\" in {}: \"{text}\"", held_out.name, other.name);
                }
            }
        }
    }
}

#[test]
fn wordings_are_sentences() {
    let library = Library::bundled().unwrap();
    for context in &library.contexts {
        assert!(context.states.len() >= 8 && context.observations.len() >= 6, "{}", context.name);
        for text in texts(&file(&context.name))
            .iter()
            .filter(|text| text.contains(' ') && text.ends_with(['.', '?']))
        {
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase() || c == '{'), "{text}");
            assert!(!text.contains("  "), "{text}");
        }
    }
}

fn styles(asking: Asking) -> impl Iterator<Item = Style> {
    let forms = [Form::Choice, Form::Probabilities];
    let labels = [LabelStyle::Names, LabelStyle::Letters];
    let histories = [History::Raw, History::Summarised];
    forms.into_iter().flat_map(move |form| {
        labels.into_iter().flat_map(move |labels| {
            let style = move |history| Style { history, labels: Some(labels), form, asking };
            histories.into_iter().map(style)
        })
    })
}

const KINDS: [Kind; 5] = [
    Kind::Bandit,
    Kind::DriftingBandit,
    Kind::FullInformation,
    Kind::Mdp { states: 4 },
    Kind::Pomdp { states: 4, observations: 3 },
];

/// A conversation of three rounds in which arms are chosen in turn.
fn held<'a>(telling: &'a Telling<'a>) -> Narration<'a> {
    let process = telling.shape().is_process();
    let arms = telling.labels().count();
    let mut narration = Narration::begin(telling, process.then_some(0));
    for round in 0..telling.shape().rounds {
        let arm = round % arms;
        let reply = match telling.form() {
            Form::Choice => write_choice(telling.labels(), arm),
            Form::Probabilities => {
                write_probabilities(telling.labels(), &vec![1.0 / arms as f64; arms])
            }
        };
        let rewards: Vec<f64> = (0..arms).map(|arm| 0.25 * arm as f64).collect();
        let all = (telling.shape().kind == Kind::FullInformation).then_some(&*rewards);
        let earned = f64::from(u8::from(arm == 1));
        let seen = process.then_some((round + 1) % 3);
        narration.enter(reply, &Shown { arm: Some(arm), earned, rewards: all, seen });
    }
    narration
}

#[test]
fn every_context_tells_every_kind_and_its_texts_survive_json() {
    let library = Library::bundled().unwrap();
    let mut rng = Streams::new(1).stream(Purpose::Training, 0, 0, 0);
    for (context, kind) in
        library.contexts.iter().flat_map(|context| KINDS.map(|kind| (context, kind)))
    {
        let styles = styles(Asking::Always).chain(styles(Asking::Once));
        for (style, rewards) in styles.zip([Rewards::ZeroOne, Rewards::Amount].into_iter().cycle())
        {
            let shape = Shape { kind, arms: 4, rounds: 3, rewards };
            let telling = Telling::draw(&library, context, &shape, &style, &mut rng).unwrap();
            let narration = held(&telling);
            assert!(narration.is_over() && !narration.closing().is_empty());
            assert_eq!(narration.messages().len(), 7);
            // The form of the answer is said once or in every question.
            let form = match style.form {
                Form::Choice => "\"Choice: \"",
                Form::Probabilities => "\"Probabilities: ",
            };
            let asks = narration.messages().iter().map(|message| message.content.contains(form));
            let always = style.asking == Asking::Always;
            let expected = [!always, always, false, always, false, always, false];
            assert_eq!(asks.collect::<Vec<_>>(), expected, "{style:?}");
            let json = serde_json::to_string(narration.messages()).unwrap();
            assert!(json.starts_with("[{\"role\":\"system\",\"content\":\""));
            let back: Vec<Message> = serde_json::from_str(&json).unwrap();
            assert_eq!(back, narration.messages());
            // What stood before the second answer.
            let before = prompt(style.history, &narration.messages()[..4]);
            assert_eq!(before.len(), if style.history == History::Raw { 4 } else { 2 });
            assert_eq!(before.last().unwrap().content, narration.messages()[3].content);
        }
    }
}

#[test]
fn tellings_are_functions_of_their_streams() {
    let library = Library::bundled().unwrap();
    let shape = Shape { kind: Kind::Bandit, arms: 5, rounds: 9, rewards: Rewards::ZeroOne };
    let style = Style::default();
    let told = |scenario: usize| {
        let streams = Streams::new(4);
        let at = (0, scenario);
        let telling = Telling::of_scenario(
            &library,
            Part::Training,
            &shape,
            &style,
            &streams,
            Purpose::Training,
            at,
        )
        .unwrap();
        assert!(!telling.context().held_out);
        let begun = Narration::begin(&telling, None);
        (begun.messages().to_vec(), telling.labels().style(), telling.labels().order().to_vec())
    };
    let all: Vec<_> = (0..60).map(told).collect();
    assert!(all.iter().enumerate().all(|(scenario, own)| *own == told(scenario)));
    let different = (1..60).filter(|i| all[*i].0 != all[i - 1].0).count();
    assert_eq!(different, 59);
    for style in [LabelStyle::Names, LabelStyle::Letters] {
        assert!(all.iter().filter(|(_, own, _)| *own == style).count() > 15);
    }
    // Every arm stands at every place of the list.
    for (place, arm) in (0..5).flat_map(|place| (0..5).map(move |arm| (place, arm))) {
        assert!(all.iter().any(|(_, _, order)| order[place] == arm), "{place} {arm}");
    }
}

#[test]
fn what_a_context_has_no_names_for_is_refused() {
    let library = Library::bundled().unwrap();
    let style = Style::default();
    let refusal = |kind, arms, rounds| {
        let shape = Shape { kind, arms, rounds, rewards: Rewards::ZeroOne };
        let mut rng = Streams::new(1).stream(Purpose::Training, 0, 0, 0);
        Telling::draw(&library, &library.contexts[0], &shape, &style, &mut rng)
            .unwrap_err()
            .to_string()
    };
    assert!(
        refusal(Kind::Bandit, 11, 3)
            .starts_with("arms = 11: expected 1 to 10, as many as \"clinic\"")
    );
    assert!(refusal(Kind::Bandit, 0, 3).starts_with("arms = 0"));
    assert!(refusal(Kind::Bandit, 2, 0).starts_with("rounds = 0"));
    assert!(refusal(Kind::Mdp { states: 9 }, 2, 3).starts_with("states = 9"));
    assert!(
        refusal(Kind::Pomdp { states: 2, observations: 0 }, 2, 3).starts_with("observations = 0")
    );
}

/// Labels of all arms or all actions of a context.
fn all_labels(
    library: &Library,
    context: &Context,
    process: bool,
    style: LabelStyle,
    seed: u64,
) -> Labels {
    let (kind, arms) = match process {
        true => (Kind::Mdp { states: 1 }, context.actions.len()),
        false => (Kind::Bandit, context.arms.len()),
    };
    let shape = Shape { kind, arms, rounds: 1, rewards: Rewards::ZeroOne };
    let style = Style { labels: Some(style), ..Style::default() };
    let mut rng = Streams::new(seed).stream(Purpose::Training, 0, 0, 0);
    Telling::draw(library, context, &shape, &style, &mut rng).unwrap().labels().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// A right answer of every context is read as what it is, in both ways, after any reasoning that names other arms.
    #[test]
    fn right_answers_read_back(seed in 0..1_000_000u64) {
        let library = Library::bundled().unwrap();
        let mut rng = Streams::new(seed).stream(Purpose::Evaluation, 0, 0, 0);
        for (context, process) in library.contexts.iter().flat_map(|context| [(context, false), (context, true)]) {
            for style in [LabelStyle::Names, LabelStyle::Letters] {
                let labels = all_labels(&library, context, process, style, seed);
                let arms = labels.count();
                let mut law: Vec<f64> = (0..arms).map(|_| rng.random::<f64>()).collect();
                let sum: f64 = law.iter().sum();
                law.iter_mut().for_each(|p| *p /= sum);
                for arm in 0..arms {
                    let other = rng.random_range(0..arms);
                    let reasoning = format!("{} has paid 2 of 3. I try it again?\n", labels.full(other));
                    for reading in [Reading::Strict, Reading::Lenient] {
                        let text = reasoning.clone() + &write_choice(&labels, arm);
                        prop_assert_eq!(Form::Choice.read(&text, &labels, reading), Ok(Answer::Action(arm)), "{}", text);
                        let text = reasoning.clone() + &write_probabilities(&labels, &law);
                        let Ok(Answer::Policy(read)) = Form::Probabilities.read(&text, &labels, reading) else {
                            return Err(TestCaseError::fail(text));
                        };
                        // Two decimals, divided by a sum within 0.05 of 1.
                        prop_assert!(read.iter().zip(&law).all(|(a, b)| (a - b).abs() < 0.06), "{}", text);
                    }
                    // The name without anything around it.
                    let named = Form::Choice.read(labels.name(arm), &labels, Reading::Lenient);
                    prop_assert_eq!(named, Ok(Answer::Action(arm)));
                }
            }
        }
    }
}
