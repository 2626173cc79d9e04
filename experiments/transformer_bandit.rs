//! Does a small Transformer become a good bandit player by imitating nothing but its own best trajectories?
//!
//! Trains by Iterative RMFT on Bernoulli bandits (five arms, 50 rounds; two arms, 25 rounds), ranking by true regret and by
//! what the learner itself can observe, keeping trajectories or decisions, and plays the models beside the classical
//! learners, tuned on scenarios of their own, and beside the Gittins index. Statements cited by id are in
//! paper_notes/transformer_bandit.md.

#[path = "transformer_bandit/claims.rs"]
mod claims;
#[path = "transformer_bandit/figures.rs"]
mod figures;
#[path = "transformer_bandit/runs.rs"]
mod runs;
#[path = "shared/training.rs"]
mod training;

use lowregret::Result;
use lowregret::learner::bandit::spec::BanditSpec;
use lowregret::metrics::comparison::{Comparison, ComparisonRow};
use lowregret::problem::bandit::Bandit;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::number};
use lowregret::train::bandit::run::{BanditRun, TrainedBandit};
use lowregret::train::log::TrainingRow;

/// Classical learners on the problems of the page.
const LEARNERS: [&str; 15] = [
    "uniform",
    "greedy",
    "epsilon-greedy",
    "explore-then-commit",
    "ucb1",
    "fixed-ucb",
    "ucb-v",
    "moss",
    "kl-ucb",
    "thompson",
    "gaussian-thompson",
    "exp3",
    "exp3-s",
    "rexp3",
    "gittins",
];
/// Thompson sampling as it comes, with the prior that is true here: Beta(1, 1).
const BETA_THOMPSON: &str = "thompson, Beta(1, 1)";
const BAYES_OPTIMAL: &str = "bayes-optimal";
/// Learners of the hard instance as they were published, with their names there.
const PUBLISHED: [(&str, &str); 3] =
    [("Thompson sampling", "thompson"), ("UCB", "fixed-ucb:c=1"), ("greedy", "greedy")];

/// A trained model and the run that made it.
struct Outcome {
    name: String,
    seed: u64,
    trained: TrainedBandit,
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "transformer_bandit",
    question: "Does a small Transformer become a good bandit player by imitating nothing but its own best trajectories?",
    about: "Trains Transformers on bandits by Iterative RMFT and plays them beside classical learners.",
    notes: "transformer_bandit.md",
    timed: false,
    seeds: 1,
    seconds: 545,
    figures: &[
        (
            "training",
            "(a) Regret, (b) share of runs that never choose the best arm in their second half, and (c) entropy of \
             decisions while training on five arms; keeping decisions takes fewer steps than keeping trajectories. (d) \
             With two arms, keeping 2 of 32 trajectories collapses.",
        ),
        (
            "regret",
            "(a) Regret round by round, five arms. (b) Difference to tuned UCB1, paired by scenario, a bar a training \
             seed. (c) Two arms, 25 rounds. (d) The published hard instance, 100 rounds. Bars are 95 % intervals over \
             scenarios.",
        ),
    ],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let (scenarios, tuning) = if experiment.quick() { (1000, 200) } else { (10_000, 2000) };
    let seeds = experiment.three_seeds();
    experiment.config("training_seeds", &seeds)?;
    experiment.config("evaluation_scenarios", scenarios)?;
    experiment.config("tuning_scenarios", tuning)?;
    let outcomes = train_all(experiment, &seeds)?;
    let five = compare(experiment, &runs::five_arms(), &outcomes, (scenarios, tuning))?;
    let two = compare(experiment, &runs::two_arms(), &outcomes, (scenarios, tuning))?;
    let hard = hard_instance(experiment, &outcomes)?;
    let mut rows = five.rows("five arms")?;
    rows.extend(two.rows("two arms")?);
    rows.extend(hard.rows("hard instance")?);
    experiment.csv("regret.csv", &rows)?;
    let history: Vec<&TrainingRow> = outcomes.iter().flat_map(|o| &o.trained.history).collect();
    experiment.csv("history.csv", &history)?;
    for o in &outcomes {
        let name = o.name.replace(", ", "_").replace(' ', "_");
        let name = format!("weights/{name}_seed{}.safetensors", o.seed);
        experiment.file(&name, o.trained.model.to_bytes()?)?;
    }
    print(experiment, &rows);
    experiment.figure("training", &figures::training(&outcomes, &five)?)?;
    experiment.figure("regret", &figures::regret(&five, &two, &hard)?)?;
    claims::record(experiment, &five, &two, &hard)
}

