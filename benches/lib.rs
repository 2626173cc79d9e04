//! What the benchmarks share: timing, floating-point operations, and the speed of the core.

pub mod clock;
pub mod flops;
pub mod peak;
