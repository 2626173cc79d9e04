use super::*;
use crate::model::transformer::Attention;
use crate::nn::causal_linear_attention::FeatureMap;
use crate::nn::head::Head;

#[test]
fn models_that_cannot_be_asked_are_refused() {
    let tokens = PlanningTokens::new(3, 2, 2, 0);
    let usual = model(&tokens, 5);
    let refusal = |model: &Transformer<f64>, horizon, contexts: &[Context]| {
        plan(model, &tokens, (3, horizon), contexts).unwrap_err().to_string()
    };
    let other = model(&PlanningTokens::new(4, 2, 2, 0), 5);
    assert!(refusal(&other, 2, &[]).starts_with("inputs = 12: expected 11"));
    assert!(refusal(&usual, 3, &[]).starts_with("horizon = 3"));
    assert!(refusal(&usual, 0, &[]).starts_with("horizon = 0"));
    let uneven = [vec![vec![shown(0, 1)]], vec![]];
    assert!(refusal(&usual, 1, &uneven).starts_with("contexts = 0 decisions: expected 1"));
    let mut broken = usual.clone();
    broken.parameters_mut().fill(f64::NAN);
    assert!(refusal(&broken, 1, &[vec![vec![shown(0, 1)]]]).starts_with("model = answers"));
    let config = TransformerConfig {
        attention: Attention::Linear { feature_map: FeatureMap::EluPlusOne },
        head: Head::Categorical,
        ..*usual.config()
    };
    let linear = Transformer::random(config, &mut rng(0)).unwrap();
    assert!(refusal(&linear, 1, &[vec![vec![shown(0, 1)]]]).starts_with("attention = linear"));
}

#[test]
fn tasks_that_tokens_cannot_tell_are_refused() {
    let tokens = PlanningTokens::new(3, 2, 2, 0);
    let usual = model(&tokens, 5);
    let refusal = |states, context: &[Decision]| {
        plan(&usual, &tokens, (states, 2), &[vec![context.to_vec()]]).unwrap_err().to_string()
    };
    assert!(refusal(4, &[shown(0, 1)]).starts_with("tokens.seen = 3: expected 4"));
    assert!(refusal(3, &[shown(3, 1)]).starts_with("seen = 3"));
    assert!(refusal(3, &[shown(0, 2)]).starts_with("action = 2"));
    assert!(refusal(3, &[shown(0, 1); 3]).starts_with("decisions of a trajectory = 3"));
    let knobs = PlanningTokens::new(3, 2, 2, 1);
    let told = plan(&model(&knobs, 5), &knobs, (3, 2), &[vec![vec![shown(0, 1)]]]);
    assert!(told.unwrap_err().to_string().starts_with("tokens.knobs = 1: expected 0"));
}

#[test]
fn hidden_tasks_that_tokens_cannot_tell_are_refused() {
    let tiger = classics::tiger(1.0).unwrap();
    let tree = HistoryTree::solve(&tiger, 2).unwrap();
    let tokens = PlanningTokens::new(2, 3, 2, 1);
    let usual = model(&tokens, 5);
    let refusal = |observations, context: &[Decision], knobs: &[f64]| {
        let context = vec![context.to_vec()];
        let prompt = HiddenPrompt { context: &context, knobs, possible: &tree };
        let tables = history_transformer::plan(&usual, &tokens, (observations, 2), true, &[prompt]);
        tables.unwrap_err().to_string()
    };
    assert!(refusal(1, &[shown(0, 1)], &[0.5]).starts_with("tokens.seen = 2: expected 1"));
    assert!(refusal(2, &[shown(0, 1)], &[]).starts_with("tokens.knobs = 1: expected 0"));
    assert!(refusal(2, &[shown(0, 1)], &[0.5; 3]).starts_with("tokens.knobs = 1: expected 3"));
    assert!(refusal(2, &[shown(2, 1)], &[0.5]).starts_with("seen = 2"));
    assert!(refusal(2, &[shown(1, 3)], &[0.5]).starts_with("action = 3"));
    assert!(refusal(2, &[shown(1, 2); 3], &[0.5]).starts_with("decisions of a trajectory = 3"));
    let short = HistoryTree::solve(&tiger, 1).unwrap();
    let prompt = HiddenPrompt { context: &vec![], knobs: &[0.5], possible: &short };
    let tables = history_transformer::plan(&usual, &tokens, (2, 2), true, &[prompt]);
    assert!(tables.unwrap_err().to_string().starts_with("possible = 1 steps: expected 2"));
}
