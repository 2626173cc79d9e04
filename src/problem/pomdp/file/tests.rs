use super::*;
use crate::problem::pomdp::classics;
use ndarray::array;

const SMALL: &str = "discount: 0.5\nvalues: reward\nstates: a b\nactions: x y\nobservations: 2\n";
const TABLES: &str = "T: *\nidentity\nO: *\nuniform\n";

fn small(rest: &str) -> std::result::Result<Pomdp, String> {
    parse(format!("{SMALL}{rest}").as_bytes())
}

fn refused(text: &str, expected: &str) {
    let message = parse(text.as_bytes()).expect_err("refused");
    assert!(message.contains(expected), "\"{message}\" lacks \"{expected}\"");
}

#[test]
fn every_form_of_a_line_is_read() {
    let text = "
        # a comment with bytes of any kind
        values: reward  observations:see-p see-q states : a b
        actions: 2 discount : .5
        start: 0.25 0.75
        T:0:a:b 1.0   T: 0 : b 0.5 0.5
        T: 1 uniform  T: 1 : a reset
        O: * 0.9 0.1 0.2 0.8   O: 1 : b uniform   O : 1 : a : see-p 0.7 O: 1 : a : 1 0.3
        R: * : * : * : * - 1
        R: 0 : a : b 2 3
        R: 1 : a 1 2 3 4
        R: 1 : b : a : see-q 5e0";
    let pomdp = parse(text.as_bytes()).unwrap();
    assert_eq!(pomdp.names().observations, ["see-p", "see-q"]);
    assert_eq!(pomdp.names().actions, ["0", "1"]);
    assert_eq!(pomdp.start(), [0.25, 0.75]);
    let moves = array![[0.0, 1.0], [0.25, 0.75], [0.5, 0.5], [0.5, 0.5]];
    assert_eq!(pomdp.transitions(), moves);
    let laws = array![[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.5, 0.5]];
    assert_eq!(pomdp.observation_laws(), laws);
    let pay_a = 0.25 * (0.7 + 0.3 * 2.0) + 0.75 * (0.5 * 3.0 + 0.5 * 4.0);
    let pay_b = -0.5 - 0.5 * (0.7 - 0.3 * 5.0);
    let expected = [0.2 * 2.0 + 0.8 * 3.0, pay_a, -1.0, pay_b];
    for (r, e) in pomdp.rewards().iter().zip(expected) {
        approx::assert_relative_eq!(*r, e, epsilon = 1e-14);
    }
    assert_eq!(pomdp.discount(), 0.5);
    // Other programs' habits: a byte order mark, Windows line ends, comments in other encodings.
    let mut bytes = b"\xef\xbb\xbf# caf\xe9\r\n".to_vec();
    bytes.extend(text.replace('\n', "\r\n").bytes());
    assert_eq!(parse(&bytes).unwrap(), pomdp);
}

#[test]
fn later_lines_override_and_costs_are_negative_rewards() {
    let text = format!(
        "{}{TABLES}T: x : a 0 1\nR: x : a : * : * 2\nR: x : * : * : * 3\nR: x : a : b : * 4",
        SMALL.replace("reward", "cost")
    );
    let pomdp = parse(text.as_bytes()).unwrap();
    assert_eq!(pomdp.rewards(), [-4.0, 0.0, -3.0, 0.0]);
    assert_eq!(pomdp.transitions().row(0).to_vec(), [0.0, 1.0]);
}

#[test]
fn starts_of_every_kind() {
    for (line, law) in [
        ("", [0.5, 0.5]),
        ("start: uniform", [0.5, 0.5]),
        ("start: b", [0.0, 1.0]),
        ("start: 1", [0.0, 1.0]),
        ("start: 0 1", [0.0, 1.0]),
        ("start: 0.1 0.9", [0.1, 0.9]),
        ("start include: a", [1.0, 0.0]),
        ("start include: 0 b", [0.5, 0.5]),
        ("start exclude: a", [0.0, 1.0]),
    ] {
        let pomdp = small(&format!("{line}\n{TABLES}")).unwrap();
        assert_eq!(pomdp.start(), law, "{line}");
    }
    let one = "discount: 1 states: 1 actions: 1 observations: 1 start: 1 T: 0 1 O: 0 1";
    assert_eq!(parse(one.as_bytes()).unwrap().start(), [1.0]);
    assert_eq!(parse(one.replace("start: 1", "start: 0").as_bytes()).unwrap().start(), [1.0]);
    refused(&format!("{SMALL}start exclude: a b\n{TABLES}"), "line 6, column 7: no state is left");
    refused(&format!("{SMALL}start: 0.5\n{TABLES}"), "2 probabilities belong here, 1 are given");
    refused(&format!("{SMALL}start: 7 0\n{TABLES}"), "line 6, column 8: expected a probability");
    refused(&format!("{SMALL}start: 0.5 0.2\n{TABLES}"), "add up to 0.7");
}

