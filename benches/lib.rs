//! What the benchmarks share: command line, timing, floating-point operations, and the speed of the core.

pub mod clock;
pub mod flops;
pub mod options;
pub mod peak;
