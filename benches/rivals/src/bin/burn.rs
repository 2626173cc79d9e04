//! The training workload as a burn user would write it, on burn's own CPU backend.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::gelu_approximate;
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};
use lowregret_rivals::*;

#[derive(Module, Debug)]
struct Block {
    norm1: LayerNorm,
    qkv: Linear,
    out: Linear,
    norm2: LayerNorm,
    up: Linear,
    down: Linear,
}

impl Block {
    fn new(device: &Device) -> Self {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self {
            norm1: LayerNormConfig::new(WIDTH).init(device),
            qkv: linear(WIDTH, 3 * WIDTH),
            out: linear(WIDTH, WIDTH),
            norm2: LayerNormConfig::new(WIDTH).init(device),
            up: linear(WIDTH, 4 * WIDTH),
            down: linear(4 * WIDTH, WIDTH),
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [sequences, rounds, _] = x.dims();
        let parts = self.qkv.forward(self.norm1.forward(x.clone())).chunk(3, 2);
        let [q, k, v]: [Tensor<3>; 3] = parts.try_into().expect("three thirds");
        let heads = |third: Tensor<3>| {
            third.reshape([sequences, rounds, HEADS, WIDTH / HEADS]).swap_dims(1, 2)
        };
        let options = AttentionModuleOptions { is_causal: true, ..Default::default() };
        let attended = attention(heads(q), heads(k), heads(v), None, None, options);
        let x = x + self.out.forward(attended.swap_dims(1, 2).reshape([sequences, rounds, WIDTH]));
        let hidden = gelu_approximate(self.up.forward(self.norm2.forward(x.clone())));
        x + self.down.forward(hidden)
    }
}

#[derive(Module, Debug)]
struct Net {
    embed: Linear,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        Self {
            embed: LinearConfig::new(INPUTS, WIDTH).init(device),
            blocks: (0..BLOCKS).map(|_| Block::new(device)).collect(),
            norm: LayerNormConfig::new(WIDTH).init(device),
            head: LinearConfig::new(WIDTH, ARMS).init(device),
        }
    }

    fn forward(&self, inputs: Tensor<3>) -> Tensor<2> {
        let x = self.blocks.iter().fold(self.embed.forward(inputs), |x, block| block.forward(x));
        self.head.forward(self.norm.forward(x)).reshape([SEQUENCES * ROUNDS, ARMS])
    }
}

fn prepare() -> impl FnMut() -> f32 {
    let device = Device::flex().autodiff();
    let inputs = numbers(SEQUENCES * ROUNDS * INPUTS);
    let inputs = TensorData::new(inputs, [SEQUENCES, ROUNDS, INPUTS]);
    let inputs = Tensor::<3>::from_data(inputs, &device);
    let arms: Vec<i64> = arms().map(|arm| arm as i64).collect();
    let arms = Tensor::<1, Int>::from_data(TensorData::new(arms, [SEQUENCES * ROUNDS]), &device);
    let mut net = Some(Net::new(&device));
    let mut optimizer = AdamConfig::new().init();
    let loss = CrossEntropyLossConfig::new().init(&device);
    move || {
        let model = net.take().expect("one net");
        let loss = loss.forward(model.forward(inputs.clone()), arms.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        net = Some(optimizer.step(RATE, model, gradients));
        loss.into_scalar::<f32>()
    }
}

fn main() {
    run("burn", prepare);
}
