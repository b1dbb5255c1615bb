//! The output of galleries as it is asked for and answered, the files it is saved in, and the templates it is made with.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ContentHash, GalleryId};

/// The output of galleries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Rendered text, one gallery after the other.
    pub text: String,
    /// What is not in it and why, a line each.
    pub notes: Vec<String>,
    /// Galleries with at least one image in it.
    pub galleries: usize,
    /// The same text, post by post: a template may allow only so much in one.
    pub posts: Vec<PostText>,
    /// Each gallery as JSON, when that was asked for.
    pub data: Vec<serde_json::Value>,
}

/// One post of a gallery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostText {
    /// Whose output it is.
    pub gallery: i64,
    /// What the template says it is called; numbered when a gallery has several posts.
    pub title: String,
    /// What is to be pasted.
    pub text: String,
}

/// How output is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputWish {
    /// Instead of each gallery's own template.
    pub template: Option<String>,
    /// Also as JSON.
    pub with_data: bool,
}

/// The output of a gallery that was due: what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputMade {
    /// Files that are there now; `None` is those that were there before.
    pub files: Option<Vec<SavedFile>>,
    /// What went wrong, in words.
    pub trouble: Option<String>,
    /// For the clipboard, when the person wants that.
    pub copied: Option<String>,
}

/// A file that was written for a gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFile {
    /// Where it is.
    pub path: PathBuf,
    /// What was written: a file with other content is not ours any more.
    pub hash: ContentHash,
}

/// What is to be done with templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateChange {
    /// Nothing: only look again which there are.
    List,
    /// Make or change a template of the person's own; one with the name of a built-in one takes its place.
    Save { name: String, text: String },
    /// Take away a template of the person's own; a built-in one of that name is there again.
    Delete(String),
    /// Call a template of the person's own something else; galleries that have it keep it.
    Rename { name: String, to: String },
    /// Take over template files, e.g. of BBDrop 0.9.
    Import(Vec<PathBuf>),
}

/// A template as the person sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateRow {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// A file of the person's own; it may take the place of a built-in one.
    pub is_own: bool,
    /// There is a built-in one of that name.
    pub is_builtin: bool,
    /// What it makes, in a line; empty for the person's own.
    pub words: &'static str,
    /// What is wrong with it, first of all, in words with line and column.
    pub trouble: Option<String>,
}

/// What became of a [`TemplateChange`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplatesDone {
    /// All templates that there are now.
    pub templates: Arc<[TemplateRow]>,
    /// What was done, in words; empty when there is nothing to say.
    pub words: String,
    /// A template is called something else now.
    pub renamed: Option<(String, String)>,
}

/// What is said to the name of a template that is not there.
#[must_use]
pub fn no_such_template(name: &str, templates: &[TemplateRow]) -> String {
    let known: Vec<_> = templates.iter().map(|template| template.name.as_str()).collect();
    format!("There is no template “{name}”. There are: {}.", known.join(", "))
}

impl PostText {
    /// One post of `gallery`.
    #[must_use]
    pub const fn new(gallery: GalleryId, title: String, text: String) -> Self {
        Self { gallery: gallery.0, title, text }
    }
}
