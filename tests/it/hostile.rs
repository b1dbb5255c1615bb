//! What strangers send: definitions that want more than they say, folders that were packed by somebody else, other users at the
//! door. What hosts answer is in `figures/hostile.rs`, since it is measured what else goes on meanwhile.

mod definitions;
#[cfg(unix)]
mod doors;
#[cfg(unix)]
mod files;
