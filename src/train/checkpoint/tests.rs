use super::*;
use serde_json::json;

const PARAMETERS: usize = 7;

/// Numbers that do not survive being written in few digits.
pub fn checkpoint(completed: usize) -> Checkpoint<f32> {
    let values = |factor: f32| (0..PARAMETERS).map(|i| factor / (i as f32 + 3.0)).collect();
    Checkpoint {
        recipe: json!({ "seed": 3, "stage": [{ "config": { "beta2": 0.1 + 0.2 } }] }),
        stage: 1,
        completed,
        best: Some(Scored { completed: 20, score: 1.0 / 3.0 }),
        state: State {
            iteration: 15,
            parameters: values(1.0),
            moments: Moments { step: 45, first: values(-0.1), second: values(1e-9) },
            best: Some((2.0 / 7.0 * 0.3, values(2.0))),
            beginner: Some(values(0.5)),
        },
    }
}

fn read(bytes: &[u8]) -> std::result::Result<Checkpoint<f32>, String> {
    Checkpoint::from_bytes(bytes, PARAMETERS)
}

#[test]
fn every_bit_comes_back() {
    let full = checkpoint(40);
    assert_eq!(read(&full.to_bytes().unwrap()).unwrap(), full);
    let state = State { best: None, beginner: None, ..full.state.clone() };
    let plain = Checkpoint { best: None, state, ..full };
    assert_eq!(read(&plain.to_bytes().unwrap()).unwrap(), plain);
}

#[test]
fn torn_and_foreign_files_are_refused() {
    let bytes = checkpoint(40).to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
    }
    let refusal =
        |bytes: &[u8], parameters| Checkpoint::<f32>::from_bytes(bytes, parameters).unwrap_err();
    assert!(refusal(&bytes, 8).contains("shape [7], expected [8]"));
    assert!(refusal(&bytes, usize::MAX).contains("too short"));
    let mut spoilt = bytes.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    assert!(refusal(&spoilt, PARAMETERS).contains("not those that were written"));
    let weights = weights::to_bytes(&[("a", vec![1], &[1f32])], &json!({ "d": 2 })).unwrap();
    assert!(refusal(&weights, PARAMETERS).contains("missing field `format`"));
    let mut foreign = serde_json::to_value(header()).unwrap();
    foreign["format"] = json!("lowregret checkpoint 3");
    let foreign = weights::to_bytes(&[("a", vec![1], &[1f32])], &foreign).unwrap();
    assert!(refusal(&foreign, PARAMETERS).contains("expected \"lowregret checkpoint 2\""));
}

fn header() -> Header {
    Header {
        format: FORMAT.to_owned(),
        recipe: Value::Null,
        stage: 0,
        completed: 0,
        best: None,
        iteration: 0,
        optimizer_step: 0,
        best_regret: None,
        has_beginner: false,
        digest: 0,
    }
}

/// Whatever is done to a file, it is read as it was or refused.
#[test]
fn mutated_files_are_read_as_they_were_or_refused() {
    use crate::numeric::rng::{Purpose, Streams};
    use rand::RngExt;
    let original = checkpoint(40);
    let bytes = original.to_bytes().unwrap();
    for case in 0..2000 {
        let mut rng = Streams::new(0).stream(Purpose::Stress, case, 0, 0);
        let mut mutated = bytes.clone();
        for _ in 0..rng.random_range(1..4) {
            let place = rng.random_range(0..mutated.len());
            match rng.random_range(0..4) {
                0 => mutated[place] = rng.random(),
                1 => mutated[place] ^= 1 << rng.random_range(0..8),
                2 => mutated.truncate(place.max(1)),
                _ => mutated.insert(place, rng.random()),
            }
        }
        if let Ok(read) = read(&mutated) {
            assert_eq!(read, original);
        }
    }
}

#[test]
fn the_first_difference_is_named() {
    let one = json!({ "a": { "b": [1, { "c": 2 }] }, "checkpoint": { "every": 1 }, "z": 1 });
    assert_eq!(first_difference(&one, &one, &[]), None);
    let mut other = one.clone();
    other["z"] = json!(2);
    other["checkpoint"]["every"] = json!(9);
    let difference = |other: &Value| first_difference(&one, other, &["checkpoint"]);
    assert_eq!(difference(&other).unwrap(), "z was 1, is 2");
    other["a"]["b"][1]["c"] = json!("x");
    assert_eq!(difference(&other).unwrap(), "a.b[1].c was 2, is \"x\"");
    other["a"]["b"] = json!([1]);
    assert_eq!(difference(&other).unwrap(), "a.b[1] was {\"c\":2}, is nothing");
    assert_eq!(
        first_difference(&one, &json!({}), &[]).unwrap(),
        "a was {\"b\":[1,{\"c\":2}]}, is nothing"
    );
}
