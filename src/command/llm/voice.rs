//! Who speaks: a text model in the process, or somebody behind an endpoint.

use std::path::{Path, PathBuf};

use lowregret::learner::text::TextSpeaker;
use lowregret::learner::verbal::Speaker;
use lowregret::model::text::TextModel;
use lowregret::model::text::generate::Sampling;
use lowregret::numeric::rng::Streams;
use lowregret::report::Progress;
use lowregret::{Error, Result};
use serde_json::Value;

#[cfg(feature = "net")]
use super::service::Service;
use super::watched::Watched;

#[derive(clap::Args)]
#[command(next_help_heading = "Who speaks")]
pub struct Speaking {
    /// Weight file of a text model
    #[arg(long, value_name = "FILE", required_unless_present = "url", conflicts_with = "url")]
    pub weights: Option<PathBuf>,
    /// Base URL of an endpoint, most end in /v1 (feature net)
    #[arg(long, value_name = "URL", requires = "model")]
    pub url: Option<String>,
    /// Name of the model at the endpoint
    #[arg(long, value_name = "NAME", requires = "url", conflicts_with = "weights")]
    pub model: Option<String>,
    /// Environment variable with the key of the endpoint
    #[arg(long, value_name = "VARIABLE", requires = "url", conflicts_with = "weights")]
    pub key_env: Option<String>,
    /// Logits are divided by it; 0 for the likeliest
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    temperature: f64,
    /// Only the likeliest tokens, that have this probability together
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    top_p: f64,
    /// Most tokens of an answer
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_tokens: usize,
    #[command(flatten)]
    pub endpoint: Endpoint,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Endpoints")]
pub struct Endpoint {
    /// Answers are kept here: a rerun asks for nothing twice and repeats to the byte [default: none; with rmft answers.jsonl
    /// in its folder]
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "weights")]
    pub cache: Option<PathBuf>,
    /// Send no seed: for endpoints that refuse it
    #[arg(long, requires = "url", conflicts_with = "weights")]
    pub no_seed: bool,
    /// Send no temperature, for models that refuse it: theirs is 1 then
    #[arg(long, requires = "url", conflicts_with = "weights")]
    pub no_temperature: bool,
    /// Send no top_p, for models that refuse it, or refuse it beside a temperature: theirs is 1 then
    #[arg(long, requires = "url", conflicts_with = "weights")]
    pub no_top_p: bool,
    /// Send max_completion_tokens instead of max_tokens: for newer models of OpenAI
    #[arg(long, requires = "url", conflicts_with = "weights")]
    pub completion_tokens: bool,
    /// Requests under way at the same time
    #[arg(
        long,
        value_name = "N",
        default_value_t = 16,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub concurrent: usize,
    /// Seconds until a whole answer must be there
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 300.0,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub timeout: f64,
    /// Seconds after which a request is given up, with all repetitions
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 900.0,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub patience: f64,
    /// Times that a request is sent at most
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub tries: u32,
    /// Requests a minute [default: no limit]
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0.0,
        hide_default_value = true,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub requests_a_minute: f64,
    /// Tokens a minute, read and said [default: no limit]
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0.0,
        hide_default_value = true,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub tokens_a_minute: f64,
    /// Price of a million tokens read; prices are taken to be the same for all models of a run
    #[arg(
        long,
        value_name = "PRICE",
        default_value_t = 0.0,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub price_read: f64,
    /// Price of a million tokens said
    #[arg(
        long,
        value_name = "PRICE",
        default_value_t = 0.0,
        requires = "url",
        conflicts_with = "weights"
    )]
    pub price_said: f64,
}

#[cfg(feature = "net")]
impl Endpoint {
    /// In which form it is asked.
    pub fn dialect(&self) -> lowregret::net::speaker::Dialect {
        lowregret::net::speaker::Dialect {
            seeds: !self.no_seed,
            completion_tokens: self.completion_tokens,
            temperature: !self.no_temperature,
            top_p: !self.no_top_p,
        }
    }
}

/// What something cost, for people; nothing where no price was given.
pub fn priced(cost: f64) -> String {
    if cost > 0.0 { format!("; cost {cost:.4}") } else { String::new() }
}

