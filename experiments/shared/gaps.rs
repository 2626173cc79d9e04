//! Optimality gaps of learners on the tasks of a setting, and what is read off them.

use lowregret::Result;
use lowregret::metrics::interval::Estimate;
use serde::Serialize;

/// Where a gap was measured. Knobs that a page does not turn are empty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Section of the page.
    pub part: &'static str,
    pub horizon: usize,
    pub demonstrations: usize,
    pub observability: Option<f64>,
    pub radius: Option<f64>,
    pub pessimism: Option<f64>,
}

impl Setting {
    /// A setting of a page without knobs.
    pub fn of(part: &'static str, horizon: usize, demonstrations: usize) -> Self {
        let (observability, radius, pessimism) = (None, None, None);
        Self { part, horizon, demonstrations, observability, radius, pessimism }
    }
}

/// The gaps (V* - V) / V* of one learner, one a task.
struct Record {
    setting: Setting,
    learner: &'static str,
    /// Training seed, for what was trained.
    seed: Option<u64>,
    gaps: Vec<f64>,
}

/// All gaps of a page.
#[derive(Default)]
pub struct Gaps(Vec<Record>);

/// A mean gap with its 95 % interval over tasks.
#[derive(Serialize)]
pub struct GapRow {
    part: &'static str,
    horizon: usize,
    demonstrations: usize,
    observability: Option<f64>,
    radius: Option<f64>,
    pessimism: Option<f64>,
    learner: &'static str,
    /// Training seed; empty for what needs no training.
    seed: Option<u64>,
    gap: f64,
    low: Option<f64>,
    high: Option<f64>,
    tasks: usize,
}

impl Gaps {
    /// Adds the gaps of a learner whose values are `values` where `optimal` are the best ones.
    pub fn add(
        &mut self,
        setting: Setting,
        learner: &'static str,
        seed: Option<u64>,
        (optimal, values): (&[f64], &[f64]),
    ) {
        let gaps = optimal.iter().zip(values).map(|(best, value)| (best - value) / best).collect();
        self.0.push(Record { setting, learner, seed, gaps });
    }

    /// Every record as a row.
    pub fn rows(&self) -> Result<Vec<GapRow>> {
        let row = |record: &Record| {
            let Setting { part, horizon, demonstrations, observability, radius, pessimism } =
                record.setting;
            let Estimate { mean, low, high, n } = Estimate::of(&record.gaps)?;
            let (learner, seed) = (record.learner, record.seed);
            Ok(GapRow {
                part,
                horizon,
                demonstrations,
                observability,
                radius,
                pessimism,
                learner,
                seed,
                gap: mean,
                low,
                high,
                tasks: n,
            })
        };
        self.0.iter().map(row).collect()
    }

    fn of(&self, setting: Setting, learner: &str) -> impl Iterator<Item = &Record> {
        self.0.iter().filter(move |r| r.setting == setting && r.learner == learner)
    }

    /// The gap of every task, averaged over training seeds.
    fn pooled(&self, setting: Setting, learner: &str) -> Vec<f64> {
        let records: Vec<&Record> = self.of(setting, learner).collect();
        let tasks = records.first().map_or(0, |record| record.gaps.len());
        let mean =
            |i| records.iter().map(|r: &&Record| r.gaps[i]).sum::<f64>() / records.len() as f64;
        (0..tasks).map(mean).collect()
    }

    /// Mean gap over tasks and seeds, with the interval over tasks.
    pub fn estimate(&self, setting: Setting, learner: &str) -> Result<Estimate> {
        Estimate::of(&self.pooled(setting, learner))
    }

    /// The mean gap of every seed.
    pub fn means(&self, setting: Setting, learner: &str) -> Vec<f64> {
        self.of(setting, learner)
            .map(|r| r.gaps.iter().sum::<f64>() / r.gaps.len() as f64)
            .collect()
    }

    /// Gap of `more` minus that of `less`, paired over tasks.
    pub fn difference(&self, setting: Setting, more: &str, less: &str) -> Result<Estimate> {
        Estimate::difference(&self.pooled(setting, more), &self.pooled(setting, less))
    }

    /// How much larger the difference is in `there` than `here`, for every training seed, paired over tasks: task i is drawn
    /// from the same numbers in both.
    pub fn rises(
        &self,
        (here, there): (Setting, Setting),
        more: &str,
        less: &str,
    ) -> Result<Vec<Estimate>> {
        let difference = |setting, seed| -> Vec<f64> {
            let of = |learner| self.averaged(&[setting], learner, seed);
            of(more).iter().zip(of(less)).map(|(a, b)| a - b).collect()
        };
        let rise = |seed| Estimate::difference(&difference(there, seed), &difference(here, seed));
        self.of(here, less).map(|record| rise(record.seed)).collect()
    }

    /// The difference in standard errors over tasks, each task's averaged over `settings`, for the seed where it is smallest.
    /// A learner without seeds meets every seed.
    pub fn standard_errors(&self, settings: &[Setting], more: &str, less: &str) -> f64 {
        let seeds = |learner| self.of(settings[0], learner).map(|record| record.seed);
        let mut worst = f64::INFINITY;
        for a in seeds(more) {
            for b in seeds(less).filter(|b| a.zip(*b).is_none_or(|(a, b)| a == b)) {
                let (a, b) = (self.averaged(settings, more, a), self.averaged(settings, less, b));
                let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
                worst = worst.min(in_standard_errors(&differences));
            }
        }
        worst
    }

    /// The gap of every task in one seed, averaged over settings.
    fn averaged(&self, settings: &[Setting], learner: &str, seed: Option<u64>) -> Vec<f64> {
        let own = settings.iter().flat_map(|&setting| self.of(setting, learner));
        let own: Vec<&Record> = own.filter(|record| record.seed == seed).collect();
        let tasks = own.iter().map(|record| record.gaps.len()).min().unwrap_or(0);
        (0..tasks).map(|i| own.iter().map(|r| r.gaps[i]).sum::<f64>() / own.len() as f64).collect()
    }
}

/// Mean over standard error of the mean; infinite for numbers that differ by rounding only, 0 for zeros.
fn in_standard_errors(sample: &[f64]) -> f64 {
    if sample.iter().all(|x| *x == 0.0) {
        return 0.0;
    }
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    if error <= 1e-12 * mean.abs() { mean.signum() * f64::INFINITY } else { mean / error }
}
