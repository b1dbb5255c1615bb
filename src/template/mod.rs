//! The output template language: text with `#name#` placeholders. Parsing never fails, rendering is pure. No I/O.

mod parse;
mod render;

pub use parse::{Placeholder, Problem, Template, parse};
pub use render::{GalleryView, ImageView, render};

/// The template every gallery uses until the person chooses another.
pub const DEFAULT: &str = include_str!("../../assets/templates/default.template.txt");
