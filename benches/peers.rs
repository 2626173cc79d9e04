//! The work that other frameworks can be asked to do too, and two pieces at the size of the experiments, one line each:
//! median seconds, rate, and for what is mostly matrix products their operations a second and their share of the peak.
//!
//! ```text
//! cargo bench -p lowregret-benches --bench peers -- [--threads 2] [--repeats 7] [train] [rollout] [lsa] [lsa64] [fit] [decode]
//! ```
//!
//! | name | the work |
//! |---|---|
//! | train | one supervised step (forward, cross-entropy over all rounds, backward, Adam): 7 inputs, width 64, 4 heads, 2 blocks, 5 outputs; 64 sequences of 100 rounds |
//! | rollout | that model, with the library's 12 inputs, decides in 512 fresh Bernoulli bandits of 5 arms for 100 rounds, draws every arm from its policy, and pseudo-regret is accounted |
//! | lsa | one iteration of RMFT of the single layer: 256 scenarios (half alternating, half drift), 32 rollouts each of 50 rounds in two dimensions, the best 4 kept, one Adam step |
//! | lsa64 | the same in double precision, as the experiments run it |
//! | fit | a training step at the size of the experiments: 12 inputs, width 32, 2 heads, 2 blocks, 5 outputs; 64 sequences of 50 rounds |
//! | decode | that model writes its logits for 64 sequences, 50 rounds |
//!
//! All of it is the library's own code, as experiments call it, in single precision unless it says otherwise. How the
//! operations are counted is in `flops.rs`, what the peak is in `peak.rs`. `compare.py` runs this beside the peers.

use std::hint::black_box;

use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::model::transformer::{Decoder, Transformer, TransformerConfig};
use lowregret::nn::schedule::Schedule;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::numeric::scalar::Scalar;
use lowregret::problem::bandit::Bandit;
use lowregret::problem::family::RewardFamily;
use lowregret::problem::full_information::FullInformation;
use lowregret::train::bandit::{BanditPractice, BanditTask};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::LayerPractice;
use lowregret::train::practice::{Practice, Round};
use lowregret::train::resumable::Resumable;
use lowregret::train::rmft;
use lowregret::train::sequence_fit::SequencePlace;
use lowregret::train::supervised::{self, Lessons, SupervisedConfig};
use lowregret_benches::clock::median_seconds;
use lowregret_benches::flops;
use lowregret_benches::options::Options;
use lowregret_benches::peak;
use ndarray::Array2;
use rand::RngExt;

const NAMES: [&str; 6] = ["train", "rollout", "lsa", "lsa64", "fit", "decode"];

const ARMS: usize = 5;

/// Sequences of a training step.
const SEQUENCES: usize = 64;

/// More steps than anybody waits for.
const ENDLESS: usize = 1 << 40;

fn large(inputs: usize) -> TransformerConfig {
    TransformerConfig { width: 64, heads: 4, ..TransformerConfig::new(inputs, ARMS, 100) }
}

fn small() -> TransformerConfig {
    TransformerConfig::new(2 * ARMS + 2, ARMS, 50)
}

fn model(config: TransformerConfig) -> Transformer<f32> {
    let mut rng = Streams::new(0).stream(Purpose::Initialization, 0, 0, 0);
    Transformer::random(config, &mut rng).expect("a valid configuration")
}

/// The same sequences at every step: random numbers in, random arms out.
struct Fixed {
    config: TransformerConfig,
    inputs: Vec<f32>,
    arms: Vec<usize>,
}

impl Fixed {
    fn new(config: TransformerConfig) -> Self {
        let mut rng = Streams::new(0).stream(Purpose::Training, 0, 0, 0);
        let rows = SEQUENCES * config.rounds;
        let inputs = (0..rows * config.inputs).map(|_| rng.random::<f32>() - 0.5).collect();
        let arms = (0..rows).map(|_| rng.random_range(0..ARMS)).collect();
        Self { config, inputs, arms }
    }
}

impl Lessons<f32> for Fixed {
    fn shape(&self) -> (usize, usize, usize) {
        (self.config.rounds, self.config.inputs, self.config.outputs)
    }

    fn write(&self, _step: usize, index: usize, place: SequencePlace<f32>) {
        let entries = self.config.rounds * self.config.inputs;
        place.inputs.copy_from_slice(&self.inputs[index * entries..][..entries]);
        let arms = &self.arms[index * self.config.rounds..];
        for (target, &arm) in place.targets.chunks_exact_mut(self.config.outputs).zip(arms) {
            target[arm] = 1.0;
        }
    }
}

