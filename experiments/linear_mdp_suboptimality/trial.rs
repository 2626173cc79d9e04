//! What learners lose on tasks they were not made from: every learner on the same contexts of the same tasks.

use lowregret::Result;
use lowregret::learner::in_context_q::{Demonstration, QLearner};
use lowregret::metrics::interval::Estimate;
use lowregret::numeric::parallel;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::finite_horizon::evaluate;
use lowregret::oracle::linear::Solved;
use lowregret::problem::linear_mdp::Context;
use lowregret::problem::mdp::Policy;
use lowregret::theory::suboptimality::Greedy;
use ndarray::{Array2, ArrayView1, Axis};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// What of a task is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// So many independent samples of every step.
    Samples(usize),
    /// Independent samples with their next states.
    Transitions(usize),
    /// So many runs of the uniform policy.
    Trajectories(usize),
    /// Every pair equally often: infinitely many samples.
    Everything,
}

impl Shown {
    /// Number of samples of a step; `None` for infinitely many.
    pub fn samples(self) -> Option<usize> {
        match self {
            Self::Samples(m) | Self::Transitions(m) | Self::Trajectories(m) => Some(m),
            Self::Everything => None,
        }
    }

    /// Draws it.
    pub fn draw(self, solved: &Solved, rng: &mut impl Rng) -> Result<Context> {
        let (mdp, horizon) = (&solved.task.mdp, solved.weights.nrows());
        match self {
            Self::Samples(m) => Context::generative(mdp, horizon, m, rng),
            Self::Transitions(m) => {
                Ok(Context::generative(mdp, horizon, m, rng)?.with_arrivals(mdp, rng))
            }
            Self::Trajectories(k) => {
                Context::of_trajectories(mdp, &Policy::uniform(mdp, horizon)?, k, rng)
            }
            Self::Everything => {
                let visits = Array2::ones((horizon, mdp.pairs()));
                Ok(Context { samples: mdp.pairs(), visits, arrivals: None })
            }
        }
    }
}

/// Shows `context` of a solved task with labels of its own.
pub fn demonstration<'a>(
    solved: &'a Solved,
    context: &'a Context,
    labels: &'a Array2<f64>,
) -> Demonstration<'a> {
    let (rewards, discount) = (solved.task.mdp.rewards(), solved.task.mdp.discount());
    Demonstration { context, labels: labels.view(), rewards, discount }
}

/// The oracle's labels, each sample of which errs by its own noise: the mean label of a pair that was seen n times errs by
/// noise / sqrt n.
fn labels(solved: &Solved, context: &Context, noise: f64, rng: &mut impl Rng) -> Array2<f64> {
    let mut labels = solved.optimal.pairs.clone();
    if noise > 0.0 {
        for (label, &n) in labels.iter_mut().zip(&context.visits) {
            *label += noise / n.max(1.0).sqrt() * rng.sample::<f64, _>(StandardNormal);
        }
    }
    labels
}

/// The numbers of a run that have a bound or a rate; means over the contexts of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Value lost to the optimal policy.
    Loss,
    /// Q-B1'.
    JointPair,
    /// Q-B1.
    Pair,
    /// Q-B2'.
    Span,
    /// Q-B2.
    LargestError,
    /// Q-B3.
    SquaredError,
    /// Squared error of the Q-functions over all pairs, summed over steps.
    QError,
    /// The same without its mean over pairs.
    AdvantageError,
}

impl Quantity {
    /// All of them, in the order of a run's numbers.
    pub const ALL: [Self; 8] = [
        Self::Loss,
        Self::JointPair,
        Self::Pair,
        Self::Span,
        Self::LargestError,
        Self::SquaredError,
        Self::QError,
        Self::AdvantageError,
    ];

    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::JointPair => "joint_pair_bound",
            Self::Pair => "pair_bound",
            Self::Span => "span_bound",
            Self::LargestError => "largest_error_bound",
            Self::SquaredError => "squared_error_bound",
            Self::QError => "q_error",
            Self::AdvantageError => "advantage_error",
        }
    }
}

/// What one learner did on all tasks.
pub struct Outcome {
    /// A number of each quantity, tasks x quantities: means over contexts.
    numbers: Array2<f64>,
    /// Squared error of the Q-function of each step, tasks x steps.
    steps: Array2<f64>,
    /// Largest amount by which a run lost more than a bound admits (negative when none did).
    pub violation: f64,
    /// Largest deviation of the performance-difference identity.
    pub identity: f64,
}

impl Outcome {
    /// Mean over tasks.
    pub fn estimate(&self, quantity: Quantity) -> Result<Estimate> {
        Estimate::of(&self.column(quantity))
    }

    /// A number a task.
    pub fn column(&self, quantity: Quantity) -> Vec<f64> {
        self.numbers.column(quantity as usize).to_vec()
    }

    /// Mean squared error of the Q-function of each step.
    pub fn step_errors(&self) -> Vec<f64> {
        self.steps.mean_axis(Axis(0)).map_or(Vec::new(), |mean| mean.to_vec())
    }
}

