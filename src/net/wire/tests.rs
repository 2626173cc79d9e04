//! Against documents in the form of OpenAI's API reference, and in that of other engines.

use serde_json::{Value, json};

use super::*;
use crate::problem::verbal::message::Role;

#[test]
fn requests_are_written_as_the_reference_has_them() {
    let messages = [Message::new(Role::System, "Two buttons."), Message::new(Role::User, "Which?")];
    let told: Vec<&Message> = messages.iter().collect();
    let request = ChatRequest {
        model: "gpt-4o-mini",
        messages: &told,
        temperature: Some(1.0),
        top_p: Some(0.5),
        max_tokens: Some(64),
        max_completion_tokens: None,
        seed: Some(9_007_199_254_740_991),
    };
    let expected = json!({
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "Two buttons."},
            {"role": "user", "content": "Which?"},
        ],
        "temperature": 1.0, "top_p": 0.5, "max_tokens": 64, "seed": 9_007_199_254_740_991u64,
    });
    assert_eq!(serde_json::to_value(&request).unwrap(), expected);
    // To the byte: answers are kept under what was asked.
    let written = r#"{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Two buttons."},{"role":"user","content":"Which?"}],"temperature":1.0,"top_p":0.5,"max_tokens":64,"seed":9007199254740991}"#;
    assert_eq!(serde_json::to_string(&request).unwrap(), written);
    let newer = ChatRequest {
        temperature: None,
        top_p: None,
        max_tokens: None,
        max_completion_tokens: Some(64),
        seed: None,
        ..request
    };
    let newer = serde_json::to_value(&newer).unwrap();
    let mut fields: Vec<_> = newer.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["max_completion_tokens", "messages", "model"]);
    assert_eq!(newer["max_completion_tokens"], 64);
    let hyperparameters = Hyperparameters {
        n_epochs: Some(2),
        batch_size: Some(16),
        learning_rate_multiplier: Some(0.5),
    };
    let job = JobRequest {
        model: "gpt-4o-mini".to_owned(),
        training_file: "file-abc123".to_owned(),
        suffix: Some("lowregret".to_owned()),
        seed: Some(42),
        method: Some(JobMethod {
            kind: MethodKind::Supervised,
            supervised: Some(Supervised { hyperparameters: Some(hyperparameters) }),
        }),
        hyperparameters: None,
    };
    let expected = json!({
        "model": "gpt-4o-mini", "training_file": "file-abc123", "suffix": "lowregret", "seed": 42,
        "method": {"type": "supervised", "supervised": {"hyperparameters":
            {"n_epochs": 2, "batch_size": 16, "learning_rate_multiplier": 0.5}}},
    });
    assert_eq!(serde_json::to_value(&job).unwrap(), expected);
}

#[test]
fn completions_of_many_engines_are_read() {
    let reference = r#"{
      "id": "chatcmpl-abc", "object": "chat.completion", "created": 1741569952, "model": "gpt-4o-mini-2024-07-18",
      "choices": [{"index": 0, "message": {"role": "assistant", "content": "Choice: A", "refusal": null, "annotations": []},
        "logprobs": null, "finish_reason": "stop"}],
      "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 0}}, "service_tier": "default", "system_fingerprint": "fp_1"}"#;
    let read = |text: &str| serde_json::from_str::<Completion>(text).unwrap();
    let completion = read(reference);
    assert_eq!(completion.choices[0].message.content.as_deref(), Some("Choice: A"));
    assert_eq!(completion.choices[0].finish_reason.as_deref(), Some("stop"));
    let usage = Usage { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 };
    assert_eq!(completion.usage, Some(usage));
    // The least that can be understood; a refusal to speak.
    let least = read(r#"{"choices": [{"message": {"content": "B"}}]}"#);
    assert_eq!((least.choices[0].message.content.as_deref(), least.usage), (Some("B"), None));
    let mute = read(
        r#"{"choices": [{"message": {"role": "assistant", "content": null}}], "usage": null}"#,
    );
    assert_eq!(mute.choices[0].message.content, None);
    // `null` for what is not known, and parts.
    let parts = read(
        r#"{"id": null, "object": null, "created": null, "model": null, "choices": [{"index": null, "message":
        {"role": null, "content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Choice"}, {"type": "text", "text": ": A"}],
        "reasoning": "Hm.", "reasoning_content": "Hm."}}], "usage": {"prompt_tokens": 3, "completion_tokens": null}}"#,
    );
    assert_eq!(parts.choices[0].message.content.as_deref(), Some("Choice: A"));
    assert_eq!(
        parts.usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens)),
        Some((3, 0))
    );
    assert!(serde_json::from_str::<Completion>("{}").is_err());
}

