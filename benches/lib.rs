//! What the benchmarks share: the three workloads' sizes, timing, floating-point operations, and the speed of the core.

pub mod clock;
pub mod flops;
pub mod peak;
