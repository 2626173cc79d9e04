//! Files that are whole, torn, or something else; keys.

use super::*;
use crate::problem::verbal::message::{Message, Role};

fn answer(content: &str) -> Answer {
    let usage = Usage { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    Answer { content: content.to_owned(), finish: Some("stop".to_owned()), usage }
}

#[test]
fn torn_ends_are_dropped_wherever_they_are_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("below/answers.jsonl");
    for (key, content) in [("a", "one\ntwo"), ("b", "zwölf"), ("c", "")] {
        Cache::open(&path).unwrap().put(key, &answer(content)).unwrap();
    }
    let whole = std::fs::read(&path).unwrap();
    let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
    assert_eq!(ends.len(), 3);
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let cache = Cache::open(&path).unwrap();
        let entries = ends.iter().filter(|end| **end < length).count();
        assert_eq!(cache.len(), entries, "{length}");
        let at_end = length == 0 || whole[length - 1] == b'\n';
        assert_eq!(cache.was_torn(), !at_end);
        // What is put behind it is whole again.
        cache.put("d", &answer("new")).unwrap();
        drop(cache);
        let again = Cache::open(&path).unwrap();
        assert_eq!((again.len(), again.get("d")), (entries + 1, Some(answer("new"))));
        assert!(!again.was_torn());
    }
    // A power cut may leave zeros.
    for end in [&[0; 9][..], b"{\"key\":\"d\",\0\0"] {
        std::fs::write(&path, [&whole[..ends[0] + 1], end].concat()).unwrap();
        assert_eq!(Cache::open(&path).unwrap().len(), 1);
    }
}

#[test]
fn what_is_no_cache_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.jsonl");
    Cache::open(&path).unwrap().put("a", &answer("one")).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for (content, line) in [
        (b"precious\n".to_vec(), 1),
        (b"precious".to_vec(), 1),
        (b"{\"messages\": [".to_vec(), 1),
        (b"{\"key\":\"mine\"}".to_vec(), 1),
        (b"\x40\0\0\0\0\0\0\0{\"__metadata__\"".to_vec(), 1),
        ([&whole[..], b"{\"key\": 1}\n\0\0"].concat(), 2),
        ([&whole[..], b"nonsense\n", &whole].concat(), 2),
    ] {
        std::fs::write(&path, &content).unwrap();
        let error = Cache::open(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("line {line} is no answer")), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}

#[test]
fn line_ends_of_editors_cost_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.jsonl");
    for key in ["a", "b"] {
        Cache::open(&path).unwrap().put(key, &answer(key)).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap().replace('\n', "\r\n") + "\r\n";
    std::fs::write(&path, &text).unwrap();
    let cache = Cache::open(&path).unwrap();
    assert_eq!((cache.len(), cache.was_torn()), (2, false));
    cache.put("c", &answer("c")).unwrap();
    drop(cache);
    assert_eq!(Cache::open(&path).unwrap().len(), 3);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with(&text));
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.jsonl");
    let first = Cache::open(&path).unwrap();
    let error = Cache::open(&path).unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    drop(first);
    assert!(Cache::open(&path).unwrap().is_empty());
}

#[test]
fn everything_an_answer_depends_on_is_in_the_key() {
    let messages = [Message::new(Role::User, "Which?"), Message::new(Role::User, "Which")];
    let first = [&messages[0]];
    let request = ChatRequest {
        model: "m",
        messages: &first,
        temperature: Some(1.0),
        top_p: Some(1.0),
        max_tokens: Some(9),
        max_completion_tokens: None,
        seed: None,
    };
    let second = [&messages[1]];
    let keys = [
        key("u", &request, 0),
        key("v", &request, 0),
        key("u", &request, 1),
        key("u", &ChatRequest { model: "n", ..request.clone() }, 0),
        key("u", &ChatRequest { messages: &second, ..request.clone() }, 0),
        key("u", &ChatRequest { temperature: Some(0.5), ..request.clone() }, 0),
        key("u", &ChatRequest { top_p: Some(0.5), ..request.clone() }, 0),
        key("u", &ChatRequest { temperature: None, ..request.clone() }, 0),
        key("u", &ChatRequest { top_p: None, ..request.clone() }, 0),
        key("u", &ChatRequest { max_tokens: Some(8), ..request.clone() }, 0),
        key("u", &ChatRequest { seed: Some(1), ..request.clone() }, 0),
    ];
    for (i, key) in keys.iter().enumerate() {
        assert!(key.len() == 64 && !keys[i + 1..].contains(key));
    }
}

#[test]
fn what_could_not_be_read_again_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.jsonl");
    let cache = Cache::open(&path).unwrap();
    cache.put("a", &answer("")).unwrap();
    let empty = std::fs::metadata(&path).unwrap().len();
    let longest = "x".repeat((MOST_BYTES - empty) as usize);
    let error = cache.put("b", &answer(&format!("{longest}x"))).unwrap_err().to_string();
    assert!(error.contains("16777217 bytes") && error.contains("--max-tokens"), "{error}");
    cache.put("c", &answer(&longest)).unwrap();
    drop(cache);
    let again = Cache::open(&path).unwrap();
    assert_eq!((again.len(), again.get("c")), (2, Some(answer(&longest))));
}