#[test]
fn jobs_and_lists_are_read() {
    let reference = r#"{"object": "list", "data": [{
      "object": "fine_tuning.job", "id": "ftjob-abc123", "model": "gpt-4o-mini-2024-07-18", "created_at": 1721764800,
      "fine_tuned_model": null, "organization_id": "org-123", "result_files": [], "status": "validating_files",
      "validation_file": null, "training_file": "file-abc123", "trained_tokens": null, "finished_at": null,
      "hyperparameters": {"batch_size": "auto", "n_epochs": "auto"}, "error": {}, "seed": 683058546,
      "method": {"type": "supervised"}, "metadata": null}], "has_more": true}"#;
    let list: List<Job> = serde_json::from_str(reference).unwrap();
    let job = &list.data[0];
    assert_eq!((job.status, job.seed), (JobStatus::ValidatingFiles, Some(683_058_546)));
    assert!(list.has_more && !job.status.is_over() && job.fine_tuned_model.is_none());
    let read = |status: &str| {
        let job: Job = serde_json::from_value(json!({"id": "j", "status": status})).unwrap();
        job.status
    };
    assert_eq!(read("succeeded"), JobStatus::Succeeded);
    assert_eq!(read("paused"), JobStatus::Other);
    assert!(read("cancelled").is_over() && !read("running").is_over());
    let file: FileObject = serde_json::from_str(
        r#"{"id": "file-abc123", "object": "file", "bytes": 120000, "created_at": 1677610602, "filename": "a.jsonl",
            "purpose": "fine-tune", "status": "processed"}"#,
    )
    .unwrap();
    assert_eq!((file.id.as_str(), file.bytes), ("file-abc123", 120_000));
}

#[test]
fn a_job_is_known_by_what_it_is_made_of() {
    let request = |value: Value| serde_json::from_value::<JobRequest>(value).unwrap();
    let of = |hyperparameters: Value, seed: u64| {
        request(
            json!({"model": "m", "training_file": "f", "seed": seed, "hyperparameters": hyperparameters}),
        )
    };
    let job = |value: Value| serde_json::from_value::<Job>(value).unwrap();
    let told = json!({"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": 0.5});
    let own = job(
        json!({"id": "j", "status": "running", "model": "m", "training_file": "f", "seed": 4, "hyperparameters": told}),
    );
    assert!(own.answers(&of(json!({}), 4)));
    assert!(
        own.answers(&of(
            json!({"n_epochs": 2, "batch_size": 7, "learning_rate_multiplier": 0.5}),
            4
        ))
    );
    assert!(!own.answers(&of(json!({}), 5)));
    assert!(!own.answers(&of(json!({"n_epochs": 3}), 4)));
    assert!(!own.answers(&of(json!({"learning_rate_multiplier": 0.25}), 4)));
    assert!(!own.answers(&request(json!({"model": "m", "training_file": "g"}))));
    assert!(!own.answers(&request(json!({"model": "n", "training_file": "f"}))));
    for (told, wanted, same) in [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini", true),
        ("mistral-small-2503", "mistral-small-latest", true),
        ("gpt-4o-mini-2024-07-18", "gpt-4o", false),
        ("base2", "base", false),
    ] {
        let other = Job { model: told.to_owned(), ..own.clone() };
        let wanted = JobRequest { model: wanted.to_owned(), ..of(json!({}), 4) };
        assert_eq!(other.answers(&wanted), same, "{told}");
    }
    let gone = Job { status: JobStatus::Failed, ..own };
    assert!(!gone.answers(&of(json!({}), 4)));
}

#[test]
fn hyperparameters_may_be_left_to_the_service() {
    let read =
        |value: Value| serde_json::from_value::<JobRequest>(value).map(|job| job.hyperparameters());
    let of = |hyperparameters: Value| {
        read(json!({"model": "m", "training_file": "f", "hyperparameters": hyperparameters}))
    };
    let older =
        of(json!({"n_epochs": 3, "batch_size": "auto", "learning_rate_multiplier": null})).unwrap();
    assert_eq!(older, Hyperparameters { n_epochs: Some(3), ..Hyperparameters::default() });
    let newer = json!({"type": "supervised", "supervised": {"hyperparameters": {"learning_rate_multiplier": 2}}});
    let newer =
        read(json!({"model": "m", "training_file": "f", "method": newer, "metadata": {}})).unwrap();
    assert_eq!(newer.learning_rate_multiplier, Some(2.0));
    assert!(of(json!({"n_epochs": "many"})).is_err());
    assert!(of(json!({"n_epochs": -1})).is_err());
}

#[test]
fn complaints_are_read_whatever_their_form() {
    let read = |text: &str| Complaint::read(text.as_bytes());
    let openai = read(
        r#"{"error": {"message": "Rate limit", "type": "tokens", "param": null, "code": "rate_limit_exceeded"}}"#,
    );
    assert_eq!(
        (openai.message.as_str(), openai.code.as_str()),
        ("Rate limit", "rate_limit_exceeded")
    );
    for (text, message) in [
        (r#"{"object": "error", "message": "too long", "code": 400}"#, "too long"),
        (r#"{"error": "model not found"}"#, "model not found"),
        (r#"{"detail": "Not Found"}"#, "Not Found"),
        ("<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>"),
        ("", ""),
    ] {
        assert_eq!(read(text).message, message);
    }
}
