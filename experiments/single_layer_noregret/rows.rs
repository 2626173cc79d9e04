//! Rows of the tables about what the layer has become.

use lowregret::metrics::structure::Effective;
use serde::Serialize;

use super::measure::{HorizonResult, SeedResult};

#[derive(Serialize)]
pub struct StructureRow {
    horizon: usize,
    seed: u64,
    step: f64,
    tuned_step: f64,
    rest_formula: f64,
    rest_simulated: f64,
    /// Standard error.
    rest_simulated_error: f64,
    off_isotropy: f64,
    value_bias: f64,
    key_content: f64,
    prediction_distance: f64,
}

#[derive(Serialize)]
pub struct MatrixRow {
    horizon: usize,
    seed: u64,
    when: &'static str,
    row: usize,
    column: usize,
    value: f64,
}

impl HorizonResult {
    pub fn structure_rows(&self) -> Vec<StructureRow> {
        let root = (self.horizon as f64).sqrt();
        let row = |s: &SeedResult| StructureRow {
            horizon: self.horizon,
            seed: s.seed,
            step: s.structure.eta * root,
            tuned_step: self.tuned_eta * root,
            rest_formula: self.rest_formula * root,
            rest_simulated: self.rest_simulated.eta * root,
            rest_simulated_error: self.rest_simulated.standard_error * root,
            off_isotropy: s.structure.off_isotropy,
            value_bias: s.structure.value_bias,
            key_content: s.structure.key_content,
            prediction_distance: s.prediction_distance,
        };
        self.seeds.iter().map(row).collect()
    }

    pub fn matrix_rows(&self) -> Vec<MatrixRow> {
        let mut rows = Vec::new();
        for s in &self.seeds {
            for (when, layer) in [("before", &s.trained.untrained), ("after", &s.trained.layer)] {
                for ((row, column), &value) in Effective::of(layer).matrix.indexed_iter() {
                    rows.push(MatrixRow {
                        horizon: self.horizon,
                        seed: s.seed,
                        when,
                        row,
                        column,
                        value,
                    });
                }
            }
        }
        rows
    }
}
