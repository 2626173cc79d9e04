//! What does a trained attention layer that estimates Q-functions in context cost the policy that follows it?
//!
//! Linear Markov decision processes with known features: the layer reads samples (phi, Q*) of a task and estimates its optimal
//! Q-function; the policy is greedy. Loss and bounds against the length of contexts M, the training length N and the horizon
//! H; what to subtract from the tokens; layers beside regressions that need no training; contexts of trajectories; one layer
//! for all steps. Loss is exact for each task; tasks are ones that no layer was made from.

#[path = "linear_mdp_suboptimality/claims.rs"]
mod claims;
#[path = "linear_mdp_suboptimality/exact.rs"]
mod exact;
#[path = "linear_mdp_suboptimality/families.rs"]
mod families;
#[path = "linear_mdp_suboptimality/figures.rs"]
mod figures;
#[path = "linear_mdp_suboptimality/layers.rs"]
mod layers;
#[path = "linear_mdp_suboptimality/phenomena.rs"]
mod phenomena;
#[path = "linear_mdp_suboptimality/points.rs"]
mod points;
#[path = "linear_mdp_suboptimality/sweeps.rs"]
mod sweeps;
#[path = "linear_mdp_suboptimality/tasks.rs"]
mod tasks;
#[path = "linear_mdp_suboptimality/trained.rs"]
mod trained;
#[path = "linear_mdp_suboptimality/trial.rs"]
mod trial;

use lowregret::Result;
use lowregret::numeric::rng::Streams;
use lowregret::problem::linear_mdp::Family;
use lowregret::report::{Experiment, NoExtra, Page, Table, table::number};
use serde::Serialize;

use layers::Layer;
use points::{Points, Row};
use sweeps::Bench;
use tasks::Tasks;
use trained::TrainingRow;
use trial::Quantity;

/// Horizon of everything but the sweep over horizons.
pub const HORIZON: usize = 5;
/// Horizons of the sweep over horizons.
const HORIZONS: [usize; 4] = [1, 3, HORIZON, 10];

/// How much is computed.
#[derive(Serialize)]
pub struct Sizes {
    /// Tasks that priors and fits are made from.
    pub training: usize,
    /// Tasks everybody is judged on.
    pub evaluation: usize,
    /// Contexts shown of each task.
    pub contexts: usize,
    /// Training tasks on which penalties are tuned.
    pub tuning: usize,
    /// Lengths of contexts.
    pub samples: Vec<usize>,
    /// Lengths of contexts shown to comparators.
    pub comparator_samples: Vec<usize>,
    /// Lengths of contexts for one layer a step and one for all.
    pub sharing_samples: Vec<usize>,
    /// Numbers of tasks that layers are fitted on.
    pub fitting_tasks: Vec<usize>,
    /// Steps of gradient descent.
    pub steps: usize,
    /// Standard deviations of the noise of labels.
    pub noise: Vec<f64>,
    /// Families drawn to see whether the reference family is special.
    pub families: usize,
}

impl Sizes {
    fn of(experiment: &Experiment) -> Self {
        if experiment.quick() {
            Self {
                training: 2000,
                evaluation: 200,
                contexts: 2,
                tuning: 50,
                samples: vec![32, 256, 2048],
                comparator_samples: vec![4, 32],
                sharing_samples: vec![20, 100],
                fitting_tasks: vec![200, 1000],
                steps: 100,
                noise: vec![0.0, 0.3],
                families: 2,
            }
        } else {
            Self {
                training: 40_000,
                evaluation: 12_000,
                contexts: 4,
                tuning: 1000,
                samples: vec![32, 64, 128, 256, 512, 1024, 2048, 4096],
                comparator_samples: vec![4, 8, 16, 32, 64, 128, 256, 512, 1024],
                sharing_samples: vec![5, 10, 20, 50, 100, 200],
                fitting_tasks: vec![200, 1000, 5000, 20_000],
                steps: 2400,
                noise: vec![0.0, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0],
                families: 6,
            }
        }
    }

    /// Number of settings that are measured.
    fn settings(&self) -> usize {
        let grid = 2 * HORIZONS.len() * self.samples.len();
        let lists = self.comparator_samples.len() + self.sharing_samples.len() + self.noise.len();
        // Two lengths of contexts for centrings, four kinds of trajectories, one fit, one training.
        grid + lists + 2 + 4 + 2
    }
}

