//! BBDrop 0.9: what it has kept, as plain values, what becomes of it here, and the account of that. Pure.
//!
//! Reading its database is `store::legacy`'s business, looking at folders the engine's.

mod map;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;

pub use map::{Here, Import, gallery, host_id};
pub use report::{ImportReport, Item, Kind};

use super::Millis;

/// Schemas of BBDrop 0.9 that are known.
pub const VERSIONS: std::ops::RangeInclusive<i64> = 5..=16;

/// The tab that 0.9 always has.
pub const MAIN_TAB: &str = "Main";

/// What a database of BBDrop 0.9 holds, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OldQueue {
    /// What it says of its schema.
    pub version: Option<i64>,
    /// In the order of its queue.
    pub galleries: Vec<OldGallery>,
    /// In the order of its tabs.
    pub tabs: Vec<OldTab>,
    /// What could not be read, in words.
    pub troubles: Vec<String>,
}

/// A tab of 0.9.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldTab {
    pub name: String,
    /// The person has given it a colour.
    pub has_colour: bool,
}

/// A row of 0.9's table `galleries`. Empty text is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OldGallery {
    /// The number of the row.
    pub row: i64,
    pub path: PathBuf,
    pub name: String,
    pub status: String,
    pub added_at: Option<Millis>,
    pub finished_at: Option<Millis>,
    /// What 0.9 has counted.
    pub counted: Counted,
    pub post: OldPost,
    /// In the order in which 0.9 has stored them.
    pub images: Vec<OldImage>,
    /// What 0.9 could not upload, and why.
    pub failed: Vec<(PathBuf, String)>,
    /// What of it could not be read, in words.
    pub doubts: Vec<String>,
}

/// Images as 0.9 has counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub total: u64,
    pub uploaded: u64,
}

/// Where it goes and what its output is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldPost {
    /// 0.9's id of the host.
    pub host: String,
    /// The gallery's page.
    pub link: String,
    pub template: String,
    pub tab: String,
    pub custom: [String; 4],
    pub ext: [String; 4],
}

/// A row of 0.9's table `images`: one that was uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OldImage {
    /// File name within the folder.
    pub file: PathBuf,
    /// 0 is unknown.
    pub bytes: u64,
    /// Zero is unknown.
    pub pixels: (u32, u32),
    pub uploaded_at: Option<Millis>,
    /// Empty when 0.9 has not kept it.
    pub link: String,
    pub thumb: String,
}

/// What is on this computer of an old gallery's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// As it is compared with others.
    pub key: PathBuf,
    pub is_there: bool,
    /// Size and time of those of its files that are there.
    pub files: HashMap<PathBuf, (u64, Millis)>,
}
