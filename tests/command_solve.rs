//! `lowregret solve` as a user meets it.

#[path = "shared/answers.rs"]
mod answers;
#[path = "shared/command.rs"]
mod command;

use answers::{answer, names, place, written};
use command::{lowregret, refused};
use lowregret::oracle::pomdp::alpha_vectors::AlphaVectors;
use lowregret::oracle::pomdp::plan::Plan;

const TIGER: &str = "discount: 0.95
states: left right
actions: listen open-left open-right
observations: left right
T: * uniform
T: listen identity
O: * uniform
O: listen 0.85 0.15 0.15 0.85
R: listen : * : * : * -1
R: open-left : left : * : * -100
R: open-left : right : * : * 10
R: open-right : right : * : * -100
R: open-right : left : * : * 10
";

/// 19.371368 is the known value.
#[test]
fn the_endless_tiger_is_bounded_from_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let tiger = written(folder.path(), "tiger.POMDP", TIGER);
    let [alpha, dot] = ["tiger.alpha", "tiger.dot"].map(|name| place(folder.path(), name));
    let files = ["--policy", &alpha, "--graph", &dot];
    let object = answer(&[&["solve", &tiger, "--gap", "1e-5"][..], &files].concat());
    let number = |key: &str| object[key].as_f64().unwrap();
    assert!(number("lower") <= 19.371_37 && number("upper") >= 19.371_36, "{object}");
    assert!(number("gap") <= 1e-5 && (number("graph_value") - 19.371_368).abs() < 1e-5);
    let mut piped = lowregret(&["solve", "-", "--gap", "1e-5", "--json"]);
    let piped = piped.write_stdin(TIGER).output().unwrap();
    let piped: serde_json::Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!((&piped["lower"], &piped["simulated"]), (&object["lower"], &object["simulated"]));
    let ends = ["low", "high"].map(|end| object["simulated"][end].as_f64().unwrap());
    assert!(ends[0] < 19.38 && ends[1] > 19.36, "{ends:?}");
    assert_eq!(
        (object["graph_nodes"].as_u64(), object["first_action"].as_str()),
        (Some(5), Some("listen"))
    );
    let policy = AlphaVectors::read(&alpha).unwrap();
    assert!((policy.value(&[0.5, 0.5]) - number("lower")).abs() < 1e-12);
    assert!(std::fs::read_to_string(&dot).unwrap().starts_with("digraph"));
}

#[test]
fn a_horizon_is_planned_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let tiger = written(folder.path(), "tiger.POMDP", TIGER);
    let plan = place(folder.path(), "tiger.plan");
    let two = ["solve", &tiger, "--horizon", "2", "--discount", "1", "--policy", &plan];
    let object = answer(&two);
    // Listening twice costs 2; opening after one sound would lose.
    assert_eq!((object["lower"].as_f64(), object["gap"].as_f64()), (Some(-2.0), Some(0.0)));
    assert_eq!(Plan::read(&plan).unwrap().horizon(), 2);
    assert_eq!(
        answer(&["solve", &tiger, "--horizon", "1", "--simulations", "0"])["simulated"],
        serde_json::Value::Null
    );
}

#[test]
fn what_cannot_be_solved_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tiger = written(folder.path(), "tiger.POMDP", TIGER);
    let solve = |more: &[&str]| lowregret(&[&["solve", &tiger][..], more].concat());
    refused(solve(&["--discount", "1"]), &["discount = 1", "--horizon"]);
    refused(solve(&["--discount", "1.5"]), &["--discount", "[0, 1]"]);
    refused(solve(&["--gap", "-1"]), &["--gap", "positive"]);
    refused(solve(&["--gap", "1", "--horizon", "3"]), &["--gap", "--horizon"]);
    refused(solve(&["--horizon", "0"]), &["horizon = 0"]);
    refused(solve(&["--horizon", "1000000000"]), &["horizon", "100000"]);
    refused(solve(&["--seconds", "0"]), &["--seconds"]);
    refused(solve(&["--simulations", "1000000000000"]), &["simulations"]);
    refused(solve(&["--simulations", "4000000000", "--horizon", "1"]), &["16777216 runs"]);
    let below = format!("{tiger}/below");
    refused(solve(&["--graph", &below]), &["folder"]);
    let torn = written(folder.path(), "torn.POMDP", &TIGER[..120]);
    refused(lowregret(&["solve", &torn]), &["torn.POMDP"]);
    refused(lowregret(&["solve", "absent.POMDP"]), &["absent.POMDP", "cannot read"]);
    #[cfg(unix)]
    refused(lowregret(&["solve", "/dev/zero"]), &["more than"]);
    assert_eq!(names(folder.path()), ["tiger.POMDP", "torn.POMDP"]);
}

/// One sweep of the upper bound over this process takes minutes.
#[test]
fn a_sweep_does_not_outlast_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let text = "discount: 0.95\nvalues: reward\nstates: 3000\nactions: 2\nobservations: 1000\n\
                T: * uniform\nO: * uniform\nR: * : 0 : * : * 1\nR: 0 : * : * : * 0.5\n";
    let wide = written(folder.path(), "wide.POMDP", text);
    let start = std::time::Instant::now();
    let object = answer(&["solve", &wide, "--seconds", "0.5", "--simulations", "0"]);
    assert!(object["lower"].as_f64() < object["upper"].as_f64(), "{object}");
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// A process of 60 states that no exact plan of 40 steps is found for in a tenth of a second.
#[test]
fn planning_stops_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let (states, seen) = (60, 12);
    let row = |n: usize, salt: usize| {
        let weights: Vec<f64> = (0..n).map(|i| 1.0 + ((i * 7 + salt * 13) % 29) as f64).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| format!("{}", w / total)).collect::<Vec<_>>().join(" ")
    };
    let mut text = format!(
        "discount: 0.99\nvalues: reward\nstates: {states}\nactions: 4\nobservations: {seen}\n"
    );
    for action in 0..4 {
        text += &format!("T: {action}\n");
        (0..states).for_each(|s| text += &(row(states, s * 5 + action) + "\n"));
        text += &format!("O: {action}\n");
        (0..states).for_each(|s| text += &(row(seen, s * 3 + action) + "\n"));
        for s in 0..states {
            text += &format!("R: {action} : {s} : * : * {}\n", (s * 11 + action * 17) % 23);
        }
    }
    let large = written(folder.path(), "large.POMDP", text);
    let solve = ["solve", &large, "--seconds", "0.1", "--simulations", "0"];
    refused(lowregret(&[&solve[..], &["--horizon", "40"]].concat()), &["--seconds", "fewer steps"]);
    let object = answer(&[&solve[..], &["--gap", "1e-9"]].concat());
    assert!(object["lower"].as_f64() < object["upper"].as_f64(), "{object}");
    assert!(object["notes"][0].as_str().unwrap().contains("stopped after 0.1 seconds"), "{object}");
}
