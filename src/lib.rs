//! `BBDrop` from above: folders of images go in, `BBCode` comes out.
//!
//! The modules, innermost first; `docs/ARCHITECTURE.md` has the table of who may use whom, `tests/it/tidy.rs` enforces it.

pub mod core;
pub mod ui;
