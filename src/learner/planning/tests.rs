use ndarray::{Array2, array};

use super::copy_rule::{self, CopyRule};
use super::history_transformer::{self, HiddenPrompt};
use super::model_based::{BeliefPolicy, by_tree, myopic};
use super::transformer::{Context, plan};
use crate::model::Model;
use crate::model::planning_tokens::{PlanningTokens, Situation};
use crate::model::transformer::{Cache, Transformer, TransformerConfig};
use crate::numeric::rng::{Purpose, Streams};
use crate::oracle::pomdp::history_tree::HistoryTree;
use crate::oracle::pomdp::policy_evaluation::{evaluate, surely};
use crate::problem::hidden_family::{HiddenFamily, HiddenSetting, Mazes};
use crate::problem::linear_mdp::{Family, TaskLaw};
use crate::problem::mdp::{Mdp, Policy};
use crate::problem::pomdp::{Step, classics};
use crate::problem::trajectory::{Decision, run, run_hidden};

fn rng(index: usize) -> rand_chacha::ChaCha8Rng {
    Streams::new(9).stream(Purpose::Theory, 0, index, 0)
}

fn shown(seen: usize, action: usize) -> Decision {
    Decision { seen: Some(seen), action, reward: 0.0 }
}

fn small_mdp() -> Mdp {
    let law = TaskLaw { concentration: 0.5, reward_power: 1.0 };
    Family::draw((3, 2, 3), 0.5, law, &mut rng(0)).unwrap().task(&mut rng(1)).mdp
}

/// A model with a head that says something.
fn model(tokens: &PlanningTokens, seed: u64) -> Transformer<f64> {
    let config = TransformerConfig {
        width: 8,
        ..TransformerConfig::new(tokens.width(), tokens.actions(), 12)
    };
    let mut rng = Streams::new(seed).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::random(config, &mut rng).unwrap();
    let noise = crate::nn::gradient_check::random((1, model.parameters().len()), seed);
    model.parameters_mut().iter_mut().zip(&noise).for_each(|(p, n)| *p += n);
    model
}

#[test]
fn the_copy_rule_repeats_what_was_shown_nearest() {
    let mdp = small_mdp();
    // State 0 at step 0: twice 1, once 0; at step 1: 0. State 1 at step 1 only. State 2 never.
    let runs = [
        vec![shown(0, 1), shown(1, 1)],
        vec![shown(0, 1), shown(0, 0)],
        vec![shown(0, 0), shown(0, 0)],
    ];
    let policy = copy_rule::policy(&mdp, 2, &runs).unwrap();
    assert_eq!(policy.at(0, 0), [0.0, 1.0]);
    assert_eq!(policy.at(1, 0), [1.0, 0.0]);
    assert_eq!(policy.at(0, 1), [0.0, 1.0]);
    assert_eq!(policy.at(1, 2), [0.5, 0.5]);
}

#[test]
fn the_copy_rule_prefers_whole_histories() {
    let first = |action| Decision { seen: None, action, reward: 0.0 };
    let runs = [
        vec![first(0), shown(0, 0), shown(1, 1)],
        vec![first(0), shown(1, 0), shown(1, 2)],
        vec![first(2), shown(1, 2), shown(1, 2)],
    ];
    let rule = CopyRule::new(&runs, 3);
    let after = |observations: &[usize]| {
        let steps = observations.iter().map(|&observation| Step { action: 0, observation });
        rule.law(&steps.collect::<Vec<_>>())
    };
    assert_eq!(after(&[]), surely(0, 3));
    assert_eq!(after(&[0, 1]), surely(1, 3));
    assert_eq!(after(&[1, 1]), surely(2, 3));
    // 0 and 2 were shown as often: the lowest number.
    assert_eq!(after(&[1]), surely(0, 3));
    // Observation 1 was seen at this step, though not after 2; 0 at another step; 2 never.
    assert_eq!(after(&[2, 1]), surely(2, 3));
    assert_eq!(after(&[1, 0]), surely(0, 3));
    assert_eq!(after(&[2]), [1.0 / 3.0; 3]);
}

