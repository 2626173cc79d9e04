//! Every loop, stopped after every iteration and resumed in fresh buffers, ends with the bits of the one that never stopped.

use super::*;

use crate::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use crate::model::planning_tokens::PlanningTokens;
use crate::model::tabular::TabularPolicy;
use crate::model::tokens::Tokens;
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::nn::schedule::Schedule;
use crate::numeric::rng::{Purpose, Streams};
use crate::problem::bandit::Bandit;
use crate::problem::decision_set::DecisionSet;
use crate::problem::full_information::FullInformation;
use crate::problem::linear_mdp::{Family, TaskLaw};
use crate::train::bandit::{BanditPractice, BanditTask};
use crate::train::config::RmftConfig;
use crate::train::full_information::FullInformationPractice;
use crate::train::layer::LayerPractice;
use crate::train::planning::{MdpLessons, Shape, Teacher};
use crate::train::practice::Practice;
use crate::train::ranking::{Credit, Ranking};
use crate::train::rmft;
use crate::train::supervised::{self, SupervisedConfig};
use crate::train::tabular::TabularPractice;

const STREAMS: u64 = 5;

/// Trains to the end, or stops when `stop` iterations are completed; goes on from `state` if there is one.
fn drive<T: Resumable<Report: std::fmt::Debug>>(
    mut trainer: T,
    state: Option<State<T::Scalar>>,
    stop: usize,
    told: &mut Vec<String>,
) -> State<T::Scalar> {
    if let Some(state) = state {
        trainer.restore(state);
    }
    while trainer.state().iteration < stop {
        match trainer.step().unwrap() {
            Some(report) => told.push(format!("{report:?}")),
            None => break,
        }
    }
    trainer.state()
}

/// Runs `go(state, stop, told)` without a stop, and with a stop after every iteration.
fn check<S: Scalar>(go: impl Fn(Option<State<S>>, usize, &mut Vec<String>) -> State<S>) {
    let mut told = Vec::new();
    let whole = go(None, usize::MAX, &mut told);
    assert!(told.len() > 3);
    let (mut state, mut told_in_parts) = (None, Vec::new());
    for stop in (1..=told.len()).chain([usize::MAX]) {
        let next: State<S> = go(state, stop, &mut told_in_parts);
        assert_eq!(next.iteration, stop.min(told.len()));
        state = Some(next);
    }
    assert_eq!(told_in_parts, told);
    assert_eq!(state.unwrap(), whole);
}

/// [`check`] of Iterative RMFT.
fn check_rmft<P: Practice>(start: &P::Model, practice: impl Fn(&P::Model) -> P) {
    check(|state, stop, told| {
        let mut model = start.clone();
        let mut practice = practice(&model);
        let streams = Streams::new(STREAMS);
        drive(rmft::Trainer::new(&mut model, &mut practice, streams), state, stop, told)
    });
}

fn streams() -> Streams {
    Streams::new(STREAMS)
}

fn random_transformer(inputs: usize, outputs: usize, rounds: usize) -> Transformer<f32> {
    let config = TransformerConfig {
        width: 8,
        blocks: 1,
        ..TransformerConfig::new(inputs, outputs, rounds)
    };
    Transformer::random(config, &mut streams().stream(Purpose::Initialization, 0, 0, 0)).unwrap()
}

/// Everything that a loop can remember: batches, several passes, the best parameters, an untrained player.
fn recipes(usual: RmftConfig) -> [RmftConfig; 2] {
    let remembering = RmftConfig {
        scenarios: 6,
        rollouts: 4,
        keep: 2,
        iterations: 5,
        passes: 2,
        batch: Some(5),
        keep_best: Some(2),
        learning_rate: Schedule::constant(0.05),
        ..usual
    };
    [RmftConfig { iterated: false, ..remembering.clone() }, remembering]
}

#[test]
fn a_layer_resumes() {
    let problem = FullInformation::balanced(2, 6);
    let shape = LinearAttentionConfig::new(2, 6, problem.set);
    let mut rng = streams().stream(Purpose::Initialization, 0, 0, 0);
    let layer = LinearAttention::<f64>::random(shape, &mut rng).unwrap();
    for config in recipes(RmftConfig::single_layer(6, 2)) {
        check_rmft(&layer, |layer| {
            LayerPractice::new(layer, &problem, &config, streams()).unwrap()
        });
    }
}

#[test]
fn a_transformer_resumes_in_full_information() {
    let problem = FullInformation { set: DecisionSet::Simplex, ..FullInformation::balanced(3, 5) };
    let model = random_transformer(Tokens::new(3, false).width(), 3, 5);
    for config in recipes(RmftConfig::transformer(5)) {
        check_rmft(&model, |model| {
            FullInformationPractice::new(model, &problem, &config, streams()).unwrap()
        });
    }
}

#[test]
fn a_transformer_resumes_in_bandits() {
    let problem = Bandit { fewest: Some(2), ..Bandit::bernoulli(3, 5) };
    let model = random_transformer(Tokens::new(3, true).width(), 3, 5);
    for config in recipes(RmftConfig::transformer(5)) {
        for credit in [Credit::Trajectory, Credit::Decision] {
            let task = BanditTask { credit, ..BanditTask::new(&problem) };
            check_rmft(&model, |model| {
                BanditPractice::new(model, task, &config, streams()).unwrap()
            });
        }
    }
}

#[test]
fn a_table_resumes() {
    let problem = Bandit::bernoulli(2, 4);
    let table = TabularPolicy::uniform(2, 4).unwrap();
    let ranking = (Ranking::BETA_POSTERIOR, Credit::Decision);
    for config in recipes(RmftConfig::transformer(5)) {
        check_rmft(&table, |table| {
            TabularPractice::new(table, &problem, ranking, &config, streams()).unwrap()
        });
    }
}

#[test]
fn supervised_fitting_resumes() {
    let law = TaskLaw { concentration: 0.1, reward_power: 6.0 };
    let mut rng = Streams::new(0).stream(Purpose::Theory, 0, 0, 0);
    let family = Family::draw((3, 2, 2), 0.1, law, &mut rng).unwrap();
    let tokens = PlanningTokens::new(3, 2, 2, 0);
    let shapes = [Shape { horizon: 2, demonstrations: 1 }];
    let lessons =
        MdpLessons::new(&family, Teacher::ORACLE, &shapes, (tokens, 6), streams()).unwrap();
    let config = SupervisedConfig { batch: 9, warm_up: 2, ..SupervisedConfig::new(6) };
    let start = random_transformer(tokens.width(), 2, 6);
    check(|state, stop, told| {
        let mut model = start.clone();
        let trainer = supervised::Trainer::new(&mut model, &lessons, &config).unwrap();
        drive(trainer, state, stop, told)
    });
}
