//! What a refused command line looks like: one line on standard error.

use std::io::Write;

/// Prints what clap has to say and returns the exit code: help and version in full with 0, a refusal as one line with 2.
pub fn refuse(message: &clap::Error) -> u8 {
    if !message.use_stderr() {
        let _ = message.print();
        return 0;
    }
    let text = message.to_string();
    let parts: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let _ = writeln!(std::io::stderr(), "{}", parts.join("; "));
    2
}
