//! RMFT in words over HTTP: the same plays and the same weights as in the process.

use std::path::Path;
use std::time::Duration;

use lowregret::model::Model;
use lowregret::net::client::{Client, Limits};
use lowregret::net::endpoint::Endpoint;
use lowregret::net::finetune::{Event, Order, Waiting, fine_tune};
use lowregret::net::server::{self, Bounds, Server};
use lowregret::net::wire::Hyperparameters;
use lowregret::numeric::rng::Streams;
use lowregret::problem::verbal::answer::Reading;
use lowregret::problem::verbal::context::Library;
use lowregret::problem::verbal::message::{Message, Role};
use lowregret::problem::verbal::telling::History;
use lowregret::train::text::rmft::{Iteration, TextRmft, train};
use lowregret::train::text::{Student, TextStudent, Tuning};

use crate::client::asking;
use crate::proxy::{Proxy, Step};
use crate::text_model::model;
use crate::tools::*;

const WAITING: Waiting = Waiting { first: 0.01, longest: 0.1, patience: 30.0 };
const TUNING: Tuning = Tuning {
    passes: 2,
    batch: 3,
    learning_rate: 3e-3,
    imitated: lowregret::train::text::Imitated::Answers,
};

fn rmft(history: History) -> TextRmft {
    TextRmft {
        classes: vec![class(3, history)],
        iterations: 2,
        scenarios: 3,
        rollouts: 3,
        keep: 1,
        common: 1,
        reading: Reading::Lenient,
    }
}

fn practised<S: Student>(student: &mut S, history: History) -> lowregret::Result<Vec<Iteration>> {
    let mut reports = Vec::new();
    let library = Library::bundled()?;
    train(student, &rmft(history), &library, &Streams::new(3), |report, _| {
        reports.push(report.clone());
        Ok(())
    })?;
    Ok(reports)
}

fn endpoint<'a>(client: &'a Client, folder: &Path) -> Endpoint<'a> {
    Endpoint {
        asking: asking(client, None),
        model: "base".to_owned(),
        tuning: TUNING,
        waiting: WAITING,
        streams: Streams::new(3),
        folder: folder.to_owned(),
    }
}

/// What comes of it in the process: reports, and the weights.
fn in_process(history: History) -> (Vec<Iteration>, Vec<f32>) {
    let mut student = TextStudent {
        model: model(),
        sampling: SAMPLING,
        tuning: TUNING,
        streams: Streams::new(3),
    };
    let reports = practised(&mut student, history).unwrap();
    (reports, student.model.transformer().parameters().to_vec())
}

/// The weights that a server has written under a name.
fn weights(folder: &Path, name: &str) -> Vec<f32> {
    let file = folder.join(format!("{}.safetensors", name.replace(':', "_")));
    let model = lowregret::model::text::TextModel::load(file).unwrap();
    model.transformer().parameters().to_vec()
}

#[test]
fn iterations_over_http_are_those_in_the_process() {
    for history in [History::Raw, History::Summarised] {
        let (reports, expected) = in_process(history);
        assert_ne!(expected, model().transformer().parameters());
        let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let server = start(server::Settings {
            out: Some(out.path().to_owned()),
            ..server::Settings::default()
        });
        let client = client_of(server.address(), None, limits());
        let mut student = endpoint(&client, folder.path());
        assert_eq!(practised(&mut student, history).unwrap(), reports);
        assert!(student.model.starts_with("ft:base:lowregret:"), "{}", student.model);
        assert_eq!(weights(out.path(), &student.model), expected);
        assert_eq!(server.counts().trained, 2);
        // Again, with what was written down: no job, and the same.
        let mut again = endpoint(&client, folder.path());
        assert_eq!(practised(&mut again, history).unwrap(), reports);
        // Without it the server knows that it has done this before.
        let other = tempfile::tempdir().unwrap();
        let mut forgetful = endpoint(&client, other.path());
        assert_eq!(practised(&mut forgetful, history).unwrap(), reports);
        assert_eq!((&again.model, &forgetful.model), (&student.model, &student.model));
        assert_eq!(server.counts().trained, 2);
        // After a restart, too.
        server.stop();
        let server = start(server::Settings {
            out: Some(out.path().to_owned()),
            ..server::Settings::default()
        });
        let client = client_of(server.address(), None, limits());
        let third = tempfile::tempdir().unwrap();
        let mut late = endpoint(&client, third.path());
        assert_eq!(practised(&mut late, history).unwrap(), reports);
        assert_eq!((server.counts().trained, &late.model), (0, &student.model));
    }
}

#[test]
fn faults_start_no_second_job() {
    let server = start(server::Settings::default());
    let (reports, _) = in_process(History::Raw);
    let folder = tempfile::tempdir().unwrap();
    // Every third request is lost on the way back.
    let script = (0..300).map(|i| if i % 3 == 2 { Step::Cut(40) } else { Step::Pass }).collect();
    let proxy = Proxy::start(server.address(), script);
    let client = client_of(proxy.address, None, Limits { tries: 20, ..limits() });
    assert_eq!(practised(&mut endpoint(&client, folder.path()), History::Raw).unwrap(), reports);
    assert_eq!(server.counts().trained, 2);
    let (_, jobs) = get(server.address(), "/v1/fine_tuning/jobs");
    assert_eq!(jobs["data"].as_array().unwrap().len(), 2);
}