/// What the page asks and shows.
pub const PAGE: Page = Page {
    name: "linear_mdp_suboptimality",
    question: "What does an attention layer that estimates Q-functions in context cost the policy that follows it?",
    about: "Measures what policies lose that follow Q-functions estimated by attention in context, beside every bound.",
    notes: "linear_mdp.md",
    timed: false,
    seeds: 1,
    seconds: 140,
    figures: &[(
        "linear_mdp_suboptimality",
        "(a) Loss of the greedy policy against the samples in its context, by horizon. (b) The loss beside its \
             bounds. (c) What remains in infinite contexts. (d) Layers beside regressions. (e) Trajectories in place of \
             independent samples. (f) A layer a step, and one for all. (g) Layers trained by gradient descent. (h) \
             Layers fitted on few tasks. (i) Noisy labels.",
    )],
};

pub fn main() -> std::process::ExitCode {
    lowregret::report::run(&PAGE, body)
}

fn body(experiment: &mut Experiment, _: NoExtra) -> Result<()> {
    let sizes = Sizes::of(experiment);
    experiment.config("sizes", &sizes)?;
    experiment.config("training", trained::config(&sizes))?;
    experiment.config("family", "8 states, 3 actions, 6 factors; src/problem/linear_mdp")?;
    let streams = Streams::new(experiment.seed());
    let family = Family::reference();
    let progress = experiment.progress("measure", sizes.settings() as u64);
    let mut points = Points(Vec::new());
    let mut reference = None;
    let mut training = Vec::new();
    for horizon in HORIZONS {
        let tasks = Tasks::draw(&family, horizon, sizes.training, sizes.evaluation, &streams)?;
        let bench = Bench { tasks: &tasks, sizes: &sizes, streams: &streams, progress: &progress };
        points.0.extend(bench.samples(&[Layer::Centred, Layer::ContextCentred])?);
        points.0.extend(bench.training_length(&[Layer::Centred, Layer::ContextCentred])?);
        if horizon == HORIZON {
            points.0.extend(bench.centring()?);
            points.0.extend(bench.comparators()?);
            points.0.extend(bench.noise()?);
            points.0.extend(bench.sharing()?);
            points.0.extend(bench.trajectories()?);
            points.0.extend(bench.fitting()?);
            let checkpoints = trained::train_all(experiment, &tasks, &sizes)?;
            points.0.extend(bench.training(&checkpoints)?);
            training.extend(checkpoints.iter().map(TrainingRow::from));
            reference = Some(tasks);
        }
    }
    progress.finish();
    let reference = reference.expect("the reference horizon is one of the horizons");
    let families = families::measure(experiment, &sizes, &streams)?;
    let rows: Vec<Row> = points
        .0
        .iter()
        .map(|p| p.rows())
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    experiment.csv("points.csv", &rows)?;
    experiment.csv("families.csv", &families)?;
    experiment.csv("training.csv", &training)?;
    experiment
        .figure("linear_mdp_suboptimality", &figures::figure(&points, &reference, &sizes)?)?;
    for part in ["centring", "comparators", "noise", "sharing", "trajectories", "fitting"] {
        experiment.print(&table(&points, part)?);
    }
    claims::record(experiment, &points, &reference, &families)?;
    phenomena::record(experiment, &points, &training)
}

/// Loss and error of everybody in one section.
fn table(points: &Points, part: &str) -> Result<Table> {
    let mut table = Table::new(&[part, "samples", "noise", "loss", "95 % interval", "Q error"]);
    for point in points.0.iter().filter(|point| point.setting.part == part) {
        let loss = point.estimate(Quantity::Loss)?;
        let interval = format!(
            "{} .. {}",
            number(loss.low.unwrap_or(f64::NAN)),
            number(loss.high.unwrap_or(f64::NAN))
        );
        let samples = point.setting.shown.samples().map_or("all".into(), |m| m.to_string());
        let error = number(point.mean(Quantity::QError)?);
        let noise = number(point.setting.noise);
        table.push(vec![&point.learner, &samples, &noise, &number(loss.mean), &interval, &error]);
    }
    Ok(table)
}
