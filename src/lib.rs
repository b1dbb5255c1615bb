//! `BBDrop` from above: folders of images go in, `BBCode` comes out.
//!
//! The modules, innermost first; `docs/ARCHITECTURE.md` has the table of who may use whom, `tests/it/tidy.rs` enforces it.

pub mod core;
pub mod files;
pub mod template;
pub mod store;
pub mod hosts;
pub mod engine;
pub mod instance;
pub mod platform;
pub mod ui;
pub mod cli;
pub mod app;
