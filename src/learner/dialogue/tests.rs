use super::*;
use crate::learner::play::play;
use crate::model::Model;
use crate::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use crate::model::transformer::{Transformer, TransformerConfig};
use crate::numeric::rng::fill_standard_normal;

fn transformer() -> SavedModel {
    let config = TransformerConfig { width: 8, ..TransformerConfig::new(11, 3, 4) };
    let mut rng = Streams::new(2).stream(Purpose::Initialization, 0, 0, 0);
    let mut model = Transformer::<f32>::random(config, &mut rng).unwrap();
    fill_standard_normal(&mut rng, model.parameters_mut());
    SavedModel::Transformer(model)
}

fn layer(set: DecisionSet) -> SavedModel {
    let config = LinearAttentionConfig::new(2, 10, set);
    SavedModel::Layer(LinearAttention::ftrl(config, 0.3).unwrap())
}

/// Word by word what the learner decides that plays by itself.
#[test]
fn answers_are_the_models_decisions() {
    let model = transformer();
    let SavedModel::Transformer(own) = &model else { panic!("a Transformer") };
    let mut dialogue = Dialogue::new(&model, 1).unwrap();
    for arms in [3, 2] {
        let mut learner = TransformerLearner::new(own).unwrap();
        let begin = if arms == 3 { "{}".to_owned() } else { format!("{{\"arms\": {arms}}}") };
        let mut line = begin;
        for round in 1..=4 {
            let answer = dialogue.answer(line.as_bytes()).unwrap();
            let mut policy = vec![0.0; arms];
            learner.decide(&mut policy);
            assert_eq!((answer.round, answer.policy), (round, Some(policy)));
            let action = answer.action.unwrap();
            assert!(action < arms);
            line = format!("{{\"action\": {action}, \"reward\": 0.5}}");
            learner.observe_arm(action, 0.5, arms);
        }
        let message = dialogue.answer(line.as_bytes()).unwrap_err();
        assert!(message.contains("4 rounds are over"), "{message}");
    }
}

#[test]
fn layers_answer_by_their_set() {
    let simplex = layer(DecisionSet::Simplex);
    let mut dialogue = Dialogue::new(&simplex, 1).unwrap();
    let first = dialogue.answer(b"{}").unwrap();
    assert_eq!((first.round, first.policy), (1, Some(vec![0.5, 0.5])));
    let message = dialogue.answer(b"{\"action\": 0, \"reward\": 1}").unwrap_err();
    assert!(message.contains("\"rewards\""), "{message}");
    let ball = layer(DecisionSet::UNIT_BALL);
    let SavedModel::Layer(own) = &ball else { panic!("a layer") };
    let mut dialogue = Dialogue::new(&ball, 1).unwrap();
    dialogue.answer(b"{}").unwrap();
    let second = dialogue.answer(b"{\"rewards\": [1, 0]}").unwrap();
    let decision = second.decision.unwrap();
    let earned = decision[0];
    let rewards = ndarray::array![[1.0, 0.0], [1.0, 0.0]];
    let regret = play(DecisionSet::UNIT_BALL, &mut LayerLearner::new(own), rewards.view());
    approx::assert_relative_eq!(regret[1], 2.0 - earned, epsilon = 1e-12);
    let text = serde_json::to_string(&dialogue.answer(b"{}").unwrap()).unwrap();
    assert_eq!(text, r#"{"round":1,"decision":[0.0,0.0]}"#);
}

#[test]
fn bad_lines_leave_the_episode_as_it_was() {
    let model = transformer();
    let mut dialogue = Dialogue::new(&model, 1).unwrap();
    let mut untouched = Dialogue::new(&model, 1).unwrap();
    assert!(dialogue.answer(b"{\"rewards\": [1, 0, 0]}").unwrap_err().contains("has begun"));
    dialogue.answer(b"{}").unwrap();
    untouched.answer(b"{}").unwrap();
    for (line, expected) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "expected a JSON object"),
        ("[null, 0, 1, null]", "expected a JSON object"),
        ("{\"acton\": 1}", "unknown field `acton`"),
        ("{\"action\": 1}", "expected \"action\" with \"reward\""),
        ("{\"action\": 3, \"reward\": 1}", "action 3: expected 0 to 2"),
        ("{\"action\": 0, \"reward\": 1e7}", "reward 1e7: expected a number up to 1e6"),
        ("{\"action\": 0, \"reward\": NaN}", "expected value"),
        ("{\"action\": 0, \"reward\": 1, \"rewards\": [1]}", "or \"rewards\""),
        ("{\"rewards\": [1, 2]}", "2 rewards: expected 3"),
        ("{\"arms\": 4}", "arms = 4: expected 1 to 3"),
        ("{\"arms\": 0}", "arms = 0"),
    ] {
        let message = dialogue.answer(line.as_bytes()).unwrap_err();
        assert!(message.contains(expected), "{line}: {message}");
    }
    let report = b"{\"action\": 2, \"reward\": 1}";
    assert_eq!(dialogue.answer(report), untouched.answer(report));
}
