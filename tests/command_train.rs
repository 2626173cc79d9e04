//! `lowregret train` as a user meets it: refusals, runs that are stopped and killed, disks that are full.

#[path = "shared/command.rs"]
mod command;
#[cfg(unix)]
#[path = "command_train/kills.rs"]
mod kills;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command::{lowregret, refused};

/// Two stages that take a moment, with a checkpoint every other iteration.
const CONFIG: &str = r#"
[problem]
kind = "bandit"
arms = 3
horizon = 10
means = { kind = "uniform", low = 0.0, high = 1.0 }
rewards = { kind = "bernoulli" }
[model]
kind = "transformer"
width = 16
heads = 2
blocks = 1
attention = "softmax"
position = "learned"
head = "categorical"
[[stage]]
method = "distillation"
teacher = { learner = "ucb1" }
ranking = "realised_reward"
config = { scenarios = 32, rollouts = 1, keep = 1, iterations = 16, passes = 1, batch = 8, exploration = { start = 1, end = 1 }, learning_rate = { start = 1e-3, end = 1e-4 }, beta2 = 0.98, shared_rewards = true, iterated = true }
[[stage]]
method = "rmft"
ranking = { regret = "pseudo" }
config = { scenarios = 16, rollouts = 4, keep = 2, iterations = 24, passes = 2, batch = 8, exploration = { start = 1, end = 0.5 }, learning_rate = { start = 1e-3, end = 1e-4 }, beta2 = 0.98, clip = 1, shared_rewards = true, iterated = true, keep_best = 5 }
[checkpoint]
every = 2
keep = 2
"#;
const ITERATIONS: usize = 40;

