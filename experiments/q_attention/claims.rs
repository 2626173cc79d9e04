//! The claims of theory as numbers, each with its target. Where there are several seeds the worst of them decides.

use lowregret::Result;
use lowregret::metrics::growth::fit_power;
use lowregret::metrics::interval::{largest, smallest};
use lowregret::report::Experiment;
use lowregret::theory::in_context::policy::fast_rate_constant;

use super::Measured;
use super::bounds::{self, LONG, SPECTRA, SlopeRow};
use super::layer::{self, Trained};
use super::policy::PlayRow;

/// u of the optimum at d = 5, kappa = 1, N = 20: the fourth root of tr(Gamma^-2).
const BALANCED_SCALE: f64 = 1.3115;

/// A claim that `value` is at most or below `limit`, or within a range.
struct Recorder<'a> {
    experiment: &'a mut Experiment,
}

impl Recorder<'_> {
    fn below(&mut self, id: &str, statement: &str, value: f64, limit: f64) {
        let target = if limit < 1e-3 { format!("< {limit:e}") } else { format!("< {limit}") };
        self.experiment.claim(id, statement, value, target, value < limit);
    }

    fn within(&mut self, id: &str, statement: &str, value: f64, low: f64, high: f64) {
        let holds = (low..=high).contains(&value);
        self.experiment.claim(id, statement, value, format!("{low} to {high}"), holds);
    }

    fn none(&mut self, id: &str, statement: &str, value: f64) {
        self.experiment.claim(id, statement, value, "0", value == 0.0);
    }
}

pub fn record(experiment: &mut Experiment, measured: &Measured) -> Result<()> {
    let mut claims = Recorder { experiment };
    errors(&mut claims, measured);
    descents(&mut claims, measured);
    layers(&mut claims, measured);
    slopes(&mut claims, &measured.slopes);
    bound(&mut claims, measured);
    policies(&mut claims, &measured.play)?;
    let rows: Vec<_> = measured
        .layers
        .iter()
        .map(|t| {
            serde_json::json!({
                "recipe": t.recipe.name, "seed": t.seed, "relative_error": t.relative_error,
                "averaged_error": t.averaged_error, "excess": t.excess, "scale": t.layer.scale(),
                "exact_error": t.exact, "evaluated_error": t.evaluation, "finite_throughout": t.survived,
                "largest_off_block_entry": t.widest(),
            })
        })
        .collect();
    experiment.result("layers", rows)?;
    let steps: Vec<_> = measured
        .descents
        .iter()
        .map(|d| serde_json::json!({"run": d.run.name, "steps": d.steps, "relative_error": d.relative_error}))
        .collect();
    experiment.result("descents", steps)?;
    experiment.result("fast_rate_constant", fast_rate_constant(5)?)
}

fn errors(claims: &mut Recorder, measured: &Measured) {
    for (i, row) in measured.settings.iter().enumerate() {
        let id = match row.condition {
            Some(_) => format!("Q-E1/simulation/{}", i + 1),
            None => format!("Q-E1/general/{}", i + 1),
        };
        let statement = format!(
            "deviation of the simulated from the exact error, in standard errors: {}",
            row.setting
        );
        claims.below(&id, &statement, row.z.abs(), 4.0);
    }
    let statement = "largest relative deviation from tr L - tr(L^2 Gamma^-1) at M = N";
    claims.below("Q-E1/identity", statement, measured.identity, 1e-12);
    let statement =
        "least squares over prompts against the closed form, relative Frobenius distance";
    claims.below("Q-E2/fit", statement, measured.fit, 0.01);
}

fn descents(claims: &mut Recorder, measured: &Measured) {
    for descent in &measured.descents {
        let run = &descent.run;
        let statement = format!(
            "{}: relative error of A after {} steps of {:.4}",
            run.name, descent.steps, run.config.learning_rate
        );
        let error = descent.relative_error;
        let id = |part: &str| format!("Q-E3/{part}/kappa={}", run.condition);
        if run.whitened {
            claims.below(&id("whitened"), &statement, error, 1e-4);
        } else if run.condition > 10.0 {
            let holds = error > 0.1;
            claims.experiment.claim(id("raw"), statement, error, "> 0.1", holds);
        } else {
            let limit = if run.condition > 1.0 { 1e-4 } else { 1e-8 };
            claims.below(&id("raw"), &statement, error, limit);
        }
    }
}

