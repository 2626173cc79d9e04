//! Runs that are stopped, killed and spoilt.

mod recipes;

use self::recipes::recipes;
use super::*;
use crate::train::recipe::AnyCourse;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn recipe(text: &str, every: usize) -> Recipe {
    Recipe::from_toml(&format!("{text}\n[checkpoint]\nevery = {every}\nkeep = 2")).unwrap()
}

/// Runs to the end.
fn finish(recipe: &Recipe, out: &Path, resume: bool) -> Ending {
    run(recipe, out, resume, |_| ControlFlow::Continue(())).unwrap()
}

/// Runs until `count` iterations were observed.
fn run_until(recipe: &Recipe, out: &Path, count: usize) -> Result<Ending> {
    let mut seen = 0;
    run(recipe, out, true, |event| {
        seen += usize::from(matches!(event, Event::Iteration(_)));
        if seen == count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

fn files(out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in [out.to_owned(), out.join("checkpoints")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path.strip_prefix(out).unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

fn names(out: &Path) -> Vec<String> {
    files(out).into_iter().map(|(path, _)| path.display().to_string()).collect()
}

/// The weights and the history: what may not depend on interruptions. The newest checkpoints too.
fn assert_same(name: &str, out: &Path, whole: &Path) {
    for file in ["model.safetensors", "history.csv", "config.json"] {
        let [a, b] = [out, whole].map(|folder| std::fs::read(folder.join(file)).unwrap());
        assert!(a == b, "{name}: {file} differs");
    }
}

#[test]
fn runs_that_are_stopped_after_every_iteration_end_the_same() {
    for (name, text) in recipes() {
        let place = tempfile::tempdir().unwrap();
        let (whole, parts) = (place.path().join("whole"), place.path().join("parts"));
        let recipe = recipe(&text, 3);
        let ending = finish(&recipe, &whole, false);
        assert!(ending.finished);
        assert_eq!((ending.completed, ending.total), (recipe.iterations(), recipe.iterations()));
        let mut endings = 0;
        loop {
            endings += 1;
            let ending = run_until(&recipe, &parts, 1).unwrap();
            if ending.finished {
                break;
            }
            assert_eq!(ending.completed, endings);
        }
        // The last time nothing was left to do but to write the model.
        assert_eq!(endings, recipe.iterations() + 1);
        assert_same(name, &parts, &whole);
    }
}

/// A panic in the observer leaves the files as a kill does.
#[test]
fn runs_that_are_killed_after_any_iteration_end_the_same() {
    for (name, text) in recipes() {
        let place = tempfile::tempdir().unwrap();
        let whole = place.path().join("whole");
        let recipe = recipe(&text, 3);
        finish(&recipe, &whole, false);
        let last = recipe.iterations() - 1;
        for kill in [1, 3, 8, last] {
            let out = place.path().join(kill.to_string());
            let killed = catch_unwind(AssertUnwindSafe(|| {
                let mut seen = 0;
                let _ = run(&recipe, &out, false, |event| {
                    seen += usize::from(matches!(event, Event::Iteration(_)));
                    assert!(seen < kill, "killed on purpose");
                    ControlFlow::Continue(())
                });
            }));
            assert!(killed.is_err());
            finish(&recipe, &out, true);
            assert_same(name, &out, &whole);
            assert_eq!(files(&out), files(&whole), "{name} killed after {kill}");
        }
    }
}

/// A run is the training that the library does without files.
#[test]
fn a_run_is_the_training_that_it_names() {
    let place = tempfile::tempdir().unwrap();
    let recipe = recipe(&recipes()[2].1, 5);
    finish(&recipe, place.path(), false);
    let AnyCourse::Bandit(run) = &recipe.course else { panic!("a course in bandits") };
    let trained = run.train(recipe.seed, || ()).unwrap();
    let model = std::fs::read(place.path().join("model.safetensors")).unwrap();
    assert!(model == trained.model.to_bytes().unwrap());
    let table = std::fs::read_to_string(place.path().join("history.csv")).unwrap();
    for (line, row) in table.lines().skip(1).zip(&trained.history) {
        assert!(line.contains(&format!(",{},", row.loss)), "{line}: {row:?}");
    }
}

#[test]
fn the_newest_and_the_best_checkpoints_stay() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let text = &recipes()[2].1;
    let ending = finish(&recipe(text, 2), &out, false);
    let best = ending.best.unwrap();
    assert!(best.completed > 14 && best.completed <= 21, "{best:?}");
    let mut expected = vec![20, 21];
    expected.insert(0, best.completed);
    expected.dedup();
    let checkpoints: Vec<usize> = Folder::new(out.join("checkpoints"), 1).list().unwrap();
    if best.completed < 20 {
        assert_eq!(checkpoints, expected);
    } else {
        assert_eq!(checkpoints, [20, 21]);
    }
    // The best has the lowest regret on validation scenarios of those that were looked at.
    let mut table = csv::Reader::from_path(out.join("history.csv")).unwrap();
    let rows: Vec<HistoryRow> = table.deserialize().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 21);
    let looked = rows[14..].iter().filter_map(|row| row.validation_regret);
    assert_eq!(looked.fold(f64::INFINITY, f64::min), best.score);
    let steps: Vec<usize> = rows.iter().map(|row| row.steps).collect();
    assert!((0..21).all(|i| steps[i] == (i + 1) * 6 * 4 * 4), "{steps:?}");
    let places: Vec<_> = rows.iter().map(|row| (row.stage, row.iteration)).collect();
    assert_eq!((places[6], places[7], places[20]), ((1, 7), (2, 1), (3, 7)));
}

#[test]
fn resuming_refuses_another_configuration() {
    let place = tempfile::tempdir().unwrap();
    let (text, out) = (&recipes()[0].1, place.path());
    run_until(&recipe(text, 3), out, 4).unwrap();
    let before = files(out);
    let refusal = |text: &str, resume| {
        let outcome = run(&recipe(text, 3), out, resume, |_| ControlFlow::Continue(()));
        outcome.unwrap_err().to_string()
    };
    let message = refusal(text, false);
    assert!(message.contains("--resume") && message.contains("000004"), "{message}");
    let message = refusal(&text.replacen("clip = 1.0", "clip = 1.5", 1), true);
    assert!(message.contains("stage[0].config.clip was 1.0, is 1.5"), "{message}");
    let message = refusal(&text.replacen("dimension = 2", "dimension = 3", 1), true);
    assert!(message.contains("model.d was 2, is 3"), "{message}");
    assert_eq!(files(out), before);
    // The cadence may differ.
    assert!(finish(&recipe(text, 2), out, true).finished);
}

#[test]
fn a_torn_checkpoint_is_skipped_and_the_one_before_it_used() {
    let place = tempfile::tempdir().unwrap();
    let (text, out, whole) = (&recipes()[1].1, place.path().join("a"), place.path().join("b"));
    let recipe = recipe(text, 2);
    finish(&recipe, &whole, false);
    run_until(&recipe, &out, 5).unwrap();
    let newest = out.join("checkpoints/000005.safetensors");
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() - 9]).unwrap();
    std::fs::write(out.join("checkpoints/.writing-abc"), b"x").unwrap();
    let mut told = Vec::new();
    run(&recipe, &out, true, |event| {
        if !matches!(event, Event::Iteration(_)) {
            told.push(format!("{event:?}"));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(told[0].contains("000005.safetensors is skipped"), "{told:?}");
    assert_eq!(told[1], "Start { completed: 4, total: 24 }");
    assert_same("full_information", &out, &whole);
    assert!(names(&out).iter().all(|name| !name.contains(".writing")), "{:?}", names(&out));
}

#[test]
fn a_lost_history_is_told() {
    let place = tempfile::tempdir().unwrap();
    let (text, out) = (&recipes()[0].1, place.path());
    let recipe = recipe(text, 2);
    run_until(&recipe, out, 4).unwrap();
    for spoilt in ["", "stage,iteration\n1,1\n", "\u{0}\u{0}\u{0}"] {
        std::fs::write(out.join("history.csv"), spoilt).unwrap();
        let mut told = Vec::new();
        run(&recipe, out, true, |event| {
            if let Event::Notice(text) = event {
                told.push(text);
            }
            ControlFlow::Break(())
        })
        .unwrap();
        assert!(told[0].contains("lacks rows of earlier iterations"), "{told:?}");
    }
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let place = tempfile::tempdir().unwrap();
    let recipe = recipe(&recipes()[0].1, 2);
    let mut refusals = Vec::new();
    run(&recipe, place.path(), true, |_| {
        let other = run(&recipe, place.path(), true, |_| ControlFlow::Break(()));
        refusals.push(other.unwrap_err().to_string());
        ControlFlow::Break(())
    })
    .unwrap();
    assert!(refusals[0].contains("another run is at work"), "{refusals:?}");
}

#[test]
fn threads_change_nothing() {
    for (name, text) in recipes() {
        let place = tempfile::tempdir().unwrap();
        let recipe = recipe(&text, 4);
        let folders = [1, 3].map(|threads| {
            let out = place.path().join(threads.to_string());
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| finish(&recipe, &out, false));
            out
        });
        assert_same(name, &folders[0], &folders[1]);
        assert_eq!(files(&folders[0]), files(&folders[1]));
    }
}

/// Training that overflows keeps its checkpoints and its history.
#[test]
fn an_overflow_keeps_the_checkpoints() {
    let place = tempfile::tempdir().unwrap();
    let text = recipes()[1].1.replace("end = 1e-3 }", "end = 1e38 }");
    let recipe = recipe(&text, 1);
    let error = run(&recipe, place.path(), false, |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    let names = names(place.path());
    assert!(names.contains(&"history.csv".to_owned()) && names.len() > 2, "{names:?}");
    assert!(!names.contains(&"model.safetensors".to_owned()));
}
