//! What the page claims, with its numbers.

use lowregret::Result;
use lowregret::metrics::interval::{Estimate, largest, lowest_end};
use lowregret::report::Experiment;

use super::plan::{MDP, POMDP, Plan, SHOWN, SHOWN_ALWAYS};
use super::results::{Cell, ICL, MORE, MYOPIC, RANDOM, Results, SFT};

/// Who is compared, in one problem.
struct Cells<'p> {
    problem: &'static str,
    plan: &'p Plan,
}

impl Cells<'_> {
    fn habit(&self, learner: &'static str) -> Cell {
        Cell { problem: self.problem, learner, transcripts: 0, demonstrations: None }
    }

    fn base(&self, shown: usize) -> Cell {
        Cell { demonstrations: Some(shown), ..self.habit(ICL) }
    }

    /// Fine-tuned on the most transcripts.
    fn tuned(&self, shown: usize) -> Cell {
        let transcripts = self.plan.most_transcripts();
        Cell { transcripts, learner: SFT, ..self.base(shown) }
    }
}

/// The mean of the differences.
fn mean(differences: &[Estimate]) -> f64 {
    differences.iter().map(|d| d.mean).sum::<f64>() / differences.len() as f64
}

/// Writes down claims.
pub fn record(experiment: &mut Experiment, results: &Results, plan: &Plan) -> Result<()> {
    for (problem, suffix) in [(MDP, "mdp"), (POMDP, "pomdp")] {
        in_one_problem(experiment, results, &Cells { problem, plan }, suffix)?;
    }
    let gain = |problem| {
        let cells = Cells { problem, plan };
        results.gains(cells.base(SHOWN_ALWAYS), cells.tuned(SHOWN_ALWAYS))
    };
    let (hidden, seen) = (gain(POMDP), gain(MDP));
    let more = hidden.iter().zip(&seen).map(|(hidden, seen)| Estimate::difference(hidden, seen));
    let more = more.collect::<Result<Vec<_>>>()?;
    let (low, mean) = (lowest_end(&more), mean(&more));
    let statement = format!(
        "K = {SHOWN_ALWAYS}: fine-tuning gains more where the state is hidden; difference of the gains (mean {mean:.3}), lower \
         end of the interval, least of all seeds"
    );
    experiment.claim("TEXT-S7", statement, low, "> 0", low > 0.0);
    Ok(())
}

fn in_one_problem(
    experiment: &mut Experiment,
    results: &Results,
    cells: &Cells,
    suffix: &str,
) -> Result<()> {
    let problem = cells.problem;
    let mut positive = |id: &str, what: String, differences: &[Estimate]| {
        let low = lowest_end(differences);
        let mean = mean(differences);
        let statement = format!(
            "{problem}: {what} (mean {mean:.3}); lower end of the interval, least of all compared"
        );
        experiment.claim(format!("{id}/{suffix}"), statement, low, "> 0", low > 0.0);
    };
    let shown = || SHOWN.into_iter().filter(|shown| *shown > 0);
    let all = |pair: &dyn Fn(usize) -> (Cell, Cell)| -> Result<Vec<Estimate>> {
        let mut all = Vec::new();
        for shown in shown() {
            let (more, less) = pair(shown);
            all.extend(results.differences(more, less)?);
        }
        Ok(all)
    };
    positive(
        "TEXT-S1",
        "gap of random play minus that of the base shown 1, 2 or 4 demonstrations".to_owned(),
        &all(&|shown| (cells.habit(RANDOM), cells.base(shown)))?,
    );
    positive(
        "TEXT-S2",
        "gap of the base minus that of fine-tuned models, 1, 2 or 4 demonstrations".to_owned(),
        &all(&|shown| (cells.base(shown), cells.tuned(shown)))?,
    );
    positive(
        "TEXT-S3",
        "the same without demonstrations".to_owned(),
        &results.differences(cells.base(0), cells.tuned(0))?,
    );
    let (few, _) = cells.plan.transcripts[0];
    let few_cell = Cell { transcripts: few, ..cells.tuned(SHOWN_ALWAYS) };
    positive(
        "TEXT-S4",
        format!(
            "gap of models tuned on {few} transcripts minus that of models tuned on {} with as many steps, {SHOWN_ALWAYS} \
             demonstrations",
            cells.plan.most_transcripts()
        ),
        &results.differences(few_cell, cells.tuned(SHOWN_ALWAYS))?,
    );
    let most = SHOWN[SHOWN.len() - 1];
    positive(
        "TEXT-S5",
        format!(
            "gap of myopic play, which knows the process, minus that of fine-tuned models, {most} demonstrations"
        ),
        &results.differences(cells.habit(MYOPIC), cells.tuned(most))?,
    );
    let more = Cell { learner: MORE, ..cells.tuned(SHOWN_ALWAYS) };
    positive(
        "TEXT-S8",
        format!(
            "gap of models tuned on as many more transcripts of poor players minus that of those tuned on the oracle's, \
             {SHOWN_ALWAYS} demonstrations"
        ),
        &results.differences(more, cells.tuned(SHOWN_ALWAYS))?,
    );
    let scores = SHOWN.map(|shown| results.of(cells.tuned(shown)).collect::<Vec<_>>()).concat();
    let unread = largest(scores.iter().map(|score| score.unparsed.rate()));
    let statement = format!(
        "{problem}: answers of fine-tuned models that could not be read, most of seeds and demonstrations"
    );
    let holds = unread < 0.01;
    experiment.claim(format!("TEXT-S6/{suffix}"), statement, unread, "< 0.01", holds);
    Ok(())
}
