//! The figure of the page.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use lowregret::report::{Figure, Legend, Panel, Role};

use super::plan::{MDP, POMDP, Plan, SHOWN, SHOWN_ALWAYS};
use super::results::{Cell, ICL, MORE, MYOPIC, RANDOM, Results, SFT};

/// What gaps are called on an axis.
const GAP: &str = "(V* - V) / V*";
/// Where those without transcripts stand on a logarithmic axis.
const NONE: f64 = 10.0;
const PROBLEMS: [(&str, Role); 2] = [(MDP, Role::Extra1), (POMDP, Role::Hedge)];

/// Gaps against demonstrations and against transcripts, and shares of optimal decisions.
pub fn figure(results: &Results, plan: &Plan) -> Result<Figure> {
    let mut figure = Figure::new(2);
    for problem in [MDP, POMDP] {
        figure = figure.panel(by_demonstrations(results, plan, problem)?);
    }
    for problem in [MDP, POMDP] {
        figure = figure.panel(optimal(results, plan, problem));
    }
    Ok(figure.panel(by_transcripts(results, plan)?).panel(optimal_by_transcripts(results, plan)))
}

/// The base and the model tuned on most.
fn models(plan: &Plan) -> [(&'static str, Role, usize); 2] {
    [(ICL, Role::Untrained, 0), (SFT, Role::Learned, plan.most_transcripts())]
}

fn habit(problem: &'static str, learner: &'static str) -> Cell {
    Cell { problem, learner, transcripts: 0, demonstrations: None }
}

/// One legend a row of panels.
fn legend(problem: &str) -> Legend {
    if problem == MDP { Legend::Below } else { Legend::None }
}

fn bar(x: f64, gap: &Estimate) -> (f64, f64, f64, f64) {
    (x, gap.low.unwrap_or(gap.mean), gap.mean, gap.high.unwrap_or(gap.mean))
}

fn by_demonstrations(results: &Results, plan: &Plan, problem: &'static str) -> Result<Panel> {
    let mut panel = Panel::new(format!("{problem}: gap by demonstrations"))
        .x("demonstrations K")
        .y(GAP)
        .y_range(0.0, 0.75)
        .x_ticks(&SHOWN.map(|k| k as f64))
        .legend(legend(problem));
    for (learner, role) in [(RANDOM, Role::Bound), (MYOPIC, Role::Ftl)] {
        panel = panel.horizontal(learner, role, results.gap(habit(problem, learner))?.mean);
    }
    let transcripts = plan.most_transcripts();
    let more = Cell { problem, learner: MORE, transcripts, demonstrations: Some(SHOWN_ALWAYS) };
    // Beside the others, which stand at the same number.
    let bars = [bar(SHOWN_ALWAYS as f64 + 0.25, &results.gap(more)?)];
    panel = panel.points(MORE, Role::Theory, &bars.map(|(x, _, mean, _)| (x, mean)));
    panel = panel.error_bars("", Role::Theory, &bars);
    for (learner, role, transcripts) in models(plan) {
        let point = |shown: usize| {
            let demonstrations = Some(shown);
            let gap = results.gap(Cell { problem, learner, transcripts, demonstrations })?;
            Ok(bar(shown as f64, &gap))
        };
        let bars = SHOWN.into_iter().map(point).collect::<Result<Vec<_>>>()?;
        let line: Vec<(f64, f64)> = bars.iter().map(|&(x, _, mean, _)| (x, mean)).collect();
        panel = panel.line(learner, role, &line).error_bars("", role, &bars);
    }
    Ok(panel)
}

/// The cells of a problem by the number of transcripts; the base, which has none, stands at `NONE`.
fn sizes(plan: &Plan, problem: &'static str) -> Vec<(f64, Cell)> {
    let demonstrations = Some(SHOWN_ALWAYS);
    let base = Cell { problem, learner: ICL, transcripts: 0, demonstrations };
    let tuned = plan
        .transcripts
        .iter()
        .map(|&(transcripts, _)| (transcripts as f64, Cell { learner: SFT, transcripts, ..base }));
    [(NONE, base)].into_iter().chain(tuned).collect()
}

fn transcripts_panel(title: &str, plan: &Plan) -> Panel {
    let ticks: Vec<f64> = sizes(plan, MDP).iter().map(|(x, _)| *x).collect();
    Panel::new(format!("{title}, K = {SHOWN_ALWAYS}"))
        .x(format!("oracle-labelled transcripts ({NONE}: none)"))
        .log_x()
        .x_ticks(&ticks)
}

fn by_transcripts(results: &Results, plan: &Plan) -> Result<Panel> {
    let mut panel = transcripts_panel("Gap by transcripts", plan)
        .y(GAP)
        .y_range(0.0, 0.75)
        .legend(Legend::Below);
    for (problem, role) in PROBLEMS {
        let bars = sizes(plan, problem).into_iter();
        let bars = bars.map(|(x, cell)| Ok(bar(x, &results.gap(cell)?)));
        let bars = bars.collect::<Result<Vec<_>>>()?;
        let line: Vec<(f64, f64)> = bars.iter().map(|&(x, _, mean, _)| (x, mean)).collect();
        panel = panel.line(problem, role, &line).error_bars("", role, &bars);
    }
    Ok(panel)
}

fn optimal_by_transcripts(results: &Results, plan: &Plan) -> Panel {
    let mut panel = transcripts_panel("Optimal decisions by transcripts", plan)
        .y("share")
        .y_range(0.2, 1.0)
        .legend(Legend::None);
    for (problem, role) in PROBLEMS {
        let line = sizes(plan, problem).into_iter();
        let line: Vec<(f64, f64)> = line.map(|(x, cell)| (x, share(results, cell))).collect();
        panel = panel.line("", role, &line).points("", role, &line);
    }
    panel
}

/// Share of optimal decisions, mean of the seeds.
fn share(results: &Results, cell: Cell) -> f64 {
    let shares: Vec<f64> = results.of(cell).map(|score| score.optimal()).collect();
    shares.iter().sum::<f64>() / shares.len() as f64
}

fn optimal(results: &Results, plan: &Plan, problem: &'static str) -> Panel {
    let mut panel = Panel::new(format!("{problem}: optimal decisions"))
        .x("demonstrations K")
        .y("share")
        .y_range(0.2, 1.0)
        .x_ticks(&SHOWN.map(|k| k as f64))
        .legend(Legend::None);
    for (learner, role) in [(RANDOM, Role::Bound), (MYOPIC, Role::Ftl)] {
        panel = panel.horizontal("", role, share(results, habit(problem, learner)));
    }
    for (learner, role, transcripts) in models(plan) {
        let point = |shown: usize| {
            let demonstrations = Some(shown);
            (shown as f64, share(results, Cell { problem, learner, transcripts, demonstrations }))
        };
        let line = SHOWN.map(point);
        panel = panel.line("", role, &line).points("", role, &line);
    }
    panel
}
