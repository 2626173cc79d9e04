//! Training and playing allocate nothing once they have begun: not a step of supervised training, not an iteration of RMFT
//! (rollouts, ranking, fit) of Transformers in bandits, not a decision. So their memory is flat, too.
//!
//! What is left is known to the last one. Linear attention multiplies matrices with ndarray, which allocates room to pack
//! its factors at every product: as many allocations as products. Looks at validation scenarios
//! (`keep_best`) allocate; nothing of that stays behind.
//!
//! One test, because others running beside it would be counted as well.

#[path = "shared/counting_allocator.rs"]
mod counting_allocator;

use counting_allocator::{Counting, allocations, live_bytes};
use lowregret::learner::Learner;
use lowregret::learner::bandit::BanditLearner;
use lowregret::learner::hedge::Hedge;
use lowregret::learner::layer::LayerLearner;
use lowregret::learner::transformer::{TransformerArms, TransformerLearner};
use lowregret::model::linear_attention::{LinearAttention, LinearAttentionConfig};
use lowregret::model::transformer::{Attention, Position, Transformer, TransformerConfig};
use lowregret::nn::causal_linear_attention::FeatureMap;
use lowregret::numeric::rng::{Purpose, Streams};
use lowregret::problem::bandit::{Bandit, BanditRegret};
use lowregret::problem::decision_set::DecisionSet;
use lowregret::problem::full_information::FullInformation;
use lowregret::train::bandit::{BanditPractice, BanditTask};
use lowregret::train::config::RmftConfig;
use lowregret::train::layer::LayerPractice;
use lowregret::train::ranking::{Credit, Ranking};
use lowregret::train::resumable::Resumable;
use lowregret::train::rmft;
use lowregret::train::sequence_fit::SequencePlace;
use lowregret::train::supervised::{self, Lessons, SupervisedConfig};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const WARM_UP: usize = 3;
const STEPS: usize = 12;

/// What steps did that came after some to warm up.
#[derive(Debug, PartialEq)]
struct Cost {
    allocations: usize,
    /// Bytes that are allocated after the last step beyond those after the warm-up.
    growth: isize,
}

fn cost(mut step: impl FnMut()) -> Cost {
    (0..WARM_UP).for_each(|_| step());
    let before = (allocations(), live_bytes());
    (0..STEPS).for_each(|_| step());
    Cost {
        allocations: allocations() - before.0,
        growth: live_bytes() as isize - before.1 as isize,
    }
}

/// Sequences of ones, all labelled with the first action.
struct Ones(TransformerConfig);

impl Lessons<f32> for Ones {
    fn shape(&self) -> (usize, usize, usize) {
        (self.0.rounds, self.0.inputs, self.0.outputs)
    }

    fn write(&self, _step: usize, _index: usize, place: SequencePlace<f32>) {
        place.inputs.fill(1.0);
        place.targets.iter_mut().step_by(self.0.outputs).for_each(|first| *first = 1.0);
    }
}

fn shapes() -> [TransformerConfig; 3] {
    let plain = TransformerConfig { width: 8, ..TransformerConfig::new(8, 3, 9) };
    let linear = Attention::Linear { feature_map: FeatureMap::EluPlusOne };
    [
        plain,
        TransformerConfig { position: Position::Rotary, ..plain },
        TransformerConfig { attention: linear, position: Position::Learned, ..plain },
    ]
}

fn transformer(config: TransformerConfig) -> Transformer<f32> {
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    Transformer::random(config, &mut rng).unwrap()
}

fn supervised_step(config: TransformerConfig) -> Cost {
    let (mut model, lessons) = (transformer(config), Ones(config));
    // Three tasks, the last not full.
    let course = SupervisedConfig { batch: 20, ..SupervisedConfig::new(1000) };
    let mut trainer = supervised::Trainer::new(&mut model, &lessons, &course).unwrap();
    cost(|| assert!(trainer.step().unwrap().is_some()))
}

