use super::*;

const GOOD: &str = include_str!("../contexts/clinic.toml");

fn refusal(text: &str) -> String {
    Context::parse("clinic.toml", text).expect_err("refused").to_string()
}

#[test]
fn files_are_refused_by_file_key_and_what_was_expected() {
    assert!(Context::parse("clinic.toml", GOOD).is_ok());
    let state = "state = [\"The patient is {state}.\", ";
    for (from, to, expected) in [
        ("name = \"clinic\"", "name = clinic", "line 1: "),
        ("name = \"clinic\"\n", "", "name: is missing, expected a text"),
        ("name = \"clinic\"", "name = 3", "name: is of type integer, expected a text"),
        ("name = \"clinic\"", "name = \"\"", "name: \"\": expected a text"),
        (
            "held_out = false",
            "held_out = 0",
            "held_out: is of type integer, expected true or false",
        ),
        ("held_out", "held_uot", "held_out: is missing"),
        ("drift = [", "drfit = []\ndrift = [", "drfit: is unknown, expected perhaps drift"),
        ("[\"treatment\", ", "[", "nouns: expected two texts"),
        ("\"long rest\",", "", ""),
        ("\"long rest\"", "\"Red tablet\"", "arms[9]: \"Red tablet\" stands there twice"),
        ("\"long rest\"", "\"rest 2\"", "arms[9]: \"rest 2\": expected words"),
        ("\"long rest\"", "\"best choice\"", "arms[9]: \"best choice\": expected a name without"),
        ("\"long rest\"", "7", "arms[9]: is of type integer, expected a text"),
        ("with the {arm}", "with", ""),
        ("With the {arm} the patient felt {value}", "With the {arm}", "amount.told[1]: "),
        (
            "the {arm} and got well",
            "the {amr} and got well",
            "outcome.success[0]: placeholder {amr}: expected {arm}",
        ),
        (state, "state = [", "process.state: has 2 entries, expected a list of 3 to 64 texts"),
        (
            state,
            "state = [\"He is.\", ",
            "process.state[0]: \"He is.\": expected the placeholder {state}",
        ),
        ("zero = 0\none = 100\n", "zero = 0\none = 0\n", "amount.scale: one = 0"),
        (
            "decimals = 0",
            "decimals = -1",
            "amount.decimals: is of type integer, expected a whole number from 0",
        ),
        ("zero = 0", "zero = nan", "amount.scale: zero = NaN"),
        ("[outcome]", "[outcome.more]", "outcome.aim: is missing"),
        ("[process]", "[proces]", "process: is missing, expected a table"),
        (
            "actions = [\"give a fluid\", ",
            "actions = [\"wait\", \"rest\"]\nmore = [",
            "process.actions: has 2 entries",
        ),
    ] {
        let text = GOOD.replacen(from, to, 1);
        if expected.is_empty() {
            assert!(Context::parse("clinic.toml", &text).is_ok(), "{to}");
            continue;
        }
        assert_ne!(text, GOOD, "{from}");
        let message = refusal(&text);
        assert!(
            message.starts_with("clinic.toml: ") && message.contains(expected),
            "{to}: {message}"
        );
    }
}

#[test]
fn fewer_or_more_labels_than_letters_are_refused() {
    let with = |key: &str, count: usize| {
        let start = GOOD.find(&format!("{key} = [")).unwrap();
        let end = start + GOOD[start..].find("]\n").unwrap();
        let letters = "abcdefghijklmnopqrstuvwxyz";
        let names = (0..count)
            .map(|i| format!("\"x{}{}\"", &letters[i / 26..=i / 26], &letters[i % 26..=i % 26]));
        let names: Vec<String> = names.collect();
        format!("{}{key} = [{}{}", &GOOD[..start], names.join(", "), &GOOD[end..])
    };
    for (key, named, least) in [("arms", "arms", 8), ("actions", "process.actions", 4)] {
        let few = refusal(&with(key, least - 1));
        let expected = format!("{named}: has {} entries, expected a list of {least}", least - 1);
        assert!(few.contains(&expected), "{few}");
        assert!(Context::parse("", &with(key, 26)).is_ok());
        let many = refusal(&with(key, 27));
        assert!(many.contains(&format!("{named}: has 27 entries, expected at most 26")), "{many}");
    }
}

#[test]
fn files_are_read_up_to_a_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, GOOD).unwrap();
    assert_eq!(Context::read(&path).unwrap().name, "clinic");
    std::fs::write(&path, [0xff]).unwrap();
    assert!(Context::read(&path).unwrap_err().to_string().contains("own.toml"));
    std::fs::write(&path, " ".repeat(1 + (1 << 20))).unwrap();
    assert!(Context::read(&path).unwrap_err().to_string().contains("more than 1048576 bytes"));
}

#[test]
fn libraries_are_asked_by_name_and_part() {
    let library = Library::bundled().unwrap();
    assert_eq!(library.context("farm").unwrap().name, "farm");
    let message = library.context("fram").unwrap_err().to_string();
    assert!(message.contains("perhaps farm"), "{message}");
    let counts = [Part::All, Part::Training, Part::HeldOut].map(|part| library.part(part).len());
    assert_eq!(counts, [13, 10, 3]);
    let twice = vec![library.contexts[0].clone(), library.contexts[0].clone()];
    assert!(Library::new(twice).unwrap_err().to_string().contains("contexts = clinic"));
    let trained = Library::new(vec![library.contexts[0].clone()]).unwrap();
    let mut rng = crate::numeric::rng::Streams::new(0).stream(
        crate::numeric::rng::Purpose::Training,
        0,
        0,
        0,
    );
    assert!(trained.draw(Part::HeldOut, &mut rng).unwrap_err().to_string().contains("HeldOut"));
}
