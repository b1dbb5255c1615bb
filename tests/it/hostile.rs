//! What strangers send: hosts that answer with everything that was ever made to hold a program, to fool it or to fill it,
//! definitions that want more than they say, folders that were packed by somebody else, other users at the door.

#[cfg(unix)]
mod answers;
mod definitions;
#[cfg(unix)]
mod doors;
#[cfg(unix)]
mod files;
