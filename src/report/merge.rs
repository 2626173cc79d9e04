//! Joining the output folders of shards.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::run::{Config, Record};
use crate::{Error, Result};

/// An experiment that was merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Its name.
    pub experiment: String,
    /// "quick" or "full".
    pub preset: String,
}

/// Copies the experiments below `parts` (a folder each, as `reproduce` writes them) into `out`, where they replace what was
/// there, and returns them in order of their names. A part may be empty, as a shard can be.
///
/// Nothing is written unless all parts fit together; an experiment appears whole or not at all.
///
/// # Errors
/// A folder that cannot be read or written; a run that is not whole; two different outputs of one experiment (running
/// time, place and threads aside). Two runs of an experiment whose numbers are times always differ: the first is taken,
/// provided that both were called alike.
pub fn merge(parts: &[PathBuf], out: &Path) -> Result<Vec<Merged>> {
    let mut found: BTreeMap<String, (PathBuf, String)> = BTreeMap::new();
    for part in parts {
        for folder in runs(part)? {
            let Config { experiment: name, preset, .. } = Record::read(&folder)?.config;
            if folder.file_name() != Some(name.as_ref()) {
                let message = format!("holds the experiment \"{name}\": give the folder that name");
                return Err(Error::content(&folder, message));
            }
            match found.get(&name) {
                Some((other, _)) => refuse_difference(other, &folder)?,
                None => drop(found.insert(name, (folder, preset))),
            }
        }
    }
    fs::create_dir_all(out).map_err(Error::file(out, "create the folder"))?;
    for (name, (folder, _)) in &found {
        let target = out.join(name);
        // A part may be the output folder itself.
        let same = |path: &Path| fs::canonicalize(path).ok();
        if same(&target).is_none() || same(&target) != same(folder) {
            install(folder, &target, out)?;
        }
    }
    Ok(found.into_iter().map(|(experiment, (_, preset))| Merged { experiment, preset }).collect())
}

/// The folders below `part` that hold a run.
fn runs(part: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(part).map_err(Error::file(part, "read"))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::file(part, "read"))?.path();
        if path.join("summary.json").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn refuse_difference(one: &Path, two: &Path) -> Result<()> {
    let differ = |what: &str| {
        let message = format!("differs from {} in {what}: merge only one of them", one.display());
        Err(Error::content(two, message))
    };
    let (a, b) = (Record::read(one)?, Record::read(two)?);
    // Times are of a machine and its threads.
    let timed = a.config.machine.is_some() && b.config.machine.is_some();
    let called = |record: &Record| {
        let machine = record.config.machine.clone().filter(|_| !timed);
        Config { threads: 1, machine, ..record.config.clone() }
    };
    if called(&a) != called(&b) {
        return differ("how it was called");
    }
    if timed {
        return Ok(());
    }
    // As JSON, since a claim's number may be NaN.
    let timeless = |mut record: Record| {
        record.summary.wall_seconds = 0.0;
        serde_json::to_value(&record.summary).ok()
    };
    if timeless(a) != timeless(b) {
        return differ("summary.json");
    }
    let (files, others) = (files(one)?, files(two)?);
    if files != others {
        return differ("the names of its files");
    }
    for name in files
        .iter()
        .filter(|n| !["config.json", "summary.json"].map(Path::new).contains(&n.as_path()))
    {
        if !same_content(&one.join(name), &two.join(name))? {
            return differ(&name.display().to_string());
        }
    }
    Ok(())
}

