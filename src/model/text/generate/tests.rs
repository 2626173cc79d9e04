use super::super::tests::model;
use super::*;
use crate::model::Model;
use crate::model::transformer::Cache;
use crate::nn::embedding::words;
use crate::numeric::rng::{Purpose, Streams};

const GREEDY: Sampling = Sampling { temperature: 0.0, top_p: 1.0, max_tokens: 12 };
const WARM: Sampling = Sampling { temperature: 1.0, top_p: 1.0, max_tokens: 12 };

/// Prompts of different lengths.
fn prompts(model: &TextModel, count: usize) -> Vec<Vec<u32>> {
    let prompt = |i: usize| {
        let text = "The red button won. Choice: A ".repeat(1 + i % 4) + &"B".repeat(i);
        model.conversation([(Special::SystemEnd, "Two buttons."), (Special::UserEnd, &*text)])
    };
    (0..count).map(prompt).collect()
}

fn order<'a>(stream: &'a mut Stream, prompt: &'a [u32]) -> Order<'a> {
    let seed = prompt.len() as u64;
    Order { stream, prompt, seed }
}

fn alone(generator: &Generator, prompt: &[u32], sampling: &Sampling) -> Reply {
    let mut stream = Stream::new(generator.model());
    generator.replies(vec![order(&mut stream, prompt)], sampling).unwrap().remove(0)
}

/// Logits after every token, by the forward pass.
fn logits(model: &TextModel, tokens: &[u32]) -> Array2<f32> {
    let mut cache = Cache::new(1, model.transformer());
    cache.set_rounds(tokens.len());
    let mut outputs = Array2::zeros((tokens.len(), model.tokenizer().size()));
    let read: Vec<_> = words(BEFORE, tokens).collect();
    model.transformer().forward(&read[..], &mut cache, outputs.view_mut());
    outputs
}

#[test]
fn without_temperature_the_likeliest_token_is_said() {
    let model = model(400);
    let generator = Generator::new(&model);
    for prompt in prompts(&model, 6) {
        let reply = alone(&generator, &prompt, &GREEDY);
        let mut tokens = prompt.clone();
        tokens.extend_from_slice(&reply.tokens);
        let logits = logits(&model, &tokens);
        for (i, &said) in reply.tokens.iter().enumerate() {
            let row = logits.row(prompt.len() - 1 + i);
            let possible = |t: usize| !(256..258).contains(&t);
            let best =
                (0..row.len()).filter(|&t| possible(t)).max_by(|&a, &b| row[a].total_cmp(&row[b]));
            assert!(row[best.unwrap()] - row[said as usize] < 1e-4);
        }
        assert!(reply.tokens.len() == 12 || reply.finish == Finish::Stop);
    }
}

#[test]
fn replies_are_the_same_alone_in_a_batch_and_on_any_number_of_threads() {
    let model = model(400);
    let (generator, prompts) = (Generator::new(&model), prompts(&model, 40));
    let together = |threads: usize| {
        let mut streams = vec![Stream::new(&model); prompts.len()];
        let orders = streams.iter_mut().zip(&prompts).map(|(s, p)| order(s, p)).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| generator.replies(orders, &WARM)).unwrap()
    };
    let alone: Vec<Reply> = prompts.iter().map(|p| alone(&generator, p, &WARM)).collect();
    assert_eq!(together(1), alone);
    assert_eq!(together(3), alone);
    let lengths: std::collections::BTreeSet<_> = alone.iter().map(|r| r.tokens.len()).collect();
    assert!(lengths.len() > 1, "they end at different times");
}

/// The same as if nothing had been read before, whatever became of the reply.
#[test]
fn what_was_read_before_leaves_no_trace() {
    let model = model(400);
    let generator = Generator::new(&model);
    let mut stream = Stream::new(&model);
    let mut prompt = prompts(&model, 3).remove(2);
    for round in 0..5 {
        let fresh = alone(&generator, &prompt, &WARM);
        let known = stream.tokens.len();
        assert_eq!(
            generator.replies(vec![order(&mut stream, &prompt)], &WARM).unwrap(),
            std::slice::from_ref(&fresh)
        );
        assert!(round == 0 || known >= 30, "{known} tokens were known");
        // As said, as told by text again, summarised, asked again.
        match round {
            0 => prompt.extend_from_slice(&fresh.tokens),
            1 => model.turn(
                &model.tokenizer().decode(&fresh.tokens),
                Special::AssistantEnd,
                &mut prompt,
            ),
            2 => prompt.truncate(40),
            _ => {}
        }
        if round < 3 {
            model.turn("It won.", Special::UserEnd, &mut prompt);
        }
    }
}

