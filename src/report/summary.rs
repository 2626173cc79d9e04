//! summary.json: what an experiment found, for people and programs.

use serde::{Deserialize, Deserializer, Serialize};

/// A statement of the experiment with the number that decides it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Stable id, as in the project's list of claims.
    pub id: String,
    /// The statement in words.
    pub statement: String,
    /// The measured number; NaN and infinities become `null`.
    #[serde(deserialize_with = "null_is_nan")]
    pub value: f64,
    /// What the number has to be, in words or as an inequality.
    pub target: String,
    /// Whether the number is so.
    pub holds: bool,
}

/// The content of summary.json, fields in the order of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the experiment.
    pub experiment: String,
    /// First training seed.
    pub seed: u64,
    /// "quick" or "full".
    pub preset: String,
    /// Running time in seconds.
    pub wall_seconds: f64,
    /// Headline numbers by name.
    pub results: serde_json::Map<String, serde_json::Value>,
    /// The claims, in the order they were made.
    pub claims: Vec<Claim>,
}

fn null_is_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_agreed_fields_in_order() {
        let summary = Summary {
            experiment: "e".into(),
            seed: 3,
            preset: "quick".into(),
            wall_seconds: 1.5,
            results: serde_json::Map::from_iter([("r".to_owned(), 2.into())]),
            claims: vec![Claim {
                id: "C1".into(),
                statement: "s".into(),
                value: f64::NAN,
                target: "≤ 1".into(),
                holds: false,
            }],
        };
        assert_eq!(
            serde_json::to_string(&summary).unwrap(),
            r#"{"experiment":"e","seed":3,"preset":"quick","wall_seconds":1.5,"results":{"r":2},"claims":[{"id":"C1","statement":"s","value":null,"target":"≤ 1","holds":false}]}"#
        );
    }
}
