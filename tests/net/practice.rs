//! RMFT in words over HTTP: the same plays and the same weights as in the process.

use std::path::Path;

use lowregret::model::Model;
use lowregret::net::client::{Client, Limits};
use lowregret::net::endpoint::Endpoint;
use lowregret::net::finetune::{Waiting, hyperparameters};
use lowregret::net::server;
use lowregret::numeric::rng::Streams;
use lowregret::problem::verbal::answer::Reading;
use lowregret::problem::verbal::context::Library;
use lowregret::problem::verbal::telling::History;
use lowregret::train::text::rmft::{Iteration, TextRmft, train};
use lowregret::train::text::{Imitated, Student, TextStudent, Tuning};

use crate::client::asking;
use crate::proxy::{Proxy, Step};
use crate::text_model::model;
use crate::tools::*;
use crate::vendor::vendor;

pub const WAITING: Waiting = Waiting { first: 0.01, longest: 0.1, patience: 30.0 };
const TUNING: Tuning = Tuning { passes: 2, batch: 3, learning_rate: 3e-3 };

fn rmft(history: History) -> TextRmft {
    TextRmft {
        classes: vec![class(3, history)],
        iterations: 2,
        scenarios: 3,
        rollouts: 3,
        keep: 1,
        reading: Reading::Lenient,
        imitated: Imitated::Answers,
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
        hyperparameters: hyperparameters(&TUNING),
        waiting: WAITING,
        streams: Streams::new(3),
        folder: folder.to_owned(),
        observe: &|_| {},
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

/// A service that makes another job of every request: none is made twice, whichever answers are lost.
#[test]
fn lost_answers_create_no_job_twice() {
    for phase in 0..3 {
        let (address, books) = vendor(0);
        let folder = tempfile::tempdir().unwrap();
        let step = |i| if i % 3 == phase { Step::Cut(40) } else { Step::Pass };
        let proxy = Proxy::start(address, (0..300).map(step).collect());
        let client = client_of(proxy.address, None, Limits { tries: 20, ..limits() });
        practised(&mut endpoint(&client, folder.path()), History::Raw).unwrap();
        let books = books.lock().unwrap();
        let models: Vec<_> = books.jobs.iter().map(|job| &job["request"]["model"]).collect();
        assert_eq!(models, ["base", "ft:0"], "{phase}");
    }
}