#[test]
fn replies_end_with_the_turn_the_limit_or_the_room() {
    let mut model = model(50);
    let prompt = prompts(&model, 1).remove(0);
    let bias = model.transformer().parameters().len() - model.tokenizer().size();
    let end = bias + Special::AssistantEnd.token() as usize;
    model.transformer_mut().parameters_mut()[end] = -1e9;
    let generator = Generator::new(&model);
    assert_eq!(alone(&generator, &prompt, &GREEDY).finish, Finish::Length);
    assert_eq!(alone(&generator, &prompt, &GREEDY).tokens.len(), 12);
    let reply = alone(&generator, &prompt, &Sampling { max_tokens: 1000, ..WARM });
    assert_eq!((reply.finish, prompt.len() + reply.tokens.len()), (Finish::Length, 50));
    let mut other = model.clone();
    other.transformer_mut().parameters_mut()[end] = 1e9;
    let reply = alone(&Generator::new(&other), &prompt, &WARM);
    assert_eq!(reply, Reply { tokens: Vec::new(), finish: Finish::Stop });
    // Ends of other turns are never said.
    let mut other = model.clone();
    other.transformer_mut().parameters_mut()[end - 1] = 1e9;
    assert!(
        alone(&Generator::new(&other), &prompt, &WARM)
            .tokens
            .iter()
            .all(|&t| Special::of(t).is_none())
    );
}

#[test]
fn bad_orders_are_refused() {
    let model = model(50);
    let generator = Generator::new(&model);
    for (prompt, sampling, culprit) in [
        (vec![], WARM, "tokens of the conversation = 0: expected 1 to 49"),
        (vec![1; 50], WARM, "tokens of the conversation = 50"),
        (vec![1, 274], WARM, "token = 274: expected below 274"),
        (vec![1], Sampling { temperature: -1.0, ..WARM }, "temperature = -1"),
        (vec![1], Sampling { temperature: f64::NAN, ..WARM }, "temperature = NaN"),
        (vec![1], Sampling { top_p: 0.0, ..WARM }, "top_p = 0"),
        (vec![1], Sampling { top_p: 1.1, ..WARM }, "top_p = 1.1"),
        (vec![1], Sampling { max_tokens: 0, ..WARM }, "max_tokens = 0"),
    ] {
        let mut stream = Stream::new(&model);
        let orders = vec![Order { stream: &mut stream, prompt: &prompt, seed: 0 }];
        let error = generator.replies(orders, &sampling).unwrap_err().to_string();
        assert!(error.contains(culprit), "{error}");
    }
    assert_eq!(generator.replies(Vec::new(), &WARM).unwrap(), []);
}

/// How often each of four tokens is drawn; the others have no probability.
fn frequencies(sampling: &Sampling) -> [f64; 4] {
    let mut drawer = Drawer::new(300);
    let mut rng = Streams::new(3).stream(Purpose::Evaluation, 0, 0, 0);
    let mut counts = [0.0; 4];
    for _ in 0..20_000 {
        let mut logits = vec![f32::NEG_INFINITY; 300];
        [0.1f32, 0.4, 0.2, 0.3].iter().enumerate().for_each(|(i, p)| logits[290 + i] = p.ln());
        // More likely than all, but no answer ends like this.
        logits[Special::UserEnd.token() as usize] = 5.0;
        let token = drawer.draw(&mut logits, sampling, &mut rng);
        counts[token as usize - 290] += 1.0 / 20_000.0;
    }
    counts
}

/// Standard deviations are at most 0.0036.
#[test]
fn tokens_are_drawn_by_their_probabilities() {
    let near = |sampling: Sampling, expected: [f64; 4]| {
        let found = frequencies(&sampling);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 0.015, "{sampling:?}: {found} for {expected}");
            assert!(expected > 0.0 || *found == 0.0, "{sampling:?}: {found} for none");
        }
    };
    near(WARM, [0.1, 0.4, 0.2, 0.3]);
    near(Sampling { temperature: 0.5, ..WARM }, [1.0, 16.0, 4.0, 9.0].map(|p| p / 30.0));
    near(Sampling { top_p: 0.65, ..WARM }, [0.0, 4.0 / 7.0, 0.0, 3.0 / 7.0]);
    near(Sampling { top_p: 0.85, ..WARM }, [0.0, 4.0 / 9.0, 2.0 / 9.0, 3.0 / 9.0]);
    near(Sampling { top_p: 0.3, ..WARM }, [0.0, 1.0, 0.0, 0.0]);
    near(Sampling { top_p: 1e-9, ..WARM }, [0.0, 1.0, 0.0, 0.0]);
    for temperature in [1e-9, 1e-39, 1e-300, 5e-324] {
        near(Sampling { temperature, ..WARM }, [0.0, 1.0, 0.0, 0.0]);
        near(Sampling { temperature, top_p: 0.65, ..WARM }, [0.0, 1.0, 0.0, 0.0]);
    }
    near(GREEDY, [0.0, 1.0, 0.0, 0.0]);
}
