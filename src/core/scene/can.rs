//! What can be done with galleries: one answer per command, from their states.

use crate::core::{GalleryState, Row};

/// What some gallery of a set allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one answer per command")]
pub struct Can {
    pub start: bool,
    pub pause: bool,
    pub stop: bool,
    pub retry: bool,
    pub rescan: bool,
    pub reuse: bool,
    pub copy: bool,
    pub open_link: bool,
}

impl Can {
    /// With one gallery more.
    pub fn learn(&mut self, row: &Row) {
        use GalleryState::{Added, Failed, Incomplete, Missing, Paused, Queued, Ready, Scanning, Uploading};
        let tally = &row.tally;
        let something_left = tally.pending() > 0 || tally.failed == 0;
        self.start |=
            matches!(row.state, Added | Scanning | Ready | Paused) || row.state == Incomplete && something_left;
        self.pause |= matches!(row.state, Added | Scanning | Queued | Uploading);
        self.stop |= matches!(row.state, Added | Scanning | Queued | Uploading | Paused);
        self.retry |= matches!(row.state, Incomplete | Failed | Missing)
            || matches!(row.state, Uploading | Paused) && tally.failed > 0;
        self.rescan |= !matches!(row.state, Added | Scanning | Uploading);
        self.reuse |= row.state == Ready && row.past.before.is_some();
        self.copy |= tally.uploaded > 0;
        self.open_link |= row.link.is_some();
    }
}
