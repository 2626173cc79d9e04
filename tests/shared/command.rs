//! The command as tests call it.

use assert_cmd::Command;

/// `lowregret` with these arguments.
pub fn lowregret(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lowregret"));
    command.args(arguments);
    command
}

/// Exit code 2, nothing on standard output, one line on standard error that holds every part.
pub fn refused(mut command: Command, parts: &[&str]) {
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(output.stdout.is_empty());
    assert_eq!(message.lines().count(), 1, "{message}");
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is missing in: {message}");
    }
}