fn written(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A run of the configuration, not started yet.
fn train(config: &str, out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lowregret"));
    command.args(["train", config, "--quiet", "--threads", "2", "--out"]).arg(out).args(more);
    command
}

/// Starts a run that is to be interrupted.
fn start(config: &str, out: &Path) -> Child {
    let mut command = train(config, out, &["--resume"]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn finish(config: &str, out: &Path) {
    let output = train(config, out, &["--resume"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What may not depend on interruptions, and that nothing unfinished is left.
fn assert_same(out: &Path, whole: &Path) {
    for file in ["model.safetensors", "history.csv", "config.json"] {
        let [a, b] = [out, whole].map(|folder| std::fs::read(folder.join(file)).unwrap());
        assert!(a == b, "{file} differs");
    }
    assert_eq!(unfinished(out), [""; 0]);
}

/// Names of files that are being written, or were when the run was killed.
fn unfinished(out: &Path) -> Vec<String> {
    let folders = [out.to_owned(), out.join("checkpoints")];
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(".writing")).collect()
}

#[test]
fn example_configurations_are_printed() {
    for (kind, file) in [
        ("bandit", "bandit"),
        ("full-information", "full_information"),
        ("layer", "layer"),
        ("distillation", "distillation"),
        ("mdp", "mdp"),
        ("pomdp", "pomdp"),
        ("apomdp", "apomdp"),
    ] {
        let expected = std::fs::read_to_string(format!("experiments/configs/{file}.toml")).unwrap();
        let output = lowregret(&["train", "--print-config", kind]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        let output = lowregret(&["train", "--print-config", kind, "--json"]).output().unwrap();
        let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(object["config"], expected);
    }
    let output = lowregret(&["train", "--print-config"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("kind = \"bandit\""));
}

#[test]
fn bad_arguments_and_configurations_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let out = folder.join("out");
    let out = out.to_str().unwrap();
    let with = |name: &str, from: &str, to: &str| {
        assert!(CONFIG.contains(from), "{from}");
        let config = written(folder, name, CONFIG.replacen(from, to, 1));
        lowregret(&["train", &config, "--out", out])
    };
    refused(lowregret(&["train"]), &["CONFIG"]);
    refused(lowregret(&["train", "absent.toml"]), &["absent.toml", "cannot read"]);
    refused(lowregret(&["train", "--print-config", "bandits"]), &["bandits", "bandit"]);
    let config = written(folder, "good.toml", CONFIG);
    refused(lowregret(&["train", &config, "--print-config"]), &["--print-config"]);
    refused(lowregret(&["train", &config, "--seed", "one"]), &["--seed"]);
    refused(
        lowregret(&["train", &config, "--out", out, "--seed", "18446744073709551615"]),
        &["seed", "at most"],
    );
    refused(lowregret(&["train", &config, "--out", &format!("{config}/below")]), &["good.toml"]);
    refused(lowregret(&["train", folder.to_str().unwrap()]), &["cannot read"]);
    let bytes = written(folder, "bytes.toml", [0xff, 0xfe, 0x00]);
    refused(lowregret(&["train", &bytes]), &["bytes.toml", "UTF-8"]);
    let large = written(folder, "large.toml", vec![b'#'; 2 << 20]);
    refused(lowregret(&["train", &large]), &["large.toml", "more than 1048576 bytes"]);
    refused(
        with("key.toml", "horizon = 10", "horizn = 10"),
        &["key.toml: line 5, column 1: problem", "\"horizn\"", "did you mean \"horizon\"?"],
    );
    refused(with("teacher.toml", "\"ucb1\"", "\"ucb\""), &["learner = ucb", "line 18, column 23"]);
    refused(with("huge.toml", "scenarios = 16", "scenarios = 1000000000000"), &["scenarios"]);
    refused(with("wide.toml", "width = 16", "width = 4096"), &["width"]);
    refused(with("every.toml", "every = 2", "every = 0"), &["checkpoint.every"]);
    assert!(!Path::new(out).exists());
}

#[test]
fn a_run_answers_and_is_not_overwritten() {
    let place = tempfile::tempdir().unwrap();
    let config = written(place.path(), "run.toml", CONFIG);
    let mut command = lowregret(&["train", &config, "--json", "--seed", "7"]);
    let output = command.current_dir(place.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&object["out"], &object["seed"]), (&"runs/run".into(), &7.into()));
    let ending = &object["ending"];
    assert_eq!((&ending["finished"], &ending["completed"]), (&true.into(), &ITERATIONS.into()));
    let out = place.path().join("runs/run");
    let model = out.join("model.safetensors");
    lowregret::model::transformer::Transformer::<f32>::load(&model).unwrap();
    let checkpoint = place.path().join(ending["best_checkpoint"].as_str().unwrap());
    assert!(checkpoint.is_file());
    let history = std::fs::read_to_string(out.join("history.csv")).unwrap();
    assert_eq!(history.lines().count(), ITERATIONS + 1);
    let before = std::fs::read(&model).unwrap();
    let out = out.to_str().unwrap();
    refused(lowregret(&["train", &config, "--seed", "7", "--out", out]), &["--resume"]);
    refused(lowregret(&["train", &config, "--out", out, "--resume"]), &["seed was 7, is 0"]);
    lowregret(&["train", &config, "--seed", "7", "--out", out, "--resume"]).assert().success();
    assert_eq!(std::fs::read(&model).unwrap(), before);
    std::fs::remove_dir_all(format!("{out}/checkpoints")).unwrap();
    refused(lowregret(&["train", &config, "--out", out]), &["model.safetensors", "--resume"]);
    let output = lowregret(&["train", &config, "--seed", "7", "--out", out, "--resume"]).output();
    let told = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(told.starts_with("notice: no checkpoint in "), "{told}");
    assert_eq!(std::fs::read(&model).unwrap(), before);
}

/// Iterations that the newest checkpoint of a run has completed.
fn completed(out: &Path) -> Option<usize> {
    let names = std::fs::read_dir(out.join("checkpoints")).ok()?.map(|entry| entry.unwrap().path());
    names.filter_map(|path| path.file_stem()?.to_str()?.parse().ok()).max()
}

/// Waits until a run has a checkpoint.
fn await_checkpoint(out: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while completed(out).is_none() {
        assert!(Instant::now() < deadline, "no checkpoint");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(unix)]
#[test]
fn signals_leave_a_checkpoint_to_resume_from() {
    let place = tempfile::tempdir().unwrap();
    let config = written(place.path(), "run.toml", CONFIG);
    let whole = place.path().join("whole");
    finish(&config, &whole);
    for signal in ["INT", "TERM", "HUP"] {
        let out = place.path().join(signal);
        let run = start(&config, &out);
        await_checkpoint(&out);
        // Twice at once, as by `timeout`: one request to stop.
        let twice = format!("kill -s {signal} {0} {0}", run.id());
        assert!(Command::new("sh").args(["-c", &twice]).status().unwrap().success());
        let output = run.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{message}");
        assert!(message.contains(" of 40 iterations; go on with: lowregret train"), "{message}");
        assert!(message.trim_end().ends_with("--resume"), "{message}");
        assert!(!out.join("model.safetensors").exists());
        finish(&config, &out);
        assert_same(&out, &whole);
    }
}

/// A limit on the size of files breaks writes off in their middle, as a full disk does.
#[cfg(unix)]
#[test]
fn a_full_disk_gives_one_line_and_keeps_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let config = written(place.path(), "run.toml", CONFIG);
    let (whole, out) = (place.path().join("whole"), place.path().join("out"));
    finish(&config, &whole);
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    // Blocks of 512 bytes: the configuration fits, checkpoints do not.
    assert!(
        size(&whole.join("config.json")) < 4096 && size(&whole.join("model.safetensors")) > 9000
    );
    let limited = |more: &[&str]| {
        let mut command = assert_cmd::Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 9; exec \"$0\" \"$@\""]);
        command.arg(env!("CARGO_BIN_EXE_lowregret"));
        command.args(["train", &config, "--quiet", "--out"]).arg(&out).args(more);
        command
    };
    refused(limited(&[]), &["checkpoints", "cannot write"]);
    assert!(std::fs::read_dir(out.join("checkpoints")).unwrap().next().is_none());
    // Some checkpoints later.
    let mut run = start(&config, &out);
    await_checkpoint(&out);
    run.kill().unwrap();
    run.wait().unwrap();
    refused(limited(&["--resume"]), &["cannot write"]);
    finish(&config, &out);
    assert_same(&out, &whole);
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let config = written(place.path(), "run.toml", CONFIG);
    let closed = place.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Whoever is root may write everywhere but where the system itself forbids it.
    let root = std::fs::write(closed.join("probe"), "").is_ok();
    let closed = if root { Path::new("/proc/closed") } else { &closed };
    for out in [closed.to_owned(), closed.join("below")] {
        let out = out.to_str().unwrap();
        refused(lowregret(&["train", &config, "--out", out]), &["closed", "cannot"]);
    }
}
