//! What strangers send: hosts that answer with everything that was ever made to hold a program, to fool it or to fill it, and
//! definitions that want more than they say.

mod answers;
mod definitions;
