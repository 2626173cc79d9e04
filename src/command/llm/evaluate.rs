//! `lowregret llm evaluate`: a language model beside classical learners.

use lowregret::Result;
use lowregret::learner::Learner;
use lowregret::learner::bandit::play::{decision_stream, play as play_bandit};
use lowregret::learner::bandit::spec::{BanditSpec, Knowledge};
use lowregret::learner::play::play as play_online;
use lowregret::learner::spec::{LearnerSpec, Scale};
use lowregret::learner::verbal::class::{Source, Told, World, episodes, said};
use lowregret::learner::verbal::play::play;
use lowregret::learner::verbal::record::Trajectory;
use lowregret::metrics::exploration::suffix_failure;
use lowregret::metrics::interval::Estimate;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::BanditScenario;
use lowregret::report::table::plus_minus;
use lowregret::report::{Progress, Table};
use serde::Serialize;
use serde_json::json;

use super::{Common, Output, problem, voice};

pub const EXAMPLES: &str = "\
Examples:
  lowregret llm evaluate --weights final.safetensors --contexts held_out --arms 5 --rounds 30 --scenarios 100
  lowregret llm evaluate --url http://127.0.0.1:11434/v1 --model qwen3:0.6b --scenarios 20 --cache answers.jsonl --json
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

/// What a player did on every scenario.
struct Played {
    player: String,
    /// Mean over the plays of a scenario.
    regret: Vec<f64>,
    /// Share of the plays of a scenario, where arms are chosen.
    failures: Option<Vec<f64>>,
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
    let voice = voice.open()?;
    let purpose = Purpose::Evaluation;
    let told = problem.told(given.scenarios, purpose, 0)?;
    let open = episodes(&told, given.rollouts, &problem.streams, purpose, 0)?;
    let progress = Progress::new("evaluate", given.replies(), common.quiet).unit("answers");
    let mut speaker = voice.speaker(sampling, problem.streams, 0, &progress)?;
    let plays = play(&mut *speaker, open, given.reading)?;
    progress.finish();
    let (unparsed, agreement) = said(&plays, &told, given.rollouts);
    let mut players = vec![of_model(&plays, &told, given.rollouts)];
    players.extend(learners(&problem.class.source, &told, &problem.streams)?);
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

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn failed(scenario: &BanditScenario, chosen: &[usize]) -> f64 {
    f64::from(u8::from(suffix_failure(scenario, chosen, chosen.len() / 2)))
}

fn of_model(plays: &[Trajectory], told: &[Told], rollouts: usize) -> Played {
    let regret =
        plays.chunks(rollouts).map(|plays| mean(plays.iter().map(|play| play.regret))).collect();
    let failures = |(plays, told): (&[Trajectory], &Told)| match &told.world {
        World::Bandit(scenario) => Some(mean(plays.iter().map(|play| {
            let chosen: Vec<usize> = play.rounds.iter().filter_map(|round| round.action).collect();
            failed(scenario, &chosen)
        }))),
        World::FullInformation(_) | World::Mdp(..) | World::Pomdp(..) => None,
    };
    let failures = plays.chunks(rollouts).zip(told).map(failures).collect();
    Played { player: "model".to_owned(), regret, failures }
}

fn learners(source: &Source, told: &[Told], streams: &Streams) -> Result<Vec<Played>> {
    match source {
        Source::Bandit(bandit) => {
            let play = |name: &str| {
                let prepared = name.parse::<BanditSpec>()?.prepare(Knowledge::of(bandit))?;
                let (mut regret, mut failures) = (Vec::new(), Vec::new());
                for (i, told) in told.iter().enumerate() {
                    let World::Bandit(scenario) = &told.world else { continue };
                    let mut learner = prepared.build(scenario.present())?;
                    let mut rng = decision_stream(streams, Purpose::Evaluation, 0, i, 0);
                    let chosen = play_bandit(scenario, &mut *learner, &mut rng);
                    regret.push(scenario.regret().total(scenario, &chosen));
                    failures.push(failed(scenario, &chosen));
                }
                Ok(Played { player: name.to_owned(), regret, failures: Some(failures) })
            };
            BANDITS.into_iter().map(play).collect()
        }
        Source::FullInformation(problem) => {
            // Rewards are within the unit cube, about: a vector is as long as the root of the number of arms.
            let scale = Scale { rounds: problem.horizon, bound: (problem.dimension as f64).sqrt() };
            let play = |name: &str| {
                let spec: LearnerSpec = name.parse()?;
                let regret = told.iter().filter_map(|told| match &told.world {
                    World::FullInformation(rewards) => {
                        let mut learner: Box<dyn Learner> =
                            spec.build(problem.set, scale, rewards.view());
                        play_online(problem.set, &mut *learner, rewards.view()).last().copied()
                    }
                    _ => None,
                });
                Ok(Played { player: name.to_owned(), regret: regret.collect(), failures: None })
            };
            ONLINE.into_iter().map(play).collect()
        }
        // Nobody else plays processes in words.
        Source::Mdp(_) | Source::Pomdp(_) => Ok(Vec::new()),
    }
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
