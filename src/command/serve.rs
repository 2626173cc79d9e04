//! `lowregret serve`: a text model behind OpenAI's protocol.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::time::Duration;

use lowregret::model::text::TextModel;
use lowregret::net::key::Key;
use lowregret::net::server::{Bounds, Server, Settings};
use lowregret::{Error, Result};
use serde_json::json;

use super::{Common, Output};

pub const EXAMPLES: &str = "\
Examples:
  lowregret serve base.safetensors
  lowregret serve base.safetensors --port 9000 --out runs/served
  LOWREGRET_KEY=... lowregret serve base.safetensors --host 0.0.0.0 --key-env LOWREGRET_KEY
  curl -s http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{\"model\": \"base\", \"messages\": [{\"role\": \"user\", \"content\": \"Which?\"}], \"seed\": 7}'

/v1/models, /v1/chat/completions (temperature, top_p, max_tokens, max_completion_tokens, seed; n = 1; no stream; penalties,
biases, top_k, min_p, tools and formats are refused), /v1/files and /v1/fine_tuning/jobs (create, list, get, cancel), as clients
of OpenAI call them. The same request with the same seed has the same answer, whatever else is asked for. Fine-tuning: n_epochs
are passes (2), batch_size conversations of a step (16), learning_rate_multiplier is times 1e-3, at most 1,000,000 steps; the
model it makes can be asked under its name ft:.. at once, is written into --out, and is there again at the next start with the
same --out and weights. Only this machine is served unless there is a key. Ctrl-C ends it: answers that are under way have 5 s,
training is given up.";

#[derive(clap::Args)]
pub struct Arguments {
    /// Weight file of a text model
    #[arg(value_name = "FILE")]
    weights: PathBuf,
    /// Its name for those who ask [default: that of the file]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Address; others than those of this machine need --key-env
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port; 0 for any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// Environment variable with the key that callers must bring
    #[arg(long, value_name = "VARIABLE")]
    key_env: Option<String>,
    /// Folder for models that are fine-tuned [default: none are written]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Largest upload, in MiB; other requests have at most 4
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    body_mib: u32,
    /// Seconds in which an answer must be there
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: u32,
    /// Connections at the same time
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// Memory for what was read of conversations, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(0..=65_536))]
    memory_mib: u32,
    /// Models at most, with the first
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    models: u16,
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let model = TextModel::load(&arguments.weights)?;
    let stem = arguments.weights.file_stem().unwrap_or_default().to_string_lossy();
    let name = arguments.name.clone().unwrap_or_else(|| stem.replace(char::is_whitespace, "-"));
    let (stop, stopped) = channel();
    ctrlc::set_handler(move || {
        let _ = stop.send(());
    })
    .map_err(|reason| Error::parameter("signals", "refused", reason.to_string()))?;
    let settings = Settings {
        address: SocketAddr::new(arguments.host, arguments.port),
        key: arguments.key_env.as_deref().map(Key::of_variable).transpose()?,
        out: arguments.out.clone(),
        bounds: Bounds {
            body: usize::try_from(u64::from(arguments.body_mib) << 20).unwrap_or(usize::MAX),
            answering: Duration::from_secs(arguments.timeout.into()),
            connections: arguments.connections.into(),
            remembered: usize::try_from(u64::from(arguments.memory_mib) << 18)
                .unwrap_or(usize::MAX),
            models: arguments.models.into(),
            ..Bounds::default()
        },
    };
    let server = Server::start(&name, model, settings)?;
    let url = format!("http://{}/v1", server.address());
    // At once: programs wait for this line.
    let text = format!("serves {name} at {url}; Ctrl-C ends it");
    let begun = Output { text, json: json!({ "url": url, "model": name }) };
    let _ = begun.print(common);
    let _ = stopped.recv();
    let counts = server.counts();
    server.stop();
    let text = format!(
        "{} requests, {} completions in {} batches, {} models trained",
        counts.requests, counts.completions, counts.batches, counts.trained
    );
    Ok(Output { text, json: json!({ "counts": counts }) })
}
