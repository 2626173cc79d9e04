//! Faults between client and server: nothing is lost, nothing is asked twice once it was answered, and all ends in time.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use lowregret::net::cache::Cache;
use lowregret::net::client::Limits;
use lowregret::net::server;
use lowregret::problem::verbal::telling::History;

use crate::client::{expected, played, speaker};
use crate::proxy::{Proxy, Step};
use crate::tools::*;

const BUSY: &str = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}";
const LATER: &str =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops";
const GATEWAY: &str = "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n";
const NO_JSON: &str = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"choices";
const AT_ONCE: &str =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}";
const NO_HTTP: &str = "SSH-2.0-OpenSSH_9.6\r\n";

#[test]
fn faults_leave_no_trace() {
    let server = start(server::Settings::default());
    let folder = tempfile::tempdir().unwrap();
    let class = class(4, History::Raw);
    let truth = expected(&class);
    let late = Step::Slow(Duration::from_secs(8));
    for (name, faults) in [
        ("hang", vec![Step::Hang; 5]),
        ("cut", vec![Step::Cut(0), Step::Cut(3), Step::Cut(30), Step::Cut(60), Step::Cut(99)]),
        ("length", vec![Step::Length(7), Step::Length(-7), Step::Length(100_000)]),
        ("status", [BUSY, BROKEN, GATEWAY].map(Step::Say).to_vec()),
        ("later", vec![Step::Say(LATER)]),
        ("json", [NO_JSON, NO_HTTP].map(Step::Say).to_vec()),
        ("slow", vec![late; 3]),
    ] {
        // Some requests pass before.
        let script: Vec<Step> = [vec![Step::Pass; 3], faults.clone()].concat();
        let proxy = Proxy::start(server.address(), script);
        let slow = name == "slow";
        let answer = if slow { 4.0 } else { limits().answer };
        let client = client_of(proxy.address, None, Limits { answer, tries: 12, ..limits() });
        let (begin, before) = (Instant::now(), server.counts().completions);
        let path = folder.path().join(name);
        let cache = Cache::open(&path).unwrap();
        assert_eq!(played(&mut speaker(&client, Some(&cache)), &class).unwrap(), truth, "{name}");
        let account = client.account();
        let questions = truth.len() * 4;
        assert_eq!(account.answers as usize, questions, "{name}");
        // Where time is short, others may come too late as well.
        let repeated = account.repeated as usize;
        assert!(repeated == faults.len() || slow && repeated > faults.len(), "{name}: {repeated}");
        assert_eq!(cache.len(), questions);
        let whole = proxy.whole.lock().unwrap();
        let twice = whole.values().filter(|times| **times > 1).count();
        // Slow answers were sent whole, but nobody listened any more.
        assert!(whole.len() == questions && (twice == 0 || slow), "{name}: {twice} asked twice");
        assert!(server.counts().completions - before >= questions as u64);
        let seconds = begin.elapsed().as_secs_f64();
        assert!(name != "later" || seconds >= 1.0, "Retry-After is not obeyed: {seconds}");
    }
}

#[test]
fn who_never_answers_is_given_up_in_time() {
    let server = start(server::Settings::default());
    for (faults, limits, culprit) in [
        (
            vec![Step::Say(BROKEN); 99],
            Limits { tries: 4, ..limits() },
            "status 500: oops (asked 4 times",
        ),
        (vec![Step::Hang; 99], Limits { tries: 4, ..limits() }, "asked 4 times"),
        (vec![Step::Say(LATER); 99], Limits { patience: 0.5, ..limits() }, "asked 1 times"),
        (
            vec![Step::Slow(Duration::from_secs(9)); 9],
            Limits { answer: 0.3, patience: 1.0, ..limits() },
            "no answer in time",
        ),
    ] {
        let proxy = Proxy::start(server.address(), faults);
        let begin = Instant::now();
        let client = client_of(proxy.address, None, limits);
        let error = client.models().unwrap_err().to_string();
        assert!(error.contains(culprit) && error.contains("try again later"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(15), "{error}");
    }
}

/// "At once" does not switch the pauses off: all would come back in the same instant.
#[test]
fn pauses_are_made_whatever_is_asked_for() {
    let server = start(server::Settings::default());
    let proxy = Proxy::start(server.address(), vec![Step::Say(AT_ONCE); 7]);
    let limits = Limits { pause: 0.3, longest_pause: 0.3, ..limits() };
    let client = client_of(proxy.address, None, limits);
    let begin = Instant::now();
    client.models().unwrap();
    // Seven draws from [0, 0.3) s.
    assert!(begin.elapsed() > Duration::from_millis(100));
}

#[test]
fn what_is_wrong_with_the_request_is_said_at_once() {
    let server = start(server::Settings::default());
    for (answer, advice) in [
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "model, options or length"),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "name the environment variable"),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "rights"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "/v1"),
        (
            "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "moved",
        ),
        (
            "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 58\r\n\r\n{\"error\": {\"message\": \"\", \"code\": \"insufficient_quota\"}}   ",
            "billing",
        ),
    ] {
        let proxy = Proxy::start(server.address(), vec![Step::Say(answer); 2]);
        let client = client_of(proxy.address, None, limits());
        let error = client.models().unwrap_err().to_string();
        assert!(error.contains(advice) && error.starts_with(client.url()), "{error}");
        assert_eq!(client.account().requests, 1);
    }
}

/// Nobody listens at first.
#[test]
fn servers_may_come_late() {
    let class = class(2, History::Summarised);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        start(server::Settings { address, ..server::Settings::default() })
    });
    let limits = Limits { tries: 1000, pause: 0.05, ..limits() };
    let client = client_of(address, None, limits);
    assert_eq!(played(&mut speaker(&client, None), &class).unwrap(), expected(&class));
    assert!(client.account().repeated > 0);
    drop(late.join().unwrap());
    let client = client_of(address, None, Limits { tries: 3, ..limits });
    let error = client.models().unwrap_err().to_string();
    assert!(error.contains("nobody listens"), "{error}");
}
