//! `lowregret llm evaluate`: a language model beside classical learners.

use lowregret::Result;
use lowregret::learner::verbal::class::{Source, episodes, said};
use lowregret::learner::verbal::play::play;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::verbal::Played;
use lowregret::numeric::rng::Purpose;
use lowregret::report::table::plus_minus;
use lowregret::report::{Progress, Table};
use serde::Serialize;
use serde_json::json;

use super::{Common, Output, problem, voice};

pub const EXAMPLES: &str = "\
Examples:
  lowregret llm evaluate --weights final.safetensors --contexts held_out --arms 5 --rounds 30 --scenarios 100
  lowregret llm evaluate --url http://127.0.0.1:11434/v1 --model llama3.2:1b --scenarios 20 --cache answers.jsonl --json
  lowregret llm evaluate --weights final.safetensors --problem full_information --form probabilities

Scenarios are those of the evaluation, which no rollout and no training meets; learners and the model meet the same ones.
SuffFail: share of plays that never choose the best arm in the second half. Regret: pseudo-regret, dynamic where means move,
static with full information; intervals are of means over scenarios, 95 %. The agreement is the share of the counts written in
the reasoning that are right.";

/// Learners that a language model is compared with.
const BANDITS: [&str; 3] = ["ucb1", "thompson", "greedy"];
const ONLINE: [&str; 3] = ["hedge", "ftl", "center"];

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    voice: voice::Speaking,
    #[command(flatten)]
    problem: problem::Scenarios,
}

/// A player in the answer.
#[derive(Serialize)]
struct Row {
    player: String,
    regret: Estimate,
    minus_model: Estimate,
    suffix_failure: Option<Estimate>,
}

pub fn run(arguments: &Arguments, common: Common) -> Result<Output> {
    let Arguments { voice, problem: given } = arguments;
    let (problem, sampling) = (given.resolve()?, voice.sampling()?);
    let voice = voice.open(voice.endpoint.cache.as_deref(), 0.0)?;
    let purpose = Purpose::Evaluation;
    let told = problem.told(given.scenarios, purpose, 0)?;
    let open = episodes(&told, given.rollouts, &problem.streams, purpose, 0)?;
    let progress = Progress::new("evaluate", given.replies(), common.quiet).unit("answers");
    let mut speaker = voice.speaker(sampling, problem.streams, 0, &progress)?;
    let plays = play(&mut *speaker, open, given.reading);
    progress.finish();
    let plays = voice.settled(plays)?;
    let (unparsed, agreement) = said(&plays, &told, given.rollouts);
    let source = &problem.class.source;
    let learners: &[&str] = match source {
        Source::Bandit(_) => &BANDITS,
        Source::FullInformation(_) => &ONLINE,
        // Nobody else plays processes in words.
        Source::Mdp(_) | Source::Pomdp(_) => &[],
    };
    let mut players = vec![Played::of_plays("model", &plays, &told, given.rollouts)];
    for name in learners {
        players.push(Played::of_learner(name, source, &told, &problem.streams, purpose)?);
    }
    let rows = players.iter().map(|played| row(played, &players[0])).collect::<Result<Vec<_>>>()?;
    let mut text = format!(
        "{} plays of {} scenarios\n\n{}\n{:.2} % of the answers could not be read; {} of {} counts in the reasoning are right",
        plays.len(),
        given.scenarios,
        table(&rows),
        100.0 * unparsed.rate(),
        agreement.right,
        agreement.written
    );
    text.extend(voice.bill().map(|bill| format!("\n{bill}")));
    let json = json!({
        "problem": problem.class, "scenarios": given.scenarios, "rollouts": given.rollouts, "players": rows,
        "unparsed": unparsed, "unparsed_rate": unparsed.rate(),
        "agreement": agreement, "agreement_rate": agreement.rate(), "service": voice.account(),
    });
    Ok(Output { text, json })
}

fn row(played: &Played, model: &Played) -> Result<Row> {
    Ok(Row {
        player: played.player.clone(),
        regret: Estimate::of(&played.regret)?,
        minus_model: Estimate::difference(&played.regret, &model.regret)?,
        suffix_failure: played.failures.as_deref().map(Estimate::of).transpose()?,
    })
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["player", "regret", "minus model", "SuffFail"]);
    let told = |estimate: &Estimate| plus_minus(estimate.mean, estimate.half_width());
    for Row { player, regret, minus_model, suffix_failure } in rows {
        let failures = suffix_failure.as_ref().map_or("-".to_owned(), told);
        table.push(vec![player.clone(), told(regret), told(minus_model), failures]);
    }
    table
}
