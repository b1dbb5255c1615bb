//! The template language: parse, check, render, print, complete. Parsing never fails, rendering is pure. No I/O.
//!
//! `docs/templates.md` describes the language; `names` has the table of placeholders that everything here uses.

mod names;
mod problem;
mod settings;
mod tree;
mod filter;
mod condition;
mod lexer;
mod parse;
mod print;
mod gallery;
mod facts;
mod escape;
mod markup;
mod sheet;
mod tags;
mod markdown;
mod split;
mod render;
mod complete;
mod builtin;
pub mod untrusted;
#[cfg(test)]
mod tests;

pub use builtin::{Builtin, builtin};
pub use complete::{Completion, TokenKind, completions, tokens};
pub use filter::FILTERS;
pub use gallery::{CoverView, Fields, GalleryView, ImageView, LinkView, Times};
pub use names::{Entry, Kind, PLACEHOLDERS, Scope};
pub use parse::parse;
pub use problem::Problem;
pub use render::{Rendered, render};
pub use settings::{Format, Settings};
pub use tree::Template;

/// The template every gallery uses until the person chooses another.
pub const DEFAULT: &str = include_str!("../../assets/templates/default.template.txt");
