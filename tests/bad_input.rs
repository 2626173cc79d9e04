//! Reward tables that are not what they should be: refused with the line and the column, never with a panic.

use lowregret::Error;
use lowregret::problem::reward_table::RewardTable;
use proptest::prelude::*;

fn refusal(text: &[u8]) -> String {
    RewardTable::parse(text).unwrap_err()
}

/// Every part of `expected` is in the refusal of `text`.
fn refused(text: impl AsRef<[u8]>, expected: &[&str]) {
    let message = refusal(text.as_ref());
    for part in expected {
        assert!(message.contains(part), "\"{message}\" lacks \"{part}\"");
    }
}

#[test]
fn good_tables_are_read_as_they_stand() {
    let plain = RewardTable::parse(b"a,b\n1,-2.5\n1e-3,0\n").unwrap();
    assert_eq!(plain.arms, ["a", "b"]);
    assert_eq!(plain.rewards, ndarray::array![[1.0, -2.5], [0.001, 0.0]]);
    // Other programs' habits: spaces, quotes, Windows line ends, a byte order mark, blank lines, no final line end.
    for text in [
        " a , b \n 1 , -2.5 \n 1e-3 , 0 \n",
        "\"a\",\"b\"\n\"1\",\"-2.5\"\n1e-3,0\n",
        "a,b\r\n1,-2.5\r\n1e-3,0\r\n",
        "\u{feff}a,b\n1,-2.5\n1e-3,0\n",
        "\n\na,b\n\n1,-2.5\n\n1e-3,0\n\n",
        "a,b\n1,-2.5\n1e-3,0",
    ] {
        let table = RewardTable::parse(text.as_bytes()).unwrap();
        assert_eq!((&table.arms, &table.rewards), (&plain.arms, &plain.rewards), "{text:?}");
    }
}

#[test]
fn one_round_or_one_arm_is_enough() {
    assert_eq!(RewardTable::parse(b"a,b\n1,2\n").unwrap().rounds(), 1);
    assert_eq!(RewardTable::parse(b"a\n1\n2\n").unwrap().rewards.dim(), (2, 1));
    // A name that happens to be a number is a name as long as not all are.
    assert_eq!(RewardTable::parse(b"a,2020\n1,2\n").unwrap().arms, ["a", "2020"]);
}

#[test]
fn tables_without_a_header_or_rounds_are_refused() {
    for empty in ["", "\n", "\r\n\r\n", "   \n"] {
        refused(empty, &["empty file", "header"]);
    }
    refused("a,b\n", &["no rounds"]);
    refused("a,b", &["no rounds"]);
    refused("a,b\n\n\n", &["no rounds"]);
    refused("1,2\n3,4\n", &["only numbers", "header"]);
    refused("nan,inf\n3,4\n", &["header", "only numbers"]);
}

#[test]
fn bad_arm_names_have_their_column() {
    refused("a,b,a\n1,2,3\n", &["header, column 3", "\"a\" named twice"]);
    refused("a, a\n1,2\n", &["header, column 2", "named twice"]);
    refused("a,,c\n1,2,3\n", &["header, column 2", "without a name"]);
    refused("a,b,\n1,2,3\n", &["header, column 3", "without a name"]);
}

#[test]
fn ragged_rows_have_their_line_and_the_expected_number() {
    refused("a,b\n1,2\n3\n", &["line 3", "1 cells", "expected 2"]);
    refused("a,b\n1,2,3\n", &["line 2", "3 cells", "expected 2"]);
    refused("a,b\n1,2\n3,4\n5,6,\n", &["line 4", "3 cells"]);
}

#[test]
fn cells_that_are_not_finite_numbers_have_line_column_and_text() {
    for cell in [
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "-1e101",
        "x",
        "",
        "1.5.2",
        "1 2",
        "0x10",
        "12%",
        "1;5",
    ] {
        let found = format!("\"{cell}\" is not a finite number");
        refused(format!("good,bad\n1,2\n3,{cell}\n"), &["line 3, column \"bad\"", &found]);
        refused(format!("bad,good\n{cell},2\n3,4\n"), &["line 2, column \"bad\"", &found]);
    }
    // A decimal comma inside quotes, and a table separated by semicolons.
    refused("a,b\n\"1,5\",2\n", &["line 2, column \"a\"", "\"1,5\""]);
    refused("a;b\n1;2\n", &["line 2", "\"1;2\""]);
}

#[test]
fn blank_lines_count_as_lines() {
    refused("a,b\n1,2\n\n\n3,x\n", &["line 5, column \"b\""]);
    refused("a,b\r\n1,2\r\n\r\n3,x\r\n", &["line 4, column \"b\""]);
    refused("a,b\r\n1,x\r\n", &["line 2, column \"b\""]);
    refused("a,b\n\"1\",\"2\n\"\n3,x\n", &["line 4, column \"b\""]);
    refused("a,b\n\n1\n", &["line 3"]);
}

#[test]
fn text_that_is_not_utf8_is_refused_with_its_line() {
    refused(b"a,b\n1,2\n\xff\xfe,3\n", &["line", "3", "utf-8"]);
    refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &["utf-8"]);
    refused([0u8; 64], &["header"]);
}

#[test]
fn refusals_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rewards.csv");
    std::fs::write(&path, "a,b\n1,x\n").unwrap();
    let error = RewardTable::read(&path).unwrap_err();
    assert!(matches!(error, Error::Content { .. }), "{error}");
    let expected = format!(
        "{}: line 2, column \"b\": \"x\" is not a finite number up to 1e100",
        path.display()
    );
    assert_eq!(error.to_string(), expected);
    for unreadable in [folder.path().join("absent.csv"), folder.path().to_owned()] {
        let error = RewardTable::read(&unreadable).unwrap_err();
        assert!(matches!(error, Error::File { action: "read", .. }), "{error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = RewardTable::parse(&bytes);
    }

    /// Bytes that look like a table reach every branch; whatever is accepted is finite and rectangular.
    #[test]
    fn what_is_accepted_is_a_table(text in "[ab1-9., \"\n\r\u{feff}-]{0,60}|a,b\n([0-9.e-]{1,5},[0-9.e-]{1,5}\n){1,4}") {
        if let Ok(table) = RewardTable::parse(text.as_bytes()) {
            prop_assert_eq!(table.rewards.ncols(), table.arms.len());
            prop_assert!(table.rounds() > 0 && table.rewards.iter().all(|r| r.is_finite()));
        }
    }

    /// Numbers survive writing and reading exactly.
    #[test]
    fn numbers_survive(cells in proptest::collection::vec(any::<f64>().prop_filter("in range", |v| v.abs() <= 1e100), 1..30)) {
        let rows: Vec<String> = cells.iter().map(|v| format!("{v:?}")).collect();
        let table = RewardTable::parse(format!("arm\n{}\n", rows.join("\n")).as_bytes()).unwrap();
        prop_assert_eq!(table.rewards.into_raw_vec_and_offset().0, cells);
    }
}
