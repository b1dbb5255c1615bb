//! What the window shows of a snapshot: filtered, sorted, counted. Pure, and made off the window's thread: 100,000 galleries take their time.

pub mod can;
pub mod column;
pub mod log;
pub mod rates;
pub mod wanted;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use can::Can;
pub use column::Column;
pub use log::{Happened, Log};
pub use rates::{Rates, Speeds};
pub use wanted::{Key, Wanted};

use super::{GalleryId, GalleryState, Millis, Row, Snapshot, TabId};

/// A snapshot as it is shown.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// What is shown.
    pub snapshot: Arc<Snapshot>,
    /// What was wanted.
    pub wanted: Arc<Wanted>,
    /// The shown galleries, by their places in the snapshot, in the order in which they are shown.
    order: Arc<[u32]>,
    /// The shown galleries.
    shown: Arc<BTreeSet<GalleryId>>,
    /// Where each gallery is in the snapshot.
    places: Arc<HashMap<GalleryId, u32>>,
    /// How many there are of what.
    pub counts: Counts,
    /// What the selected galleries allow, or the shown ones when nothing is selected.
    pub can: Can,
    /// What was selected when this was wanted, as far as it still is in the queue.
    pub selected: Arc<BTreeSet<GalleryId>>,
    /// How fast each is.
    pub rates: Arc<Rates>,
    /// How fast all together are.
    pub speeds: Arc<Speeds>,
    /// What has happened lately.
    pub log: Arc<Log>,
    /// Room on the drive of the data directory, in bytes, as far as it is known.
    pub disk_free: Option<u64>,
}

/// Numbers about the galleries of a tab, whatever else is filtered.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    states: [usize; GalleryState::ALL.len()],
    /// By host's id.
    pub hosts: BTreeMap<String, usize>,
    /// By template's name; the empty one is that of the settings.
    pub templates: BTreeMap<String, usize>,
    /// Galleries in each tab.
    pub tabs: BTreeMap<TabId, usize>,
    /// Bytes of all images.
    pub bytes_total: u64,
    /// Bytes of the uploaded ones, without those in flight.
    pub bytes_uploaded: u64,
    /// Bytes of what is on its way or waits for its turn.
    pub bytes_waiting: u64,
    /// Galleries on their way.
    pub uploading: Vec<Arc<Row>>,
}

impl Counts {
    /// How many galleries are in `state`.
    #[must_use]
    pub fn of(&self, state: GalleryState) -> usize {
        self.states.get(state as usize).copied().unwrap_or(0)
    }

    fn count(&mut self, row: &Arc<Row>) {
        if let Some(count) = self.states.get_mut(row.state as usize) {
            *count += 1;
        }
        add(&mut self.hosts, &row.host);
        add(&mut self.templates, row.post.template.as_deref().unwrap_or_default());
        self.bytes_total += row.tally.bytes_total;
        self.bytes_uploaded += row.tally.bytes_uploaded;
        if matches!(row.state, GalleryState::Uploading | GalleryState::Queued) {
            self.bytes_waiting += row.tally.bytes_total.saturating_sub(row.tally.bytes_uploaded);
        }
        if row.state == GalleryState::Uploading {
            self.uploading.push(Arc::clone(row));
        }
    }
}

impl Scene {
    /// The galleries of `snapshot` as they are `wanted`. What was shown before makes it quicker: a nearly sorted list is sorted in one pass.
    #[must_use]
    pub fn next(&self, snapshot: Arc<Snapshot>, wanted: Arc<Wanted>, now: Millis) -> Self {
        let mut rates = (*self.rates).clone();
        rates.measure(&snapshot.rows, now);
        let mut speeds = Arc::clone(&self.speeds);
        let all = Arc::make_mut(&mut speeds);
        all.sample(&snapshot, now);
        all.settle(!rates.is_empty() || snapshot.bytes_per_second > 0);
        let mut log = Arc::clone(&self.log);
        if !Arc::ptr_eq(&self.snapshot, &snapshot) {
            Arc::make_mut(&mut log).follow(&|id| self.row(id), &snapshot, now);
        }
        let places = self.places_in(&snapshot);
        let (mut counts, mut tabs) = (Counts::default(), BTreeMap::new());
        let mut passes = Vec::with_capacity(snapshot.rows.len());
        {
            let sieve = wanted.sieve();
            for row in &snapshot.rows {
                *tabs.entry(row.place.tab).or_insert(0) += 1;
                if wanted.tab.is_none_or(|tab| row.place.tab == tab) {
                    counts.count(row);
                }
                passes.push(sieve(row, &snapshot));
            }
        }
        counts.tabs = tabs;
        let order: Arc<[u32]> = if wanted.sort.is_empty() {
            (0..).zip(&passes).filter(|(_, passes)| **passes).map(|(place, _)| place).collect()
        } else {
            let mut order = self.as_before(&places, &mut passes, wanted.sort == self.wanted.sort);
            sort(&mut order, &snapshot, &wanted.sort, &rates);
            order.into()
        };
        let shown = self.shown_in(&snapshot, &order);
        let can = allowed(&snapshot, &order, &places, &wanted.selected);
        let selected = existing(&wanted.selected, &places);
        let (rates, disk_free) = (Arc::new(rates), self.disk_free);
        Self { snapshot, wanted, order, shown, places, counts, can, selected, rates, speeds, log, disk_free }
    }

