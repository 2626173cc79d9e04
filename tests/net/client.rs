//! What the client sends, counts, keeps and never shows.

use std::time::Instant;

use lowregret::learner::text::TextSpeaker;
use lowregret::learner::verbal::class::{draw_by_turns, episodes};
use lowregret::learner::verbal::play::play;
use lowregret::learner::verbal::record::Trajectory;
use lowregret::learner::verbal::{Speaker, class::Class};
use lowregret::net::cache::Cache;
use lowregret::net::client::{Client, Limits, Prices, Settings};
use lowregret::net::key::Key;
use lowregret::net::server::{self, Server};
use lowregret::net::speaker::{Asking, ChatSpeaker, Dialect};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::verbal::answer::Reading;
use lowregret::problem::verbal::context::Library;
use lowregret::problem::verbal::telling::History;

use crate::proxy::{Proxy, Step};
use crate::text_model::model;
use crate::tools::*;
use crate::vendor::{completion, service};

pub const SCENARIOS: usize = 3;
pub const ROLLOUTS: usize = 2;

/// The plays of a speaker, as they are written.
pub fn played(speaker: &mut impl Speaker, class: &Class) -> lowregret::Result<Vec<Trajectory>> {
    let (library, streams) = (Library::bundled()?, Streams::new(3));
    let classes = std::slice::from_ref(class);
    let told = draw_by_turns(classes, &library, SCENARIOS, &streams, Purpose::Training, 0)?;
    let open = episodes(&told, ROLLOUTS, &streams, Purpose::Training, 0)?;
    play(speaker, open, Reading::Lenient)
}

pub fn asking<'a>(client: &'a Client, cache: Option<&'a Cache>) -> Asking<'a> {
    Asking { client, cache, sampling: SAMPLING, dialect: Dialect::default() }
}

pub fn speaker<'a>(client: &'a Client, cache: Option<&'a Cache>) -> ChatSpeaker<'a> {
    ChatSpeaker::new(asking(client, cache), "base", Streams::new(3), 0).unwrap()
}

/// What the same model says in the process.
pub fn expected(class: &Class) -> Vec<Trajectory> {
    let model = model();
    let mut own = TextSpeaker::new(&model, SAMPLING, Streams::new(3), 0).unwrap();
    played(&mut own, class).unwrap()
}

#[test]
fn the_same_is_said_over_http_whatever_goes_together() {
    let server = start(server::Settings::default());
    for (history, concurrent) in [(History::Raw, 16), (History::Raw, 1), (History::Summarised, 4)] {
        let class = class(5, history);
        let client = client_of(server.address(), None, Limits { concurrent, ..limits() });
        assert_eq!(played(&mut speaker(&client, None), &class).unwrap(), expected(&class));
        let account = client.account();
        assert_eq!(account.answers as usize, SCENARIOS * ROLLOUTS * 5);
        assert_eq!((account.requests, account.repeated), (account.answers, 0));
        let cost = (account.tokens_read + 2 * account.tokens_said) as f64 / 1e6;
        assert!(account.tokens_said > 0 && (client.cost() - cost).abs() < 1e-12);
    }
    let counts = server.counts();
    assert!(counts.batches < counts.completions, "{counts:?}: never answered together");
    // A raw conversation of 5 rounds is not read 5 times.
    assert!(counts.tokens_known * 10 > counts.tokens_asked * 4, "{counts:?}");
}

#[test]
fn answers_that_were_given_are_not_asked_for_again() {
    let (server, folder) = (start(server::Settings::default()), tempfile::tempdir().unwrap());
    let (path, class) = (folder.path().join("answers.jsonl"), class(4, History::Raw));
    let client = client_of(server.address(), None, limits());
    let first = {
        let cache = Cache::open(&path).unwrap();
        played(&mut speaker(&client, Some(&cache)), &class).unwrap()
    };
    let asked = server.counts().completions;
    assert_eq!(asked as usize, SCENARIOS * ROLLOUTS * 4);
    let written = std::fs::read(&path).unwrap();
    let address = server.address();
    let again = || {
        let cache = Cache::open(&path).unwrap();
        let client = client_of(address, None, limits());
        let played = played(&mut speaker(&client, Some(&cache)), &class).unwrap();
        (played, client.account().answers, client.account().remembered)
    };
    assert_eq!(again(), (first.clone(), 0, asked));
    assert_eq!(std::fs::read(&path).unwrap(), written);
    assert_eq!(server.counts().completions, asked);
    // Killed in the middle of a line: the rest is asked for, nothing else.
    let lines = written.iter().filter(|byte| **byte == b'\n').count();
    let half = written.len() / 2;
    std::fs::write(&path, &written[..half]).unwrap();
    let kept = written[..half].iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(again(), (first.clone(), (lines - kept) as u64, kept as u64));
    assert_eq!(server.counts().completions as usize, lines + lines - kept);
    // Nobody has to be there for what is known.
    server.stop();
    assert_eq!(again(), (first, 0, asked));
}