/// Where everything has been shown, the copy rule is the oracle.
#[test]
fn enough_demonstrations_make_the_copy_rule_optimal() {
    let mdp = small_mdp();
    let values = crate::oracle::finite_horizon::backward_induction(&mdp, 3).unwrap();
    let oracle = Policy::greedy(values.pairs.view(), 2);
    let runs: Vec<Vec<Decision>> = (0..400).map(|i| run(&mdp, &oracle, &mut rng(i))).collect();
    let copy = copy_rule::policy(&mdp, 3, &runs).unwrap();
    for (step, state) in runs.iter().flat_map(|run| run.iter().enumerate()) {
        let state = state.seen.unwrap();
        assert_eq!(copy.at(step, state), oracle.at(step, state));
    }
}

/// All of K demonstrations of a maze show the same signal with probability 2^(1 - K); after the other one, which comes half the
/// time, the turn that was shown is wrong.
#[test]
fn copying_loses_the_mazes_whose_signal_was_not_shown() {
    let setting = HiddenSetting::plain(4, 1.0);
    for demonstrations in [1, 2, 3] {
        let value = |index: usize| {
            let mut rng = rng(index);
            let maze =
                HiddenFamily::Maze(Mazes::Training).task(&setting, &mut rng).unwrap().nominal;
            let tree = HistoryTree::solve(&maze, 4).unwrap();
            let oracle = by_tree(&tree, 3);
            let shown: Vec<Vec<Decision>> = (0..demonstrations)
                .map(|_| run_hidden(&maze, 4, |history, _| oracle(history), &mut rng))
                .collect();
            let rule = CopyRule::new(&shown, 3);
            evaluate(&maze, 4, |history| rule.law(history)).unwrap()
        };
        let mean = (0..400).map(value).sum::<f64>() / 400.0;
        let missed = 0.5f64.powi(demonstrations - 1);
        // Each maze is lost by half or not at all; four standard errors.
        let error = 0.5 * (missed * (1.0 - missed) / 400.0).sqrt();
        approx::assert_abs_diff_eq!(1.0 - mean, missed / 2.0, epsilon = 4.0 * error + 1e-12);
    }
}

#[test]
fn myopic_and_qmdp_do_what_their_names_say() {
    let mdp = Mdp::new(
        2,
        array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]],
        vec![0.5, 0.0, 1.0, 0.0],
        vec![1.0, 0.0],
        1.0,
    );
    assert_eq!(myopic(&mdp.unwrap(), 3).unwrap().action(0, 0), 0);
    // To QMDP the tiger will be seen after one step of listening, so it never listens twice; a myopic player never does once
    // anything is likely enough.
    let tiger = classics::tiger(1.0).unwrap();
    let (qmdp, tree) =
        (BeliefPolicy::qmdp(&tiger, 4).unwrap(), HistoryTree::solve(&tiger, 4).unwrap());
    let value = |law: &dyn Fn(&[Step]) -> Vec<f64>| evaluate(&tiger, 4, law).unwrap();
    let (q, best) = (value(&|h| qmdp.law(h)), value(&by_tree(&tree, 3)));
    approx::assert_relative_eq!(best, tree.value(), epsilon = 1e-12);
    let myopic = BeliefPolicy::myopic(&tiger, 4).unwrap();
    let short = value(&|h| myopic.law(h));
    assert!(q <= best && short <= best, "{q} {short} {best}");
    assert_eq!(myopic.law(&[]), surely(0, 3));
    let heard = Step { action: 0, observation: 0 };
    assert_eq!(myopic.law(&[heard]), surely(0, 3));
    // Three times the same: the other door has an expected reward of 9.4.
    assert_eq!(myopic.law(&[heard; 3]).iter().position(|p| *p == 1.0), tree.action(&[heard; 3]));
}

