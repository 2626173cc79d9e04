//! `lowregret solve`: the value and the policy of a partially observed decision process.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use lowregret::files::write_atomic;
use lowregret::metrics::interval::Estimate;
use lowregret::metrics::simulated_value::{simulated_value, steps_that_matter};
use lowregret::oracle::pomdp::point_based::{Progress, solve_while};
use lowregret::oracle::pomdp::policy_graph::PolicyGraph;
use lowregret::oracle::pomdp::pruning;
use lowregret::problem::pomdp::{Pomdp, file};
use lowregret::report::table::number;
use lowregret::{Error, Result};
use serde_json::json;

use super::{Output, input};

pub const EXAMPLES: &str = "\
Examples:
  lowregret solve tiger.POMDP
  lowregret solve tiger.POMDP --horizon 10 --discount 1 --policy tiger.alpha --graph tiger.dot
  lowregret solve hallway.POMDP --gap 0.01 --seconds 60 --json

Without --horizon the process goes on for ever: point-based value iteration bounds the value at the start from both sides
until the bounds are --gap apart, or until --seconds are over; they are bounds wherever it stops. With --horizon the plan is
exact (incremental pruning).

--policy FILE  alpha vectors, for every vector a line with its action and a line with its values (with a horizon: after a
               line \"to-go N\" for every number of steps to go)
--graph FILE   the policy as a graph for Graphviz: dot -Tsvg FILE";

/// What the rest after a simulation is worth at most, relative to the gap between the bounds or to the value.
const REST: f64 = 1e-4;
/// Runs of a simulation, if they are not more than so many multiplications together.
const USUAL_RUNS: usize = 2000;
const MAX_WORK: usize = 1 << 32;

#[derive(clap::Args)]
pub struct Arguments {
    /// The process, in the format .POMDP; - for standard input
    #[arg(value_name = "FILE")]
    process: PathBuf,
    /// Number of steps [default: without end]
    #[arg(long, value_name = "STEPS")]
    horizon: Option<usize>,
    /// Weight of what comes a step later, in [0, 1] [default: that of the file]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    discount: Option<f64>,
    /// Stop when the bounds are so close [default: a thousandth of the size of the value, at least 1e-9]
    #[arg(long, value_name = "NUMBER", conflicts_with = "horizon", allow_negative_numbers = true)]
    gap: Option<f64>,
    /// Stop planning after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, allow_negative_numbers = true)]
    seconds: f64,
    /// Runs of the simulation that checks the value; 0 for no check [default: 2000, fewer where they would take long]
    #[arg(long, value_name = "RUNS")]
    simulations: Option<usize>,
    /// Seed of the simulation
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write the alpha vectors
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write the policy as a graph for Graphviz
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
}

/// What a planner found, in a form that does not depend on it.
struct Solved {
    lower: f64,
    upper: f64,
    vectors: usize,
    /// The alpha vectors as text.
    policy: String,
    first_action: usize,
    /// `None` for one that would take too long.
    graph: Option<PolicyGraph>,
    simulated: Option<Estimate>,
    /// Why it stopped, and what was simulated.
    notes: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<Output> {
    if !(arguments.seconds > 0.0 && arguments.seconds <= 1e9) {
        return Err(Error::parameter("--seconds", arguments.seconds, "a number in (0, 1e9]"));
    }
    let process = file::read_from(input::open(&arguments.process)?, &arguments.process)?;
    let pomdp = discounted(process, arguments.discount)?;
    let end = Instant::now() + Duration::from_secs_f64(arguments.seconds);
    let go_on = || Instant::now() < end;
    let solved = match arguments.horizon {
        Some(horizon) => exact(arguments, &pomdp, horizon, &go_on)?,
        None => bounded(arguments, &pomdp, &go_on)?,
    };
    if let Some(path) = &arguments.policy {
        write_atomic(path, solved.policy.as_bytes())?;
    }
    if let Some(path) = &arguments.graph {
        let expected = "no graph: that of this policy takes too long";
        let graph = solved.graph.as_ref();
        let graph = graph.ok_or_else(|| Error::parameter("--graph", path.display(), expected))?;
        write_atomic(path, graph.dot(&pomdp).as_bytes())?;
    }
    Ok(answer(arguments, &pomdp, solved))
}

/// The process with another discount.
fn discounted(pomdp: Pomdp, discount: Option<f64>) -> Result<Pomdp> {
    match discount {
        None => Ok(pomdp),
        Some(discount) if (0.0..=1.0).contains(&discount) => {
            let mut tables = pomdp.tables();
            tables.discount = discount;
            Pomdp::new(tables)
        }
        Some(discount) => Err(Error::parameter("--discount", discount, "a number in [0, 1]")),
    }
}

fn exact(
    arguments: &Arguments,
    pomdp: &Pomdp,
    horizon: usize,
    go_on: &dyn Fn() -> bool,
) -> Result<Solved> {
    let plan = pruning::solve_while(pomdp, horizon, go_on)?;
    if plan.horizon() < horizon {
        let expected = format!(
            "more time for {horizon} steps, or fewer steps: {} were planned",
            plan.horizon()
        );
        return Err(Error::parameter("--seconds", arguments.seconds, expected));
    }
    let value = plan.value(pomdp.start());
    let policy = |step: usize, belief: &[f64]| plan.stage(horizon - step).action(belief);
    let largest = (1..=horizon).map(|to_go| plan.stage(to_go).vectors().len()).max().unwrap_or(0);
    let simulated = simulate(arguments, pomdp, horizon, (largest, policy))?;
    Ok(Solved {
        lower: value,
        upper: value,
        vectors: (1..=horizon).map(|to_go| plan.stage(to_go).vectors().len()).sum(),
        policy: plan.text(),
        first_action: plan.stage(horizon).action(pomdp.start()),
        graph: PolicyGraph::of_plan(pomdp, &plan),
        simulated,
        notes: vec!["exact, by incremental pruning".to_owned()],
    })
}

fn bounded(arguments: &Arguments, pomdp: &Pomdp, go_on: &dyn Fn() -> bool) -> Result<Solved> {
    if pomdp.discount() >= 1.0 {
        let expected = "less than 1 without end; or give a --horizon";
        return Err(Error::parameter("discount", pomdp.discount(), expected));
    }
    if let Some(given) = arguments.gap.filter(|gap| !(*gap > 0.0 && gap.is_finite())) {
        return Err(Error::parameter("--gap", given, "a positive number"));
    }
    let size = |first: &Progress| first.lower.abs().max(first.upper.abs());
    let gap = |first: &Progress| arguments.gap.unwrap_or(size(first) * 1e-3).max(1e-9);
    let solution = solve_while(pomdp, gap, go_on)?;
    let (size, gap) = (size(&solution.trials[0]), gap(&solution.trials[0]));
    let reached = solution.gap() <= gap;
    let mut notes = vec![match (reached, go_on()) {
        (true, _) => format!("the bounds are at most {} apart, as asked for", number(gap)),
        (false, true) => "nothing improves the bounds any more in double precision".to_owned(),
        (false, false) => format!(
            "stopped after {} seconds, before the bounds were {} apart",
            arguments.seconds,
            number(gap)
        ),
    }];
    let policy = |_: usize, belief: &[f64]| solution.policy.action(belief);
    let steps = steps_that_matter(pomdp, (REST * size).max(f64::MIN_POSITIVE));
    let simulated = match steps {
        Some(steps) => {
            notes.push(format!(
                "runs of {steps} steps, after which at most {} may follow",
                number(REST * size)
            ));
            simulate(arguments, pomdp, steps, (solution.policy.vectors().len(), policy))?
        }
        None => {
            notes.push("not simulated: the discount is too near 1".to_owned());
            None
        }
    };
    Ok(Solved {
        lower: solution.lower,
        upper: solution.upper,
        vectors: solution.policy.vectors().len(),
        policy: solution.policy.text(),
        first_action: solution.policy.action(pomdp.start()),
        graph: PolicyGraph::of_vectors(pomdp, &solution.policy),
        simulated,
        notes,
    })
}

/// The check, with as many runs as were asked for, or as a few seconds allow.
fn simulate(
    arguments: &Arguments,
    pomdp: &Pomdp,
    horizon: usize,
    policy: (usize, impl Fn(usize, &[f64]) -> usize + Sync),
) -> Result<Option<Estimate>> {
    let (vectors, policy) = policy;
    let step = pomdp.states().saturating_mul(pomdp.states() + vectors) + pomdp.observations();
    let affordable = MAX_WORK / step.saturating_mul(horizon).max(1);
    match arguments.simulations.unwrap_or(USUAL_RUNS.min(affordable)) {
        0 => Ok(None),
        runs => simulated_value(pomdp, (runs, horizon), arguments.seed, policy).map(Some),
    }
}

fn answer(arguments: &Arguments, pomdp: &Pomdp, solved: Solved) -> Output {
    let Solved { lower, upper, vectors, graph, simulated, notes, first_action, .. } = solved;
    let nodes = graph.as_ref().map(|graph| graph.nodes().len());
    let graph_value = graph.and_then(|graph| graph.value(pomdp));
    let first = pomdp.names().actions[first_action].as_str();
    let json = json!({
        "process": arguments.process, "states": pomdp.states(), "actions": pomdp.actions(),
        "observations": pomdp.observations(), "discount": pomdp.discount(), "horizon": arguments.horizon,
        "lower": lower, "upper": upper, "gap": upper - lower, "vectors": vectors, "first_action": first,
        "graph_nodes": nodes, "graph_value": graph_value, "simulated": simulated,
        "notes": notes, "policy": arguments.policy, "graph": arguments.graph,
    });
    let horizon = arguments.horizon.map_or("no end".to_owned(), |steps| format!("{steps} steps"));
    let value = match arguments.horizon {
        Some(_) => format!("value at the start       {}", precise(lower)),
        None => format!(
            "value at the start       {} to {} (gap {})",
            precise(lower),
            precise(upper),
            number(upper - lower)
        ),
    };
    let simulated = match &simulated {
        Some(Estimate { mean, low: Some(low), high: Some(high), n }) => {
            format!("{} [{}, {}] ({n} runs)", number(*mean), number(*low), number(*high))
        }
        Some(Estimate { mean, .. }) => number(*mean),
        None => "-".to_owned(),
    };
    let text = format!(
        "{} states, {} actions, {} observations; discount {}; {horizon}\n\n\
         {value}\nsimulated                {simulated}\nfirst action             {first}\n\
         alpha vectors            {vectors}\npolicy graph             {} nodes, worth {}\n\n{}",
        pomdp.states(),
        pomdp.actions(),
        pomdp.observations(),
        pomdp.discount(),
        nodes.map_or("-".to_owned(), |nodes| nodes.to_string()),
        graph_value.map_or("-".to_owned(), precise),
        sentence(&notes),
    );
    Output { text, json }
}

/// Enough digits to compare with published values.
fn precise(value: f64) -> String {
    format!("{value:.6}")
}

fn sentence(notes: &[String]) -> String {
    notes.join("; ") + "."
}
