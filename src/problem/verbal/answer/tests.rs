mod properties;

use super::*;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::verbal::labels::LabelStyle;

/// Arms 0 to 3, listed as 2, 0, 1, 3: A is "dark blue", B "red", C "blue", D "tea bag".
fn labels(style: LabelStyle) -> Labels {
    let names = ["red", "blue", "dark blue", "tea bag"].map(str::to_owned).to_vec();
    Labels::new(names, vec![2, 0, 1, 3], style, &["button".to_owned(), "buttons".to_owned()])
}

fn choice(text: &str, style: LabelStyle, reading: Reading) -> Result<usize, Reason> {
    match Form::Choice.read(text, &labels(style), reading)? {
        Answer::Action(arm) => Ok(arm),
        Answer::Policy(law) => panic!("{law:?}"),
    }
}

fn law(text: &str, style: LabelStyle, reading: Reading) -> Result<Vec<f64>, Reason> {
    match Form::Probabilities.read(text, &labels(style), reading)? {
        Answer::Policy(law) => Ok(law),
        Answer::Action(arm) => panic!("{arm}"),
    }
}

use LabelStyle::{Letters, Names};
use Reading::{Lenient, Strict};
use Reason::{Empty, Form as Shape, NotADistribution, NothingNamed, SeveralNamed};

#[test]
fn strict_choices_are_to_the_letter() {
    for (text, names, letters) in [
        ("Choice: red", Ok(0), Err(NothingNamed)),
        ("Red won twice.\nChoice: dark blue\n \n", Ok(2), Err(NothingNamed)),
        ("Choice: B", Err(NothingNamed), Ok(0)),
        ("Choice: b", Err(NothingNamed), Err(NothingNamed)),
        ("Choice: B.", Err(NothingNamed), Err(NothingNamed)),
        ("**Choice: B**", Err(Shape), Err(Shape)),
        ("Choice: red\nI am sure.", Err(Shape), Err(Shape)),
        ("choice: red", Err(Shape), Err(Shape)),
        ("red", Err(Shape), Err(Shape)),
        ("Choice:", Err(Shape), Err(Shape)),
        (" \n", Err(Empty), Err(Empty)),
        ("", Err(Empty), Err(Empty)),
    ] {
        assert_eq!(choice(text, Names, Strict), names, "{text}");
        assert_eq!(choice(text, Letters, Strict), letters, "{text}");
    }
}

#[test]
fn lenient_choices_are_what_a_reader_would_take_them_for() {
    for (text, expected) in [
        ("Choice: RED", Ok(0)),
        ("**Choice:** `dark blue`.", Ok(2)),
        ("Final choice:\n\n  Blue", Ok(1)),
        ("{\"choice\": \"tea bag\"}", Ok(3)),
        ("{\"choice\": \"red\", \"why\": \"blue is worse\"}", Ok(0)),
        ("Choice: red because blue is worse", Ok(0)),
        ("Choice: the red one, not blue", Err(SeveralNamed)),
        ("Choice: red or blue", Err(SeveralNamed)),
        ("Choice: red, blue", Err(SeveralNamed)),
        ("Choice: mauve\nThe red one is bad.", Err(NothingNamed)),
        ("Red is best. Choice: reddish", Err(NothingNamed)),
        ("Choice: blue\nChoice: red", Ok(0)),
        ("Red is better than I thought, but I push blue", Ok(1)),
        ("I push \u{201c}dark   blue\u{201d}!", Ok(2)),
        ("blue's odds are better", Ok(1)),
        ("navy-blue", Err(NothingNamed)),
        ("I take button 2", Ok(0)),
        ("arm #1", Ok(2)),
        ("Option: 4", Ok(3)),
        ("I pushed the button 2 times", Err(NothingNamed)),
        ("arm 5", Err(NothingNamed)),
        ("arm 0", Err(NothingNamed)),
        ("Choice: 3", Ok(1)),
        ("B", Err(NothingNamed)),
        ("nothing", Err(NothingNamed)),
        ("\n\n", Err(Empty)),
    ] {
        assert_eq!(choice(text, Names, Lenient), expected, "{text}");
    }
}