/// One run of one learner, or the mean of some.
struct Run {
    numbers: [f64; 8],
    steps: Vec<f64>,
    violation: f64,
    identity: f64,
}

impl Run {
    /// What no run has added to yet.
    fn none(solved: &Solved) -> Self {
        Self {
            numbers: [0.0; 8],
            steps: vec![0.0; solved.weights.nrows()],
            violation: f64::NEG_INFINITY,
            identity: 0.0,
        }
    }

    /// Adds a share of the numbers of `run`, and keeps the worse of what is worst.
    fn add(&mut self, run: &Self, share: f64) {
        self.numbers.iter_mut().zip(run.numbers).for_each(|(sum, number)| *sum += share * number);
        self.steps.iter_mut().zip(&run.steps).for_each(|(sum, number)| *sum += share * number);
        self.violation = self.violation.max(run.violation);
        self.identity = self.identity.max(run.identity);
    }

    fn of(solved: &Solved, estimate: &Array2<f64>) -> Self {
        let (mdp, optimal) = (&solved.task.mdp, &solved.optimal);
        let greedy = Greedy::new(mdp, optimal, estimate.view());
        let loss = solved.value() - evaluate(mdp, greedy.policy()).at_start(mdp);
        let errors = estimate - &optimal.pairs;
        let mean_square = |row: ArrayView1<f64>| row.dot(&row) / row.len() as f64;
        let steps: Vec<f64> = errors.rows().into_iter().map(mean_square).collect();
        let level = |row: ArrayView1<f64>| row.mean().unwrap_or(0.0).powi(2);
        let levels: f64 = errors.rows().into_iter().map(level).sum();
        let q_error: f64 = steps.iter().sum();
        let bounds = [
            greedy.joint_pair_bound(),
            greedy.pair_bound(),
            greedy.span_bound(),
            greedy.largest_error_bound(),
            greedy.squared_error_bound(),
        ];
        let [joint, pair, span, largest, squared] = bounds;
        Self {
            numbers: [loss, joint, pair, span, largest, squared, q_error, q_error - levels],
            steps,
            violation: bounds.iter().fold(f64::NEG_INFINITY, |worst, b| worst.max(loss - b)),
            identity: (greedy.performance_difference() - loss).abs(),
        }
    }
}

/// Tasks, and how often each is shown.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    pub tasks: &'a [Solved],
    pub contexts: usize,
    /// Standard deviation of the noise of labels.
    pub noise: f64,
    pub streams: &'a Streams,
    /// What contexts are drawn for.
    pub purpose: Purpose,
}

impl Trial<'_> {
    /// Every learner on the same contexts. Contexts that show the same number of samples of the same kind are the same in every
    /// call.
    pub fn run(&self, learners: &[&(dyn QLearner + Sync)], shown: Shown) -> Result<Vec<Outcome>> {
        let by_task = parallel::try_over(self.tasks.len(), |index| {
            self.show(learners, shown, index, &self.tasks[index])
        })?;
        Ok((0..learners.len()).map(|learner| collect(&by_task, learner)).collect())
    }

    /// Contexts of a task: all are alike when everything is shown.
    pub fn shown_to_each(&self, shown: Shown) -> usize {
        if shown == Shown::Everything { 1 } else { self.contexts }
    }

    /// Every learner's mean over the contexts of one task.
    fn show(
        &self,
        learners: &[&(dyn QLearner + Sync)],
        shown: Shown,
        index: usize,
        solved: &Solved,
    ) -> Result<Vec<Run>> {
        let contexts = self.shown_to_each(shown);
        let mut runs: Vec<Run> = learners.iter().map(|_| Run::none(solved)).collect();
        for context in 0..contexts {
            let samples = shown.samples().unwrap_or(0);
            let mut rng = self.streams.stream(self.purpose, samples, index, context);
            let context = shown.draw(solved, &mut rng)?;
            let labels = labels(solved, &context, self.noise, &mut rng);
            let demonstration = demonstration(solved, &context, &labels);
            for (learner, mean) in learners.iter().zip(&mut runs) {
                let run = Run::of(solved, &learner.estimate(&demonstration)?);
                mean.add(&run, 1.0 / contexts as f64);
            }
        }
        Ok(runs)
    }
}

/// The numbers of all tasks of one learner.
fn collect(by_task: &[Vec<Run>], learner: usize) -> Outcome {
    let horizon = by_task[0][learner].steps.len();
    let mut outcome = Outcome {
        numbers: Array2::zeros((by_task.len(), Quantity::ALL.len())),
        steps: Array2::zeros((by_task.len(), horizon)),
        violation: f64::NEG_INFINITY,
        identity: 0.0,
    };
    for (task, run) in by_task.iter().map(|runs| &runs[learner]).enumerate() {
        outcome.numbers.row_mut(task).assign(&ArrayView1::from(&run.numbers));
        outcome.steps.row_mut(task).assign(&ArrayView1::from(&run.steps));
        outcome.violation = outcome.violation.max(run.violation);
        outcome.identity = outcome.identity.max(run.identity);
    }
    outcome
}
