use proptest::prelude::*;

use super::*;

const TEXTS: [&str; 3] = [
    "The red button paid nothing this time. It is your turn.\nA 2 of 3, B 0 of 1. Choice: B",
    "You pushed the dark blue button and won. It is your turn.\nA 12 of 30. Choice: A",
    "It is your turn. The button paid nothing. Choice: A\nChoice: B\nChoice: B",
];

fn learned() -> Tokenizer {
    Tokenizer::train(&TEXTS, 400).unwrap()
}

#[test]
fn frequent_words_are_tokens_and_digits_stay_single() {
    let tokenizer = learned();
    for word in [" button", "Choice", " turn", "\n", "7"] {
        assert_eq!(tokenizer.encode(word).len(), 1, "{word:?}");
    }
    assert_eq!(tokenizer.encode("30").len(), 2);
    assert_eq!(tokenizer.encode("Choice: B").len(), 3);
    assert!(tokenizer.encode(" pumpernickel").len() > 4);
    assert_eq!(tokenizer.encode(TEXTS[2]).iter().filter(|&&t| t == u32::from(b'\n')).count(), 2);
}

/// "ab" five times, "abc" twice, "bc" three times: ab occurs 7 times and is first; then bc (3) before (ab)c (2).
#[test]
fn pairs_are_learned_by_frequency() {
    let text = "ab.ab.ab.ab.ab.abc.abc.bc.bc.bc";
    let tokenizer = Tokenizer::train(&[text], GIVEN + 9).unwrap();
    let (a, b, c, first) = (97, 98, 99, GIVEN as u32);
    assert_eq!(tokenizer.pairs, [(a, b), (b, c), (first, c)]);
    // What was learned first is joined first, known piece or not.
    assert_eq!(tokenizer.encode("abc"), [first + 2]);
    assert_eq!(tokenizer.encode("abcab"), [first + 2, first]);
    // Among equally frequent pairs the lowest is first; one that occurs once is none.
    let pairs = Tokenizer::train(&["ba.ba.ab.ab.xy"], GIVEN + 9).unwrap().pairs;
    assert_eq!(pairs, [(a, b), (b, a)]);
}

#[test]
fn training_repeats() {
    let tokens = |tokenizer: &Tokenizer| tokenizer.encode(TEXTS[1]);
    assert_eq!(learned(), learned());
    assert_eq!(tokens(&learned()), tokens(&learned()));
    assert!(learned().size() > 280);
}

#[test]
fn sizes_out_of_range_are_refused() {
    for size in [0, GIVEN - 1, MAX_TOKENS + 1, usize::MAX] {
        let error = Tokenizer::train(&TEXTS, size).unwrap_err().to_string();
        assert!(error.contains("vocabulary = "), "{error}");
    }
    assert_eq!(Tokenizer::train(&TEXTS, GIVEN).unwrap().size(), GIVEN);
}

#[test]
fn json_gives_the_same_tokenizer_back() {
    let tokenizer = learned();
    let copy = Tokenizer::from_json(&tokenizer.to_json()).unwrap();
    assert_eq!(copy, tokenizer);
    assert_eq!(copy.encode(TEXTS[0]), tokenizer.encode(TEXTS[0]));
    let deep: Vec<(u32, u32)> =
        (0..9).map(|i| if i == 0 { (97, 97) } else { (258 + i, 258 + i) }).collect();
    let deep = format!("{{\"pairs\":{deep:?}}}").replace('(', "[").replace(')', "]");
    for (bad, culprit) in [
        ("", "EOF"),
        (r#"{"pairs":[[97,98]],"size":3}"#, "unknown field"),
        (r#"{"pairs":[[97,-1]]}"#, "-1"),
        (r#"{"pairs":[[97,98],[97,98]]}"#, "(97, 98): given twice"),
        (r#"{"pairs":[[97,259]]}"#, "(97, 259): expected bytes or pairs before it"),
        (r#"{"pairs":[[97,257]]}"#, "(97, 257): expected bytes or pairs before it"),
        (r#"{"pairs":[[97,4294967295]]}"#, "expected bytes"),
        (&*deep, "longer than 32 bytes"),
    ] {
        let message = Tokenizer::from_json(bad).unwrap_err();
        assert!(message.contains(culprit), "{bad}: {message}");
    }
}

#[test]
fn special_tokens_are_in_no_text() {
    let tokenizer = learned();
    for special in Special::ALL {
        assert_eq!(Special::of(special.token()), Some(special));
        assert_eq!(tokenizer.decode(&[65, special.token(), 66]), "AB");
    }
    assert_eq!([255, 259].map(Special::of), [None; 2]);
    let texts = ["<|user_end|>", "\u{100}\u{101}\u{102}"];
    let special =
        |text: &&str| tokenizer.encode(text).into_iter().any(|t| Special::of(t).is_some());
    assert!(!texts.iter().any(special));
}

#[test]
fn long_texts_take_time_in_proportion() {
    let tokenizer = learned();
    let text = "ababab".repeat(1 << 17);
    assert_eq!(tokenizer.decode(&tokenizer.encode(&text)), text);
}

proptest! {
    #[test]
    fn any_text_comes_back(text in "(\\PC|[ \n\t]|button|Choice: ){0,60}") {
        let tokenizer = learned();
        let tokens = tokenizer.encode(&text);
        prop_assert_eq!(tokenizer.decode(&tokens), &*text);
        prop_assert!(tokens.iter().all(|&t| Special::of(t).is_none() && (t as usize) < tokenizer.size()));
    }

    #[test]
    fn any_bytes_are_tokens(bytes: Vec<u8>) {
        let tokens: Vec<u32> = bytes.iter().map(|&byte| u32::from(byte)).collect();
        prop_assert_eq!(learned().bytes(&tokens), bytes);
    }

    #[test]
    fn any_tokens_can_be_decoded(tokens: Vec<u32>) {
        let _text = learned().decode(&tokens);
    }

    /// Pieces that are looked up are what joining them gives.
    #[test]
    fn known_pieces_are_joined_alike(text in "[a-z ]{0,20}|Choice: [AB]") {
        let tokenizer = learned();
        let mut joined = Vec::new();
        pieces(&text).for_each(|piece| tokenizer.join(piece.as_bytes(), &mut joined));
        prop_assert_eq!(tokenizer.encode(&text), joined);
    }
}
