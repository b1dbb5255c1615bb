//! The words of the statistics. Holds no behaviour but counting.

use crate::core::gallery::in_words;

pub const TITLE: &str = "Statistics";
pub const GALLERIES: &str = "Galleries";
pub const IMAGES: &str = "Images";
pub const BYTES: &str = "Uploaded";
pub const TODAY: &str = "Finished today";
pub const ALL: &str = "Everything in the queue";
pub const ALL_DONE: &str = "Nothing is left to upload.";
pub const WHAT: &str = "Galleries are those that are complete. What was removed from the queue is not counted.";

/// `3 galleries are not complete; 2 images failed.`
pub fn rest(waiting: usize, failed: u64) -> String {
    if waiting == 0 && failed == 0 {
        return ALL_DONE.to_owned();
    }
    let are = if waiting == 1 { "is" } else { "are" };
    let images = if failed == 1 { "1 image".to_owned() } else { format!("{failed} images") };
    format!("{} {are} not complete; {images} failed.", in_words(waiting))
}
