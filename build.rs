//! Links OpenBLAS when the feature `lapack` asks for it; the default build links nothing.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_LAPACK").is_some() {
        println!("cargo:rustc-link-lib=openblas");
    }
}