fn bandit_iteration(
    shape: TransformerConfig,
    ranking: Ranking,
    credit: Credit,
    change: fn(&mut RmftConfig),
) -> Cost {
    let problem = Bandit::drifting_mixture(shape.outputs, shape.rounds);
    let mut config = RmftConfig { scenarios: 40, batch: Some(50), ..RmftConfig::transformer(1000) };
    change(&mut config);
    let (mut model, streams) = (transformer(shape), Streams::new(2));
    let task = BanditTask { ranking, credit, ..BanditTask::new(&problem) };
    let mut practice = BanditPractice::new(&model, task, &config, streams).unwrap();
    let mut trainer = rmft::Trainer::new(&mut model, &mut practice, streams);
    cost(|| assert!(trainer.step().unwrap().is_some()))
}

fn layer(problem: &FullInformation) -> LinearAttention<f64> {
    let config = LinearAttentionConfig::new(problem.dimension, problem.horizon, problem.set);
    let mut rng = Streams::new(1).stream(Purpose::Initialization, 0, 0, 0);
    LinearAttention::random(config, &mut rng).unwrap()
}

fn layer_iteration(set: DecisionSet, change: fn(&mut RmftConfig)) -> Cost {
    let problem = FullInformation { set, ..FullInformation::balanced(3, 12) };
    let mut config =
        RmftConfig { scenarios: 40, iterations: 1000, ..RmftConfig::single_layer(12, 3) };
    change(&mut config);
    let (mut layer, streams) = (layer(&problem), Streams::new(2));
    let mut practice = LayerPractice::new(&layer, &problem, &config, streams).unwrap();
    let mut trainer = rmft::Trainer::new(&mut layer, &mut practice, streams);
    cost(|| assert!(trainer.step().unwrap().is_some()))
}

/// Decisions of full information, of which the model below has room for as many as are asked for here.
fn decisions(mut learner: impl Learner) -> Cost {
    let mut decision = [0.0; 3];
    cost(|| {
        learner.decide(&mut decision);
        learner.observe(&[0.1, -0.3, 0.2]);
    })
}

fn choices(mut learner: impl BanditLearner) -> Cost {
    let mut rng = Streams::new(3).stream(Purpose::Exploration, 0, 0, 0);
    cost(|| {
        let arm = learner.choose(&mut rng);
        learner.observe(arm, 0.5);
    })
}

/// Notes what was not as expected: `products` allocations a step, and no growth.
#[derive(Default)]
struct Checks(Vec<String>);

impl Checks {
    fn check(&mut self, what: &str, products: usize, cost: Cost) {
        if cost != (Cost { allocations: products * STEPS, growth: 0 }) {
            let threads = rayon::current_num_threads();
            let expected = format!("expected {products} allocations a step");
            self.0.push(format!("{what}, {threads} threads, {STEPS} steps: {cost:?}, {expected}"));
        }
    }
}

/// Products of linear attention in training: of every head of every sequence in every block, two forward and five back
/// where all rounds make one piece.
fn products_of_attention(shape: &TransformerConfig, sequences: usize) -> usize {
    match shape.attention {
        Attention::Softmax => 0,
        Attention::Linear { .. } => 7 * shape.blocks * shape.heads * sequences,
    }
}

fn transformers(checks: &mut Checks) {
    for shape in shapes() {
        let name = format!("{:?}, {:?}", shape.attention, shape.position);
        let products = products_of_attention(&shape, 20);
        checks.check(&format!("supervised step, {name}"), products, supervised_step(shape));
        let own = Ranking::Regret(BanditRegret::Dynamic);
        // 3 of 4 trajectories of 40 scenarios are fitted.
        let products = products_of_attention(&shape, 120);
        let iteration = bandit_iteration(shape, own, Credit::Trajectory, |_| {});
        checks.check(&format!("iteration in bandits, {name}"), products, iteration);
    }
    for ranking in
        [Ranking::Regret(BanditRegret::Realised), Ranking::RealisedReward, Ranking::BETA_POSTERIOR]
    {
        for credit in [Credit::Trajectory, Credit::Decision] {
            let own_rewards = |config: &mut RmftConfig| config.shared_rewards = false;
            let iteration = bandit_iteration(shapes()[0], ranking, credit, own_rewards);
            checks.check(&format!("iteration in bandits, {ranking:?}, {credit:?}"), 0, iteration);
        }
    }
}

