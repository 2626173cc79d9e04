//! The training workload as a candle user would write it.

use candle_core::{D, DType, Device, Module, Result, Tensor};
use candle_nn::{AdamW, Linear, Optimizer, ParamsAdamW, VarBuilder, VarMap, linear, loss, ops};
use lowregret_rivals::*;

/// candle's own fused normalisation has no backward pass.
struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn new(vb: VarBuilder) -> Result<Self> {
        let weight = vb.get_with_hints(WIDTH, "weight", candle_nn::Init::Const(1.0))?;
        let bias = vb.get_with_hints(WIDTH, "bias", candle_nn::Init::Const(0.0))?;
        Ok(Self { weight, bias })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::layer_norm_slow(x, &self.weight, &self.bias, 1e-5)
    }
}

struct Block {
    norms: [Norm; 2],
    qkv: Linear,
    out: Linear,
    up: Linear,
    down: Linear,
}

impl Block {
    fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            norms: [Norm::new(vb.pp("n1"))?, Norm::new(vb.pp("n2"))?],
            qkv: linear(WIDTH, 3 * WIDTH, vb.pp("qkv"))?,
            out: linear(WIDTH, WIDTH, vb.pp("out"))?,
            up: linear(WIDTH, 4 * WIDTH, vb.pp("up"))?,
            down: linear(4 * WIDTH, WIDTH, vb.pp("down"))?,
        })
    }

    fn forward(&self, x: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (sequences, rounds, _) = x.dims3()?;
        let qkv = self.qkv.forward(&self.norms[0].forward(x)?)?;
        let head = |third: usize| {
            qkv.narrow(D::Minus1, third * WIDTH, WIDTH)?
                .reshape((sequences, rounds, HEADS, WIDTH / HEADS))?
                .transpose(1, 2)?
                .contiguous()
        };
        let (q, k, v) = (head(0)?, head(1)?, head(2)?);
        let scale = 1.0 / ((WIDTH / HEADS) as f64).sqrt();
        let scores = (q.matmul(&k.t()?)? * scale)?.broadcast_add(mask)?;
        let attended = ops::softmax(&scores, D::Minus1)?.matmul(&v)?;
        let attended = attended.transpose(1, 2)?.reshape((sequences, rounds, WIDTH))?;
        let x = (x + self.out.forward(&attended)?)?;
        let hidden = self.up.forward(&self.norms[1].forward(&x)?)?.gelu()?;
        x + self.down.forward(&hidden)?
    }
}

fn prepare() -> Result<impl FnMut() -> f32> {
    let device = Device::Cpu;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let embed = linear(INPUTS, WIDTH, vb.pp("embed"))?;
    let blocks = (0..BLOCKS)
        .map(|i| Block::new(vb.pp(format!("blocks.{i}"))))
        .collect::<Result<Vec<_>>>()?;
    let norm = Norm::new(vb.pp("norm"))?;
    let head = linear(WIDTH, ARMS, vb.pp("head"))?;
    let adam = ParamsAdamW { lr: RATE, weight_decay: 0.0, ..Default::default() };
    let mut optimizer = AdamW::new(variables.all_vars(), adam)?;
    let shape = (SEQUENCES, ROUNDS, INPUTS);
    let inputs = Tensor::from_vec(numbers(SEQUENCES * ROUNDS * INPUTS), shape, &device)?;
    let arms: Vec<u32> = arms().map(|arm| arm as u32).collect();
    let arms = Tensor::new(arms, &device)?;
    let future = |t: usize| (0..ROUNDS).map(move |i| if i > t { f32::NEG_INFINITY } else { 0.0 });
    let mask: Vec<f32> = (0..ROUNDS).flat_map(future).collect();
    let mask = Tensor::from_vec(mask, (ROUNDS, ROUNDS), &device)?;
    let mut step = move || -> Result<f32> {
        let mut x = embed.forward(&inputs)?;
        for block in &blocks {
            x = block.forward(&x, &mask)?;
        }
        let logits = head.forward(&norm.forward(&x)?)?.flatten_to(1)?;
        let loss = loss::cross_entropy(&logits, &arms)?;
        optimizer.backward_step(&loss)?;
        loss.to_scalar()
    };
    Ok(move || step().expect("a step"))
}

fn main() {
    run("candle", || prepare().expect("a model"));
}
