use proptest::prelude::*;

use super::*;

const FULL: &str = r#"{"scenario": "a", "trajectory": 3, "rounds": [
    {"action": 0, "rewards": [1, 0]}, {"policy": [0.5, 0.5], "rewards": [0, 2]}, {"action": 1, "rewards": [3, 0]}]}"#;
const CELL: &str = r#"{"scenario": 1, "trajectory": "x", "rounds": [
    {"action": 0, "reward": 1}, {"action": 1, "reward": 0}], "means": [0.25, 0.75], "regret": 9, "extra": [{}]}"#;

fn score(measure: &str, line: &str) -> std::result::Result<f64, String> {
    let record = Record::parse(line.as_bytes())?;
    measure.parse::<Measure>().unwrap().score(&record).map(|score| score.value)
}

#[test]
fn measures_are_those_of_the_definitions() {
    // Arms earn 4 and 2; the decisions 1, (0 + 2) / 2 and 0.
    assert_eq!(score("realised", FULL), Ok(4.0 - 2.0));
    assert_eq!(score("dynamic", FULL), Ok(6.0 - 2.0));
    assert_eq!(score("reward", FULL), Ok(-2.0));
    assert_eq!(score("pseudo", CELL), Ok(2.0 * 0.75 - 1.0));
    assert_eq!(score("dynamic", CELL), Ok(0.5));
    assert_eq!((score("given", CELL), score("reward", CELL)), (Ok(9.0), Ok(-1.0)));
    let drifting = CELL.replace("[0.25, 0.75]", "[[0.25, 0.75], [1.0, 0.5]]");
    // Arms are worth 1.25 both; the decisions 0.25 and 0.5.
    assert_eq!(score("pseudo", &drifting), Ok(0.5));
    assert_eq!(score("dynamic", &drifting), Ok(0.5 + 0.5));
}

#[test]
fn curves_are_regrets_after_each_round() {
    let curve = |measure: &str, line: &str| {
        let record = Record::parse(line.as_bytes()).unwrap();
        measure.parse::<Measure>().unwrap().curve(&record).unwrap()
    };
    // The best arm so far has earned 1, 2 and 4, the best of each round 1, 3 and 6; the decisions 1, 2 and 2.
    assert_eq!(curve("realised", FULL), Some(vec![0.0, 0.0, 2.0]));
    assert_eq!(curve("dynamic", FULL), Some(vec![0.0, 1.0, 4.0]));
    assert_eq!(curve("pseudo", CELL), Some(vec![0.5, 0.5]));
    assert_eq!((curve("given", CELL), curve("reward", CELL)), (None, None));
}

#[test]
fn the_first_line_tells_the_measure() {
    let measure = |line: &str| Measure::for_record(&Record::parse(line.as_bytes()).unwrap());
    assert_eq!(measure(FULL).unwrap().to_string(), "realised");
    assert_eq!(measure(CELL).unwrap().to_string(), "pseudo");
    let bare = CELL.replace("\"means\": [0.25, 0.75], ", "");
    assert_eq!(measure(&bare).unwrap().to_string(), "given");
    let message = measure(&bare.replace("regret", "other")).unwrap_err();
    assert!(message.contains("\"means\""), "{message}");
    let message = "psuedo".parse::<Measure>().unwrap_err().to_string();
    assert!(message.contains("perhaps pseudo"), "{message}");
}

#[test]
fn lines_without_what_a_measure_needs_are_refused() {
    assert!(score("pseudo", FULL).unwrap_err().contains("\"means\" is missing"));
    assert!(score("given", FULL).unwrap_err().contains("\"regret\" is missing"));
    assert!(score("realised", CELL).unwrap_err().contains("round 1: \"rewards\" is missing"));
}

