//! Every reader of what users hand in, on mutated inputs: no panic, no hang, no memory beyond the stated caps.
//!
//! `LOWREGRET_FUZZ=1000000 cargo test --release --test fuzz_readers` tries a million inputs a reader; the default is small.

use std::time::{Duration, Instant};

use lowregret::learner::Learner;
use lowregret::learner::bandit::spec::BanditSpec;
use lowregret::learner::dialogue::Dialogue;
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::spec::LearnerSpec;
use lowregret::learner::transformer::TransformerLearner;
use lowregret::metrics::trajectory_scores::summarize;
use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::model::saved::SavedModel;
use lowregret::model::transformer::{Transformer, TransformerConfig};
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::pomdp::alpha_vectors::AlphaVectors;
use lowregret::oracle::pomdp::plan::Plan;
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::pomdp::{classics, file};
use lowregret::problem::reward_table::RewardTable;
use lowregret::problem::trajectory_file::{Measure, Reader, Record, as_chat, with_regret};
use lowregret::problem::verbal::context::{Context, Library};
use lowregret::problem::verbal::narration::{Narration, Shown};
use lowregret::problem::verbal::telling::{Asking, Kind, Rewards, Shape, Style, Telling};
use lowregret::problem::verbal::words::check_name;
use lowregret::train::lowest::select;
use rand::{Rng, RngExt};

/// Longest time for one input, with room for a machine that is busy.
const LONGEST: Duration = Duration::from_secs(10);
/// Most memory of the whole test, in KiB.
const MOST_MEMORY: u64 = 1 << 20;

const TOKENS: [&str; 26] = [
    "1e308",
    "-1e308",
    "1e-320",
    "-0",
    "NaN",
    "inf",
    "null",
    "true",
    "[",
    "]",
    "{",
    "}",
    "\"",
    ",",
    ":",
    "\n",
    "*",
    "18446744073709551616",
    "-1",
    "4294967296",
    "\\u0000",
    "\u{feff}",
    "é",
    "identity",
    "{arm}",
    "\"\"\"",
];

fn inputs() -> usize {
    std::env::var("LOWREGRET_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(1500)
}

/// One to eight changes of `seed`; parts of `other` may come in.
fn mutated(seed: &[u8], other: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..=8) {
        let at = rng.random_range(0..=bytes.len());
        let to = (at + rng.random_range(0..=16)).min(bytes.len());
        match rng.random_range(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = rng.random(),
            2 => drop(bytes.drain(at..to)),
            3 => {
                let part = bytes[at..to].to_vec();
                let copies = rng.random_range(1..=4);
                bytes.splice(at..at, part.repeat(copies));
            }
            4 => {
                let token = TOKENS[rng.random_range(0..TOKENS.len())];
                bytes.splice(at..to, token.bytes());
            }
            5 if !other.is_empty() => {
                let from = rng.random_range(0..other.len());
                let end = (from + rng.random_range(0..=40)).min(other.len());
                bytes.splice(at..to, other[from..end].iter().copied());
            }
            6 => bytes.truncate(at),
            _ => {
                if let Some(digit) = bytes[at..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                    *digit = b'0' + rng.random_range(0..10);
                }
            }
        }
    }
    bytes
}

/// Feeds mutations of `seeds` to `read`.
fn fuzz(reader: usize, seeds: &[Vec<u8>], mut read: impl FnMut(&[u8])) {
    for i in 0..inputs() {
        let mut rng = Streams::new(1).stream(Purpose::Theory, reader, i, 0);
        let [seed, other] = [(); 2].map(|()| &seeds[rng.random_range(0..seeds.len())]);
        let bytes = mutated(seed, other, &mut rng);
        let start = Instant::now();
        read(&bytes);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]);
        assert!(start.elapsed() < LONGEST, "input {i} of reader {reader}: {shown}");
    }
    assert!(peak_memory().is_none_or(|kib| kib < MOST_MEMORY), "{:?} KiB", peak_memory());
}

/// Largest resident size of this process so far, in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn texts<const N: usize>(seeds: [&str; N]) -> Vec<Vec<u8>> {
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

