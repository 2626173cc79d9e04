//! TLS by rustls with graviola's cryptography.

use std::sync::Arc;

use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::{Error, Result};

/// What graviola calls on without asking: a processor that lacks it would end the program.
fn is_able() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("adx")
        && is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("neon")
        && std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull")
        && std::arch::is_aarch64_feature_detected!("sha2");
    // On others graviola is not built at all.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
}

/// Connections to those whose certificates `roots` vouch for.
pub(super) fn config(roots: RootCerts) -> Result<TlsConfig> {
    if !is_able() {
        let expected = "http: this processor lacks AVX2, AES, BMI2, ADX or PCLMULQDQ (x86-64), NEON, AES, PMULL or SHA-2 \
                        (AArch64), which TLS needs here";
        return Err(Error::parameter("url", "https", expected));
    }
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls_graviola::default_provider()))
        .build())
}