#[test]
fn the_key_is_never_shown() {
    const SECRET: &str = "sk-very-secret-0123456789";
    let folder = tempfile::tempdir().unwrap();
    let key = Some(Key::new(SECRET).unwrap());
    let server = start(server::Settings { key: key.clone(), ..server::Settings::default() });
    let class = class(2, History::Raw);
    let path = folder.path().join("answers.jsonl");
    let client = client_of(server.address(), Some(SECRET), limits());
    let mut shown = vec![format!("{client:?} {server:?}")];
    {
        let cache = Cache::open(&path).unwrap();
        let mut speaker = speaker(&client, Some(&cache));
        played(&mut speaker, &class).unwrap();
        shown.push(format!("{speaker:?} {cache:?}"));
    }
    shown.push(std::fs::read_to_string(&path).unwrap());
    let settings = Settings {
        url: "http://127.0.0.1:1/v1".to_owned(),
        key,
        limits: Limits { tries: 2, ..limits() },
        prices: Prices::default(),
    };
    shown.push(format!("{settings:?}"));
    shown.push(Client::new(settings).unwrap().models().unwrap_err().to_string());
    // Services that repeat the key.
    for answer in [
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 84\r\n\r\n{\"error\": {\"message\": \"Incorrect API key provided: sk-very-secret-0123456789. Bad\"}} ",
        "HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\nsk-very-secret-0123456789",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\"sk-very-secret-0123456789\"",
        "HTTP/1.1 sk-very-secret-0123456789\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/sk-very-secret-0123456789\r\nContent-Length: 0\r\n\r\n",
    ] {
        let proxy = Proxy::start(server.address(), vec![Step::Say(answer); 2]);
        let client = client_of(proxy.address, Some(SECRET), Limits { tries: 2, ..limits() });
        let error = client.models().unwrap_err();
        shown.push(format!("{error} {error:?} {client:?}"));
    }
    // In the reasons of those who read it, too.
    for answer in [format!("\"{SECRET}\""), format!("{{\"choices\": \"{SECRET}\"}}")] {
        let address = service(move |_, _| Some((200, answer.clone())));
        let client = client_of(address, Some(SECRET), limits());
        let error = played(&mut speaker(&client, None), &class).unwrap_err();
        shown.push(format!("{error} {error:?}"));
        assert!(shown[shown.len() - 1].contains("[key]"));
    }
    for text in &shown {
        assert!(!text.contains("very-secret"), "{text}");
    }
    // Wherever what is repeated is cut: no part of it is left.
    for status in [401, 200] {
        let mut before = 270;
        let address = service(move |_, _| {
            before += 1;
            Some((status, format!("\"{}{SECRET}\"", "x".repeat(before))))
        });
        let client = client_of(address, Some(SECRET), limits());
        for _ in 270..301 {
            let error = client.models().unwrap_err().to_string();
            assert!(error.contains("xxx") && !error.contains("sk"), "{error}");
        }
    }
    // It is needed all the same.
    for wrong in [None, Some("sk-another")] {
        let error = client_of(server.address(), wrong, limits()).models().unwrap_err().to_string();
        assert!(error.contains("401") && error.contains("key"), "{error}");
    }
    for url in [
        "http://user:hidden@127.0.0.1/v1",
        "http://user:hidden@ho st/v1",
        "http://127.0.0.1/v1?api-key=hidden",
        "http://127.0.0.1/v1#hidden",
        "hidden?",
    ] {
        let url = url.to_owned();
        let settings = Settings { url, key: None, limits: limits(), prices: Prices::default() };
        let error = Client::new(settings).unwrap_err().to_string();
        assert!(!error.contains("hidden") && error.contains("not shown"), "{error}");
    }
}

#[test]
fn requests_keep_to_the_pace() {
    let server = start(server::Settings::default());
    let limits = Limits { requests_a_minute: 1200.0, ..limits() };
    let client = client_of(server.address(), None, limits);
    let class = class(8, History::Summarised);
    let start = Instant::now();
    played(&mut speaker(&client, None), &class).unwrap();
    // 48 requests, of which a second's worth (20) goes at once.
    let seconds = start.elapsed().as_secs_f64();
    assert!(seconds > 27.0 / 20.0, "{seconds}");
}

/// A request is given up after 1.9 s; the fourth waits 2 s for its turn, and is answered all the same.
#[test]
fn waiting_for_ones_turn_costs_no_patience() {
    let address = service(|_, _| Some((200, "{\"data\": []}".to_owned())));
    let limits = Limits { requests_a_minute: 60.0, patience: 1.9, ..limits() };
    let client = client_of(address, None, limits);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| client.models())).collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
    assert_eq!(client.account().requests, 4);
}

