//! Answers of the command, and files for it.

#![allow(dead_code, reason = "every test file includes all helpers and uses some")]

use std::path::Path;

use super::command::lowregret;
use serde_json::Value;

/// The one JSON object of a command that succeeds, called with `--json`.
pub fn answer(arguments: &[&str]) -> Value {
    let output = lowregret(arguments).args(["--json", "--quiet"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(output.stderr.is_empty(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A file in `folder`; its path.
pub fn written(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The path of a file in `folder`.
pub fn place(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

/// Names of what stands in `folder`.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
