//! The part of `BBDrop` that reads what others send, from the same files. The whole of it, built with a sanitizer, takes half
//! an hour, nearly all of it for a window that nobody fuzzes.

#![expect(unused_imports, reason = "what is not here uses more of these modules")]

#[path = "../../src/core/mod.rs"]
pub mod core;
#[path = "../../src/hosts/mod.rs"]
pub mod hosts;
#[path = "../../src/instance/mod.rs"]
pub mod instance;
#[path = "../../src/platform/mod.rs"]
pub mod platform;
#[path = "../../src/store/mod.rs"]
pub mod store;
#[path = "../../src/template/mod.rs"]
pub mod template;
