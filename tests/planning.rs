//! What planners for partially observed processes owe each other, whatever the process, and files of any bytes.

use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::oracle::apomdp::{belief_form, evaluation, history_form};
use lowregret::oracle::finite_horizon::backward_induction;
use lowregret::oracle::pomdp::history_tree::HistoryTree;
use lowregret::oracle::pomdp::point_based::{self, Stop};
use lowregret::oracle::pomdp::policy_evaluation::{evaluate, surely, uniform};
use lowregret::oracle::pomdp::{bounds, pruning};
use lowregret::problem::apomdp::{Apomdp, CloudFamily, hazards, with_hazard};
use lowregret::problem::pomdp::family::Family;
use lowregret::problem::pomdp::{Pomdp, Step, Tables, classics, file};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

fn stream(index: usize) -> ChaCha8Rng {
    Streams::new(2).stream(Purpose::Theory, 0, index, 0)
}

/// A family of random size that is solved in milliseconds.
fn family(rng: &mut impl Rng) -> Family {
    let mut size = |low, high| rng.random_range(low..=high);
    let (states, actions, observations) = (size(2, 5), size(2, 3), size(2, 3));
    let observability = rng.random();
    let reward_power = if rng.random() { 1.0 } else { 6.0 };
    Family { reward_power, ..Family::new(states, actions, observations, observability) }
}

#[test]
fn tree_and_vectors_agree_and_policies_are_worth_their_values() {
    for index in 0..30 {
        let rng = &mut stream(index);
        let pomdp = family(rng).draw(rng).unwrap();
        let horizon = if pomdp.actions() * pomdp.observations() > 6 { 3 } else { 4 };
        let tree = HistoryTree::solve(&pomdp, horizon).unwrap();
        let plan = pruning::solve(&pomdp, horizon).unwrap();
        let value = tree.value();
        assert!((value - plan.value(pomdp.start())).abs() < 1e-8, "{index}");
        let own = |h: &[Step]| surely(tree.action(h).unwrap(), pomdp.actions());
        assert!((evaluate(&pomdp, horizon, own).unwrap() - value).abs() < 1e-12, "{index}");
        let seen = backward_induction(&pomdp, horizon).unwrap().at_start(&pomdp);
        let random = evaluate(&pomdp, horizon, uniform(&pomdp)).unwrap();
        assert!(random <= value + 1e-12 && value <= seen + 1e-12, "{random} {value} {seen}");
    }
}

#[test]
fn values_do_not_fall_with_sight() {
    for index in 0..40 {
        let mut last = f64::NEG_INFINITY;
        for step in 0..=4 {
            let rng = &mut stream(100 + index);
            let family =
                Family { observability: f64::from(step) / 4.0, ..Family::new(4, 2, 3, 0.0) };
            let value = HistoryTree::solve(&family.draw(rng).unwrap(), 4).unwrap().value();
            assert!(value >= last - 1e-12, "{index}: {value} after {last}");
            last = value;
        }
    }
}

/// The bounds of a discounted process enclose what a long finite horizon is worth, up to the rewards beyond it.
#[test]
fn discounted_bounds_enclose_long_horizons() {
    for index in 0..10 {
        let rng = &mut stream(200 + index);
        let drawn = Family::new(3, 2, 2, 0.7).draw(rng).unwrap();
        let pomdp = Pomdp::new(Tables { discount: 0.5, ..drawn.tables() }).unwrap();
        let solution = point_based::solve(&pomdp, Stop { gap: 1e-6, backups: 20_000 }).unwrap();
        let finite = HistoryTree::solve(&pomdp, 8).unwrap().value();
        // Rewards are in [0, 1].
        let beyond = 0.5f64.powi(8) / 0.5;
        assert!(solution.gap() <= 1e-6 && solution.gap() >= 0.0);
        assert!(solution.upper >= finite - 1e-12 && solution.lower <= finite + beyond + 1e-12);
        let informed = bounds::fast_informed(&pomdp).unwrap().value(pomdp.start());
        let seen = bounds::fully_observed(&pomdp).unwrap().value(pomdp.start());
        let blind = bounds::blind(&pomdp).unwrap().value(pomdp.start());
        assert!(blind <= solution.lower && solution.upper <= informed && informed <= seen + 1e-12);
        // The policy earns what it promises: over 8 steps all but the rewards beyond.
        let policy = |h: &[Step]| {
            let belief = pomdp.belief_after(h).unwrap();
            surely(solution.policy.action(&belief), pomdp.actions())
        };
        let earned = evaluate(&pomdp, 8, policy).unwrap();
        assert!(earned >= solution.lower - beyond && earned <= solution.upper);
    }
}