    /// How many galleries are shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether no gallery is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The gallery that is shown at `place`, from 0, with its place in the queue.
    #[must_use]
    pub fn shown_at(&self, place: usize) -> Option<(usize, &Arc<Row>)> {
        let place = usize::try_from(*self.order.get(place)?).ok()?;
        self.snapshot.rows.get(place).map(|row| (place, row))
    }

    /// A gallery, shown or not.
    #[must_use]
    pub fn row(&self, id: GalleryId) -> Option<&Arc<Row>> {
        let place = usize::try_from(*self.places.get(&id)?).ok()?;
        self.snapshot.rows.get(place)
    }

    /// Where a gallery is shown, from 0.
    #[must_use]
    pub fn place_of(&self, id: GalleryId) -> Option<usize> {
        let place = self.places.get(&id)?;
        if self.wanted.sort.is_empty() {
            return self.order.binary_search(place).ok();
        }
        self.order.iter().position(|shown| shown == place)
    }

    /// Every gallery that is shown.
    #[must_use]
    pub const fn shown(&self) -> &Arc<BTreeSet<GalleryId>> {
        &self.shown
    }

    /// The places of all galleries; those of before when none has come, gone or moved.
    fn places_in(&self, snapshot: &Snapshot) -> Arc<HashMap<GalleryId, u32>> {
        let (before, rows) = (&self.snapshot.rows, &snapshot.rows);
        let same = |(before, row): (&Arc<Row>, &Arc<Row>)| Arc::ptr_eq(before, row) || before.id == row.id;
        if before.len() == rows.len() && before.iter().zip(rows).all(same) && self.places.len() == rows.len() {
            return Arc::clone(&self.places);
        }
        Arc::new(rows.iter().map(|row| row.id).zip(0..).collect())
    }

    /// What passes, in the order of before as far as that is known.
    fn as_before(&self, places: &HashMap<GalleryId, u32>, passes: &mut [bool], sorted_alike: bool) -> Vec<u32> {
        let mut order = Vec::with_capacity(passes.len());
        let mut take = |place: u32| {
            let passes = usize::try_from(place).ok().and_then(|place| passes.get_mut(place));
            if passes.is_some_and(std::mem::take) {
                order.push(place);
            }
        };
        if sorted_alike {
            let before = (0..self.order.len()).filter_map(|place| self.shown_at(place));
            before.filter_map(|(_, row)| places.get(&row.id)).for_each(|place| take(*place));
        }
        (0..u32::try_from(places.len()).unwrap_or(u32::MAX)).for_each(take);
        order
    }

    fn shown_in(&self, snapshot: &Snapshot, order: &[u32]) -> Arc<BTreeSet<GalleryId>> {
        let ids = || order.iter().filter_map(|place| at(snapshot, *place)).map(|row| row.id);
        if self.shown.len() == order.len() && ids().all(|id| self.shown.contains(&id)) {
            return Arc::clone(&self.shown);
        }
        Arc::new(ids().collect())
    }
}

fn add(counts: &mut BTreeMap<String, usize>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

fn at(snapshot: &Snapshot, place: u32) -> Option<&Arc<Row>> {
    snapshot.rows.get(usize::try_from(place).ok()?)
}

fn sort(order: &mut [u32], snapshot: &Snapshot, keys: &[Key], rates: &Rates) {
    order.sort_by(|left, right| {
        let (Some(a), Some(b)) = (at(snapshot, *left), at(snapshot, *right)) else { return left.cmp(right) };
        let compare = |key: &Key| {
            let order = key.column.compare(a, b, snapshot, rates);
            if key.descending { order.reverse() } else { order }
        };
        keys.iter().map(compare).find(|order| *order != Ordering::Equal).unwrap_or_else(|| left.cmp(right))
    });
}

/// Those of `ids` that are in the queue; the very same set when all are.
fn existing(ids: &Arc<BTreeSet<GalleryId>>, places: &HashMap<GalleryId, u32>) -> Arc<BTreeSet<GalleryId>> {
    if ids.iter().all(|id| places.contains_key(id)) {
        return Arc::clone(ids);
    }
    Arc::new(ids.iter().copied().filter(|id| places.contains_key(id)).collect())
}

/// What the selected galleries allow, or the shown ones when nothing is selected.
fn allowed(
    snapshot: &Snapshot,
    order: &[u32],
    places: &HashMap<GalleryId, u32>,
    selected: &BTreeSet<GalleryId>,
) -> Can {
    let mut can = Can::default();
    if selected.is_empty() {
        order.iter().filter_map(|place| at(snapshot, *place)).for_each(|row| can.learn(row));
    } else {
        let places = selected.iter().filter_map(|id| places.get(id));
        places.filter_map(|place| at(snapshot, *place)).for_each(|row| can.learn(row));
    }
    can
}