/// What came is paid: it is not asked for again because its form is another one.
#[test]
fn answers_of_another_form_are_counted_and_not_asked_for_again() {
    const OTHER: &str = r#"{"error": "oops", "usage": {"prompt_tokens": 7}}"#;
    let address = service(|_, _| Some((200, OTHER.to_owned())));
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path().join("answers.jsonl")).unwrap();
    let class = class(1, History::Raw);
    let one = Limits { concurrent: 1, ..limits() };
    for (cache, advice) in [(None, "--cache"), (Some(&cache), "")] {
        let client = client_of(address, None, one);
        let error = played(&mut speaker(&client, cache), &class).unwrap_err().to_string();
        assert!(error.contains("choices") && error.contains("oops"), "{error}");
        assert!(error.contains(advice) && !error.contains("in the cache"), "{error}");
        let account = client.account();
        assert_eq!((account.requests, account.tokens_read), (1, 7));
        client.models().unwrap_err();
        assert_eq!(client.account().requests, 2);
    }
    // What was an answer is in the cache, and nothing else.
    let mut good = 3;
    let address = service(move |_, _| {
        good -= 1;
        Some((200, if good > 0 { completion("Choice: A", "stop") } else { OTHER.to_owned() }))
    });
    let client = client_of(address, None, one);
    let error = played(&mut speaker(&client, Some(&cache)), &class).unwrap_err().to_string();
    assert!(error.contains("in the cache, not asked for again: 2"), "{error}");
    assert_eq!((cache.len(), client.account().answers), (2, 3));
}

#[test]
fn answers_that_say_nothing_are_told() {
    let mut cut = false;
    let address = service(move |_, _| {
        cut = !cut;
        Some((200, if cut { completion("", "length") } else { completion("Choice: A", "stop") }))
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.jsonl");
    for asked in [true, false] {
        let cache = Cache::open(&path).unwrap();
        let client = client_of(address, None, limits());
        played(&mut speaker(&client, Some(&cache)), &class(1, History::Raw)).unwrap();
        let account = client.account();
        assert_eq!((account.cut_off, account.empty), (3, 3));
        assert_eq!((account.answers, account.remembered), if asked { (6, 0) } else { (0, 6) });
    }
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let settings = |url: &str, limits| Settings {
        url: url.to_owned(),
        key: None,
        limits,
        prices: Prices::default(),
    };
    for url in ["", "api.openai.com/v1", "ftp://host/v1", "http://", "not a url"] {
        let error = Client::new(settings(url, limits())).unwrap_err().to_string();
        assert!(error.starts_with("url = "), "{error}");
    }
    for bad in [
        Limits { tries: 0, ..limits() },
        Limits { concurrent: 0, ..limits() },
        Limits { patience: f64::NAN, ..limits() },
        Limits { answer: 0.0, ..limits() },
        Limits { tokens_a_minute: -1.0, ..limits() },
    ] {
        assert!(Client::new(settings("http://127.0.0.1/v1", bad)).is_err());
    }
    // TLS is there; nobody speaks it here.
    let server: Server = start(server::Settings::default());
    let url = format!("https://{}/v1", server.address());
    let client = Client::new(settings(&url, Limits { tries: 2, ..limits() })).unwrap();
    let error = client.models().unwrap_err().to_string();
    assert!(error.starts_with(&url) && error.contains("no secure connection"), "{error}");
    assert_eq!(client.account().requests, 1);
}