#[test]
fn ambiguous_values_keep_their_order() {
    for index in 0..15 {
        let draw = |pessimism| {
            let rng = &mut stream(300 + index);
            let family = CloudFamily { family: Family::new(3, 2, 2, 0.5), models: 3, radius: 0.6 };
            family.draw(pessimism, rng).unwrap().1
        };
        let values = |apomdp: &Apomdp| {
            let history = history_form::solve(apomdp, 3).unwrap().value();
            [belief_form::value(apomdp, 3).unwrap(), history]
        };
        let (best, middle, worst) = (draw(0.0), draw(0.4), draw(1.0));
        let (high, between, low) = (values(&best), values(&middle), values(&worst));
        let below = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| *a <= b + 1e-10);
        assert!(below(&low, &between) && below(&between, &high), "{low:?} {between:?} {high:?}");
        for model in best.models() {
            let value = HistoryTree::solve(model, 3).unwrap().value();
            assert!(below(&low, &[value; 2]) && below(&[value; 2], &high), "{value}");
        }
        let tree = history_form::solve(&middle, 3).unwrap();
        let own = |h: &[Step]| surely(tree.action(h).unwrap(), 2);
        let worth = evaluation::evaluate(&middle, 3, own).unwrap();
        assert!((worth - tree.value()).abs() < 1e-12);
        let base = best.shared();
        let risk = with_hazard(base, 0.4 * 0.3 + 0.6 * 0.1).unwrap();
        let plain = HistoryTree::solve(&risk, 3).unwrap().value();
        let ambiguous = values(&hazards(base, &[0.1, 0.3], 0.4).unwrap());
        assert!(ambiguous.iter().all(|v| (v - plain).abs() < 1e-12), "{ambiguous:?} {plain}");
    }
}

/// Texts to begin with: every classic as it is written, and one with every form of a line.
fn seeds() -> Vec<Vec<u8>> {
    let pomdps = [
        classics::tiger(0.95).unwrap(),
        classics::corridor(),
        classics::shuttle(),
        classics::t_maze(1, 0.5).unwrap(),
    ];
    let mut texts: Vec<Vec<u8>> =
        pomdps.iter().map(|p| file::text(p).unwrap().into_bytes()).collect();
    let forms = "discount: .9 values: cost\nstates: a b\nactions: 2\nobservations: x y # z\nstart include: a\n\
                 T: * : a : b 1.0\nT: 1 identity\nT : 0 : b reset\nO: * uniform\nO: 0 : a 0.5 0.5\nO:1:a:x 0.5\n\
                 R: * : * : * : * -1\nR: 0 : a : b 2 3\nR: 1 : a 1 2 3 4\n";
    texts.push(forms.as_bytes().to_vec());
    texts
}

const WORDS: [&str; 26] = [
    "T:",
    "O:",
    "R:",
    "*",
    ":",
    "start:",
    "start include:",
    "uniform",
    "identity",
    "reset",
    "cost",
    "states:",
    "actions: 3",
    "observations: 0",
    "0.5",
    "1",
    "-1e308",
    "99999999999999999999",
    "4000",
    "1e-400",
    "#",
    "\n",
    "a",
    "tiger-left",
    "discount: 1",
    "\u{feff}",
];

fn mutate(text: &mut Vec<u8>, rng: &mut impl Rng) {
    let most = rng.random_range(1..=4);
    for _ in 0..rng.random_range(1..=most) {
        let place = rng.random_range(0..=text.len());
        let end = (place + rng.random_range(0..30)).min(text.len());
        match rng.random_range(0..6) {
            0 => text.insert(place, rng.random()),
            1 => drop(text.drain(place..end)),
            2 => {
                let word = WORDS[rng.random_range(0..WORDS.len())];
                text.splice(place..place, format!(" {word} ").into_bytes());
            }
            3 => {
                let copy = text[place..end].to_vec();
                let to = rng.random_range(0..=text.len());
                text.splice(to..to, copy);
            }
            4 => text.truncate(place),
            _ => {
                if let Some(byte) = text.get_mut(place) {
                    *byte = b"0123456789.:*-ea \n"[rng.random_range(0..18)];
                }
            }
        }
    }
}

/// A hundred thousand files: mutated ones, words in any order, and bytes in any order. Whatever is read can be written
/// and is read back the same; whatever is refused is refused with words.
#[test]
fn no_bytes_make_the_reader_panic_or_hang() {
    let (seeds, rng) = (seeds(), &mut stream(400));
    let (mut read, mut refused) = (0, 0);
    for index in 0..100_000 {
        let text = match index % 8 {
            0 => (0..rng.random_range(0..200)).map(|_| rng.random()).collect(),
            1 => {
                let words =
                    (0..rng.random_range(0..40)).map(|_| WORDS[rng.random_range(0..WORDS.len())]);
                words.collect::<Vec<_>>().join(" ").into_bytes()
            }
            _ => {
                let mut text = seeds[index % seeds.len()].clone();
                mutate(&mut text, rng);
                text
            }
        };
        match file::parse(&text) {
            Ok(pomdp) => {
                read += 1;
                let again = file::text(&pomdp).unwrap();
                assert_eq!(file::parse(again.as_bytes()).unwrap(), pomdp);
            }
            Err(message) => {
                refused += 1;
                assert!(!message.is_empty() && message.len() < 1000, "{message}");
            }
        }
    }
    // The test sees both sides.
    assert!(read > 2000 && refused > 50_000, "{read} {refused}");
}
