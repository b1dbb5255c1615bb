//! The publisher: an immutable snapshot of what is committed, at most 20 times a second and only when something changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::workers::Workers;
use crate::core::snapshot::{Details, Doors, HostRow};
use crate::core::{GalleryId, GalleryState, Integration, Row, Settings, Snapshot, Tab, TemplateRow};

/// At most 20 snapshots a second.
const PUBLISH_EVERY: Duration = Duration::from_millis(50);
/// How often the speed is measured while something moves.
const MEASURE_EVERY: Duration = Duration::from_millis(500);

pub(super) struct Publisher {
    /// By position.
    rows: BTreeMap<(i64, GalleryId), Arc<Row>>,
    positions: HashMap<GalleryId, i64>,
    looking_at: Option<GalleryId>,
    details: Looking,
    doors: watch::Receiver<Doors>,
    /// Everything else that is shown.
    common: Snapshot,
    speed: Speed,
    changed: bool,
    last: Instant,
    publish: watch::Sender<Arc<Snapshot>>,
    wake: Box<dyn Fn() + Send>,
}

/// The images of the gallery being looked at.
#[derive(Default)]
struct Looking {
    loaded: Option<Arc<Details>>,
    stale: bool,
    loading: bool,
}

struct Speed {
    moved: Arc<AtomicU64>,
    before: u64,
    at: Instant,
    uploading: usize,
    bytes_per_second: u64,
}

impl Publisher {
    pub fn new(
        publish: watch::Sender<Arc<Snapshot>>,
        wake: Box<dyn Fn() + Send>,
        doors: watch::Receiver<Doors>,
        moved: Arc<AtomicU64>,
    ) -> Self {
        let now = Instant::now();
        let speed = Speed { moved, before: 0, at: now, uploading: 0, bytes_per_second: 0 };
        Self {
            rows: BTreeMap::new(),
            positions: HashMap::new(),
            looking_at: None,
            details: Looking::default(),
            doors,
            common: Snapshot::default(),
            speed,
            changed: true,
            last: now.checked_sub(PUBLISH_EVERY).unwrap_or(now),
            publish,
            wake,
        }
    }

    /// Takes over committed rows; `None` is a removed one.
    pub fn show(&mut self, rows: impl IntoIterator<Item = (GalleryId, Option<Arc<Row>>)>) {
        for (id, row) in rows {
            self.details.stale |= self.looking_at == Some(id);
            let uploading = |row: &Arc<Row>| usize::from(row.state == GalleryState::Uploading);
            self.speed.uploading += row.as_ref().map_or(0, uploading);
            let before = self.positions.remove(&id).and_then(|position| self.rows.remove(&(position, id)));
            if let Some(row) = row {
                self.positions.insert(id, row.place.position);
                self.rows.insert((row.place.position, id), row);
            }
            self.speed.uploading -= before.as_ref().map_or(0, uploading);
        }
        self.changed = true;
    }

    pub fn look_at(&mut self, gallery: Option<GalleryId>) {
        self.looking_at = gallery;
        self.details.loaded = None;
        self.details.stale = gallery.is_some();
        self.changed = true;
    }

    pub fn details(&mut self, details: Arc<Details>) {
        self.details.loading = false;
        if self.looking_at == Some(details.id) {
            self.details.loaded = Some(details);
            self.changed = true;
        }
    }

    pub fn settings_changed(&mut self, settings: &Settings) {
        self.common.settings = settings.clone();
        self.changed = true;
    }

    pub fn hosts_changed(&mut self, hosts: Vec<HostRow>, holds_everything: Option<String>) {
        self.changed |= self.common.hosts != hosts || self.common.holds_everything != holds_everything;
        self.common.hosts = hosts;
        self.common.holds_everything = holds_everything;
    }

    pub fn tabs_changed(&mut self, tabs: &[Tab]) {
        self.common.tabs = tabs.into();
        self.changed = true;
    }

