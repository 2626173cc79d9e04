//! What the command and every experiment have in common on the command line: seeds, and what a refusal or an error looks
//! like: one line on standard error.

use std::io::Write;

use clap::builder::RangedU64ValueParser;

use crate::Error;

/// Exit code after bad input or a failed run.
const FAILED: u8 = 2;

/// Seeds of experiments: up to 2^53 - 1, since every JSON reader holds such a number exactly.
pub fn seeds() -> RangedU64ValueParser {
    clap::value_parser!(u64).range(0..=(1 << 53) - 1)
}

/// Prints what clap has to say and returns the exit code: help and version in full with 0, a refusal as one line with 2.
pub fn refuse(message: &clap::Error) -> u8 {
    if !message.use_stderr() {
        let _ = message.print();
        return 0;
    }
    let text = message.to_string();
    let parts: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let _ = writeln!(std::io::stderr(), "{}", parts.join("; "));
    FAILED
}

/// Prints an error as one line, whatever the user's texts in it hold, and returns the exit code.
pub fn fail(error: &Error) -> u8 {
    let line = error.to_string().replace(char::is_control, " ");
    let _ = writeln!(std::io::stderr(), "error: {line}");
    FAILED
}