#[test]
fn bad_lines_are_refused_by_name() {
    for (from, to, expected) in [
        ("\"scenario\": 1", "\"scenario\": 1.5", "a text or a whole number"),
        ("\"scenario\": 1, ", "", "missing field `scenario`"),
        ("\"trajectory\": \"x\", ", "", "missing field `trajectory`"),
        ("\"action\": 0", "\"action\": -1", "usize"),
        ("\"action\": 0", "\"action\": 2", "round 1: action 2: expected 0 to 1"),
        ("\"action\": 0", "\"arm\": 0", "round 1: expected \"action\" or \"policy\""),
        ("\"action\": 0", "\"policy\": [0.5, 0.6]", "round 1: the policy sums to 1.1"),
        ("\"action\": 0", "\"policy\": [1.5, -0.5]", "expected probabilities"),
        (
            "\"action\": 0",
            "\"policy\": [1]",
            "round 1: 1 entries of \"policy\", expected one an arm: 2",
        ),
        ("\"reward\": 0}", "\"reward\": NaN}", "expected value, column"),
        ("\"reward\": 0}", "\"reward\": 1e999}", "number out of range"),
        ("\"reward\": 0}", "\"reward\": -1e101}", "round 2: reward -1e101"),
        ("\"reward\": 0}", "\"prize\": 0}", "round 2: expected \"reward\" or \"rewards\""),
        ("\"reward\": 0}", "\"rewards\": [1, 2, 3]}", "round 2: 3 entries"),
        ("[0.25, 0.75]", "[[0.25, 0.75]]", "means of 1 rounds, expected 2"),
        ("[0.25, 0.75]", "[[0.25], [0.75, 1]]", "means: expected one number an arm"),
        ("[0.25, 0.75]", "[0.25, [0.75]]", "mixed"),
        ("[0.25, 0.75]", "[0.25, 1e300]", "mean = 1e300"),
        ("[0.25, 0.75]", "[]", "means"),
        ("\"regret\": 9", "\"regret\": 9, \"regret\": 8", "duplicate field `regret`"),
        ("\"regret\": 9", "\"regret\": \"9\"", "invalid type"),
    ] {
        let line = CELL.replace(from, to).replace('\n', " ");
        assert!(!line.contains(from) || to.contains(from), "{from}");
        let message = Record::parse(line.as_bytes()).unwrap_err();
        assert!(message.contains(expected), "{to}: {message}");
    }
    let none = r#"{"scenario": 1, "trajectory": 1, "rounds": []}"#;
    assert!(Record::parse(none.as_bytes()).unwrap_err().contains("no rounds"));
    for text in [&b"{"[..], b"[1, 2, [[0, null, 1, null]], 3, null]", b"\xff", b"null"] {
        assert!(Record::parse(text).is_err());
    }
}

fn read_all(text: &str) -> std::result::Result<Vec<(u64, bool)>, String> {
    let mut reader = Reader::new(text.as_bytes(), "file", None);
    let mut all = Vec::new();
    while let Some(scored) = reader.read().map_err(|e| e.to_string())? {
        all.push((scored.line, scored.first));
    }
    Ok(all)
}

fn line(scenario: &str) -> String {
    format!(
        "{{\"scenario\":{scenario},\"trajectory\":0,\"rounds\":[{{\"action\":0,\"rewards\":[1,2]}}]}}\n"
    )
}

#[test]
fn scenarios_must_stand_together() {
    let [a, b] = [line("1"), line("\"b\"")];
    let whole = read_all(&format!("{a}{a}\n  \n{b}{b}{a}").replace(&a, &line("\"1\"")));
    assert!(whole.unwrap_err().starts_with("file: line 7: scenario \"1\" was left before"));
    assert_eq!(
        read_all(&format!("{a}{a}\n  \n{b}{b}")),
        Ok(vec![(1, true), (2, false), (5, true), (6, false)])
    );
    let torn = format!("{a}{}", &b[..20]);
    assert!(read_all(&torn).unwrap_err().starts_with("file: line 2: EOF while parsing"));
    assert_eq!(read_all("\n\n"), Ok(vec![]));
}

#[test]
fn long_lines_are_refused() {
    let message = read_all(&" ".repeat(MAX_LINE + 1)).unwrap_err();
    assert_eq!(message, "file: line 1: more than 16777216 bytes");
}

#[test]
fn what_is_handed_on_is_the_line() {
    let text = line("3");
    let spliced = with_regret(text.as_bytes(), 0.5).unwrap();
    assert_eq!(
        String::from_utf8(spliced).unwrap(),
        text.trim().replace("}]}", "}],\"regret\":0.5}")
    );
    let replaced = with_regret(CELL.as_bytes(), -1.0).unwrap();
    assert_eq!(Record::parse(&replaced).unwrap().given_regret(), Some(-1.0));
    let chat = r#"{"messages":[{"content":"go","role":"user"}]}"#;
    let with_chat = format!("{}, {}", r#"{"scenario":3"#, &chat[1..]);
    assert_eq!(as_chat(with_chat.as_bytes()).unwrap(), chat.as_bytes());
    for bad in
        ["{}", r#"{"messages":[]}"#, r#"{"messages":[{"role":"user"}]}"#, r#"{"messages":"hi"}"#]
    {
        assert!(as_chat(bad.as_bytes()).unwrap_err().contains("\"messages\""), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = Record::parse(&bytes);
    }
}
