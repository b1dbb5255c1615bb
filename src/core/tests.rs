//! What property tests of all layers share.

use proptest::test_runner::Config;

/// `full` cases in `scripts/prove` (which sets `BBDROP_PROVE`), a tenth of them otherwise.
#[must_use]
pub fn cases(full: u32) -> Config {
    let is_proof = std::env::var_os("BBDROP_PROVE").is_some();
    Config::with_cases(if is_proof { full } else { full.div_ceil(10) })
}
