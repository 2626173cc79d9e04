//! Runs that are killed (SIGKILL), again and again.

use std::os::unix::process::ExitStatusExt;
use std::time::Instant;

use lowregret::numeric::rng::{Purpose, Streams};
use rand::RngExt;

use super::{CONFIG, ITERATIONS, assert_same, completed, finish, start, unfinished, written};

/// The environment variable says how often; a few times otherwise.
const KILLS: &str = "LOWREGRET_KILLS";

/// Kills at random moments of what is left of a run, resumes (often to be killed again), and compares with a run that
/// nobody killed. A kill counts if it ended a run that was at work.
#[test]
fn killed_runs_end_with_the_same_bits() {
    let place = tempfile::tempdir().unwrap();
    // A checkpoint after every iteration, and more of them.
    let longer = CONFIG
        .replace("iterations = 16", "iterations = 56")
        .replace("iterations = 24", "iterations = 64");
    let config = written(place.path(), "run.toml", longer.replace("every = 2", "every = 1"));
    let iterations = ITERATIONS + 80;
    let whole = place.path().join("whole");
    let started = Instant::now();
    finish(&config, &whole);
    let duration = started.elapsed();
    let kills: usize = std::env::var(KILLS).map_or(4, |count| count.parse().unwrap());
    let (mut done, mut resumed, mut writing, mut late, mut runs) = (0, 0, 0, 0, 0);
    while done < kills {
        let out = place.path().join(runs.to_string());
        let mut rng = Streams::new(0).stream(Purpose::Stress, runs, 0, 0);
        for _ in 0..rng.random_range(1..4) {
            let left = 1.0 - completed(&out).unwrap_or(0) as f64 / iterations as f64;
            let mut run = start(&config, &out);
            std::thread::sleep(duration.mul_f64(left * rng.random::<f64>()));
            run.kill().unwrap();
            let status = run.wait().unwrap();
            if status.signal().is_none() {
                assert!(status.success());
                late += 1;
                break;
            }
            done += 1;
            resumed += usize::from(completed(&out).is_some());
            let history = std::fs::read(out.join("history.csv")).unwrap_or_default();
            assert!(history.last().is_none_or(|&last| last == b'\n'), "a torn row");
            writing += usize::from(!unfinished(&out).is_empty());
        }
        finish(&config, &out);
        assert_same(&out, &whole);
        std::fs::remove_dir_all(&out).unwrap();
        runs += 1;
    }
    println!(
        "{done} kills of runs at work, {resumed} with a checkpoint by then, {writing} in the middle of a file; {late} came \
         late and do not count; {runs} runs, all the same, in {:.0} s",
        started.elapsed().as_secs_f64()
    );
}
