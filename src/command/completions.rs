//! `lowregret completions`: scripts that let a shell complete the command.

use lowregret::Result;

use super::Output;

pub const EXAMPLES: &str = "\
Examples:
  lowregret completions bash > ~/.local/share/bash-completion/completions/lowregret
  lowregret completions zsh > ~/.zfunc/_lowregret
  lowregret completions fish > ~/.config/fish/completions/lowregret.fish";

#[derive(clap::Args)]
pub struct Arguments {
    /// The shell
    shell: clap_complete::Shell,
}

pub fn run(arguments: &Arguments, mut command: clap::Command) -> Result<Output> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "lowregret", &mut script);
    let text = String::from_utf8_lossy(&script).trim_end().to_owned();
    let json = serde_json::json!({ "shell": arguments.shell.to_string(), "script": text });
    Ok(Output { text, json })
}