/// Who speaks.
pub enum Voice {
    Text(Box<TextModel>),
    #[cfg(feature = "net")]
    Service(Box<Service>),
}

impl Speaking {
    /// How answers are drawn.
    pub fn sampling(&self) -> Result<Sampling> {
        let Self { temperature, top_p, max_tokens, .. } = *self;
        let sampling = Sampling { temperature, top_p, max_tokens };
        sampling.check()?;
        #[cfg(feature = "net")]
        self.endpoint.dialect().check(&sampling)?;
        Ok(sampling)
    }

    /// Loads the model, or gets ready to call; what an endpoint answers is kept in `cache`. A million tokens that it is
    /// trained on costs `price_trained`: 0 where nothing is trained.
    #[cfg_attr(not(feature = "net"), expect(unused_variables))]
    pub fn open(&self, cache: Option<&Path>, price_trained: f64) -> Result<Voice> {
        match (&self.weights, &self.url) {
            (Some(weights), None) => Ok(Voice::Text(Box::new(TextModel::load(weights)?))),
            #[cfg(feature = "net")]
            (_, Some(url)) => {
                let service = Service::open(self, url, cache, price_trained)?;
                Ok(Voice::Service(Box::new(service)))
            }
            #[cfg(not(feature = "net"))]
            (_, Some(url)) => Err(no_network(url)),
            (None, None) => Err(Error::parameter("--weights", "nothing", "a file, or --url")),
        }
    }
}

/// This build calls nobody.
#[cfg(not(feature = "net"))]
pub fn no_network(url: &str) -> Error {
    let expected = "--weights FILE: this build has no network; build with `cargo build --release --features net`";
    Error::parameter("--url", url, expected)
}

impl Voice {
    /// Somebody who can be asked, whose replies are counted.
    pub fn speaker<'a>(
        &'a self,
        sampling: Sampling,
        streams: Streams,
        iteration: usize,
        progress: &'a Progress,
    ) -> Result<Box<dyn Speaker + 'a>> {
        Ok(match self {
            Self::Text(model) => {
                let own = TextSpeaker::new(model, sampling, streams, iteration)?;
                Box::new(Watched { own, progress })
            }
            #[cfg(feature = "net")]
            Self::Service(service) => {
                let own = service.speaker(sampling, streams, iteration)?;
                Box::new(Watched { own, progress })
            }
        })
    }

    /// What it took, for programs; `null` in the process.
    pub fn account(&self) -> Value {
        match self {
            Self::Text(_) => Value::Null,
            #[cfg(feature = "net")]
            Self::Service(service) => {
                serde_json::json!({ "account": service.client.account(), "cost": service.client.cost() })
            }
        }
    }

    /// What came of a run. Of one that failed the bill is told on standard error, if there is one: it has to be paid.
    pub fn settled<T>(&self, outcome: Result<T>) -> Result<T> {
        let account = self.account();
        let paid = ["answers", "tokens_trained"]
            .into_iter()
            .any(|key| account["account"][key].as_u64().is_some_and(|count| count > 0));
        if outcome.is_err() && paid {
            self.bill().into_iter().for_each(|bill| eprintln!("{bill}"));
        }
        outcome
    }

    /// What it took, for people.
    pub fn bill(&self) -> Option<String> {
        let value = self.account();
        let number = |key: &str| value["account"][key].as_u64();
        let cost = value["cost"].as_f64()?;
        let trained = match number("tokens_trained")? {
            0 => String::new(),
            count => format!(", {count} trained"),
        };
        let priced = priced(cost);
        let mut notes = String::new();
        for (key, what) in [
            ("cut_off", "were cut off: raise --max-tokens"),
            (
                "empty",
                "were empty: a model that thinks before it speaks may have come no further; raise --max-tokens, or take another model",
            ),
        ] {
            let count = number(key)?;
            if count > 0 {
                notes.push_str(&format!("\n{count} answers {what}"));
            }
        }
        Some(format!(
            "{} answers asked for, {} known from the cache, {} requests repeated; {} tokens read, {} said{trained}{priced}{notes}",
            number("answers")?,
            number("remembered")?,
            number("repeated")?,
            number("tokens_read")?,
            number("tokens_said")?
        ))
    }
}