#[test]
fn letters_are_told_from_words() {
    for (text, expected) in [
        ("Choice: A", Ok(2)),
        ("choice: a", Ok(2)),
        ("I'd go with B.", Ok(0)),
        ("A good idea is C", Err(SeveralNamed)),
        ("I like C. A good one.", Err(SeveralNamed)),
        ("C looks fine, a bit better than the others", Ok(1)),
        ("I choose option A because it paid", Ok(2)),
        ("I choose option b because it paid", Ok(0)),
        ("The best option a player has", Err(NothingNamed)),
        ("so: a mess", Err(NothingNamed)),
        ("**d**", Ok(3)),
        ("(a)", Ok(2)),
        ("\nb\n", Ok(0)),
        ("Choice: B (red)", Ok(0)),
        ("Choice: B (blue)", Err(SeveralNamed)),
        ("Choice: E", Err(NothingNamed)),
        ("Choice: AB", Err(NothingNamed)),
        ("I am unsure", Err(NothingNamed)),
        ("tea bag", Ok(3)),
    ] {
        assert_eq!(choice(text, Letters, Lenient), expected, "{text}");
    }
}

#[test]
fn decisions_are_told_from_what_is_said_about_them() {
    for (text, expected) in [
        ("Choice: B\n\nReason for my choice: C has failed twice.", Ok(0)),
        ("Choice: B\nI am sure of my choice: it paid 3 of 4", Ok(0)),
        ("Choice: **B** (red)\nWhy this choice: **C** has failed", Ok(0)),
        ("Choice: button 2, the red one\nOn my choice: button 3 has failed", Ok(0)),
        ("Choice: B\nMy choice: C 0/2", Ok(0)),
        ("Choice: B\nFinal choice: C", Ok(1)),
        ("Choice: B\nFinal choice: C, since B has failed", Ok(1)),
        ("Choice: B\nFinal choice: C or D", Err(SeveralNamed)),
        ("Choice: B looks better than C", Ok(0)),
        ("I choose B because it has paid more than C.", Ok(0)),
        ("C has failed. I will go with A because it won.", Ok(2)),
        ("C has failed. Let me now try option A again, not B.", Ok(2)),
        ("C has failed.\nSo I'm going with: **b**.", Ok(0)),
        ("C is worse, so my final choice is B", Ok(0)),
        ("I choose the red button, since blue has failed", Ok(0)),
        ("I choose B or C", Err(SeveralNamed)),
        ("If I choose B, C is never tried", Err(SeveralNamed)),
        ("I will not choose B, but C", Err(SeveralNamed)),
        ("I choose B.\nChoice: none", Err(NothingNamed)),
        ("Answer: A good start was C, so I stay with C.", Ok(1)),
        ("Answer: A good start was C", Err(SeveralNamed)),
        ("Answer: A is better than C", Ok(2)),
        ("Choice: B\nReason for my choice: A has failed twice.", Ok(0)),
        ("Answer: A because C has failed", Ok(2)),
        ("Answer: A, since C has failed", Ok(2)),
        ("B looks better than C", Err(SeveralNamed)),
        ("So far: A 1/3, B 0/2, rest none.", Err(SeveralNamed)),
        ("So far: A 1/3, C 1/1, rest none. Once more: C.\nChoice: C", Ok(1)),
        ("So far: A 1/3, C 1/1, rest none. Once more: C.\nChoice:", Err(NothingNamed)),
    ] {
        assert_eq!(choice(text, Letters, Lenient), expected, "{text}");
    }
}

#[test]
fn strict_probabilities_are_to_the_letter() {
    let given = Ok(vec![0.5, 0.25, 0.25, 0.0]);
    for (text, expected) in [
        ("Probabilities: dark blue 0.25, red 0.5, blue 0.25, tea bag 0", given.clone()),
        ("Well.\nProbabilities: red 0.50, blue 0.25, tea bag 0.00, dark blue 0.25", given),
        ("Probabilities: red 0.5, blue 0.5", Err(NotADistribution)),
        ("Probabilities: red 0.5, red 0.5", Err(SeveralNamed)),
        ("Probabilities: mauve 1", Err(NothingNamed)),
        ("Probabilities: red 50%, blue 50%", Err(Shape)),
        ("Probabilities: red NaN", Err(Shape)),
        ("Probabilities: red", Err(Shape)),
        ("Probabilities: dark blue 0.2, red 0.2, blue 0.2, tea bag 0.2", Err(NotADistribution)),
        ("Probabilities: dark blue 9, red 0, blue 0, tea bag 0", Err(NotADistribution)),
        ("red 1", Err(Shape)),
        ("", Err(Empty)),
    ] {
        assert_eq!(law(text, Names, Strict), expected, "{text}");
    }
}

