//! The server against bare requests: right ones, wrong ones, none.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use lowregret::net::key::Key;
use lowregret::net::server::{self, Bounds, Server};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::text_model::model;
use crate::tools::*;

fn request(more: Value) -> Value {
    let mut request = json!({"model": "base", "messages": [{"role": "user", "content": "Which?"}], "max_tokens": 5, "seed": 7});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

#[test]
fn completions_have_the_form_of_the_reference() {
    let server = start(server::Settings::default());
    let at = server.address();
    let path = "/v1/chat/completions";
    let (status, first) = post(at, path, &request(json!({})));
    assert_eq!(status, 200, "{first}");
    assert_eq!((&first["object"], &first["model"]), (&json!("chat.completion"), &json!("base")));
    let choice = &first["choices"][0];
    assert_eq!((&choice["index"], &choice["message"]["role"]), (&json!(0), &json!("assistant")));
    assert!(["stop", "length"].contains(&choice["finish_reason"].as_str().unwrap()));
    let usage = |key: &str| first["usage"][key].as_u64().unwrap();
    assert_eq!(usage("prompt_tokens") + usage("completion_tokens"), usage("total_tokens"));
    assert!((1..=5).contains(&usage("completion_tokens")));
    // The same seed, the same answer; what is unknown is let through.
    for more in [
        json!({}),
        json!({"user": "me", "frequency_penalty": 0, "stream": false, "n": 1, "stop": null, "tools": []}),
        json!({"response_format": {"type": "text"}, "presence_penalty": 0.0, "logit_bias": {}, "functions": [], "top_k": -1, "min_p": 0}),
        json!({"response_format": null, "logit_bias": null, "top_k": 0}),
        json!({"max_tokens": null, "max_completion_tokens": 5}),
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Whi"}, {"type": "text", "text": "ch?"}], "name": "x"}]}),
        json!({"temperature": 1, "top_p": 1.0}),
    ] {
        let (status, again) = post(at, path, &request(more.clone()));
        assert_eq!((status, &again["choices"]), (200, &first["choices"]), "{more}");
    }
    let differs = |more: Value| post(at, path, &request(more)).1["choices"] != first["choices"];
    assert!(
        (0..5).any(|seed| differs(json!({ "seed": seed }))) && differs(json!({"temperature": 0}))
    );
    assert!((0..9).any(|_| differs(json!({ "seed": null }))));
    let (status, models) = get(at, "/v1/models");
    assert_eq!((status, &models["data"][0]["id"]), (200, &json!("base")));
    assert_eq!(get(at, "/v1/models/base").1["object"], "model");
}

#[test]
fn what_is_wrong_is_refused_with_its_field() {
    let server = start(server::Settings::default());
    let at = server.address();
    for (more, status, param) in [
        (json!({"model": "other"}), 404, None),
        (json!({"model": 1}), 400, Some("model")),
        (json!({"messages": []}), 400, Some("messages")),
        (json!({"messages": [{"role": "tool", "content": ""}]}), 400, Some("messages")),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
            400,
            Some("messages"),
        ),
        (json!({"messages": [{"role": "user", "content": "x".repeat(20_000)}]}), 400, None),
        (json!({"stream": true}), 400, Some("stream")),
        (json!({"n": 2}), 400, Some("n")),
        (json!({"stop": ["\n"]}), 400, Some("stop")),
        (json!({"tools": [{}]}), 400, Some("tools")),
        (json!({"logprobs": true}), 400, Some("logprobs")),
        (json!({"response_format": {"type": "json_object"}}), 400, Some("response_format")),
        (json!({"response_format": "text"}), 400, Some("response_format")),
        (json!({"frequency_penalty": 0.5}), 400, Some("frequency_penalty")),
        (json!({"presence_penalty": -1}), 400, Some("presence_penalty")),
        (json!({"logit_bias": {"50256": -100}}), 400, Some("logit_bias")),
        (json!({"functions": [{}]}), 400, Some("functions")),
        (json!({"top_k": 5}), 400, Some("top_k")),
        (json!({"min_p": 0.1}), 400, Some("min_p")),
        (json!({"temperature": -1}), 400, Some("temperature")),
        (json!({"temperature": "hot"}), 400, Some("temperature")),
        (json!({"top_p": 0}), 400, Some("top_p")),
        (json!({"max_tokens": 0}), 400, Some("max_tokens")),
        (json!({"max_completion_tokens": 1.5}), 400, Some("max_completion_tokens")),
        (json!({"seed": 0.5}), 400, Some("seed")),
    ] {
        let (given, refusal) = post(at, "/v1/chat/completions", &request(more.clone()));
        assert_eq!(given, status, "{more}: {refusal}");
        assert_eq!(refusal["error"]["param"].as_str(), param, "{refusal}");
        assert!(!refusal["error"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(post(at, "/v1/chat/completions", &request(json!({"seed": -1}))).0, 200);
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v1/chat/completions"),
        ("PUT", "/v1/models"),
        ("GET", "/v1/models/x%20y"),
    ] {
        assert_eq!(ask(at, method, path, "", b"").0, 404, "{method} {path}");
    }
    for (path, body) in [
        ("/v1/files", "nonsense"),
        ("/v1/files", ""),
        ("/v1/files", "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}"),
        ("/v1/fine_tuning/jobs", "{}"),
    ] {
        assert_eq!(ask(at, "POST", path, "", body.as_bytes()).0, 400, "{path} {body}");
    }
    let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
    let form =
        b"--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nassistants\r\n--b--\r\n";
    for body in [&form[..], b"--b--\r\n", b"--b\r\n", b""] {
        assert_eq!(ask(at, "POST", "/v1/files", kind, body).0, 400);
    }
    assert_eq!(
        post(at, "/v1/fine_tuning/jobs", &json!({"model": "base", "training_file": "file-x"})).0,
        404
    );
    assert_eq!(get(at, "/v1/fine_tuning/jobs/ftjob-x").0, 404);
}

#[test]
fn strangers_stay_outside() {
    let server = start(server::Settings::default());
    let at = server.address();
    assert_eq!(ask(at, "GET", "/v1/models", "Origin: http://evil.example\r\n", b"").0, 403);
    for (host, status) in [
        ("evil.example", 403),
        ("127.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("not/a host", 403),
        ("localhost:80", 200),
        ("127.0.0.2", 200),
        ("[::1]:80", 200),
    ] {
        let request =
            format!("GET /v1/models HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(send(at, request.as_bytes()).0, status, "{host}");
    }
    let beyond =
        server::Settings { address: "0.0.0.0:0".parse().unwrap(), ..server::Settings::default() };
    let error = Server::start("base", model(), beyond.clone()).unwrap_err().to_string();
    assert!(error.contains("with a key"), "{error}");
    let server = start(server::Settings { key: Some(Key::new("k-1").unwrap()), ..beyond });
    let at = format!("127.0.0.1:{}", server.address().port()).parse().unwrap();
    assert_eq!(ask(at, "GET", "/v1/models", "Authorization: Bearer k-1\r\n", b"").0, 200);
    for headers in ["", "Authorization: Bearer k-2\r\n", "Authorization: k-1\r\n"] {
        assert_eq!(ask(at, "GET", "/v1/models", headers, b"").0, 401);
    }
    assert!(Server::start("ft:x", model(), server::Settings::default()).is_err());
    let taken = server::Settings { address: at, ..server::Settings::default() };
    let error = Server::start("base", model(), taken).unwrap_err().to_string();
    assert!(error.contains("--port"), "{error}");
}

#[test]
fn size_time_and_number_are_bounded() {
    let reading = Duration::from_millis(400);
    let bounds = Bounds { body: 2000, reading, connections: 2, ..Bounds::default() };
    let server = start(server::Settings { bounds, ..server::Settings::default() });
    let at = server.address();
    assert_eq!(ask(at, "POST", "/v1/files", "", &[b' '; 2001]).0, 413);
    let chunked = format!(
        "POST /v1/files HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        format!("3e8\r\n{}\r\n", " ".repeat(1000)).repeat(3)
    );
    assert_eq!(send(at, chunked.as_bytes()).0, 413);
    let heads =
        format!("GET /v1/models HTTP/1.1\r\nHost: {at}\r\n{}\r\n", "X-A: b\r\n".repeat(20_000));
    assert!([0, 431].contains(&send(at, heads.as_bytes()).0));
    // Heads and bodies that never end, and connections on which nothing is said, are closed.
    for begun in [
        "GET /v1/models HTTP/1.1\r\nHost: x",
        "",
        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{",
    ] {
        let begin = Instant::now();
        let (status, _) = send(at, begun.as_bytes());
        assert!([0, 408].contains(&status), "{status}");
        let seconds = begin.elapsed().as_secs_f64();
        assert!((0.3..15.0).contains(&seconds), "{begun}: {seconds}");
    }
    // A third connection waits until one of two ends.
    let begin = Instant::now();
    let idle: Vec<TcpStream> = (0..2).map(|_| TcpStream::connect(at).unwrap()).collect();
    assert_eq!(get(at, "/v1/models").0, 200);
    assert!(begin.elapsed() > Duration::from_millis(200));
    drop(idle);
}

/// The room for files holds the largest upload.
#[test]
fn uploads_of_the_largest_size_have_room() {
    let bounds = Bounds { body: 2000, file_bytes: 10, ..Bounds::default() };
    let server = start(server::Settings { bounds, ..server::Settings::default() });
    let line = "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\"}]}\n";
    let (status, file) = ask(server.address(), "POST", "/v1/files", "", line.repeat(30).as_bytes());
    assert_eq!((status, &file["bytes"]), (200, &json!(30 * line.len())), "{file}");
}

#[test]
fn two_servers_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        server::Settings { out: Some(folder.path().to_owned()), ..server::Settings::default() };
    let first = start(settings.clone());
    let error = Server::start("base", model(), settings.clone()).unwrap_err().to_string();
    assert!(error.contains("another server"), "{error}");
    first.stop();
    start(settings);
}

#[test]
fn requests_under_way_are_answered_before_the_end() {
    let server = start(server::Settings::default());
    let at = server.address();
    let body = request(json!({"max_tokens": 300, "seed": 1})).to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(at).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    while server.counts().requests == 0 {
        std::thread::yield_now();
    }
    server.stop();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(TcpStream::connect(at).is_err());
}

fn words() -> impl Strategy<Value = String> {
    let texts = prop::sample::select(vec![
        "base",
        "messages",
        "model",
        "role",
        "user",
        "assistant",
        "content",
        "seed",
        "temperature",
        "top_p",
        "n",
        "stream",
        "max_tokens",
        "training_file",
        "hyperparameters",
        "method",
        "supervised",
        "text",
        "type",
        "",
        "ä\u{0}",
    ]);
    texts.prop_map(str::to_owned)
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(words(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Whatever comes, an answer goes, and the server goes on.
    #[test]
    fn nothing_brings_the_server_down(
        object in json_value(),
        base in any::<bool>(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        path in "(/(v1|models|chat|completions|files|fine_tuning|jobs|cancel|%4|%ff|[a-z.]{0,4})){1,5}",
        method in "GET|POST|DELETE|PUT",
    ) {
        use std::sync::LazyLock;
        static SERVER: LazyLock<Server> = LazyLock::new(|| start(server::Settings::default()));
        let at = SERVER.address();
        let object = if base { request(json!({"temperature": object, "seed": object})) } else { object };
        for path in ["/v1/chat/completions", "/v1/fine_tuning/jobs", "/v1/files"] {
            prop_assert!(post(at, path, &object).0 >= 200);
        }
        let kind = "Content-Type: multipart/form-data; boundary=b\r\n";
        let form = [&b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"[..], &bytes, b"\r\n--b--\r\n"].concat();
        prop_assert!(ask(at, "POST", "/v1/files", kind, &form).0 >= 200);
        prop_assert!(ask(at, &method, &path, "", &bytes).0 >= 200);
        send(at, &[&bytes[..], b"\r\n\r\n"].concat());
        prop_assert_eq!(get(at, "/v1/models").0, 200);
    }
}