    pub fn templates_changed(&mut self, templates: Arc<[TemplateRow]>) {
        self.changed |= self.common.templates != templates;
        self.common.templates = templates;
    }

    pub fn integration(&mut self, integration: Arc<Integration>) {
        self.common.integration = Some(integration);
        self.changed = true;
    }

    /// There is news although no row has changed.
    pub const fn mark_changed(&mut self) {
        self.changed = true;
    }

    /// Whether the trouble is new.
    pub fn trouble(&mut self, trouble: Option<String>) -> bool {
        let new = self.common.trouble != trouble;
        self.changed |= new;
        self.common.trouble = trouble;
        new
    }

    /// Returns when there is something to publish.
    pub async fn due(&mut self) {
        loop {
            if self.changed {
                return tokio::time::sleep_until((self.last + PUBLISH_EVERY).into()).await;
            }
            let measure = self.speed.next();
            tokio::select! {
                Ok(()) = self.doors.changed() => self.changed = true,
                () = super::coordinator::sleep(measure) => self.changed = self.speed.measure(),
            }
        }
    }

    pub fn publish(&mut self, workers: &mut Workers) {
        self.load_details(workers);
        self.speed.measure();
        self.changed = false;
        self.last = Instant::now();
        let snapshot = Snapshot {
            rows: self.rows.values().map(Arc::clone).collect(),
            details: self.details.loaded.clone(),
            bytes_per_second: self.speed.bytes_per_second,
            bytes_sent: self.speed.moved.load(Ordering::Relaxed),
            doors: self.doors.borrow_and_update().clone(),
            ..self.common.clone()
        };
        self.publish.send_replace(Arc::new(snapshot));
        (self.wake)();
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.publish.borrow())
    }

    /// One load at a time; what changes meanwhile is loaded after it.
    fn load_details(&mut self, workers: &Workers) {
        if let Some(gallery) = self.looking_at
            && self.details.stale
            && !self.details.loading
        {
            self.details.stale = false;
            self.details.loading = true;
            workers.details(gallery);
        }
    }
}

impl Speed {
    /// When to measure next; never while nothing moves, nor has moved since.
    fn next(&self) -> Option<Duration> {
        let has_moved = self.moved.load(Ordering::Relaxed) != self.before;
        let moves = self.uploading > 0 || self.bytes_per_second > 0 || has_moved;
        moves.then(|| MEASURE_EVERY.saturating_sub(self.at.elapsed()))
    }

    /// Whether the speed has changed.
    fn measure(&mut self) -> bool {
        let elapsed = self.at.elapsed();
        if elapsed < MEASURE_EVERY {
            return false;
        }
        let moved = self.moved.load(Ordering::Relaxed);
        // What has moved after a rest has not moved during the rest.
        let elapsed = if self.bytes_per_second == 0 { MEASURE_EVERY } else { elapsed };
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        let measured = moved.saturating_sub(self.before).saturating_mul(1000) / millis;
        self.before = moved;
        self.at = Instant::now();
        std::mem::replace(&mut self.bytes_per_second, measured) != measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_upload_after_a_long_rest_has_its_speed() {
        // Not hours: the clock of Windows begins when the computer starts.
        let rest = Instant::now().checked_sub(10 * MEASURE_EVERY).expect("the clock is older");
        let mut speed = Speed { moved: Arc::default(), before: 0, at: rest, uploading: 0, bytes_per_second: 0 };
        assert_eq!(speed.next(), None);
        speed.moved.store(50_000, Ordering::Relaxed);
        assert_eq!(speed.next(), Some(Duration::ZERO), "although it is over already");
        assert!(speed.measure() && speed.bytes_per_second == 100_000, "{}", speed.bytes_per_second);
        assert!(speed.next().is_some() && !speed.measure());
        speed.at = rest;
        assert!(speed.measure() && speed.bytes_per_second == 0);
        assert_eq!(speed.next(), None);
    }
}
