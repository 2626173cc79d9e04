//! Random processes: planners against each other, values against sight.

use lowregret::Result;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::finite_horizon::backward_induction;
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::policy_evaluation::{evaluate, surely, uniform};
use lowregret::oracle::pomdp::pruning;
use lowregret::problem::pomdp::Step;
use lowregret::problem::pomdp::family::Family;
use lowregret::report::{Experiment, Table, table::number};

use super::{Mean, largest, timed};

const SIGHTS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Means of 1500 processes drawn and solved by another implementation, and their standard error.
const ELSEWHERE: [f64; 5] = [2.5994, 2.6255, 2.6986, 2.8015, 2.9276];
const ELSEWHERE_ERROR: f64 = 0.01;
const HORIZON: usize = 4;

pub fn check(experiment: &mut Experiment) -> Result<Vec<Mean>> {
    planners(experiment)?;
    sight(experiment)
}

/// Tree, vectors and evaluator on processes of several sizes.
fn planners(experiment: &mut Experiment) -> Result<()> {
    let each = if experiment.quick() { 8 } else { 50 };
    experiment.config("processes_of_each_size", each)?;
    let streams = Streams::new(experiment.seed()).branch(Purpose::Theory);
    let sizes = [((3, 2, 2), 6), ((4, 3, 2), 4), ((5, 3, 3), 3), ((2, 3, 2), 5)];
    let heads = ["states, actions, observations", "steps", "tree, ms", "pruning, ms", "vectors"];
    let mut table = Table::new(&heads);
    let (mut agreement, mut policy, mut order) = (0.0f64, 0.0f64, 0.0f64);
    for (kind, ((states, actions, observations), horizon)) in sizes.into_iter().enumerate() {
        let (mut tree_seconds, mut vector_seconds, mut vectors) = (0.0, 0.0, 0);
        for index in 0..each {
            let mut rng = streams.stream(Purpose::Evaluation, kind, index, 0);
            let sight = SIGHTS[1 + index % 4];
            let pomdp = Family::new(states, actions, observations, sight).draw(&mut rng)?;
            let (seconds, tree) = timed(|| HistoryTree::solve(&pomdp, horizon));
            let tree = tree?;
            tree_seconds += seconds;
            let (seconds, plan) = timed(|| pruning::solve(&pomdp, horizon));
            let plan = plan?;
            vector_seconds += seconds;
            vectors += plan.stage(horizon).vectors().len();
            let value = tree.value();
            agreement = largest([agreement, (value - plan.value(pomdp.start())).abs()]);
            let own = |h: &[Step]| surely(tree.action(h).unwrap_or(0), actions);
            policy = largest([policy, (evaluate(&pomdp, horizon, own)? - value).abs()]);
            let seen = backward_induction(&pomdp, horizon)?.at_start(&pomdp);
            let random = evaluate(&pomdp, horizon, uniform(&pomdp))?;
            order = largest([order, value - seen, random - value]);
        }
        let mean = |total: f64| number(1e3 * total / each as f64);
        let size = format!("{states}, {actions}, {observations}");
        let cells = [size, horizon.to_string(), mean(tree_seconds), mean(vector_seconds)];
        let count = number(vectors as f64 / each as f64);
        table.push(cells.into_iter().chain([count]).collect());
    }
    experiment.print(&table);
    let statement = "random processes: largest difference between history tree and pruning";
    experiment.claim("Q-E14/planners", statement, agreement, "<= 1e-8", agreement <= 1e-8);
    let statement = "random processes: largest excess over the value of full sight, or of random play over the value";
    experiment.claim("Q-E14/order", statement, order, "<= 1e-12", order <= 1e-12);
    let statement = "random processes: largest deviation of the evaluated optimal policy from the optimal value";
    experiment.claim("Q-E16/policy", statement, policy, "<= 1e-12", policy <= 1e-12);
    Ok(())
}

/// Values of one task: at every observability, of full sight, and of random play.
struct Task {
    by_sight: [f64; 5],
    seen: f64,
    random: f64,
}

/// The same processes behind better and better views.
fn sight(experiment: &mut Experiment) -> Result<Vec<Mean>> {
    let tasks = if experiment.quick() { 50 } else { 2000 };
    experiment.config("observability_processes", tasks)?;
    let streams = Streams::new(experiment.seed());
    let task = |index| -> Result<Task> {
        let draw = |rho| {
            let mut rng = streams.stream(Purpose::Evaluation, 0, index, 0);
            Family::new(4, 3, 4, rho).draw(&mut rng)
        };
        let mut by_sight = [0.0; 5];
        for (value, rho) in by_sight.iter_mut().zip(SIGHTS) {
            *value = HistoryTree::solve(&draw(rho)?, HORIZON)?.value();
        }
        let blind = draw(0.0)?;
        let seen = backward_induction(&blind, HORIZON)?.at_start(&blind);
        // Random play does not look: one observation is as good as four.
        let unseen = Family::new(4, 3, 1, 0.0).draw(&mut streams.stream(
            Purpose::Evaluation,
            0,
            index,
            0,
        ))?;
        Ok(Task { by_sight, seen, random: evaluate(&unseen, HORIZON, uniform(&unseen))? })
    };
    let (seconds, tasks) = timed(|| parallel::try_over(tasks, task));
    let tasks = tasks?;
    let falls = tasks.iter().flat_map(|t| t.by_sight.windows(2).map(|pair| pair[0] - pair[1]));
    let fall = largest(falls);
    let statement =
        "4 states, 3 actions, 4 observations, 4 steps: largest fall of a value with observability";
    experiment.claim("Q-E14/observability", statement, fall, "<= 1e-12", fall <= 1e-12);
    let mut means = Vec::new();
    let mut push = |knob, policy, values: Vec<f64>| -> Result<()> {
        means.push(Mean::of("observability", knob, None, policy, &values)?);
        Ok(())
    };
    for (i, rho) in SIGHTS.into_iter().enumerate() {
        push(rho, "optimal", tasks.iter().map(|t| t.by_sight[i]).collect())?;
        push(rho, "full sight", tasks.iter().map(|t| t.seen).collect())?;
        push(rho, "random", tasks.iter().map(|t| t.random).collect())?;
    }
    let heads = ["observability", "optimal", "95 % interval", "elsewhere", "random", "full sight"];
    let mut table = Table::new(&heads);
    for (rows, elsewhere) in means.chunks_exact(3).zip(ELSEWHERE) {
        let [optimal, seen, random] = rows else { continue };
        let bound = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:.3}"));
        let interval = format!("{} .. {}", bound(optimal.low), bound(optimal.high));
        let cells = [number(optimal.knob), number(optimal.mean), interval, number(elsewhere)];
        table.push(cells.into_iter().chain([number(random.mean), number(seen.mean)]).collect());
    }
    experiment.print(&table);
    let apart = means.chunks_exact(3).zip(ELSEWHERE).map(|(rows, elsewhere)| {
        // Nearly all of the 95 % interval's 1.96 standard errors.
        let error = (rows[0].high.unwrap_or(f64::NAN) - rows[0].mean) / 1.96;
        (rows[0].mean - elsewhere).abs() / error.hypot(ELSEWHERE_ERROR)
    });
    let apart = largest(apart);
    let statement =
        "mean values by observability: distance to another implementation's, in standard errors";
    experiment.claim("Q-E14/means", statement, apart, "<= 4", apart <= 4.0);
    experiment.result("milliseconds_a_process", 1e3 * seconds / (5.0 * tasks.len() as f64))?;
    Ok(means)
}
