//! How much is computed.

use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Sizes {
    /// Prompts of a simulated setting.
    pub prompts: usize,
    /// Prompts of the least-squares fit.
    pub fit_prompts: usize,
    /// Prompts of a point on an error curve.
    pub curve_prompts: usize,
    /// Prompts a trained layer is evaluated on.
    pub evaluation_prompts: usize,
    /// Divides the steps of the long runs.
    pub shorten: usize,
    /// Tasks of the two-action policy.
    pub two_action_tasks: usize,
    /// Tasks of the four-action policy.
    pub four_action_tasks: usize,
}

impl Sizes {
    pub fn of(quick: bool) -> Self {
        if quick {
            Self {
                prompts: 4_000,
                fit_prompts: 20_000,
                curve_prompts: 1_000,
                evaluation_prompts: 2_000,
                shorten: 20,
                two_action_tasks: 4_000,
                four_action_tasks: 4_000,
            }
        } else {
            Self {
                prompts: 200_000,
                fit_prompts: 400_000,
                curve_prompts: 40_000,
                evaluation_prompts: 100_000,
                shorten: 1,
                two_action_tasks: 300_000,
                four_action_tasks: 100_000,
            }
        }
    }
}
