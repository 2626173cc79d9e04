//! Fine-tuning of open weights by somebody else's program: the data as chat lines, and the command for TRL
//! (<https://huggingface.co/docs/trl>), whose `trl sft` takes the arguments of its `SFTConfig`.
//!
//! The data are prompts with completions, an example for every answer: TRL learns completions only, with any chat template. (Its
//! `assistant_only_loss` over whole conversations wants a template that marks what the assistant says, and that of Qwen3, among
//! others, does not.) So a conversation of many answers is read once for each. The command follows TRL's documentation; it has
//! never been run here.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::write_atomic;
use crate::problem::verbal::message::{Message, Role};
use crate::train::text::Tuning;
use crate::{Error, Result};

/// The version of TRL that the command was written for.
pub const TRL_VERSION: &str = "0.23.0";

/// Name of the file of conversations: alone in its folder, which is a data set to those who load it.
pub const LINES: &str = "data/train.jsonl";

/// Highest learning rate where none is given: TRL's own, for it trains models that know much already.
pub const LEARNING_RATE: f64 = 2e-5;

/// Name of the file with the command.
pub const COMMAND: &str = "train.sh";

/// A line of chat data.
#[derive(Serialize, Deserialize)]
struct Chat<M> {
    messages: M,
}

/// Conversations as JSON lines, `{"messages": [{"role", "content"}, ..]}`, as fine-tuning services and TRL read them.
#[must_use]
pub fn chat_lines(conversations: &[Vec<Message>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for messages in conversations {
        // Texts and names: they always have a JSON form.
        lines.extend(serde_json::to_vec(&Chat { messages }).unwrap_or_default());
        lines.push(b'\n');
    }
    lines
}

/// A line of prompt-completion data.
#[derive(Serialize)]
struct Example<'a> {
    prompt: &'a [Message],
    completion: [&'a Message; 1],
}

/// What the assistant says as JSON lines, `{"prompt": [{"role", "content"}, ..], "completion": [{"role", "content"}]}`: a line
/// for every answer, with all that was said before it.
#[must_use]
pub fn completion_lines(conversations: &[Vec<Message>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for messages in conversations {
        let answers = messages.iter().enumerate();
        for (at, answer) in answers.filter(|(_, message)| message.role == Role::Assistant) {
            let example = Example { prompt: &messages[..at], completion: [answer] };
            // Texts and names: they always have a JSON form.
            lines.extend(serde_json::to_vec(&example).unwrap_or_default());
            lines.push(b'\n');
        }
    }
    lines
}

/// Reads chat lines; blank ones are passed over. The error is a message with the line.
///
/// # Errors
/// A line that is no such object, has no message, or nothing that the assistant says.
pub fn read_chat_lines(text: &[u8]) -> std::result::Result<Vec<Vec<Message>>, String> {
    let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let read = |(number, line): (usize, &[u8])| {
        let chat: Chat<Vec<Message>> =
            serde_json::from_slice(line).map_err(|reason| format!("line {number}: {reason}"))?;
        if chat.messages.iter().any(|message| message.role == Role::Assistant) {
            return Ok(chat.messages);
        }
        Err(format!("line {number}: expected a message of the assistant"))
    };
    lines.map(read).collect()
}

/// The command that fine-tunes `model` to the file [`LINES`] beside it as `tuning` says; a batch has so many answers. Examples of
/// more than 8192 tokens are cut at their end, so that nothing is learned of their answers.
#[must_use]
pub fn command(model: &str, tuning: &Tuning, seed: u64) -> String {
    // Seeds of PyTorch's samplers have 32 bits.
    let seed = seed & 0xffff_ffff;
    format!(
        "#!/bin/sh\n\
         # pip install \"trl=={TRL_VERSION}\"   (written after its documentation, never run)\n\
         set -e\n\
         cd \"$(dirname \"$0\")\"\n\
         trl sft \\\n  \
           --model_name_or_path {} \\\n  \
           --dataset_name ./data \\\n  \
           --completion_only_loss true \\\n  \
           --num_train_epochs {} \\\n  \
           --per_device_train_batch_size 1 \\\n  \
           --gradient_accumulation_steps {} \\\n  \
           --learning_rate {:?} \\\n  \
           --lr_scheduler_type cosine \\\n  \
           --warmup_ratio 0.1 \\\n  \
           --max_length 8192 \\\n  \
           --seed {seed} \\\n  \
           --output_dir model\n",
        crate::report::quoted(model),
        tuning.passes,
        tuning.batch,
        tuning.learning_rate,
    )
}

/// Writes [`LINES`] and [`COMMAND`] into `folder`; the command. A `model` that is a folder here is named by its absolute path,
/// since the command changes into `folder`.
///
/// # Errors
/// No conversation; files that cannot be written.
pub fn write(
    folder: &Path,
    conversations: &[Vec<Message>],
    model: &str,
    tuning: &Tuning,
    seed: u64,
) -> Result<String> {
    tuning.check()?;
    if conversations.is_empty() {
        return Err(Error::parameter("conversations", 0, "at least 1"));
    }
    write_atomic(folder.join(LINES), &completion_lines(conversations))?;
    let here = Path::new(model);
    let place = if here.exists() {
        std::path::absolute(here).map_err(Error::file(here, "find"))?
    } else {
        here.to_owned()
    };
    let command = command(&place.to_string_lossy(), tuning, seed);
    write_atomic(folder.join(COMMAND), command.as_bytes())?;
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_survive_and_the_command_is_exact() {
        let said = |role, text: &str| Message::new(role, text);
        let conversations = vec![
            vec![
                said(Role::System, "Two \"buttons\".\n"),
                said(Role::User, "Which?"),
                said(Role::Assistant, "ä\nChoice: A"),
            ],
            vec![said(Role::User, "Now?"), said(Role::Assistant, "")],
        ];
        let lines = chat_lines(&conversations);
        assert_eq!(read_chat_lines(&lines).unwrap(), conversations);
        let first = lines.split(|byte| *byte == b'\n').next().unwrap();
        let expected = r#"{"messages":[{"role":"system","content":"Two \"buttons\".\n"},{"role":"user","content":"Which?"},{"role":"assistant","content":"ä\nChoice: A"}]}"#;
        assert_eq!(String::from_utf8_lossy(first), expected);
        for (bad, culprit) in [
            ("{}", "line 1: missing field"),
            ("\n{\"messages\": []}", "line 2: expected a message of the assistant"),
            ("{\"messages\": [{\"role\": \"tool\", \"content\": \"\"}]}", "unknown variant"),
        ] {
            let error = read_chat_lines(bad.as_bytes()).unwrap_err();
            assert!(error.contains(culprit), "{error}");
        }
        let twice =
            [&conversations[0][..], &[said(Role::User, "And?"), said(Role::Assistant, "B")]]
                .concat();
        let lines = String::from_utf8(completion_lines(&[twice])).unwrap();
        let expected = [
            r#"{"prompt":[{"role":"system","content":"Two \"buttons\".\n"},{"role":"user","content":"Which?"}],"completion":[{"role":"assistant","content":"ä\nChoice: A"}]}"#,
            r#"{"prompt":[{"role":"system","content":"Two \"buttons\".\n"},{"role":"user","content":"Which?"},{"role":"assistant","content":"ä\nChoice: A"},{"role":"user","content":"And?"}],"completion":[{"role":"assistant","content":"B"}]}"#,
        ];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
        let folder = tempfile::tempdir().unwrap();
        let tuning = Tuning { learning_rate: 1e-5, ..Tuning::default() };
        let told = write(folder.path(), &conversations, "Qwen/Qwen3-0.6B", &tuning, (1 << 40) + 7);
        let script = std::fs::read_to_string(folder.path().join(COMMAND)).unwrap();
        assert_eq!(told.unwrap(), script);
        let arguments = script.split("trl sft").nth(1).unwrap().replace("\\\n", "");
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        assert_eq!(
            arguments[..6].join(" "),
            "--model_name_or_path Qwen/Qwen3-0.6B --dataset_name ./data --completion_only_loss true"
        );
        assert!(
            script.contains("--learning_rate 1e-5 ") && script.contains("--seed 7 "),
            "{script}"
        );
        // Tests run in the folder of the crate.
        let local = write(folder.path(), &conversations, "src/net", &tuning, 0).unwrap();
        let place = std::env::current_dir().unwrap().join("src/net");
        let place = crate::report::quoted(&place.to_string_lossy());
        assert!(local.contains(&format!("--model_name_or_path {place} ")), "{local}");
        assert!(write(folder.path(), &[], "m", &tuning, 0).is_err());
    }
}