/// All runs on all seeds, in parallel.
fn train_all(experiment: &mut Experiment, seeds: &[u64]) -> Result<Vec<Outcome>> {
    let planned = runs::planned(seeds.len(), experiment.quick());
    for planned in &planned {
        experiment.config(&planned.run.name, &planned.run)?;
    }
    let all: Vec<(BanditRun, u64)> = planned
        .iter()
        .flat_map(|planned| {
            seeds.iter().take(planned.seeds).map(|&seed| (planned.run.clone(), seed))
        })
        .collect();
    let trained = training::train_all(experiment, "train", &all)?;
    let outcomes = all.into_iter().zip(trained);
    Ok(outcomes.map(|((run, seed), trained)| Outcome { name: run.name, seed, trained }).collect())
}

/// The classical learners and the models of `problem` on common scenarios.
fn compare(
    experiment: &mut Experiment,
    problem: &Bandit,
    outcomes: &[Outcome],
    (scenarios, tuning): (usize, usize),
) -> Result<Comparison> {
    let mut comparison = Comparison::new(problem, experiment.seed(), scenarios)?;
    let learners = LEARNERS.iter().map(|name| name.parse()).collect::<Result<Vec<BanditSpec>>>()?;
    let tuned = comparison.add_tuned(&learners, tuning)?;
    comparison.add_learner(BETA_THOMPSON, &"thompson".parse()?)?;
    if problem.arms == 2 {
        comparison.add_learner(BAYES_OPTIMAL, &BAYES_OPTIMAL.parse()?)?;
    }
    experiment.config(&format!("tuned_{}_arms", problem.arms), &tuned)?;
    for o in outcomes {
        let shape = o.trained.model.config();
        if (shape.outputs, shape.rounds) == (problem.arms, problem.horizon) {
            comparison.add_model(&o.name, o.seed, &o.trained.model)?;
        }
    }
    Ok(comparison)
}

/// The hard instance of Krishnamurthy et al. (2024), with as many runs as theirs.
fn hard_instance(experiment: &Experiment, outcomes: &[Outcome]) -> Result<Comparison> {
    let problem = Bandit::hard_instance();
    let mut comparison = Comparison::new(&problem, experiment.seed(), 1000)?;
    for (name, learner) in PUBLISHED {
        comparison.add_learner(name, &learner.parse()?)?;
    }
    comparison.add_learner("gittins", &"gittins".parse()?)?;
    for o in outcomes.iter().filter(|o| o.trained.model.config().outputs == problem.arms) {
        let model = o.trained.model.with_rounds(problem.horizon)?;
        comparison.add_model(&o.name, o.seed, &model)?;
    }
    Ok(comparison)
}

fn print(experiment: &Experiment, rows: &[ComparisonRow]) {
    let mut table = Table::new(&[
        "problem",
        "player",
        "seed",
        "regret",
        "95 % interval",
        "suffix failure",
        "K*MinFrac",
        "GreedyFrac",
        "growth",
    ]);
    for row in rows {
        let end = |value: Option<f64>| value.map_or("-".to_owned(), number);
        table.push(vec![
            row.problem.clone(),
            row.player.clone(),
            row.seed.map_or("-".to_owned(), |seed| seed.to_string()),
            number(row.regret),
            format!("{} .. {}", end(row.regret_low), end(row.regret_high)),
            number(row.suffix_failure),
            number(row.scaled_min_fraction),
            number(row.greedy_fraction),
            end(row.growth_exponent),
        ]);
    }
    experiment.print(&table);
}
