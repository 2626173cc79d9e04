//! Lines as they are handed on.

use serde_json::{Map, Value, json};

const REGRET: &str = "regret";

/// The line with `regret` as its "regret"; everything else stays as it is, to the byte if the line had none.
///
/// # Errors
/// A line that is no JSON object.
pub fn with_regret(line: &[u8], regret: f64) -> std::result::Result<Vec<u8>, String> {
    let bare = line.trim_ascii();
    let key = format!("\"{REGRET}\"");
    let head = bare.strip_suffix(b"}").ok_or("expected a JSON object")?;
    if !bare.windows(key.len()).any(|window| window == key.as_bytes()) {
        let tail = format!(",{key}:{}}}", json!(regret));
        return Ok([head, tail.as_bytes()].concat());
    }
    let mut object: Map<String, Value> = serde_json::from_slice(bare).map_err(|e| e.to_string())?;
    object.insert(REGRET.to_owned(), json!(regret));
    serde_json::to_vec(&object).map_err(|e| e.to_string())
}

/// The line's conversation as a line of fine-tuning data in the chat format, `{"messages": [{"role", "content"}, ..]}`.
///
/// # Errors
/// A line without "messages", or with some that have no "role".
pub fn as_chat(line: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let mut object: Map<String, Value> = serde_json::from_slice(line).map_err(|e| e.to_string())?;
    let messages = object.remove("messages").unwrap_or_default();
    let spoken = |message: &Value| message["role"].is_string() && message.get("content").is_some();
    match messages.as_array() {
        Some(list) if !list.is_empty() && list.iter().all(spoken) => {
            serde_json::to_vec(&json!({ "messages": messages })).map_err(|e| e.to_string())
        }
        _ => {
            Err("expected \"messages\", a list of objects with \"role\" and \"content\"".to_owned())
        }
    }
}
