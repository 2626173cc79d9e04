//! Discounted classics without end: bounds from both sides, as near as asked for.

use lowregret::Result;
use lowregret::oracle::pomdp::bounds;
use lowregret::oracle::pomdp::point_based::{Progress, Solution, Stop, solve};
use lowregret::problem::pomdp::{Pomdp, classics};
use lowregret::report::{Experiment, Table, table::number};
use serde::Serialize;

use super::{Value, timed};

/// A problem and what is known of it.
struct Classic {
    name: &'static str,
    id: &'static str,
    pomdp: Pomdp,
    gap: f64,
    /// Both bounds must lie in this range.
    range: (f64, f64),
    reference: Option<f64>,
    source: &'static str,
}

/// A solved problem.
pub struct Solved {
    pub name: &'static str,
    pub solution: Solution,
    /// The fast informed bound at the start.
    pub informed: f64,
}

/// Bounds of one problem after some backups.
#[derive(Serialize)]
pub struct Row {
    problem: &'static str,
    backups: usize,
    vectors: usize,
    points: usize,
    lower: f64,
    upper: f64,
}

pub fn rows(solved: &[Solved]) -> Vec<Row> {
    let of = |s: &Solved| {
        let problem = s.name;
        let row = move |p: &Progress| {
            let Progress { backups, vectors, points, lower, upper } = *p;
            Row { problem, backups, vectors, points, lower, upper }
        };
        s.solution.trials.iter().map(row).collect::<Vec<_>>()
    };
    solved.iter().flat_map(of).collect()
}

fn classics(quick: bool) -> Result<Vec<Classic>> {
    let around = |value: f64, by: f64| (value - by, value + by);
    let package = "published (R package pomdp)";
    let elsewhere = "measured elsewhere";
    let classic = |name, id, pomdp, gap, range, reference, source| Classic {
        name,
        id,
        pomdp,
        gap,
        range,
        reference: Some(reference),
        source,
    };
    let maze = 0.95f64.powi(11);
    Ok(vec![
        classic(
            "tiger.75",
            "tiger-75",
            classics::tiger(0.75)?,
            1e-7,
            around(1.933_439, 1e-5),
            1.933_439,
            package,
        ),
        classic(
            "tiger.95",
            "tiger-95",
            classics::tiger(0.95)?,
            1e-7,
            around(19.371_37, 1e-5),
            19.371_368,
            elsewhere,
        ),
        classic(
            "1d",
            "corridor",
            classics::corridor(),
            1e-7,
            around(1.260_345, 1e-5),
            1.260_345,
            elsewhere,
        ),
        classic(
            "shuttle.95",
            "shuttle",
            classics::shuttle(),
            1e-6,
            around(32.889_725, 1e-4),
            32.889_725,
            package,
        ),
        classic(
            "cheese.95",
            "cheese",
            classics::cheese(),
            1e-7,
            around(3.486_207, 1e-5),
            3.486_207,
            elsewhere,
        ),
        Classic {
            reference: None,
            ..classic(
                "4x3.95",
                "grid4x3",
                classics::grid4x3(),
                if quick { 1e-2 } else { 1e-4 },
                (1.889, 2.112),
                f64::NAN,
                "range measured elsewhere",
            )
        },
        classic(
            "T-maze, 10 cells",
            "t-maze",
            classics::t_maze(10, 0.95)?,
            1e-9,
            around(maze, 1e-8),
            maze,
            "closed form",
        ),
    ])
}

pub fn check(experiment: &mut Experiment, values: &mut Vec<Value>) -> Result<Vec<Solved>> {
    let heads = [
        "problem",
        "lower",
        "upper",
        "gap",
        "informed bound",
        "MDP bound",
        "known",
        "backups",
        "ms",
    ];
    let mut table = Table::new(&heads);
    let mut solved = Vec::new();
    let mut seconds_of = serde_json::Map::new();
    for classic in classics(experiment.quick())? {
        let Classic { name, id, pomdp, gap, range, reference, source } = classic;
        let (seconds, solution) = timed(|| solve(&pomdp, Stop { gap, backups: 100_000 }));
        let solution = solution?;
        let informed = bounds::fast_informed(&pomdp)?.value(pomdp.start());
        let seen = bounds::fully_observed(&pomdp)?.value(pomdp.start());
        let blind = bounds::blind(&pomdp)?.value(pomdp.start());
        let (discount, horizon) = (pomdp.discount(), None);
        for (planner, value) in [
            ("point-based, lower bound", solution.lower),
            ("point-based, upper bound", solution.upper),
            ("fast informed bound", informed),
            ("MDP bound", seen),
            ("blind policies", blind),
        ] {
            values.push(Value {
                problem: name,
                discount,
                horizon,
                planner,
                value,
                reference,
                source,
            });
        }
        let backups = solution.trials.last().map_or(0, |p| p.backups);
        let known =
            reference.map_or_else(|| format!("{} to {}", range.0, range.1), |v| format!("{v:.6}"));
        let wide = |x: f64| format!("{x:.7}");
        let cells = [
            name.to_owned(),
            wide(solution.lower),
            wide(solution.upper),
            format!("{:.0e}", solution.gap()),
        ];
        let rest =
            [number(informed), number(seen), known, backups.to_string(), number(1e3 * seconds)];
        table.push(cells.into_iter().chain(rest).collect());
        seconds_of.insert(name.to_owned(), seconds.into());
        let inside =
            solution.lower >= range.0 && solution.upper <= range.1 && solution.gap() <= gap;
        let statement = format!("{name}: lower bound (the upper one is {:.7})", solution.upper);
        let target = format!("both in [{:.6}, {:.6}], gap <= {gap:e}", range.0, range.1);
        experiment.claim(format!("Q-E13/{id}"), statement, solution.lower, target, inside);
        solved.push(Solved { name, solution, informed });
    }
    experiment.print(&table);
    experiment.result("seconds_endless", seconds_of)?;
    Ok(solved)
}