fn train(name: &str, config: TransformerConfig, repeats: usize, machine: &Machine) {
    let (mut model, lessons) = (model(config), Fixed::new(config));
    let course = SupervisedConfig {
        batch: SEQUENCES,
        learning_rate: Schedule::constant(1e-3),
        warm_up: 0,
        weight_decay: 0.0,
        clip: None,
        ..SupervisedConfig::new(ENDLESS)
    };
    let mut trainer = supervised::Trainer::new(&mut model, &lessons, &course).expect("they fit");
    let seconds = median_seconds(3 * repeats, || {
        trainer.step().expect("finite");
    });
    report(name, seconds, SEQUENCES * config.rounds, "tokens");
    machine.report(flops::training_step(&config, SEQUENCES) / seconds);
}

fn rollout(name: &str, repeats: usize, machine: &Machine) {
    const BANDITS: usize = 512;
    let config = large(2 * ARMS + 2);
    let (model, problem) = (model(config), Bandit::bernoulli(ARMS, config.rounds));
    let course =
        RmftConfig { scenarios: BANDITS, rollouts: 1, keep: 1, ..RmftConfig::transformer(1) };
    let task = BanditTask::new(&problem);
    let practice = BanditPractice::new(&model, task, &course, Streams::new(0));
    let (mut practice, mut index) = (practice.expect("they fit"), 0);
    let seconds = median_seconds(repeats, || {
        let round = Round { index, exploration: 1.0, keep: 1 };
        black_box(practice.roll_out(&model, round).expect("finite"));
        index += 1;
    });
    report(name, seconds, BANDITS * config.rounds, "decisions");
    machine.report(flops::forward(&config, BANDITS) / seconds);
}

fn lsa<S: Scalar>(name: &str, repeats: usize) {
    const ROUNDS: usize = 50;
    let family = RewardFamily::without_noisy_drift();
    let problem = FullInformation { family, ..FullInformation::balanced(2, ROUNDS) };
    let course = RmftConfig {
        passes: 1,
        iterations: ENDLESS,
        exploration: Schedule::constant(0.3),
        learning_rate: Schedule::constant(1e-2),
        ..RmftConfig::single_layer(ROUNDS, 2)
    };
    let (config, streams) = (LinearAttentionConfig::new(2, ROUNDS, problem.set), Streams::new(0));
    let mut rng = streams.stream(Purpose::Initialization, 0, 0, 0);
    let mut layer = LinearAttention::<S>::random(config, &mut rng).expect("a valid configuration");
    let practice = LayerPractice::new(&layer, &problem, &course, streams);
    let mut practice = practice.expect("they fit");
    let mut trainer = rmft::Trainer::new(&mut layer, &mut practice, streams);
    let seconds = median_seconds(3 * repeats, || {
        trainer.step().expect("finite");
    });
    report(name, seconds, course.scenarios * course.rollouts * ROUNDS, "decisions");
    println!();
}

fn decode(name: &str, repeats: usize, machine: &Machine) {
    let config = small();
    let model = model(config);
    let mut decoder = Decoder::new(SEQUENCES, &model);
    let inputs = Array2::from_elem((SEQUENCES, config.inputs), 0.3);
    let mut logits = Array2::zeros((SEQUENCES, ARMS));
    let seconds = median_seconds(3 * repeats, || {
        decoder.clear();
        for _ in 0..config.rounds {
            decoder.step(&model, black_box(inputs.view()), logits.view_mut());
        }
    });
    report(name, seconds, SEQUENCES * config.rounds, "decisions");
    Machine { threads: 1, ..*machine }.report(flops::forward(&config, SEQUENCES) / seconds);
}

/// What the shares are of.
struct Machine {
    /// Operations a second of a core that multiplies matrices.
    peak: f64,
    threads: usize,
}

impl Machine {
    /// Ends a line with `speed`, in operations a second, and its share of what the threads' cores can do.
    fn report(&self, speed: f64) {
        let (giga, peak) = (speed / 1e9, self.peak / 1e9);
        let share = 100.0 * speed / (self.peak * self.threads as f64);
        println!(
            "  {giga:.1} GFLOP/s: {share:.0} % of {} x {peak:.0} (matrix product)",
            self.threads
        );
    }
}

fn report(name: &str, seconds: f64, count: usize, unit: &str) {
    print!("lowregret {name:7} {seconds:.5} s  {:.0} {unit}/s", count as f64 / seconds);
}

fn main() {
    let options = Options::read();
    let repeats = options.repeats;
    let machine = Machine { peak: peak::matrix_product(), threads: options.threads };
    options.for_each(&NAMES, |name| match name {
        "train" => train(name, large(ARMS + 2), repeats, &machine),
        "rollout" => rollout(name, repeats, &machine),
        "lsa" => lsa::<f32>(name, repeats),
        "lsa64" => lsa::<f64>(name, repeats),
        "fit" => train(name, small(), repeats, &machine),
        _ => decode(name, repeats, &machine),
    });
}
