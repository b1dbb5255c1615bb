//! The JSON shapes of `queue list --json` and `status --json`. They only grow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{GalleryState, Millis, Row, Snapshot};

/// One gallery as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GalleryReport {
    pub id: i64,
    pub path: String,
    pub name: String,
    pub state: GalleryState,
    pub host: String,
    pub template: String,
    pub tab: String,
    pub images: ImageCounts,
    pub bytes: ByteCounts,
    pub gallery_link: Option<String>,
    pub reason: Option<String>,
    pub added_at: String,
    pub finished_at: Option<String>,
}

/// Images of a gallery by state; `total` counts skipped ones too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageCounts {
    pub total: u32,
    pub uploaded: u32,
    pub failed: u32,
    pub skipped: u32,
}

/// Bytes of a gallery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteCounts {
    pub total: u64,
    pub uploaded: u64,
}

/// The program as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    pub resident: bool,
    pub pid: Option<u32>,
    /// `busy` or `idle`.
    pub state: String,
    pub folder_port: Option<u16>,
    pub delegate_port: Option<u16>,
    /// Why `folder_port` is not open, in words.
    pub folder_port_trouble: Option<String>,
    pub counts: BTreeMap<GalleryState, usize>,
    /// Galleries that are being scanned or uploaded.
    pub active_galleries: usize,
    /// Galleries that wait for their turn.
    pub queue_length: usize,
    pub bytes_per_second: u64,
    pub version: String,
    /// What is wrong at the moment, in words.
    pub trouble: Option<String>,
}

impl GalleryReport {
    /// The report of one row.
    #[must_use]
    pub fn new(row: &Row) -> Self {
        Self {
            id: row.id.0,
            path: row.path.to_string_lossy().into_owned(),
            name: row.name.clone(),
            state: row.state,
            host: row.host.clone(),
            template: "default".to_owned(),
            tab: "Main".to_owned(),
            images: ImageCounts {
                total: row.tally.total,
                uploaded: row.tally.uploaded,
                failed: row.tally.failed,
                skipped: row.tally.skipped,
            },
            bytes: ByteCounts { total: row.tally.bytes_total, uploaded: row.tally.bytes_uploaded },
            gallery_link: row.link.clone(),
            reason: Some(row.reason.clone()).filter(|reason| !reason.is_empty()),
            added_at: rfc3339(row.added_at),
            finished_at: row.finished_at.map(rfc3339),
        }
    }
}

impl StatusReport {
    /// The report of a running resident, or (`pid` is `None`) of a queue nobody works on.
    #[must_use]
    pub fn new(snapshot: &Snapshot, pid: Option<u32>) -> Self {
        let states = GalleryState::ALL.into_iter();
        Self {
            resident: pid.is_some(),
            pid,
            state: if pid.is_some() && snapshot.is_busy() { "busy" } else { "idle" }.to_owned(),
            folder_port: snapshot.doors.folder_port,
            delegate_port: snapshot.doors.delegate_port,
            folder_port_trouble: snapshot.doors.trouble.clone(),
            active_galleries: snapshot.count(GalleryState::Scanning) + snapshot.count(GalleryState::Uploading),
            queue_length: snapshot.count(GalleryState::Queued),
            counts: states.map(|state| (state, snapshot.count(state))).collect(),
            bytes_per_second: snapshot.bytes_per_second,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            trouble: snapshot.trouble.clone().or_else(|| snapshot.doors.trouble.clone()),
        }
    }
}

/// A moment as RFC 3339 in UTC; moments outside the calendar print as its edge.
#[must_use]
pub fn rfc3339(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX).to_string()
}