fn layers(checks: &mut Checks) {
    for set in [DecisionSet::UNIT_BALL, DecisionSet::Simplex] {
        let name = format!("iteration of the layer, {set:?}");
        checks.check(&name, 0, layer_iteration(set, |_| {}));
        let batches = |config: &mut RmftConfig| config.batch = Some(33);
        checks.check(&format!("{name}, in batches"), 0, layer_iteration(set, batches));
        let own = |config: &mut RmftConfig| config.shared_rewards = false;
        checks.check(&format!("{name}, own rewards"), 0, layer_iteration(set, own));
    }
}

fn validation(checks: &mut Checks) {
    let looks = |config: &mut RmftConfig| config.keep_best = Some(1);
    let own = Ranking::Regret(BanditRegret::Dynamic);
    for cost in [
        bandit_iteration(shapes()[0], own, Credit::Trajectory, looks),
        layer_iteration(DecisionSet::UNIT_BALL, looks),
    ] {
        assert!(cost.allocations > 0, "it looked: {cost:?}");
        checks.check("memory after validation", 0, Cost { allocations: 0, ..cost });
    }
}

fn learners(checks: &mut Checks) {
    let problem = FullInformation::balanced(3, 12);
    let layer = layer(&problem);
    checks.check("decisions of the layer", 0, decisions(LayerLearner::new(&layer)));
    let hedge = Hedge::new(DecisionSet::Simplex, 3, 0.1, false, false);
    checks.check("decisions of Hedge", 0, decisions(hedge));
    for shape in shapes() {
        let shape = TransformerConfig { rounds: WARM_UP + STEPS, ..shape };
        let model = transformer(shape);
        let learner = TransformerLearner::new(&model).unwrap();
        checks.check("decisions of a Transformer", 0, decisions(learner));
        let learner = TransformerArms::new(&model, 3).unwrap();
        checks.check("choices of a Transformer", 0, choices(learner));
    }
}

#[test]
fn loops_allocate_nothing_and_keep_nothing() {
    let mut checks = Checks::default();
    let pools = [1, 2, 3]
        .map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    // Threads that begin allocate, and what those leave that end is freed at any time: all begin now and none ends.
    pools.iter().for_each(|pool| drop(pool.broadcast(|_| ())));
    for pool in &pools {
        pool.install(|| {
            transformers(&mut checks);
            layers(&mut checks);
            validation(&mut checks);
        });
    }
    learners(&mut checks);
    assert!(checks.0.is_empty(), "{:#?}", checks.0);
    // What a training step of the benchmarks (64 sequences of 100 rounds, width 64, 4 heads, 2 blocks) holds, and no more:
    // the activations of 4 sequences a thread, the gradients of 8 tasks, Adam's moments.
    let shape = TransformerConfig { width: 64, heads: 4, ..TransformerConfig::new(7, 5, 100) };
    let (mut model, course) = (transformer(shape), SupervisedConfig::new(1));
    for (pool, expected) in pools.iter().zip([11.27, 17.70, 24.13]) {
        let (lessons, before) = (Ones(shape), live_bytes());
        let trainer =
            pool.install(|| supervised::Trainer::new(&mut model, &lessons, &course).unwrap());
        let megabytes = (live_bytes() - before) as f64 / 1e6;
        let threads = pool.current_num_threads();
        let close = (megabytes - expected).abs() < 0.1;
        assert!(close, "a training step on {threads} threads holds {megabytes} MB");
        drop(trainer);
    }
}
