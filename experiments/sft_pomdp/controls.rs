//! Controls: the fine-tuned model without its memory, with a spoilt context, with other features.

use lowregret::Result;
use lowregret::numeric::rng::Streams;
use lowregret::problem::hidden_family::HiddenFamily;
use lowregret::report::{Table, table::number};

use super::gaps::{Gaps, Setting};
use super::hidden_exam::{SHUFFLED, ZEROED, spoilt};
use super::hidden_models::Course;
use super::plan::{self, FACTORS, HORIZON, MAZE, setting};
use super::stages::Staged;

pub const NO_MEMORY: &str = "SFT, own history withheld";
pub const OTHER_FEATURES: &str = "SFT, other features";
pub const ALL: [&str; 4] = [NO_MEMORY, SHUFFLED, ZEROED, OTHER_FEATURES];

/// The settings of a part in which controls are measured.
pub fn cells(part: &'static str) -> Vec<Setting> {
    let cells = if part == FACTORS {
        [(0.5, 1), (1.0, 1), (0.5, 4)]
    } else {
        [(0.5, 8), (1.0, 1), (1.0, 8)]
    };
    cells.map(|(rho, k)| setting(part, HORIZON, rho, k)).to_vec()
}

/// Measures all controls in one setting.
pub fn measure(
    course: &Course,
    cell: Setting,
    other: Option<&HiddenFamily>,
    trained: &[Staged],
    tasks: usize,
    streams: &Streams,
    gaps: &mut Gaps,
) -> Result<()> {
    let mut exam = plan::exam(course.family, cell, tasks, streams)?;
    let (optimal, tokens) = (exam.optimal(), course.tokens());
    for staged in trained {
        let (seed, model) = (Some(staged.seed), &staged.models[1]);
        let values = exam.ask(model, &tokens, exam.knobs, false)?;
        gaps.add(cell, NO_MEMORY, seed, (&optimal, &values));
    }
    if let Some(other) = other {
        let exam = plan::exam(other, cell, tasks, streams)?;
        for staged in trained {
            let values = exam.ask(&staged.models[1], &tokens, exam.knobs, true)?;
            gaps.add(cell, OTHER_FEATURES, Some(staged.seed), (&exam.optimal(), &values));
        }
    }
    spoilt(&mut exam, cell, &tokens, trained, gaps)
}

/// Gaps of all controls, a column a setting.
pub fn table(gaps: &Gaps) -> Result<Table> {
    let all = [cells(FACTORS), cells(MAZE)].concat();
    let header = |s: &Setting| {
        let rho = s.observability.unwrap_or(f64::NAN);
        format!("{}, rho {rho}, K {}", s.part, s.demonstrations)
    };
    let headers: Vec<String> = all.iter().map(header).collect();
    let headers = std::iter::once("control").chain(headers.iter().map(String::as_str));
    let mut table = Table::new(&headers.collect::<Vec<_>>());
    for control in ALL {
        let mut row = vec![control.to_owned()];
        for cell in &all {
            let measured = !gaps.means(*cell, control).is_empty();
            row.push(if measured {
                number(gaps.estimate(*cell, control)?.mean)
            } else {
                "-".into()
            });
        }
        table.push(row);
    }
    Ok(table)
}