/// The answer to a request for a job is lost; the job is there, and is found among others.
#[test]
fn jobs_whose_answer_was_lost_are_found() {
    const LIST: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"object\": \"list\", \"data\": [\
        {\"id\": \"ftjob-1\", \"model\": \"m\", \"training_file\": \"file-2\", \"status\": \"running\"},\
        {\"id\": \"ftjob-2\", \"model\": \"m\", \"training_file\": \"file-1\", \"status\": \"failed\"},\
        {\"id\": \"ftjob-3\", \"model\": \"m\", \"training_file\": \"file-1\", \"status\": \"running\", \"seed\": 4}]}";
    let server = start(server::Settings::default());
    let proxy = Proxy::start(server.address(), vec![Step::Hang, Step::Say(LIST)]);
    let client = client_of(proxy.address, None, limits());
    let wanted = serde_json::json!({"model": "m", "training_file": "file-1", "seed": 4});
    let job = client.create_job(&serde_json::from_value(wanted).unwrap()).unwrap();
    assert_eq!((job.id.as_str(), client.account().requests), ("ftjob-3", 2));
}

fn conversations(count: usize) -> Vec<Vec<Message>> {
    let said = |role, text: String| Message::new(role, text);
    let one = |i| {
        vec![
            said(Role::User, format!("Which, {i}?")),
            said(Role::Assistant, "Choice: A".to_owned()),
        ]
    };
    (0..count).map(one).collect()
}

fn order<'a>(conversations: &'a [Vec<Message>], passes: usize) -> Order<'a> {
    let hyperparameters = Hyperparameters { n_epochs: Some(passes), ..Hyperparameters::default() };
    Order { model: "base", conversations, hyperparameters, seed: 4, suffix: None }
}

#[test]
fn a_rerun_waits_for_the_job_that_is_there() {
    let server = start(server::Settings::default());
    let client = client_of(server.address(), None, limits());
    let folder = tempfile::tempdir().unwrap();
    let (state, told) = (folder.path().join("job.json"), conversations(40));
    let order = order(&told, 10);
    let impatient = Waiting { patience: 0.001, ..WAITING };
    let error = fine_tune(&client, &order, &impatient, &state, |_| {}).unwrap_err().to_string();
    assert!(error.contains("a rerun goes on waiting"), "{error}");
    let mut resumed = false;
    let watch = |event: Event| match event {
        Event::Uploaded(_) => panic!("uploaded again"),
        Event::Job(_, known) => resumed = known,
        Event::Status(_) => {}
    };
    let name = fine_tune(&client, &order, &WAITING, &state, watch).unwrap();
    assert!(resumed);
    let (_, jobs) = get(server.address(), "/v1/fine_tuning/jobs");
    assert_eq!(
        (jobs["data"].as_array().unwrap().len(), &jobs["data"][0]["fine_tuned_model"]),
        (1, &name.clone().into())
    );
    let requests = client.account().requests;
    assert_eq!(fine_tune(&client, &order, &WAITING, &state, |_| {}).unwrap(), name);
    assert_eq!(client.account().requests, requests, "what has ended is not asked about");
    // Another order is another job.
    let other = fine_tune(&client, &Order { seed: 5, ..order }, &WAITING, &state, |_| {}).unwrap();
    assert_ne!(other, name);
}

#[test]
fn jobs_can_be_stopped_and_fail() {
    let server = start(server::Settings::default());
    let client = client_of(server.address(), None, limits());
    let folder = tempfile::tempdir().unwrap();
    let (state, told) = (folder.path().join("job.json"), conversations(40));
    let impatient = Waiting { patience: 0.001, ..WAITING };
    let long = order(&told, 2000);
    fine_tune(&client, &long, &impatient, &state, |_| {}).unwrap_err();
    let (_, jobs) = get(server.address(), "/v1/fine_tuning/jobs");
    let id = jobs["data"][0]["id"].as_str().unwrap();
    assert!(client.cancel_job(id).unwrap().status.is_over());
    let error = fine_tune(&client, &Order { seed: 9, ..long.clone() }, &impatient, &state, |_| {})
        .unwrap_err();
    assert!(error.to_string().contains("not ended"), "{error}");
    // Conversations that the model has no room for.
    let mut huge = conversations(1);
    huge[0][0].content = "x".repeat(20_000);
    let state = folder.path().join("other.json");
    drop(server);
    let server = start(server::Settings::default());
    let client = client_of(server.address(), None, limits());
    let error =
        fine_tune(&client, &order(&huge, 1), &WAITING, &state, |_| {}).unwrap_err().to_string();
    assert!(error.contains("failed") && error.contains("tokens of a passage"), "{error}");
}

#[test]
fn room_for_models_and_files_is_bounded() {
    let bounds = Bounds { models: 2, files: 2, ..Bounds::default() };
    let server: Server = start(server::Settings { bounds, ..server::Settings::default() });
    let client = client_of(server.address(), None, Limits { tries: 2, ..limits() });
    let folder = tempfile::tempdir().unwrap();
    let told: Vec<_> = (1..4).map(conversations).collect();
    let tuned = |i: usize| {
        fine_tune(
            &client,
            &order(&told[i], 1),
            &WAITING,
            &folder.path().join(i.to_string()),
            |_| {},
        )
    };
    tuned(0).unwrap();
    let error = tuned(1).unwrap_err().to_string();
    assert!(error.contains("no room for another model"), "{error}");
    let error = tuned(2).unwrap_err().to_string();
    assert!(error.contains("no room for another file"), "{error}");
    let (_, files) = get(server.address(), "/v1/files");
    let id = files["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ask(server.address(), "DELETE", &format!("/v1/files/{id}"), "", b"").0, 200);
    assert_eq!(get(server.address(), &format!("/v1/files/{id}")).0, 404);
    std::thread::sleep(Duration::from_millis(1));
}
