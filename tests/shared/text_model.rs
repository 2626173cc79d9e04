//! A small text model, and options of few short plays for it.

use lowregret::model::Model;
use lowregret::model::text::tokenizer::Tokenizer;
use lowregret::model::text::{TextConfig, TextModel};
use lowregret::numeric::rng::{Purpose, Streams};

/// A model that knows nothing, and says it with some variety.
pub fn model() -> TextModel {
    let texts = ["Choice: A Choice: B Which button? Round 1. You have won. The red button failed."];
    let tokenizer = Tokenizer::train(&texts, 300).unwrap();
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    let config = TextConfig { width: 16, heads: 2, blocks: 1, tokens: 3000 };
    let mut model = TextModel::random(tokenizer, &config, &mut rng).unwrap();
    let parameters = model.transformer_mut().parameters_mut();
    parameters.iter_mut().enumerate().for_each(|(i, p)| *p += 0.1 * (i as f32).sin());
    model
}

/// Six plays of three rounds.
pub const FEW: [&str; 12] = [
    "--arms",
    "2",
    "--rounds",
    "3",
    "--asking",
    "once",
    "--max-tokens",
    "6",
    "--scenarios",
    "3",
    "--rollouts",
    "2",
];