#[test]
fn rounded_rows_are_normalised_and_others_named() {
    let pomdp = small(&format!("{TABLES}T: x : a 0.33333 0.66666")).unwrap();
    approx::assert_relative_eq!(pomdp.transitions()[[0, 0]], 1.0 / 3.0, epsilon = 1e-5);
    approx::assert_relative_eq!(pomdp.transitions().row(0).sum(), 1.0, epsilon = 1e-15);
    refused(
        &format!("{SMALL}T: x identity O: * uniform"),
        "T: action y, state a: the probabilities add up to 0",
    );
    refused(
        &format!("{SMALL}{TABLES}O: y : b 0.5 0.4"),
        "O: action y, reached state b: the probabilities add up to 0.9",
    );
}

#[test]
fn mistakes_have_their_line_and_column() {
    for (text, expected) in [
        (
            "",
            "line 1, column 1: expected \"discount:\" before the tables, found the end of the file",
        ),
        ("discount: 2", "line 1, column 11: expected a discount from 0 to 1, found the number 2"),
        ("discount: 1\ndiscount: 1", "line 2, column 1: \"discount\" is given twice"),
        ("values: rewards", "line 1, column 9: expected \"reward\" or \"cost\", found \"rewards\""),
        ("states: 0", "expected names or a count, 1 to 262144, found the number 0"),
        ("states: 2.5", "expected names or a count, 1 to 262144, found the number 2.5"),
        ("states: a b a", "line 1, column 13: \"a\" is given twice, it is number 0 already"),
        ("states a", "expected \":\", found \"a\""),
        (
            "discount: 1 states: 4000 actions: 4000 observations: 3",
            "expected at most 33554432 probabilities",
        ),
        (
            "discount: 1 states: 1 actions: 1 observations: 33000000",
            "expected names or a count, 1 to 262144",
        ),
        ("states: \u{e9}", "line 1, column 9: \"\\xc3\" stands in no word"),
        ("discount: 1.2.3", "line 1, column 11: \"1.2.3\" is not a finite number"),
        ("discount: 1e999", "\"1e999\" is not a finite number"),
        ("discount: -", "\"\" is not a finite number"),
        ("discount: +inf", "\"inf\" is not a finite number"),
    ] {
        refused(text, expected);
    }
    for (rest, expected) in [
        (
            "T: z : a : b 1",
            "line 6, column 4: expected a name of the actions, a number from 0 to 1 or *, found \"z\"",
        ),
        (
            "T: x : 2 : b 1",
            "expected a name of the states, a number from 0 to 1 or *, found the number 2",
        ),
        ("T: x : a : b 1.5", "expected a probability from 0 to 1, found the number 1.5"),
        (
            "T: x : a 1",
            "expected a probability from 0 to 1, found the end of the file (2 probabilities belong here, 1 are",
        ),
        ("T: x : a identity", "found \"identity\""),
        ("O: x identity", "found \"identity\""),
        ("O: x reset", "found \"reset\""),
        (
            "T: x uniform 0.5",
            "expected T, O or R: the numbers before are complete, found the number 0.5",
        ),
        ("R: x 1", "expected \":\", found the number 1"),
        ("R: x : a 1 2 3", "expected 4 numbers, of which 3 are given, found the end of the file"),
        ("R: x : a : b : 2 1", "expected a name of the observations"),
        (
            "T: x identity\nstates: 2",
            "line 7, column 1: \"states\" must stand before the first T, O or R",
        ),
        ("start: a start: b", "\"start\" must stand before the first T, O or R, and once"),
        ("what", "line 6, column 1: expected T, O or R, found \"what\""),
    ] {
        refused(&format!("{SMALL}{rest}"), expected);
    }
}

#[test]
fn what_is_written_is_read_back_to_the_bit() {
    for pomdp in [
        classics::tiger(0.3).unwrap(),
        classics::corridor(),
        classics::shuttle(),
        classics::cheese(),
        classics::grid4x3(),
        classics::t_maze(3, 0.9).unwrap(),
    ] {
        assert_eq!(parse(text(&pomdp).unwrap().as_bytes()).unwrap(), pomdp);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiger.POMDP");
    write(&path, &classics::tiger(0.3).unwrap()).unwrap();
    assert_eq!(read(&path).unwrap(), classics::tiger(0.3).unwrap());
    std::fs::write(&path, "discount: x").unwrap();
    let message = read(&path).unwrap_err().to_string();
    assert!(message.contains("tiger.POMDP: line 1, column 11"), "{message}");
    assert!(read(folder.path().join("none")).is_err());
}

#[test]
fn names_that_no_file_can_hold_are_refused() {
    for name in ["tiger left", "1st", "T", "\u{e9}", "a#b"] {
        let mut tables = classics::tiger(0.3).unwrap().tables();
        tables.names.states[1] = name.into();
        let message = text(&Pomdp::new(tables).unwrap()).unwrap_err().to_string();
        assert!(message.starts_with(&format!("states[1] = {name}")), "{message}");
    }
}

#[test]
fn wildcards_without_end_are_stopped() {
    let mut text =
        "discount: 1 states: 1000 actions: 16 observations: 1 T: * uniform O: * uniform\n"
            .to_owned();
    text.push_str(&"T: * : * : * 0.1\n".repeat(100));
    refused(&text, "set more than 1073741824 entries");
    let mut text =
        "discount: 1 states: 1000 actions: 8 observations: 1000 T: * uniform O: * uniform\n"
            .to_owned();
    text.push_str("R: * : * : 0 : 0 1\n");
    refused(&text, "set more than 1073741824 entries");
}
