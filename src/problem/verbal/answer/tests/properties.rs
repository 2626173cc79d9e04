//! Readers on texts of any kind.

use cpu_time::ThreadTime;
use proptest::prelude::*;

use super::*;

/// All ways to read a text.
fn read_all(text: &str, labels: &Labels) -> Vec<Result<Answer, Reason>> {
    let ways = [Form::Choice, Form::Probabilities].map(|form| [(form, Strict), (form, Lenient)]);
    ways.concat().into_iter().map(|(form, reading)| form.read(text, labels, reading)).collect()
}

/// Sixteen times the text takes some sixteen times as long, whatever it is full of: time of this thread, not of others on a
/// busy machine; the shortest of several tries.
#[test]
fn time_is_linear() {
    for style in [Names, Letters] {
        let labels = labels(style);
        for part in [
            "(",
            "a ",
            "dark ",
            "dark blue ",
            "1 ",
            "1/",
            "Choice: ",
            "choice ((",
            "\n",
            "red 0.1 ",
            "-",
            "é",
            "Probabilities: ",
            "option # # # 1",
            "a'",
            "A as ",
            "I choose the ",
            "I choose (( B ",
            "Choice: the the red is ",
            "choice: \n",
        ] {
            let shortest = |length: usize| {
                let text = part.repeat(length / part.len());
                let time = || {
                    let start = ThreadTime::now();
                    read_all(&text, &labels);
                    start.elapsed().as_secs_f64()
                };
                (0..4).map(|_| time()).fold(f64::INFINITY, f64::min)
            };
            let (short, long) = (shortest(5000), shortest(80_000));
            // A quadratic reader takes 256 times as long.
            assert!(long < 80.0 * short + 0.1, "{part}: {short}, {long}");
        }
    }
}

fn of_words() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "red",
        "Blue",
        "dark",
        "A",
        "a",
        "b",
        "I",
        "option",
        "Choice:",
        "choice",
        "choose",
        "is",
        "the",
        "because",
        "\n",
        "0.5",
        "50%",
        "1/2",
        "-0.5",
        ",",
        "or",
        "\"",
        "**",
        "Probabilities:",
        "tea",
        "bag",
        "2",
        "times",
        "'s",
        "{",
        "}",
        ":",
        "1e9",
        "",
        "é",
        "\u{feff}",
    ]);
    let joined = prop::sample::select(vec!["", " "]);
    prop::collection::vec((words, joined), 0..40)
        .prop_map(|parts| parts.iter().flat_map(|(word, blank)| [*word, *blank]).collect())
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        read_all(&text, &labels(Names));
        read_all(&text, &labels(Letters));
    }

    #[test]
    fn what_is_read_is_a_decision(text in of_words()) {
        for style in [Names, Letters] {
            for answer in read_all(&text, &labels(style)).into_iter().flatten() {
                match answer {
                    Answer::Action(arm) => prop_assert!(arm < 4),
                    Answer::Policy(law) => {
                        prop_assert!(law.len() == 4 && law.iter().all(|p| (0.0..=1.0).contains(p)));
                        prop_assert!((law.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                    }
                }
            }
        }
    }

    /// What the strict reader takes, the lenient one takes for the same.
    #[test]
    fn lenient_agrees_with_strict(text in of_words()) {
        for style in [Names, Letters] {
            let read = read_all(&text, &labels(style));
            for pair in read.chunks_exact(2) {
                if let Ok(strict) = &pair[0] {
                    prop_assert_eq!(Ok(strict), pair[1].as_ref(), "{}", text);
                }
            }
        }
    }

    /// Words that are no names, letters of no arm: never an arm.
    #[test]
    fn wrong_labels_are_no_arm(word in "[a-z]{2,9}(-[a-z]{2,5})?", letter in "[E-HJ-Z]") {
        prop_assume!(!["red", "blue"].contains(&&*word));
        for text in [format!("Choice: {word}"), format!("Choice: {letter}"), format!("red.\nChoice: {word}"), word.clone()] {
            for answer in [choice(&text, Names, Strict), choice(&text, Names, Lenient), choice(&text, Letters, Strict),
                choice(&text, Letters, Lenient)] {
                prop_assert!(answer.is_err(), "{}: {:?}", text, answer);
            }
        }
        let text = format!("Probabilities: {word} 0.5, {letter} 0.5");
        for style in [Names, Letters] {
            prop_assert!(law(&text, style, Strict).is_err() && law(&text, style, Lenient).is_err());
        }
    }
}
