//! The words of the dialog of templates.

pub use super::CLOSE;
use crate::core::gallery::in_words;

pub const TEMPLATES_TITLE: &str = "Templates";
pub const TEMPLATES_LIST: &str = "Templates there are";
pub const TEMPLATE_TEXT: &str = "Text of the template";
pub const TEMPLATE_NAME: &str = "Name";
pub const TEMPLATE_OWN: &str = "own";
pub const TEMPLATE_CHANGED: &str = "not saved";
pub const TEMPLATE_OWN_WHAT: &str = "One of your own templates.";
pub const TEMPLATE_SAVE: &str = "Save";
pub const TEMPLATE_SAVE_WHAT: &str =
    "Saves it as a template of your own, under the name above. With the name of a built-in one it takes its place.";
pub const TEMPLATE_COPY: &str = "Copy";
pub const TEMPLATE_COPY_WHAT: &str = "Makes a template of your own with this text.";
pub const TEMPLATE_DELETE: &str = "Delete";
pub const TEMPLATE_DELETE_WHAT: &str =
    "Takes your own template away. Where it had the place of a built-in one, that is there again.";
pub const TEMPLATE_DISCARD: &str = "Close without saving";
pub const RENDER_AGAIN: &str = "Render again";
pub const RENDER_AGAIN_WHAT: &str = "Makes their output and saved files anew with this text. Nothing is uploaded.";
pub const TEMPLATE_DROP: &str = "Drop to take these templates over";
pub const TEMPLATE_GO: &str = "Show";
pub const TEMPLATE_GO_WHAT: &str = "Goes to that place in the text.";
pub const TEMPLATE_INSERT: &str = "Insert";
pub const INSERT_GALLERY: &str = "About the gallery";
pub const INSERT_IMAGE: &str = "About an image, in [each image]";
pub const INSERT_LINK: &str = "About a link, in [each link]";
pub const INSERT_FAILED: &str = "About a missing image, in [each failed]";
pub const INSERT_BLOCK: &str = "Conditions and loops";
pub const PREVIEW: &str = "Preview";
pub const PREVIEW_SAMPLE: &str = "a sample gallery";

/// `Line 3, column 7: #widht#: did you mean #width#?`
pub fn problem(line: usize, column: usize, words: &str) -> String {
    format!("Line {line}, column {column}: {words}")
}

/// The button that takes a suggestion.
pub fn use_suggestion(suggestion: &str) -> String {
    format!("Write {suggestion}")
}

/// `and 4 more`.
pub fn more(count: usize) -> String {
    format!("and {count} more")
}

/// `rome copy`, `rome copy 2`.
pub fn copy_of(name: &str, number: usize) -> String {
    if number == 1 { format!("{name} copy") } else { format!("{name} copy {number}") }
}

/// Said before changes are lost.
pub fn unsaved(names: &[&str]) -> String {
    format!("Not saved: {}.", names.join(", "))
}

/// `Preview with Rome (its first images), titled “Rome 2024”`.
pub fn preview_of(gallery: &str, is_short: bool, title: &str) -> String {
    let short = if is_short { " (its first images)" } else { "" };
    let title = if title.is_empty() { String::new() } else { format!(", titled “{title}”") };
    format!("Preview with {gallery}{short}{title}")
}

/// `3 galleries have output of this template as it was.`
pub fn made_with_it(count: usize) -> String {
    let have = if count == 1 { "has" } else { "have" };
    format!("{} {have} output of this template as it was.", in_words(count))
}

/// Said when galleries get their output anew.
pub fn rendered_again(count: usize) -> String {
    format!("The output of {} is made anew; nothing is uploaded.", in_words(count))
}
