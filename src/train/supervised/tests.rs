use super::*;
use crate::model::transformer::TransformerConfig;
use crate::numeric::rng::{Purpose, Streams};
use rand::RngExt;

/// Which of three inputs was on two rounds ago.
struct Echo;

impl Lessons<f32> for Echo {
    fn shape(&self) -> (usize, usize, usize) {
        (ROUNDS, 4, 3)
    }

    fn write(&self, step: usize, index: usize, place: SequencePlace<f32>) {
        let mut rng = Streams::new(3).stream(Purpose::Training, step, index, 0);
        let marks: Vec<usize> = (0..ROUNDS).map(|_| rng.random_range(0..3)).collect();
        place.inputs.fill(0.0);
        for (round, &mark) in marks.iter().enumerate() {
            place.inputs[round * 4 + mark] = 1.0;
            place.inputs[round * 4 + 3] = round as f32 / 4.0;
            if round == ROUNDS - 1 {
                place.targets[round * 3 + marks[round - 2]] = 1.0;
                place.weights[round] = ROUNDS as f32;
            } else {
                place.weights[round] = 0.0;
            }
        }
    }
}

const ROUNDS: usize = 4;

fn model(seed: u64) -> Transformer<f32> {
    let config = TransformerConfig { width: 16, blocks: 1, ..TransformerConfig::new(4, 3, ROUNDS) };
    Transformer::random(config, &mut Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0))
        .unwrap()
}

fn config(steps: usize) -> SupervisedConfig {
    SupervisedConfig {
        batch: 20,
        learning_rate: Schedule::cosine(1e-2, 0.1),
        ..SupervisedConfig::new(steps)
    }
}

#[test]
fn the_loss_begins_at_chance_and_falls() {
    let mut model = model(1);
    let mut losses = Vec::new();
    train(&mut model, &Echo, &config(300), |report| losses.push(report.loss)).unwrap();
    assert!((losses[0] - 3f64.ln()).abs() < 1e-6, "{}", losses[0]);
    let last = losses[280..].iter().sum::<f64>() / 20.0;
    assert!(last < 0.3, "{last}");
}

/// Fine-tuning goes on from the weights that it is given, with an optimiser of its own.
#[test]
fn a_second_stage_goes_on_from_the_first() {
    let mut model = model(2);
    let mut last = 0.0;
    train(&mut model, &Echo, &config(200), |report| last = report.loss).unwrap();
    let mut first = None;
    train(&mut model, &Echo, &config(2), |report| first = first.or(Some(report.loss))).unwrap();
    assert!((first.unwrap() - last).abs() < 0.3, "{first:?} after {last}");
}

#[test]
fn threads_change_nothing() {
    let trained = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut model = model(3);
            train(&mut model, &Echo, &config(5), |_| {}).unwrap();
            model.parameters().to_vec()
        })
    };
    assert_eq!(trained(1), trained(3));
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let refusal = |config: SupervisedConfig| {
        train(&mut model(4), &Echo, &config, |_| {}).unwrap_err().to_string()
    };
    let usual = config(5);
    for (config, expected) in [
        (SupervisedConfig { steps: 0, ..usual }, "steps = 0"),
        (SupervisedConfig { batch: 0, ..usual }, "batch = 0"),
        (SupervisedConfig { batch: usize::MAX, ..usual }, "trajectories, sequences of a batch"),
        (SupervisedConfig { beta2: 1.0, ..usual }, "beta2 = 1"),
        (SupervisedConfig { weight_decay: f64::NAN, ..usual }, "weight_decay = NaN"),
        (SupervisedConfig { clip: Some(0.0), ..usual }, "clip = 0"),
        (
            SupervisedConfig { learning_rate: Schedule::constant(-1.0), ..usual },
            "learning_rate.start = -1",
        ),
    ] {
        let message = refusal(config);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn models_of_another_shape_than_the_lessons_are_refused() {
    for (shape, expected) in [
        (TransformerConfig::new(4, 3, ROUNDS + 1), "rounds = 5: expected 4, as the lessons have"),
        (TransformerConfig::new(5, 3, ROUNDS), "inputs = 5: expected 4"),
        (TransformerConfig::new(4, 2, ROUNDS), "outputs = 2: expected 3"),
    ] {
        let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
        let mut model = Transformer::random(shape, &mut rng).unwrap();
        let message = train(&mut model, &Echo, &config(1), |_| {}).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
}

/// Training that overflows stops, and leaves parameters behind that can still be used.
#[test]
fn an_overflow_leaves_the_last_good_parameters() {
    let mut model = model(5);
    let wild = SupervisedConfig {
        learning_rate: Schedule::constant(1e38),
        warm_up: 0,
        clip: None,
        ..config(5)
    };
    let error = train(&mut model, &Echo, &wild, |_| {}).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    assert!(model.parameters().iter().all(|p| p.is_finite()));
}
