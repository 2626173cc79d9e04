//! The claims of theory as numbers, each with its target. Where there are several seeds the worst of them decides.

use lowregret::Result;
use lowregret::learner::ftrl::{Ftrl, FtrlStep};
use lowregret::learner::play::regret_curves;
use lowregret::learner::tuning::best_step;
use lowregret::metrics::curve::final_regret;
use lowregret::metrics::growth::fit_power;
use lowregret::metrics::interval::{Estimate, largest, smallest};
use lowregret::numeric::rng::{Purpose, Streams, fill_standard_normal};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::report::Experiment;
use lowregret::theory::mixture;
use lowregret::theory::selection::{one_step_update, selection_intensity};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::selection_map::select_at;

use super::measure::{self, D, Fresh, HorizonResult, SeedResult, Sizes};

pub fn record(
    experiment: &mut Experiment,
    sizes: &Sizes,
    horizons: &[HorizonResult],
    fresh: &[Fresh],
) -> Result<()> {
    for h in horizons {
        at_horizon(experiment, h);
    }
    across_horizons(experiment, sizes, horizons)?;
    unshared(experiment, sizes, fresh)?;
    lemmas(experiment, sizes)?;
    pure_mixture(experiment, sizes)?;
    let growth: Vec<_> = horizons
        .iter()
        .flat_map(|h| {
            h.outcomes.iter().map(|o| (h.horizon, o.learner, o.seed, o.growth, o.growth_interval))
        })
        .collect();
    experiment.result("growth_within_horizon", growth)?;
    let minus_ftrl = horizons
        .iter()
        .flat_map(|h| h.of(measure::LAYER).map(move |layer| (h, layer)))
        .filter_map(|(h, layer)| Some((h, layer, h.of(measure::FTRL).next()?)))
        .map(|(h, layer, ftrl)| {
            let difference = Estimate::difference(&layer.finals, &ftrl.finals)?;
            Ok(serde_json::json!({"horizon": h.horizon, "seed": layer.seed, "paired_difference": difference}))
        })
        .collect::<Result<Vec<_>>>()?;
    experiment.result("regret_of_layer_minus_best_tuned_ftrl", minus_ftrl)?;
    let hedge: Vec<_> = horizons.iter().map(|h| (h.horizon, h.hedge_eta)).collect();
    experiment.result("best_tuned_hedge_step", hedge)?;
    let structure: Vec<_> = horizons.iter().flat_map(HorizonResult::structure_rows).collect();
    experiment.result("structure", structure)?;
    let finals: Vec<_> =
        horizons.iter().flat_map(|h| h.outcomes.iter().map(|o| o.final_row(h.horizon))).collect();
    experiment.result("final_regret", finals)
}

fn at_horizon(experiment: &mut Experiment, h: &HorizonResult) {
    let t = h.horizon;
    let worst = |f: &dyn Fn(&SeedResult) -> f64| largest(h.seeds.iter().map(f));
    let mut at_most = |name: &str, statement: &str, value: f64, limit: f64| {
        let target = format!("<= {limit}");
        experiment.claim(format!("RMFT-P3/{name}/T={t}"), statement, value, target, value <= limit);
    };
    at_most(
        "off-isotropy",
        "off-isotropy |W - eta I| / |W|",
        worst(&|s| s.structure.off_isotropy),
        0.05,
    );
    at_most("value-bias", "value bias over eta", worst(&|s| s.structure.value_bias), 0.1);
    at_most("key-content", "key content |u| / |s|", worst(&|s| s.structure.key_content), 0.1);
    let ftrl = h.mean_regret(measure::FTRL);
    let layer = largest(h.of(measure::LAYER).map(|o| o.last.mean));
    at_most("regret", "regret over that of the best-tuned FTRL", layer / ftrl, 1.03);
    let off = worst(&|s| (s.structure.eta / h.rest_simulated.eta - 1.0).abs());
    at_most(
        "rest-point",
        "distance of the learned step size to the simulated rest point, relative",
        off,
        0.2,
    );
    let violations = worst(&|s| s.guarantee_violations as f64);
    experiment.claim(
        format!("RMFT-T1/T={t}"),
        "scenarios on which the layer's regret exceeds its guarantee",
        violations,
        "0",
        violations == 0.0,
    );
}

