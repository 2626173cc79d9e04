//! Text models.

pub mod tokenizer;
