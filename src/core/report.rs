//! The JSON shapes of `queue list --json` and `status --json`. They only grow.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gallery::Priority;
use super::message::StoredImages;
use super::queue::Attempt;
use super::snapshot::HostRow;
use super::{FaultKind, GalleryState, HostOption, HostSecret, Image, ImageState, Millis, Row, Snapshot};

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
    /// `low`, `normal` or `high`.
    #[serde(default)]
    pub priority: Priority,
}

/// One gallery in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GalleryDetails {
    #[serde(flatten)]
    pub gallery: GalleryReport,
    /// In source order.
    pub files: Vec<ImageReport>,
    /// What went wrong, oldest first.
    pub attempts: Vec<AttemptReport>,
    /// The person's own fields; four.
    #[serde(default)]
    pub custom: Vec<String>,
    /// Those that scripts fill; four.
    #[serde(default)]
    pub ext: Vec<String>,
}

/// One image as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageReport {
    pub name: String,
    pub state: String,
    pub bytes: u64,
    pub width: u32,
    pub height: u32,
    pub attempts: u32,
    pub link: Option<String>,
    pub reason: Option<String>,
}

/// One failure as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptReport {
    /// `null`: opening or closing the gallery.
    pub image: Option<String>,
    pub at: String,
    pub attempt: u32,
    pub kind: FaultKind,
    pub words: String,
    /// When it was tried again.
    pub again_at: Option<String>,
}

impl GalleryDetails {
    /// The report of a row of `snapshot` with what is stored of its images.
    #[must_use]
    pub fn new(row: &Row, snapshot: &Snapshot, stored: &StoredImages) -> Self {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let file = |image: &Image| ImageReport {
            name: image.name(),
            state: image.state.name().to_owned(),
            bytes: image.bytes,
            width: image.pixels.0,
            height: image.pixels.1,
            attempts: image.attempts,
            link: match &image.state {
                ImageState::Uploaded(links) => some(&links.link),
                _ => None,
            },
            reason: some(image.state.reason()),
        };
        let name = |position: u32| stored.images.get(position as usize).map(Image::name);
        let attempt = |attempt: &Attempt| AttemptReport {
            image: attempt.image.and_then(name),
            at: rfc3339(attempt.at),
            attempt: attempt.number,
            kind: attempt.fault.kind,
            words: attempt.fault.words.clone(),
            again_at: attempt.again_at.map(rfc3339),
        };
        Self {
            gallery: GalleryReport::new(row, snapshot),
            files: stored.images.iter().map(file).collect(),
            attempts: stored.attempts.iter().map(attempt).collect(),
            custom: row.post.fields.custom().to_vec(),
            ext: row.post.fields.ext().to_vec(),
        }
    }
}

/// One host as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostReport {
    pub id: String,
    pub name: String,
    /// `ready`, `paused` (until `paused_until`) or `held` (until a person does something).
    pub state: String,
    /// Why its galleries wait, in words.
    pub reason: Option<String>,
    pub paused_until: Option<String>,
    /// Galleries that wait for it, and galleries that are being uploaded to it.
    pub queued: usize,
    pub uploading: usize,
    /// Images sent at once, as things are.
    pub parallel_images: usize,
    /// What the person has set, as `bbdrop hosts set` takes it.
    pub settings: BTreeMap<String, String>,
    /// What `bbdrop hosts sign-in` asks for.
    #[serde(default)]
    pub secrets: Vec<HostSecret>,
    /// What the settings that only this host has are called, and what they take, in words.
    #[serde(default)]
    pub options: BTreeMap<String, OptionReport>,
}

/// A setting that only one host has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionReport {
    pub label: String,
    /// `150 to 500`, or `0 Family safe, 1 Adult`.
    pub takes: String,
    pub default: String,
}

impl HostReport {
    /// The report of one host.
    #[must_use]
    pub fn new(host: &HostRow, snapshot: &Snapshot) -> Self {
        let count = |state| snapshot.rows.iter().filter(|row| row.host == host.id && row.state == state).count();
        let state = match host {
            HostRow { is_closed: true, .. } => "held",
            HostRow { paused_until: Some(_), .. } => "paused",
            HostRow { .. } => "ready",
        };
        Self {
            id: host.id.clone(),
            name: host.name.clone(),
            state: state.to_owned(),
            reason: host.waits_for.clone(),
            paused_until: host.paused_until.map(rfc3339),
            queued: count(GalleryState::Queued),
            uploading: count(GalleryState::Uploading),
            parallel_images: host.parallel_images,
            settings: host.settings.entries(&host.options).into_iter().collect(),
            secrets: host.secrets.clone(),
            options: host.options.iter().map(|option| (option.key.clone(), OptionReport::new(option))).collect(),
        }
    }
}

/// One tab as scripts see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TabReport {
    pub id: i64,
    pub name: String,
    /// How many galleries are in it.
    pub galleries: usize,
}

impl OptionReport {
    fn new(option: &HostOption) -> Self {
        let (label, takes) = (option.label.clone(), option.takes.in_words());
        Self { label, takes, default: option.default.clone() }
    }
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
    /// The hosts and how they are.
    #[serde(default)]
    pub hosts: Vec<HostReport>,
}

impl GalleryReport {
    /// The report of one row of `snapshot`.
    #[must_use]
    pub fn new(row: &Row, snapshot: &Snapshot) -> Self {
        Self {
            id: row.id.0,
            path: row.path.to_string_lossy().into_owned(),
            name: row.name.clone(),
            state: row.state,
            host: row.host.clone(),
            template: row.post.template.as_ref().unwrap_or(&snapshot.settings.output.template).clone(),
            tab: snapshot.tab_name(row).to_owned(),
            images: ImageCounts {
                total: row.tally.total,
                uploaded: row.tally.uploaded,
                failed: row.tally.failed,
                skipped: row.tally.skipped,
            },
            bytes: ByteCounts { total: row.tally.bytes_total, uploaded: row.tally.bytes_uploaded },
            gallery_link: row.link.clone(),
            reason: Some(snapshot.reason(row).into_owned()).filter(|reason| !reason.is_empty()),
            added_at: rfc3339(row.past.added_at),
            finished_at: row.past.finished_at.map(rfc3339),
            priority: row.place.priority,
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
            trouble: snapshot
                .trouble
                .clone()
                .or_else(|| snapshot.holds_everything.clone())
                .or_else(|| snapshot.doors.trouble.clone()),
            hosts: snapshot.hosts.iter().map(|host| HostReport::new(host, snapshot)).collect(),
        }
    }
}

/// A moment as RFC 3339 in UTC; moments outside the calendar print as its edge.
#[must_use]
pub fn rfc3339(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX).to_string()
}