fn across_horizons(
    experiment: &mut Experiment,
    sizes: &Sizes,
    horizons: &[HorizonResult],
) -> Result<()> {
    let xs: Vec<f64> = horizons.iter().map(|h| h.horizon as f64).collect();
    let slope = |ys: &[f64]| -> Result<f64> {
        Ok(fit_power(&xs, ys)?.fit.map_or(f64::NAN, |f| f.exponent))
    };
    let slopes = (0..horizons.first().map_or(0, |h| h.seeds.len()))
        .map(|i| {
            let last =
                |h: &HorizonResult| h.of(measure::LAYER).nth(i).map_or(f64::NAN, |o| o.last.mean);
            slope(&horizons.iter().map(last).collect::<Vec<_>>())
        })
        .collect::<Result<Vec<f64>>>()?;
    let layer = largest(slopes);
    let statement = "slope of log final regret on log T, layer";
    experiment.claim("RMFT-G1/layer", statement, layer, "<= 0.6", layer <= 0.6);
    let of = |name: &str| -> Vec<f64> { horizons.iter().map(|h| h.mean_regret(name)).collect() };
    let ftl = slope(&of(measure::FTL))?;
    let statement = "slope of log final regret on log T, follow the leader on the balanced family";
    experiment.claim("RMFT-G1/ftl", statement, ftl, ">= 0.75", ftl >= 0.75);
    let alternating = horizons
        .iter()
        .map(|h| {
            let problem = FullInformation {
                family: RewardFamily::Alternating,
                ..FullInformation::balanced(D, h.horizon)
            };
            let scenarios =
                problem.scenarios(&Streams::new(experiment.seed()), Purpose::Evaluation, 100);
            let ftl =
                |_: ndarray::ArrayView2<f64>| Ftrl::new(problem.set, D, FtrlStep::Leader, false);
            let regret = final_regret(regret_curves(problem.set, &scenarios, ftl).view());
            Ok(Estimate::of(&regret)?.mean)
        })
        .collect::<Result<Vec<f64>>>()?;
    let value = slope(&alternating)?;
    let statement = "slope of log final regret on log T, follow the leader on alternating rewards";
    experiment.claim("RMFT-G1/ftl-alternating", statement, value, ">= 0.95", value >= 0.95);
    let rest: Vec<f64> = horizons.iter().map(|h| h.rest_formula).collect();
    let rest_slope = slope(&rest)?;
    let statement = "slope of log rest point (formula) on log T; the regret-optimal step has -1/2";
    let holds = (rest_slope + 1.0 / 3.0).abs() <= 0.07;
    experiment.claim("RMFT-P3/rest-slope", statement, rest_slope, "-1/3 +- 0.07", holds);
    let ratio =
        |h: &HorizonResult| h.mean_regret(measure::FTRL_AT_REST) / h.mean_regret(measure::FTRL);
    let at_rest: Vec<f64> = horizons.iter().map(ratio).collect();
    experiment.result("regret_of_ftrl_at_rest_point_over_best_tuned", &at_rest)?;
    let ftrl = slope(&of(measure::FTRL))?;
    let steps: Vec<f64> = horizons
        .iter()
        .map(|h| h.seeds.iter().map(|s| s.structure.eta).sum::<f64>() / h.seeds.len() as f64)
        .collect();
    let tuned: Vec<f64> = horizons.iter().map(|h| h.tuned_eta).collect();
    experiment.result(
        "slopes",
        serde_json::json!({
            "regret_layer_worst_seed": layer, "regret_ftrl_tuned": ftrl, "regret_ftl": ftl,
            "regret_hedge_tuned": slope(&of(measure::HEDGE))?,
            "step_learned": if steps.iter().all(|s| *s > 0.0) { Some(slope(&steps)?) } else { None },
            "step_tuned": slope(&tuned)?, "step_rest_point": rest_slope, "horizons": sizes.horizons,
        }),
    )
}

fn unshared(experiment: &mut Experiment, sizes: &Sizes, fresh: &[Fresh]) -> Result<()> {
    for (family, id) in
        [(measure::BALANCED, "balanced"), (measure::WITHOUT_NOISY_DRIFT, "without-noisy-drift")]
    {
        let runs: Vec<&Fresh> = fresh.iter().filter(|f| f.family == family).collect();
        let steps = runs.iter().map(|f| f.structure.eta * (sizes.shown as f64).sqrt());
        let step = largest(steps);
        let statement = format!("rewards not shared, {family} family: largest final eta sqrt T");
        experiment.claim(format!("RMFT-R5/{id}/step"), statement, step, "< 0", step < 0.0);
        let mut ratio = |name: &str, statement: &str, of: &dyn Fn(&Fresh) -> f64| {
            let value = smallest(runs.iter().map(|f| of(f)));
            let statement =
                format!("rewards not shared, {family} family: {statement}, smallest over seeds");
            experiment.claim(format!("RMFT-R5/{id}/{name}"), statement, value, "> 1", value > 1.0);
        };
        let trained = |f: &Fresh| f.on_family(|r| &r.trained);
        ratio("regret-untrained", "regret over that of the untrained layer", &|f| {
            trained(f) / f.on_family(|r| &r.untrained)
        });
        ratio("regret-still", "regret over that of never moving", &|f| {
            trained(f) / f.on_family(|r| &r.never_moves)
        });
        ratio(
            "regret-drift",
            "regret on its drifting class over that of the untrained layer",
            &|f| {
                let drift = f.regret.iter().find(|r| r.class == "drift");
                drift.map_or(f64::NAN, |r| r.trained.mean / r.untrained.mean)
            },
        );
    }
    let regret: Vec<_> = fresh.iter().flat_map(|f| &f.regret).collect();
    experiment.result("rewards_not_shared", regret)
}