/// All files below `folder` in order, relative to it; links are left out.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inner) = open.pop() {
        let place = folder.join(&inner);
        for entry in fs::read_dir(&place).map_err(Error::file(&place, "read"))? {
            let entry = entry.map_err(Error::file(&place, "read"))?;
            let kind = entry.file_type().map_err(Error::file(&place, "read"))?;
            let path = inner.join(entry.file_name());
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn same_content(one: &Path, two: &Path) -> Result<bool> {
    let open = |path: &Path| fs::File::open(path).map(std::io::BufReader::new);
    let mut a = open(one).map_err(Error::file(one, "read"))?.bytes();
    let mut b = open(two).map_err(Error::file(two, "read"))?.bytes();
    loop {
        let left = a.next().transpose().map_err(Error::file(one, "read"))?;
        let right = b.next().transpose().map_err(Error::file(two, "read"))?;
        if left != right {
            return Ok(false);
        }
        if left.is_none() {
            return Ok(true);
        }
    }
}

/// Copies the run in `from` beside its place `to` below `out`, then moves it there.
fn install(from: &Path, to: &Path, out: &Path) -> Result<()> {
    let staging = tempfile::Builder::new()
        .prefix(".writing-")
        .tempdir_in(out)
        .map_err(Error::file(out, "write into the folder"))?;
    let (new, old) = (staging.path().join("new"), staging.path().join("old"));
    for name in files(from)? {
        let target = new.join(&name);
        let parent = target.parent().unwrap_or(&new);
        fs::create_dir_all(parent).map_err(Error::file(to, "create the folder"))?;
        fs::copy(from.join(&name), &target).map_err(Error::file(to.join(&name), "write"))?;
    }
    let replaced = to.exists();
    if replaced {
        fs::rename(to, &old).map_err(Error::file(to, "replace"))?;
    }
    fs::rename(&new, to).map_err(|reason| {
        // What was there is better than nothing.
        if replaced {
            let _ = fs::rename(&old, to);
        }
        Error::file(to, "write")(reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(part: &Path, name: &str, seconds: f64, table: &str) {
        run_on(None, part, name, seconds, table);
    }

    /// A run whose numbers are times of `machine`, if there is one.
    fn run_on(machine: Option<&str>, part: &Path, name: &str, seconds: f64, table: &str) {
        let folder = part.join(name);
        fs::create_dir_all(folder.join("weights")).unwrap();
        let config = serde_json::json!({
            "experiment": name, "version": "1", "seed": 0, "seeds": 1, "preset": "full",
            "threads": seconds as usize,
            "out": part, "machine": machine,
        });
        let summary = serde_json::json!({
            "experiment": name, "seed": 0, "preset": "full", "wall_seconds": seconds, "results": {},
            "claims": [{"id": "A", "statement": "s", "value": null, "target": "t", "holds": false}],
        });
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        fs::write(folder.join("summary.json"), summary.to_string()).unwrap();
        fs::write(folder.join("weights/table.csv"), table).unwrap();
    }

    #[test]
    fn shards_are_joined_and_replace_what_was_there() {
        let place = tempfile::tempdir().unwrap();
        let [one, two, out] = ["one", "two", "out"].map(|name| place.path().join(name));
        run(&one, "a", 1.0, "1");
        run(&two, "a", 2.0, "1");
        run(&two, "b", 3.0, "2");
        run(&out, "b", 4.0, "old");
        run(&out, "c", 5.0, "3");
        fs::write(out.join("b/stale.csv"), "old").unwrap();
        let merged = merge(&[one, two], &out).unwrap();
        let names: Vec<&str> = merged.iter().map(|run| run.experiment.as_str()).collect();
        assert_eq!((names, merged[0].preset.as_str()), (vec!["a", "b"], "full"));
        let read =
            |name: &str| fs::read_to_string(out.join(name).join("weights/table.csv")).unwrap();
        assert_eq!([read("a"), read("b"), read("c")], ["1", "2", "3"]);
        assert!(!out.join("b/stale.csv").exists());
        assert_eq!(fs::read_dir(&out).unwrap().count(), 3);
        merge(std::slice::from_ref(&out), &out).unwrap();
        assert_eq!(read("c"), "3");
    }

    #[test]
    fn of_two_runs_of_times_the_first_is_taken() {
        let place = tempfile::tempdir().unwrap();
        let [one, two, out] = ["one", "two", "out"].map(|name| place.path().join(name));
        run_on(Some("x"), &one, "a", 1.0, "1");
        run_on(Some("y"), &two, "a", 2.0, "2");
        let parts = [one, two];
        merge(&parts, &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("a/weights/table.csv")).unwrap(), "1");
        // Of times and of numbers that should be the same, neither is the other.
        run(&parts[1], "a", 2.0, "2");
        assert!(merge(&parts, &out).unwrap_err().to_string().contains("called"));
    }

    #[test]
    fn different_outputs_of_one_experiment_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let [one, two, out] = ["one", "two", "out"].map(|name| place.path().join(name));
        run(&one, "a", 1.0, "1");
        run(&two, "a", 1.0, "2");
        let message = merge(&[one, two.clone()], &out).unwrap_err().to_string();
        assert!(message.contains("table.csv") && message.contains("two/a"), "{message}");
        assert!(!out.exists());
        fs::remove_file(two.join("a/config.json")).unwrap();
        assert!(merge(&[two], &out).unwrap_err().to_string().contains("config.json"));
        assert!(merge(&[place.path().join("absent")], &out).is_err());
    }
}
