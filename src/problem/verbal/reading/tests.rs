use proptest::prelude::*;
use rand::{Rng, RngExt};

use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::answer::{Form, write_choice, write_probabilities};
use crate::problem::verbal::context::Library;
use crate::problem::verbal::labels::LabelStyle;
use crate::problem::verbal::narration::Shown;
use crate::problem::verbal::telling::{Rewards, Shape, Style};

/// Arms 0 to 3, listed as 2, 0, 1, 3: A is "dark blue", B "red", C "blue", D "long rest".
fn labels(style: LabelStyle) -> Labels {
    let names = ["red", "blue", "dark blue", "long rest"].map(str::to_owned).to_vec();
    Labels::new(names, vec![2, 0, 1, 3], style, &["button".to_owned(), "buttons".to_owned()])
}

fn wins(wins: usize, tries: usize) -> Option<Count> {
    Some(Count::Wins { wins, tries })
}

fn mean(amount: f64, tries: usize) -> Option<Count> {
    Some(Count::Mean { amount, tries })
}

fn tries(tries: usize) -> Option<Count> {
    Some(Count::Tries(tries))
}

#[test]
fn counts_are_read_as_they_are_meant() {
    let none = || vec![None; 4];
    for (text, style, expected) in [
        (
            "Red 2 of 3, blue 0 of 1, dark blue none, long rest 1 of 1.",
            LabelStyle::Names,
            vec![wins(2, 3), wins(0, 1), tries(0), wins(1, 1)],
        ),
        (
            "A 2 of 3, B none, rest none. C looks best.",
            LabelStyle::Letters,
            vec![tries(0), tries(0), wins(2, 3), tries(0)],
        ),
        ("All none.", LabelStyle::Letters, vec![tries(0); 4]),
        ("long rest none", LabelStyle::Names, vec![None, None, None, tries(0)]),
        (
            "**A**: 2/3\n- B (red): 1 out of 2\n- `C` = 34.5 over 7",
            LabelStyle::Letters,
            vec![wins(1, 2), mean(34.5, 7), wins(2, 3), None],
        ),
        (
            "red -3 over 2, blue 1 try, dark blue 4 times",
            LabelStyle::Names,
            vec![mean(-3.0, 2), tries(1), tries(4), None],
        ),
        ("red 2 of 3. No: red 1 of 3", LabelStyle::Names, vec![wins(1, 3), None, None, None]),
        // A small letter is no label here, and what is no count is none.
        ("a 2 of 3, b none", LabelStyle::Letters, none()),
        ("red 2.5 of 3, blue -1 of 2, dark blue 3, long rest 1 of them", LabelStyle::Names, none()),
        ("A 2 of 3", LabelStyle::Names, none()),
        ("the rest is silence, all is none", LabelStyle::Names, none()),
        (
            "B 1 of 2.\nProbabilities: B 1/2, C 1/2",
            LabelStyle::Letters,
            vec![wins(1, 2), None, None, None],
        ),
        ("", LabelStyle::Names, none()),
    ] {
        assert_eq!(counts(text, &labels(style)), expected, "{text}");
    }
}