fn layers(claims: &mut Recorder, measured: &Measured) {
    let of = |recipe: &'static str| measured.layers.iter().filter(move |t| t.recipe.name == recipe);
    for (recipe, condition) in [(layer::FALLING, 1), (layer::ROTATED, 3), (layer::BEYOND, 1)] {
        let statement = format!(
            "full layer, fresh prompts, kappa = {condition}, recipe \"{recipe}\": relative error of the product A"
        );
        let value = largest(of(recipe).map(|t| t.relative_error));
        claims.below(&format!("Q-E4/product/{recipe}"), &statement, value, 0.03);
        let statement =
            format!("the same: exact error above the optimum's, relative (kappa = {condition})");
        let value = largest(of(recipe).map(|t| t.excess));
        claims.below(&format!("Q-E4/excess/{recipe}"), &statement, value, 0.01);
    }
    let statement =
        "learning rate 0.01, antithetic prompts: largest entry outside the block form on the way";
    claims.below(
        "Q-E4/off-block",
        statement,
        largest(of(layer::CONSTANT).map(Trained::widest)),
        1e-12,
    );
    let statement = "the same: distance of u from its balanced value 1.3115";
    let value = largest(of(layer::CONSTANT).map(|t| (t.layer.scale() - BALANCED_SCALE).abs()));
    claims.below("Q-E4/scale", statement, value, 0.05);
    let statement =
        "kappa = 3, 0.8 times the stability limit: largest entry outside the block form on the way";
    let value = largest(of(layer::BELOW).map(Trained::widest));
    claims.below("Q-E4/stability/below", statement, value, 1e-12);
    for (recipe, id, words) in [
        (layer::ABOVE, "above", "kappa = 3, 1.25 times the stability limit"),
        (layer::BEYOND, "beyond", "kappa = 1, 1.65 times the stability limit"),
    ] {
        let statement = format!(
            "{words}: largest entry outside the block form on the way, smallest over seeds"
        );
        let value = smallest(of(recipe).map(Trained::widest));
        claims.experiment.claim(
            format!("Q-E4/stability/{id}"),
            statement,
            value,
            "> 0.001",
            value > 1e-3,
        );
    }
    let statement = "evaluated error of the full layer in block form against its exact error, in standard errors";
    let value = largest(layer::BLOCK_FORM.into_iter().flat_map(of).map(|t| {
        let evaluation = t
            .evaluation
            .map_or((f64::NAN, f64::NAN), |e| (e.mean, e.half_width().unwrap_or(f64::NAN) / 1.96));
        ((evaluation.0 - t.exact) / evaluation.1).abs()
    }));
    claims.below("Q-E4/evaluation", statement, value, 4.0);
}

fn slopes(claims: &mut Recorder, slopes: &[SlopeRow]) {
    let off = |row: &SlopeRow| (row.slope + 1.0).abs();
    let statement = "slope of the error in M at N = 10^6, largest distance from -1";
    let value = largest(slopes.iter().filter(|r| r.axis == "test").map(off));
    claims.below("Q-E5/test-length", statement, value, 1e-3);
    for (d, condition) in SPECTRA {
        let own = || {
            let mine =
                move |r: &&SlopeRow| r.axis == "training" && (r.d, r.condition) == (d, condition);
            slopes.iter().filter(mine)
        };
        let late = |from: fn(f64) -> usize| {
            largest(own().filter(|r| r.at >= from(r.ratio)).map(|r| (r.slope + 2.0).abs()))
        };
        let statement = format!(
            "d = {d}, kappa = {condition}: slope in N from 25 tr L / l_min on, largest distance from -2"
        );
        let id = format!("Q-E5/training-length-25/kappa={condition}");
        claims.below(&id, &statement, late(bounds::suggested), 0.05);
        let statement = format!(
            "d = {d}, kappa = {condition}: slope in N from 29 (1 + tr L / l_min) on, largest distance from -2"
        );
        let id = format!("Q-E5/training-length-29/kappa={condition}");
        claims.below(&id, &statement, late(bounds::proved), 0.05);
    }
    let early = slopes
        .iter()
        .find(|r| r.axis == "training" && r.condition == 10.0 && r.at == 32)
        .map_or(f64::NAN, |r| r.slope);
    let statement = "d = 5, kappa = 10: slope in N at N = 32, not yet near -2";
    claims.experiment.claim("Q-E5/early", statement, early, "> -1.8", early > -1.8);
}

