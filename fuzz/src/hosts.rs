//! What of the hosts reads files and answers of strangers.

#[path = "../../src/hosts/lookup/mod.rs"]
pub mod lookup;
#[path = "../../src/hosts/sxcu/mod.rs"]
pub mod sxcu;
