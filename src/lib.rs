//! Train small sequence models to make decisions by keeping their own lowest-regret trajectories, and check the theory of
//! it number by number.
//!
//! The floors of the house, each using only what stands below it:
//!
//! | module | what it holds |
//! |---|---|
//! | [`report`] | figures, tables, summaries, the harness of the experiments |
//! | [`net`] | language models elsewhere: data for their fine-tuning; with the feature `net` a chat client and a server |
//! | [`train`] | Iterative RMFT: roll out, rank, keep, fit, repeat; fine-tuning on labels; recipes, checkpoints, runs |
//! | [`theory`] | closed forms and bounds, one function a statement |
//! | [`metrics`] | growth of regret, intervals, distance to FTRL |
//! | [`learner`] | what decides: classical learners and models |
//! | [`model`] | the single linear-attention layer and Transformers: forward, backward, decoding, weight files |
//! | [`nn`] | flat parameters, layers, losses, optimiser, schedules |
//! | [`oracle`] | exact planners: backward induction, pruning, bounds, evaluation of policies |
//! | [`problem`] | reward families, decision sets, regret accounting, bandits, regression, decision processes |
//! | [`numeric`] | scalar, random streams, linear algebra, order statistics |
//! | [`files`], [`lines`], [`suggest`], [`error`] | what is read and written, and what is said when that fails |
//!
//! One alphabet throughout: `d` dimension of decisions and rewards (number of arms), `T` horizon (rounds), `t` round,
//! `R_t` reward vector, `S_t` their running sum, `eta` step size, `M` scenarios, `L` rollouts of each, `k` of them kept,
//! `sigma` exploration noise. A *scenario* is one drawn reward sequence, a *trajectory* one roll-out on it. Identifiers
//! such as RMFT-P3 name the statements of `paper_notes/rmft.md`.
//!
//! # Is a learner no-regret?
//!
//! ```
//! use lowregret::learner::{ftrl::{Ftrl, FtrlStep}, play::regret_curves};
//! use lowregret::metrics::growth::growth_exponent;
//! use lowregret::numeric::rng::{Purpose, Streams};
//! use lowregret::problem::full_information::FullInformation;
//!
//! let problem = FullInformation::balanced(2, 100);
//! let scenarios = problem.scenarios(&Streams::new(0), Purpose::Evaluation, 500);
//! let curves = regret_curves(problem.set, &scenarios, |_| {
//!     Ftrl::new(problem.set, 2, FtrlStep::Fixed(0.1), false)
//! });
//! let mean: Vec<f64> = curves.columns().into_iter().map(|c| c.mean().unwrap()).collect();
//! let fit = growth_exponent(&mean)?.fit.expect("regret is positive here");
//! println!("regret grows like t^{:.2}, p = {:.0e}", fit.exponent, fit.p_value);
//! assert!(fit.exponent < 0.7);
//! # Ok::<(), lowregret::Error>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod error;
pub mod files;
pub mod learner;
pub mod lines;
pub mod metrics;
pub mod model;
pub mod net;
pub mod nn;
pub mod numeric;
pub mod oracle;
pub mod problem;
pub mod report;
pub mod suggest;
pub mod theory;
pub mod train;

pub use error::{Error, Result};

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