#[test]
fn reward_tables() {
    let seeds = texts([
        "a,b,c\n1,-2.5,3\n1e-3,0,2\n4,5,6\n",
        " a , b \r\n 1 , -2.5 \r\n\r\n1,2\r\n",
        "\"a\",\"b\"\n\"1\",\"2\"\n",
        "\u{feff}arm\n1\n2\n3",
    ]);
    fuzz(0, &seeds, |bytes| {
        if let Ok(table) = RewardTable::parse(bytes) {
            assert!(table.rounds() > 0 && table.rewards.iter().all(|r| r.is_finite()));
            assert!(table.scale().is_finite());
        }
    });
}

const LINES: [&str; 4] = [
    r#"{"scenario":7,"trajectory":0,"rounds":[{"action":1,"reward":0.5},{"action":0,"reward":1}],"means":[0.2,0.6]}"#,
    r#"{"scenario":"a","trajectory":"x","rounds":[{"policy":[0.5,0.5],"rewards":[0.0,1.0]},{"action":1,"rewards":[1,0]}],"regret":0.5}"#,
    r#"{"scenario":7,"trajectory":1,"rounds":[{"action":1,"reward":-2}],"means":[[0.2,0.6]],"messages":[{"role":"user","content":"hi"}]}"#,
    r#"{"rounds":[{"action":0,"policy":[1,0],"reward":3,"rewards":[1,2]}],"trajectory":-3,"scenario":-7,"other":{"deep":[[[]]]}}"#,
];

#[test]
fn trajectory_lines() {
    let measures = ["realised", "pseudo", "dynamic", "given", "reward"]
        .map(|name| name.parse::<Measure>().unwrap());
    fuzz(1, &texts(LINES), |bytes| {
        let Ok(record) = Record::parse(bytes) else { return };
        for measure in measures {
            if let Ok(score) = measure.score(&record) {
                assert!(score.value.is_finite() && score.earned.is_finite());
            }
        }
        let line = with_regret(bytes, 0.5).unwrap();
        assert_eq!(Record::parse(&line).unwrap().given_regret(), Some(0.5));
        let _ = as_chat(bytes);
    });
}

#[test]
fn trajectory_files() {
    let text = |order: &[usize]| {
        order.iter().map(|i| LINES[*i]).collect::<Vec<_>>().join("\n").into_bytes()
    };
    let seeds = [text(&[0, 2, 1, 1]), text(&[1, 1, 0, 0, 0]), text(&[3, 3, 1])];
    fuzz(2, &seeds, |bytes| {
        let _ = summarize(&mut Reader::new(bytes, "fuzz", None), |_| Ok(()));
        let _ = select(&mut Reader::new(bytes, "fuzz", None), "fuzz", 2, |_| Ok(()));
    });
}

fn models() -> Vec<SavedModel> {
    let streams = Streams::new(3);
    let config = TransformerConfig { width: 4, blocks: 1, ..TransformerConfig::new(8, 3, 5) };
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    let mut transformer =
        |config| SavedModel::Transformer(Transformer::random(config, &mut rng).unwrap());
    let layer = |set| {
        let config = LinearAttentionConfig::new(2, 10, set);
        SavedModel::Layer(LinearAttention::ftrl(config, 0.1).unwrap())
    };
    vec![
        transformer(config),
        transformer(TransformerConfig { inputs: 11, ..config }),
        layer(DecisionSet::Simplex),
        layer(DecisionSet::UNIT_BALL),
    ]
}

#[test]
fn weight_files() {
    let bytes = |model: &SavedModel| match model {
        SavedModel::Layer(layer) => layer.to_bytes().unwrap(),
        SavedModel::Transformer(model) => model.to_bytes().unwrap(),
    };
    let seeds: Vec<Vec<u8>> = models().iter().map(bytes).collect();
    fuzz(3, &seeds, |bytes| match SavedModel::from_bytes(bytes) {
        Ok(SavedModel::Layer(layer)) => {
            let mut decision = vec![0.0; layer.config().d];
            let mut learner = LayerLearner::new(&layer);
            learner.decide(&mut decision);
            learner.observe(&decision);
            learner.decide(&mut decision);
        }
        Ok(SavedModel::Transformer(model)) => {
            if let Ok(mut learner) = TransformerLearner::new(&model) {
                learner.decide(&mut vec![0.0; model.config().outputs]);
            }
        }
        Err(message) => assert!(!message.is_empty()),
    });
}

