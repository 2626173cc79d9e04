//! Problems by name or from a file.

use std::path::Path;

use lowregret::files::read_at_most;
use lowregret::problem::bandit::{Bandit, Means};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::suggest::expected;
use lowregret::{Error, Result};
use serde::de::DeserializeOwned;

/// Largest file that is read.
const MAX_BYTES: u64 = 1 << 20;

const BANDITS: [&str; 3] = ["bernoulli", "gap", "drifting"];
const FAMILIES: [&str; 6] = ["balanced", "gaussian", "uniform", "alternating", "sinusoid", "trend"];

/// The bandit that is meant, for a model of this shape.
pub fn bandit(name: &str, arms: usize, rounds: usize) -> Result<Bandit> {
    let problem = match name {
        "bernoulli" => Bandit::bernoulli(arms, rounds),
        "gap" => {
            Bandit { means: Means::Gap { best: 0.6, gap: 0.2 }, ..Bandit::bernoulli(arms, rounds) }
        }
        "drifting" => Bandit::drifting_mixture(arms, rounds),
        _ => from_file(name, &BANDITS)?,
    };
    problem.check()?;
    Ok(problem)
}

/// The problem of full information that is meant, for a model of this shape.
pub fn online(
    name: &str,
    set: DecisionSet,
    dimension: usize,
    horizon: usize,
) -> Result<FullInformation> {
    let family = match name {
        "balanced" => RewardFamily::balanced(),
        "gaussian" => RewardFamily::Gaussian { spread: 0.525, noise: 0.7 },
        "uniform" => RewardFamily::Uniform { width: 0.6 },
        "alternating" => RewardFamily::Alternating,
        "sinusoid" => RewardFamily::Sinusoid { amplitude: 1.0, cycles: 2.0, noise: 0.5 },
        "trend" => RewardFamily::LinearTrend { slope: 1.0, noise: 0.5 },
        _ => {
            let problem: FullInformation = from_file(name, &FAMILIES)?;
            problem.check()?;
            return Ok(problem);
        }
    };
    let problem = FullInformation { set, dimension, horizon, family };
    problem.check()?;
    Ok(problem)
}

fn from_file<P: DeserializeOwned>(name: &str, known: &[&str]) -> Result<P> {
    let path = Path::new(name);
    if !path.exists() && !name.ends_with(".json") {
        let expected = expected(name, known.iter().copied()) + ", or a JSON file";
        return Err(Error::parameter("--problem", name, expected));
    }
    let bytes = read_at_most(path, MAX_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|e| Error::content(path, e.to_string()))
}
