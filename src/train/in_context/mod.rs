//! Training of the in-context attention layer: gradient descent on the exact error ([`population`]) and stochastic descent on
//! fresh prompts ([`stochastic`]), of regression tasks or of decision tasks that an oracle has labelled ([`labelled`]). Both change a
//! layer in place and show every step to an observer.

pub mod fitted;
pub mod labelled;
pub mod log;
pub mod population;
pub mod stochastic;

/// One step of training, as the observer sees it together with the layer after the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Zero-based number of the step.
    pub index: usize,
    /// Learning rate used.
    pub learning_rate: f64,
    /// Loss before the step: the exact error, or half the mean squared error of the step's prompts.
    pub loss: f64,
}

#[cfg(test)]
mod tests;