#[test]
fn lines_of_a_dialogue() {
    let seeds = texts([
        "{}",
        r#"{"arms": 2}"#,
        r#"{"action": 1, "reward": 0.5}"#,
        r#"{"rewards": [0.5, 1, -3]}"#,
        r#"{"rewards": [0.5, 1]}"#,
    ]);
    let models = models();
    let mut dialogues: Vec<Dialogue> =
        models.iter().map(|model| Dialogue::new(model, 1).unwrap()).collect();
    fuzz(4, &seeds, |bytes| {
        for dialogue in &mut dialogues {
            match dialogue.answer(bytes) {
                Ok(answer) => {
                    let numbers = answer.policy.iter().chain(&answer.decision).flatten();
                    assert!(
                        numbers.clone().count() > 0 && numbers.into_iter().all(|p| p.is_finite())
                    );
                }
                Err(message) => assert!(!message.is_empty()),
            }
            // So that there is an episode most of the time.
            let _ = dialogue.answer(b"{}");
        }
    });
}

#[test]
fn processes() {
    let processes =
        [classics::tiger(0.95).unwrap(), classics::corridor(), classics::t_maze(2, 0.9).unwrap()];
    let mut seeds: Vec<Vec<u8>> =
        processes.iter().map(|pomdp| file::text(pomdp).unwrap().into_bytes()).collect();
    seeds.extend(texts([
        "discount: 0.95\nvalues: cost\nstates: 2\nactions: a b\nobservations: 2\nstart include: 0\n\
         T: *\nuniform\nT: a : 0\nreset\nO: *\nidentity\nR: * : * : * : * 1e3\nR: a : 0 : 1\n1 2\n",
    ]));
    fuzz(5, &seeds, |bytes| {
        let _ = file::parse(bytes);
    });
}

#[test]
fn names_of_learners_and_value_functions() {
    let seeds = texts([
        "hedge:eta=0.5",
        "optimistic-ftrl:anytime",
        "gaussian-thompson:width=0.15,weight=1",
        "sliding-window-ucb:window=5",
        "to-go 1\n0\n1 2\n\n1\n-3 4e-5\n\nto-go 2\n1\n0.5 7\n",
    ]);
    fuzz(6, &seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(spec) = text.parse::<LearnerSpec>() {
            assert_eq!(spec.to_string().parse::<LearnerSpec>().unwrap(), spec);
        }
        if let Ok(spec) = text.parse::<BanditSpec>() {
            assert_eq!(spec.to_string().parse::<BanditSpec>().unwrap(), spec);
        }
        let _ = AlphaVectors::parse(&text);
        let _ = Plan::parse(&text);
    });
}

#[test]
fn contexts_of_words() {
    let seeds = texts([
        include_str!("../src/problem/verbal/contexts/clinic.toml"),
        include_str!("../src/problem/verbal/contexts/parcels.toml"),
        "name = \"x\"\nheld_out = true\nnouns = [\"a\", \"b\"]\narms = []\n[process]\nzero = 1e9\n",
    ]);
    let shape = Shape { kind: Kind::Bandit, arms: 8, rounds: 2, rewards: Rewards::ZeroOne };
    let mut read = 0;
    fuzz(7, &seeds, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let context = match Context::parse("own.toml", &text) {
            Ok(context) => context,
            Err(error) => return assert!(error.to_string().starts_with("own.toml: ")),
        };
        read += 1;
        assert!(context.arms.iter().chain(&context.actions).all(|name| check_name(name).is_ok()));
        assert!(context.amount.check().is_ok() && context.earned.check().is_ok());
        let library = Library::new(vec![context]).unwrap();
        for (asking, rewards) in
            [(Asking::Always, Rewards::ZeroOne), (Asking::Once, Rewards::Amount)]
        {
            let style = Style { asking, ..Style::default() };
            let shape = Shape { rewards, ..shape };
            let mut rng = Streams::new(2).stream(Purpose::Theory, 0, 0, 0);
            let telling =
                Telling::draw(&library, &library.contexts[0], &shape, &style, &mut rng).unwrap();
            let mut narration = Narration::begin(&telling, None);
            let shown = Shown { arm: Some(7), earned: 1.0, rewards: None, seen: None };
            narration.enter(telling.labels().label(7), &shown);
            narration.enter("?".to_owned(), &shown);
            assert!(narration.is_over() && !narration.closing().is_empty());
        }
    });
    // Not everything is refused.
    assert!(read > inputs() / 100, "{read}");
}
