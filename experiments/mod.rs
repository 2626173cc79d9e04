//! All experiments as part of the command, so that a machine that has only the binary can run them.
//!
//! Each is a Cargo example of its own, too.

use std::process::ExitCode;

use lowregret::report::Page;

/// An experiment: what it asks, and its `main`.
pub type Entry = (&'static Page, fn() -> ExitCode);

macro_rules! pages {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// The experiments in the order of the report.
        pub const ALL: &[Entry] = &[$((&$name::PAGE, $name::main)),*];
    };
}

pages![
    single_layer_noregret,
    symmetry_breaking,
    real_rewards,
    transformer_bandit,
    transformer_drifting_bandit,
    transformer_full_information,
    generalization,
    ablation,
    q_attention,
    linear_mdp_suboptimality,
    planner_check,
    sft_mdp,
    sft_pomdp,
    sft_apomdp,
    text_sft,
    scaling,
    text_bandit,
    text_reasoning,
    text_generalization,
];