/// Lemmas 1 and 2 against simulation, in standard errors.
fn lemmas(experiment: &mut Experiment, sizes: &Sizes) -> Result<()> {
    let streams = Streams::new(experiment.seed()).branch(Purpose::Theory);
    let mut worst = 0f64;
    for (keep, rollouts) in [(1, 2), (2, 16), (4, 32), (16, 32)] {
        let means: Vec<f64> = (0..8 * sizes.tuning)
            .map(|i| {
                let mut scores = vec![0f64; rollouts];
                fill_standard_normal(
                    &mut streams.stream(Purpose::Theory, keep, rollouts, i),
                    &mut scores,
                );
                scores.sort_by(|a, b| b.total_cmp(a));
                scores[..keep].iter().sum::<f64>() / keep as f64
            })
            .collect();
        worst =
            largest([worst, standard_errors(&means, selection_intensity(keep, rollouts)?)?.abs()]);
    }
    let statement = "selection intensity, quadrature against simulation, in standard errors";
    experiment.claim("RMFT-L1", statement, worst, "<= 4", worst <= 4.0);

    let problem = FullInformation {
        set: DecisionSet::Ball { radius: 1e6 },
        ..FullInformation::balanced(3, 20)
    };
    let config =
        RmftConfig { rollouts: 16, keep: 2, scenarios: sizes.selection / 6, ..sizes.recipe(20) };
    let (sigma, batches) = (0.1, 16);
    let scenarios = problem.scenarios(&streams, Purpose::Theory, 8 * sizes.tuning);
    let predicted = one_step_update(&scenarios, sigma, selection_intensity(2, 16)?)?;
    let steps = (0..batches)
        .map(|round| select_at(&problem, &config, streams, 0.02, sigma, round)?.step())
        .collect::<Result<Vec<_>>>()?;
    let mut worst = 0f64;
    let (mut off, mut size) = (0.0, 0.0);
    for (entry, &expected) in predicted.indexed_iter() {
        let values: Vec<f64> = steps.iter().map(|s| s[entry]).collect();
        worst = largest([worst, standard_errors(&values, expected)?.abs()]);
        off += (Estimate::of(&values)?.mean - expected).powi(2);
        size += expected.powi(2);
    }
    let statement = "one selection without projection, step of W against the lemma, worst entry in standard errors";
    experiment.claim("RMFT-L2", statement, worst, "<= 4", worst <= 4.0);
    experiment.result("lemma_2_relative_error", (off / size).sqrt())
}

/// How many standard errors the mean of `values` lies from `expected`.
fn standard_errors(values: &[f64], expected: f64) -> Result<f64> {
    let estimate = Estimate::of(values)?;
    let n = values.len() as f64;
    let variance = values.iter().map(|v| (v - estimate.mean).powi(2)).sum::<f64>() / (n - 1.0);
    Ok((estimate.mean - expected) / (variance / n).sqrt())
}

/// Proposition 4: the measured minimiser of mean regret on the pure mixture against the closed form.
fn pure_mixture(experiment: &mut Experiment, sizes: &Sizes) -> Result<()> {
    let streams = Streams::new(experiment.seed());
    let mut worst = 0f64;
    let (mut steps, mut regrets) = (Vec::new(), Vec::new());
    for &horizon in &sizes.horizons {
        let problem = FullInformation {
            family: RewardFamily::pure_mixture(0.5),
            ..FullInformation::balanced(D, horizon)
        };
        let scenarios = problem.scenarios(&streams, Purpose::Theory, sizes.tuning);
        let predicted = mixture::best_step(0.5, horizon);
        let ftrl = |eta: f64| Ftrl::new(problem.set, D, FtrlStep::Fixed(eta), false);
        let tuned = best_step(problem.set, &scenarios, (0.3 * predicted, 3.0 * predicted), ftrl)?;
        worst = largest([worst, (tuned.step / predicted - 1.0).abs()]);
        steps.push(tuned.step);
        regrets.push(tuned.regret);
    }
    let statement = "pure mixture: measured best step size against the closed form, largest relative difference";
    experiment.claim("RMFT-P4/step", statement, worst, "<= 0.15", worst <= 0.15);
    let xs: Vec<f64> = sizes.horizons.iter().map(|&h| h as f64).collect();
    let slope = fit_power(&xs, &steps)?.fit.map_or(f64::NAN, |f| f.exponent);
    let holds = (slope + 0.5).abs() <= 0.05;
    let statement = "pure mixture: slope of log best step size on log T";
    experiment.claim("RMFT-P4/slope", statement, slope, "-0.5 +- 0.05", holds);
    experiment.result(
        "pure_mixture",
        serde_json::json!({"horizons": sizes.horizons, "best_step": steps, "regret": regrets}),
    )
}