/// Policies are those of the whole sequence in one forward pass, question by question.
#[test]
fn policies_are_those_of_whole_sequences() {
    let mdp = small_mdp();
    let tokens = PlanningTokens::new(3, 2, 2, 0);
    let model = model(&tokens, 3);
    let runs = |i| -> Context {
        let policy = Policy::uniform(&mdp, 2).unwrap();
        (0..3_usize).map(|k| run(&mdp, &policy, &mut rng(10 * i + k))).collect()
    };
    let contexts: Vec<Context> = (0..40_usize).map(runs).collect();
    let policies = plan(&model, &tokens, (3, 2), &contexts).unwrap();
    let one = model.with_rounds(7).unwrap();
    for (context, policy) in contexts.iter().zip(&policies).step_by(13) {
        for (step, state) in [(0, 0), (0, 2), (1, 1)] {
            let mut inputs = Array2::<f64>::zeros((7, tokens.width()));
            let flat = inputs.as_slice_mut().unwrap();
            for (run, place) in context.iter().zip(flat.chunks_mut(2 * tokens.width())) {
                tokens.write_trajectory(run, false, &[], place);
            }
            let asked =
                Situation { seen: Some(state), previous: None, to_go: 2 - step, knobs: &[] };
            tokens.write_question(&asked, &mut flat[6 * tokens.width()..]);
            let mut logits = Array2::zeros((7, 2));
            one.forward(inputs.view(), &mut Cache::new(1, &one), logits.view_mut());
            let best = usize::from(logits[[6, 1]] > logits[[6, 0]]);
            assert_eq!(policy.action(step, state), best);
        }
    }
    let reversed: Vec<Context> = contexts.into_iter().rev().collect();
    let again = plan(&model, &tokens, (3, 2), &reversed).unwrap();
    assert!(again.iter().eq(policies.iter().rev()), "neighbours change nothing");
}

/// What is done after a history is what one forward pass over demonstrations and the model's own trajectory says.
#[test]
fn histories_are_those_of_whole_sequences() {
    let tiger = classics::tiger(1.0).unwrap();
    let tree = HistoryTree::solve(&tiger, 3).unwrap();
    let tokens = PlanningTokens::new(2, 3, 3, 1);
    let model = model(&tokens, 4);
    let mut rng = rng(7);
    let random = |_: &[Step], _: &mut rand_chacha::ChaCha8Rng| vec![1.0 / 3.0; 3];
    let contexts: Vec<Context> =
        (0..35).map(|_| vec![run_hidden(&tiger, 3, random, &mut rng)]).collect();
    let prompts: Vec<HiddenPrompt> = contexts
        .iter()
        .map(|context| HiddenPrompt { context, knobs: &[0.5], possible: &tree })
        .collect();
    let tables = history_transformer::plan(&model, &tokens, (2, 3), true, &prompts).unwrap();
    let forgetful = history_transformer::plan(&model, &tokens, (2, 3), false, &prompts).unwrap();
    let one = model.with_rounds(6).unwrap();
    let mut differ = 0;
    for ((context, table), forgetful) in contexts.iter().zip(&tables).zip(&forgetful) {
        for observations in [[0, 0], [0, 1], [1, 0], [1, 1]] {
            let mut history = Vec::new();
            let mut inputs = Array2::<f64>::zeros((6, tokens.width()));
            let flat = inputs.as_slice_mut().unwrap();
            let (shown, asked) = flat.split_at_mut(3 * tokens.width());
            tokens.write_trajectory(&context[0], true, &[0.5], shown);
            for (t, place) in asked.chunks_mut(tokens.width()).enumerate() {
                tokens.write_question_after(&history, 3, &[0.5], place);
                if t < 2 {
                    let action = table.action(&history);
                    history.push(Step { action, observation: observations[t] });
                }
            }
            let mut logits = Array2::zeros((6, 3));
            one.forward(inputs.view(), &mut Cache::new(1, &one), logits.view_mut());
            for t in 0..3 {
                let row = logits.row(3 + t);
                let best = (0..3).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
                assert_eq!(table.action(&history[..t]), best);
                differ += usize::from(forgetful.action(&history[..t]) != best);
            }
        }
    }
    assert!(differ > 0, "without memory something is done differently");
}

mod refusals;