#[test]
fn lenient_probabilities_are_what_a_reader_would_take_them_for() {
    let given = || Ok(vec![0.5, 0.25, 0.25, 0.0]);
    for (text, style, expected) in [
        ("Probabilities: dark blue 25%, red 50 %, blue 25%", Names, given()),
        ("My policy: red: 1/2; blue: 1/4; dark blue: 1/4.", Names, given()),
        ("I share: red: 1/2; blue: 1/4; dark blue: 1/4.", Names, Err(NotADistribution)),
        ("Counts: A 1/1, B 0/3.", Letters, Err(NotADistribution)),
        ("In round 1 I give A .25, B 0.5, C 0.25.", Letters, given()),
        ("In round 1 I give A 0, B 1.", Letters, Ok(vec![1.0, 0.0, 0.0, 0.0])),
        ("Round 5: B 0.5, A 0.25, C 25%", Letters, given()),
        ("{\"red\": 0.5, \"blue\": 0.25, \"dark blue\": 0.25, \"tea bag\": 0}", Names, given()),
        ("```json\n{\"B\": 0.5, \"C\": 0.25, \"A\": .25}\n```", Letters, given()),
        (
            "Red won 3 of 4.\nProbabilities:\n- **A**: 0.25\n- **B**: 0.5\n- **C**: 0.25",
            Letters,
            given(),
        ),
        ("A (dark blue): 25, B (red): 50, C (blue): 25, D: 0", Letters, given()),
        ("50% red, 25% on blue and 25% on dark blue", Names, given()),
        ("tea bag 0.9, red 0.1. No: red 0.5, blue 0.25, dark blue 0.25", Names, given()),
        ("arm 1: 0.25, arm 2: 0.5, arm 3: 0.25", Names, given()),
        ("Probabilities: red 0.5, blue -0.25, dark blue 0.25", Names, Err(NotADistribution)),
        ("red 0.5, blue 0.3", Names, Err(NotADistribution)),
        ("red 1/0", Names, Err(NotADistribution)),
        ("red 0/0", Names, Err(NotADistribution)),
        ("red and blue", Names, Err(NotADistribution)),
        ("Probabilities: mauve 0.5, cyan 0.5", Names, Err(NothingNamed)),
        ("0.5, 0.5", Names, Err(NothingNamed)),
        ("\n", Names, Err(Empty)),
    ] {
        assert_eq!(law(text, style, Lenient), expected, "{text}");
    }
    let thirds = law("red 0.33, blue 0.33, dark blue 0.33", Names, Lenient).unwrap();
    assert!(thirds[..3].iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-15) && thirds[3] == 0.0);
}

#[test]
fn who_gives_no_answer_is_counted_and_decides_uniformly() {
    let labels = labels(Names);
    let mut rng = Streams::new(0).stream(Purpose::Evaluation, 0, 0, 0);
    let mut unparsed = Unparsed::default();
    let mut counts = [0.0; 4];
    for _ in 0..4000 {
        match Form::Choice.settle("?", &labels, Lenient, &mut rng, &mut unparsed) {
            Answer::Action(arm) => counts[arm] += 1.0,
            Answer::Policy(_) => panic!("an arm was asked for"),
        }
    }
    // Four standard deviations of 4000 draws with probability 1/4.
    assert!(counts.iter().all(|count: &f64| (count - 1000.0).abs() < 110.0), "{counts:?}");
    let law = Form::Probabilities.settle("", &labels, Strict, &mut rng, &mut unparsed);
    assert_eq!(law, Answer::Policy(vec![0.25; 4]));
    let read = Form::Choice.settle("red", &labels, Lenient, &mut rng, &mut unparsed);
    assert_eq!(read, Answer::Action(0));
    let json = serde_json::to_string(&unparsed).unwrap();
    assert_eq!(json, r#"{"answers":4002,"reasons":{"empty":1,"nothing_named":4000}}"#);
    let mut twice: Unparsed = serde_json::from_str(&json).unwrap();
    twice.add(&unparsed);
    assert_eq!((twice.total(), twice.rate()), (8002, 4001.0 / 4002.0));
    assert_eq!(Unparsed::default().rate(), 0.0);
}
