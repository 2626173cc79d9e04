//! Fine-tuning jobs: lost, found again, waited for, stopped, refused.

use std::path::Path;

use lowregret::model::Model;
use lowregret::net::client::Limits;
use lowregret::net::finetune::{Event, Order, Waiting, fine_tune};
use lowregret::net::server::{self, Bounds, Server};
use lowregret::net::wire::Hyperparameters;
use lowregret::problem::verbal::message::{Message, Role};

use crate::practice::WAITING;
use crate::proxy::{Proxy, Step};
use crate::text_model::model;
use crate::tools::*;
use crate::vendor::vendor;

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
fn lost_answers_and_dead_runs_start_no_second_job() {
    let folder = tempfile::tempdir().unwrap();
    let (state, told) = (folder.path().join("job.json"), conversations(3));
    // The answer is lost, and the run goes on; among others, the job is told under another name.
    let (address, books) = vendor(0);
    let client = client_of(address, None, limits());
    for seed in 0..3 {
        let other = folder.path().join(seed.to_string());
        fine_tune(&client, &Order { seed, ..order(&told, 1) }, &WAITING, &other, |_| {}).unwrap();
    }
    books.lock().unwrap().lost = 1;
    let model = fine_tune(&client, &order(&told, 1), &WAITING, &state, |_| {}).unwrap();
    assert_eq!((model.as_str(), books.lock().unwrap().jobs.len()), ("ft:3", 4));
    // It is lost, and the run ends with it: the next one finds the job over its file, and uploads none.
    let (address, books) = vendor(1);
    std::fs::remove_file(&state).unwrap();
    let hasty = client_of(address, None, Limits { tries: 1, ..limits() });
    fine_tune(&hasty, &order(&told, 1), &WAITING, &state, |_| {}).unwrap_err();
    let mut known = false;
    let watch = |event: Event| match event {
        Event::Uploaded(_) => panic!("uploaded again"),
        Event::Job(_, resumed) => known = resumed,
        Event::Status(_) => {}
    };
    assert_eq!(fine_tune(&hasty, &order(&told, 1), &WAITING, &state, watch).unwrap(), "ft:0");
    assert!(known);
    {
        let books = books.lock().unwrap();
        assert_eq!((books.files.len(), books.jobs.len()), (1, 1));
    }
    // Where the file has gone, it is uploaded again.
    std::fs::write(
        &state,
        std::fs::read_to_string(&state)
            .unwrap()
            .replace("ftjob-0", "ftjob-9")
            .replace("\"ft:0\"", "null"),
    )
    .unwrap();
    books.lock().unwrap().files[0] = "file-gone".to_owned();
    assert_eq!(fine_tune(&hasty, &order(&told, 1), &WAITING, &state, |_| {}).unwrap(), "ft:1");
    assert_eq!(books.lock().unwrap().files.len(), 2);
}

/// A state of a run that ended before the job `ftjob-0` was seen to be done.
fn unfinished(state: &Path) {
    let text = std::fs::read_to_string(state).unwrap();
    assert!(text.contains("ftjob-0"), "{text}");
    std::fs::write(state, text.replace("\"ft:0\"", "null")).unwrap();
}

/// The job has failed, and the answer about the one that replaces it is lost with the run.
#[test]
fn jobs_that_replace_failed_ones_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (state, told) = (folder.path().join("job.json"), conversations(3));
    let (address, books) = vendor(0);
    let hasty = client_of(address, None, Limits { tries: 1, ..limits() });
    let run = || fine_tune(&hasty, &order(&told, 1), &WAITING, &state, |_| {});
    run().unwrap();
    unfinished(&state);
    {
        let mut books = books.lock().unwrap();
        books.jobs[0]["status"] = "failed".into();
        books.lost = 1;
    }
    run().unwrap_err();
    assert_eq!(run().unwrap(), "ft:1");
    assert_eq!(books.lock().unwrap().jobs.len(), 2);
}

#[test]
fn records_of_jobs_under_way_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (state, told) = (folder.path().join("job.json"), conversations(3));
    let (address, books) = vendor(0);
    let client = client_of(address, None, limits());
    let first = order(&told, 1);
    fine_tune(&client, &first, &WAITING, &state, |_| {}).unwrap();
    unfinished(&state);
    let written = std::fs::read(&state).unwrap();
    let other =
        || fine_tune(&client, &Order { seed: 5, ..first.clone() }, &WAITING, &state, |_| {});
    for status in ["running", "paused"] {
        books.lock().unwrap().jobs[0]["status"] = status.into();
        let error = other().unwrap_err().to_string();
        assert!(error.contains("job ftjob-0 of another order"), "{error}");
        assert!(error.contains("job.json") && error.contains("--cancel"), "{error}");
        assert_eq!(std::fs::read(&state).unwrap(), written);
    }
    books.lock().unwrap().jobs[0]["status"] = "cancelled".into();
    assert_eq!(other().unwrap(), "ft:1");
}

/// The name of the first model says nothing of its weights.
#[test]
fn models_of_other_weights_are_trained_anew() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings =
        server::Settings { out: Some(out.path().to_owned()), ..server::Settings::default() };
    let mut other = model();
    other.transformer_mut().parameters_mut()[0] += 0.5;
    let told = conversations(3);
    let tuned = |model, name: &str| {
        let server = Server::start("base", model, settings.clone()).unwrap();
        let client = client_of(server.address(), None, limits());
        let state = folder.path().join(name);
        let tuned = fine_tune(&client, &order(&told, 1), &WAITING, &state, |_| {}).unwrap();
        (tuned, server.counts().trained)
    };
    let (first, _) = tuned(model(), "a");
    assert_eq!(tuned(model(), "b"), (first.clone(), 0));
    let (second, trained) = tuned(other, "c");
    assert!(second != first && trained == 1);
}

#[test]
fn jobs_can_be_stopped_and_fail() {
    let server = start(server::Settings::default());
    let client = client_of(server.address(), None, limits());
    let folder = tempfile::tempdir().unwrap();
    let (state, told) = (folder.path().join("job.json"), conversations(40));
    let impatient = Waiting { patience: 0.001, ..WAITING };
    let endless = order(&told, 1 << 40);
    let error = fine_tune(&client, &endless, &WAITING, &state, |_| {}).unwrap_err().to_string();
    assert!(error.contains("steps"), "{error}");
    // Hours of training.
    let long = order(&told, 300_000);
    fine_tune(&client, &long, &impatient, &state, |_| {}).unwrap_err();
    let (_, jobs) = get(server.address(), "/v1/fine_tuning/jobs");
    let id = jobs["data"][0]["id"].as_str().unwrap();
    assert!(client.cancel_job(id).unwrap().status.is_over());
    // The next one has its turn at once.
    let short = folder.path().join("short.json");
    fine_tune(&client, &order(&told, 1), &WAITING, &short, |_| {}).unwrap();
    assert_eq!(server.counts().trained, 1);
    let error = fine_tune(&client, &Order { seed: 9, ..long.clone() }, &impatient, &state, |_| {})
        .unwrap_err();
    assert!(error.to_string().contains("not ended"), "{error}");
    // The end of the server is that of what it trains: this returns.
    server.stop();
    // Conversations that the model has no room for.
    let mut huge = conversations(1);
    huge[0][0].content = "x".repeat(20_000);
    let state = folder.path().join("other.json");
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
}