fn bound(claims: &mut Recorder, measured: &Measured) {
    let grid = || measured.grid.iter().filter(|r| r.part == "grid");
    let statement = "settings of 400 in which the published bound is below the exact error";
    claims.none("Q-E6/holds", statement, grid().filter(|r| r.published < r.exact).count() as f64);
    let statement = "settings of 400 in which the sharper bound is below the exact error or above the published one";
    let broken = grid().filter(|r| r.sharper < r.exact || r.sharper > r.published * (1.0 + 1e-12));
    claims.none("Q-E6/sharper-holds", statement, broken.count() as f64);
    let statement = "published bound over exact error, smallest of 400 settings";
    claims.within(
        "Q-E6/tightest",
        statement,
        smallest(grid().map(|r| r.published / r.exact)),
        1.0,
        1.01,
    );
    let limit = measured
        .grid
        .iter()
        .find(|r| r.part == "limit" && r.condition == 10.0 && r.training == LONG);
    let ratio = limit.map_or(f64::NAN, |r| r.published_training_ratio);
    let statement =
        "training-length part at N = 10^6, d = 5, kappa = 10: published bound over exact";
    claims.within("Q-E6/limit-published", statement, ratio, 4.53, 4.55);
    let ratio = limit.map_or(f64::NAN, |r| r.sharper_training_ratio);
    let statement = "the same: sharper bound over exact";
    claims.within("Q-E6/limit-sharper", statement, ratio, 0.999, 1.001);
    for test in bounds::TEST_LENGTHS {
        let best = measured.lengths.iter().find(|r| r.test == test && r.best);
        let best = best.map_or(f64::NAN, |r| r.training as f64);
        let statement = format!("training length with the smallest exact error at M = {test}");
        let id = format!("Q-E6/best-length/M={test}");
        claims.experiment.claim(id, statement, best, test.to_string(), best == test as f64);
    }
}

fn policies(claims: &mut Recorder, play: &[PlayRow]) -> Result<()> {
    for test in [128, 512] {
        let found = play.iter().find(|r| r.actions == 2 && r.test == Some(test));
        let value = found.map_or(f64::NAN, |r| r.loss * test as f64);
        let statement = format!("two actions, kappa = 1: M times the loss at M = {test}");
        claims.within(&format!("Q-E7/constant/M={test}"), &statement, value, 2.28, 2.52);
    }
    let endless = |condition: f64| {
        play.iter().filter(move |r| r.actions == 4 && r.test.is_none() && r.condition == condition)
    };
    let statement =
        "four actions, kappa = 1, infinite test prompts: largest loss over training lengths";
    claims.none("Q-E7/isotropic", statement, largest(endless(1.0).map(|r| r.loss)));
    let exponent = |rows: Vec<&PlayRow>, x: fn(&PlayRow) -> Option<usize>| -> Result<f64> {
        let xs: Vec<f64> = rows.iter().map(|r| x(r).map_or(f64::NAN, |n| n as f64)).collect();
        let ys: Vec<f64> = rows.iter().map(|r| r.loss).collect();
        Ok(fit_power(&xs, &ys)?.fit.map_or(f64::NAN, |fit| fit.exponent))
    };
    let ratio = |bound: fn(&PlayRow) -> Option<f64>| {
        play.iter().filter_map(move |r| bound(r).map(|bound| bound / r.loss))
    };
    let statement = "end-to-end bound made of the published bound on the error, over the loss: smallest over settings";
    let value = smallest(ratio(|r| r.published_bound));
    claims.experiment.claim("Q-E7/end-to-end", statement, value, ">= 1", value >= 1.0);
    let exact = smallest(ratio(|r| r.bound));
    let statement = "the same made of the exact error";
    claims.experiment.claim("Q-E7/end-to-end-exact", statement, exact, ">= 1", exact >= 1.0);
    let late = endless(10.0).filter(|r| r.training >= Some(128)).collect();
    let statement =
        "four actions, kappa = 10, infinite test prompts: slope of the loss in N, N = 128 .. 1024";
    claims.within("Q-E7/training-slope", statement, exponent(late, |r| r.training)?, -2.05, -1.75);
    for condition in [1.0, 10.0] {
        let own = |r: &&PlayRow| r.actions == 4 && r.test.is_some() && r.condition == condition;
        let slope = exponent(play.iter().filter(own).collect(), |r| r.test)?;
        let statement = format!(
            "four actions, kappa = {condition}, N infinite: slope of the loss in M, M = 16 .. 512"
        );
        claims.within(
            &format!("Q-E7/test-slope/kappa={condition}"),
            &statement,
            slope,
            -1.05,
            -0.85,
        );
    }
    Ok(())
}
