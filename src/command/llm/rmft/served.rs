//! RMFT of a model behind an endpoint: it learns in jobs there, or with TRL.

use lowregret::model::text::generate::Sampling;
use lowregret::net::endpoint::Endpoint;
use lowregret::net::open_weights::OpenWeights;
use lowregret::train::text::Tuning;
use lowregret::{Error, Result};
use serde_json::{Value, json};

use super::{Arguments, Done, Run, TRL_FOLDER, TRL_MODEL};
use crate::command::llm::service::Service;

/// Where the model is asked for, and how it is asked and taught.
pub fn described(service: &Service, arguments: &Arguments) -> Result<Value> {
    let mut object = json!({
        "url": service.client.url(), "model": service.model, "dialect": service.dialect,
    });
    match &arguments.trl {
        Some(weights) => object["trl"] = json!(weights),
        None => object["hyperparameters"] = json!(arguments.tuning.hyperparameters()?),
    }
    Ok(object)
}

/// Refuses a service that cannot teach, before anything is asked of it.
pub fn check(service: &Service, arguments: &Arguments) -> Result<()> {
    if arguments.trl.is_some() || service.client.has_jobs()? {
        return Ok(());
    }
    let message = "no fine-tuning jobs here: give --trl NAME, the name or folder of the open weights, to have the data and \
                   the command for TRL written";
    Err(Error::service(service.client.url(), message))
}

/// All iterations.
pub fn all(
    run: &Run,
    service: &Service,
    arguments: &Arguments,
    sampling: Sampling,
    tuning: Tuning,
) -> Result<Vec<Done>> {
    let (asking, streams) = (service.asking(sampling), run.problem.streams);
    let model = service.model.clone();
    if let Some(weights) = &arguments.trl {
        let (weights, folder) = (weights.clone(), run.out.join(TRL_FOLDER));
        let own = OpenWeights { asking, model, weights, tuning, streams, folder };
        return run.all(own, |_, _| Ok(()), |_, _| Ok(TRL_MODEL.to_owned()));
    }
    let own = Endpoint {
        asking,
        model,
        hyperparameters: arguments.tuning.hyperparameters()?,
        waiting: arguments.jobs.waiting()?,
        streams,
        folder: run.out.to_owned(),
        observe: &|event| run.progress.message(event.to_string()),
    };
    let recall = |student: &mut Endpoint, name: &str| {
        student.model = name.to_owned();
        Ok(())
    };
    run.all(own, recall, |student: &Endpoint, _| Ok(student.model.clone()))
}