/// A telling of some context and kind, with tallies that some rounds may have left.
fn drawn<'a>(library: &'a Library, rng: &mut impl Rng) -> (Telling<'a>, Tallies) {
    let kinds = [
        Kind::Bandit,
        Kind::DriftingBandit,
        Kind::FullInformation,
        Kind::Mdp { states: 3 },
        Kind::Pomdp { states: 3, observations: 2 },
    ];
    let context = &library.contexts[rng.random_range(0..library.contexts.len())];
    let rewards = [Rewards::ZeroOne, Rewards::Amount][rng.random_range(0..2)];
    let kind = kinds[rng.random_range(0..kinds.len())];
    let shape = Shape { kind, arms: rng.random_range(1..=4), rounds: 30, rewards };
    let telling = Telling::draw(library, context, &shape, &Style::default(), rng).unwrap();
    let mut tallies = Tallies::new(shape.arms);
    for _ in 0..rng.random_range(0..12) {
        let all: Vec<f64> = (0..shape.arms).map(|_| rng.random()).collect();
        let full = kind == Kind::FullInformation;
        let arm = (!full).then(|| rng.random_range(0..shape.arms));
        let earned = rng.random();
        tallies.enter(&shape, &Shown { arm, earned, rewards: full.then_some(&*all), seen: None });
    }
    (telling, tallies)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What is written is read, is right, and is no longer right when a number of it is another.
    #[test]
    fn written_counts_read_back(seed in 0..u64::MAX) {
        let library = Library::bundled().unwrap();
        let mut rng = Streams::new(seed).stream(Purpose::Evaluation, 0, 0, 0);
        let (telling, tallies) = drawn(&library, &mut rng);
        let labels = telling.labels();
        let arms = labels.count();
        let arm = rng.random_range(0..arms);
        let last = match telling.form() {
            Form::Choice => write_choice(labels, arm),
            Form::Probabilities => write_probabilities(labels, &vec![1.0 / arms as f64; arms]),
        };
        let around = |counts: &str| format!("So far: {counts}. I take {}.\n{last}", labels.label(arm));
        let text = around(&write_counts(&telling, &tallies));
        let slack = 0.5001 * telling.scale().last_decimal();
        for (arm, said) in counts(&text, labels).into_iter().enumerate() {
            let so = Count::of(&telling, &tallies, arm);
            prop_assert!(said.is_some_and(|said| said.agrees(so, slack)), "{text}: {said:?} {so:?}");
        }
        let mut agreement = Agreement::default();
        agreement.enter(&text, &telling, &tallies);
        let all = (0..arms).filter(|arm| tallies.tries(*arm) > 0).count() as u64;
        prop_assert_eq!(agreement, Agreement { possible: all, written: all, right: all });

        let mut wrong = tallies.clone();
        wrong.set(arm, tallies.tries(arm) + 1, tallies.sum(arm));
        let mut agreement = Agreement::default();
        agreement.enter(&around(&write_counts(&telling, &wrong)), &telling, &tallies);
        prop_assert_eq!(agreement, Agreement { possible: all, written: all, right: all - u64::from(tallies.tries(arm) > 0) });
    }

    #[test]
    fn any_text_is_read(text in "\\PC*", parts in prop::collection::vec(prop::sample::select(vec![
        "A", "red", "dark", "blue", "rest", "all", "none", "2", "-3", "0.5", "of", "over", "out", "tries", "/", ":", "\n", "*",
        "99999999999999999999999", "Probabilities:", ",", ".",
    ]), 0..40)) {
        for style in [LabelStyle::Names, LabelStyle::Letters] {
            prop_assert_eq!(counts(&text, &labels(style)).len(), 4);
            prop_assert_eq!(counts(&parts.join(" "), &labels(style)).len(), 4);
        }
    }
}

#[test]
fn agreement_tells_silence_from_error() {
    let library = Library::bundled().unwrap();
    let shape = Shape { kind: Kind::Bandit, arms: 4, rounds: 9, rewards: Rewards::ZeroOne };
    let style = Style { labels: Some(LabelStyle::Letters), ..Style::default() };
    let mut rng = Streams::new(1).stream(Purpose::Evaluation, 0, 0, 0);
    let telling = Telling::draw(&library, &library.contexts[0], &shape, &style, &mut rng).unwrap();
    let mut tallies = Tallies::new(4);
    tallies.set(telling.labels().at(0).unwrap(), 3, 2.0);
    let mut agreement = Agreement::default();
    assert_eq!((agreement.rate(), agreement.coverage()), (None, None));
    tallies.set(telling.labels().at(1).unwrap(), 2, 1.0);
    agreement.enter("A 2 of 3, B 1 of 1, rest none.", &telling, &tallies);
    assert_eq!(agreement, Agreement { possible: 2, written: 2, right: 1 });
    agreement.add(&agreement.clone());
    assert_eq!((agreement.possible, agreement.rate()), (4, Some(0.5)));
    agreement.enter("A 3 tries", &telling, &tallies);
    assert_eq!((agreement.written, agreement.right), (5, 2));
    assert_eq!(agreement.coverage(), Some(5.0 / 6.0));
}
