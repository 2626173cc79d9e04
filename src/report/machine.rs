//! The machine at hand, in words: what times are times of.

use std::thread::available_parallelism;

/// Processor, cores that this process may use, its widest vector registers, system: "AMD EPYC, 2 cores, AVX-512, linux x86_64".
#[must_use]
pub fn machine() -> String {
    let cores = match available_parallelism().map_or(1, usize::from) {
        1 => "one core".to_owned(),
        cores => format!("{cores} cores"),
    };
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let parts = [processor(), Some(cores), vectors().map(str::to_owned), Some(system)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The processor's own name, where the system tells it in a file.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(target_arch = "x86_64")]
fn vectors() -> Option<&'static str> {
    if std::arch::is_x86_feature_detected!("avx512f") {
        Some("AVX-512")
    } else {
        std::arch::is_x86_feature_detected!("avx2").then_some("AVX2")
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> Option<&'static str> {
    None
}
