//! How much the queue has done: galleries, images and bytes, today and altogether, by host. Counted once, when it is opened.

use std::collections::BTreeMap;

use egui::{Align, Context, Grid, Label, Layout, RichText, ScrollArea, Ui};

use super::{close, foot, form, frame};
use crate::core::{GalleryState, Millis, Row, Snapshot};
use crate::ui::format::{self, Clock};
use crate::ui::texts::statistics as texts;
use crate::ui::theme;

/// What was counted.
#[derive(Default)]
pub struct Statistics {
    counted: Option<Counted>,
}

/// Galleries that are complete, and what has arrived at the hosts of all.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Sum {
    galleries: u64,
    images: u64,
    bytes: u64,
}

struct Counted {
    today: Sum,
    all: Sum,
    /// Names of the hosts, those with the most bytes first.
    hosts: Vec<(String, Sum)>,
    waiting: usize,
    failed: u64,
}

impl Sum {
    fn add(&mut self, row: &Row) {
        self.galleries += u64::from(row.state == GalleryState::Completed);
        self.images += u64::from(row.tally.uploaded);
        self.bytes += row.tally.bytes_uploaded;
    }
}

impl Counted {
    fn of(snapshot: &Snapshot, clock: &Clock, now: Millis) -> Self {
        let today = clock.minute(now);
        let day = |minute: &str| minute.split(' ').next().map(str::to_owned);
        let (mut all, mut of_today, mut hosts) = (Sum::default(), Sum::default(), BTreeMap::<&str, Sum>::new());
        for row in &snapshot.rows {
            all.add(row);
            hosts.entry(&row.host).or_default().add(row);
            if row.past.finished_at.is_some_and(|at| day(&clock.minute(at)) == day(&today)) {
                of_today.add(row);
            }
        }
        let hosts = hosts.into_iter().filter(|(_, sum)| sum.images > 0);
        let mut hosts: Vec<_> = hosts.map(|(id, sum)| (snapshot.host_name(id).to_owned(), sum)).collect();
        hosts.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.bytes));
        let waits = |row: &&std::sync::Arc<Row>| !matches!(row.state, GalleryState::Completed);
        Self {
            today: of_today,
            all,
            hosts,
            waiting: snapshot.rows.iter().filter(waits).count(),
            failed: snapshot.rows.iter().map(|row| u64::from(row.tally.failed)).sum(),
        }
    }
}

impl Statistics {
    /// Says whether it stays open.
    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, clock: &Clock) -> bool {
        let is_first = self.counted.is_none();
        let counted = self.counted.get_or_insert_with(|| Counted::of(snapshot, clock, format::now()));
        let closed = frame(ctx, texts::TITLE, |ui| {
            let height = theme::DIALOG_LIST_HEIGHT.min(super::room(ctx).y - 4.0 * theme::BUTTON_HEIGHT);
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| table(ui, counted));
            ui.add_space(theme::GAP);
            ui.add(Label::new(texts::rest(counted.waiting, counted.failed)).wrap());
            form::note(ui, texts::WHAT);
            foot(ui, |ui| close(ui, is_first))
        });
        closed == Some(false)
    }
}

fn table(ui: &mut Ui, counted: &Counted) {
    let spacing = [theme::GAP * 2.0, 4.0];
    // So that the last column, which gets what is left, is as wide as the others.
    let least = ui.available_width() * theme::NUMBERS_SHARE;
    Grid::new("statistics").num_columns(4).spacing(spacing).min_col_width(least).show(ui, |ui| {
        ui.label("");
        for title in [texts::GALLERIES, texts::IMAGES, texts::BYTES] {
            right(ui, RichText::new(title).strong());
        }
        ui.end_row();
        let totals = [(texts::TODAY, counted.today), (texts::ALL, counted.all)];
        let hosts = counted.hosts.iter().map(|(name, sum)| (name.as_str(), *sum));
        for (name, sum) in totals.into_iter().chain(hosts) {
            ui.label(name);
            right(ui, sum.galleries.to_string().into());
            right(ui, sum.images.to_string().into());
            right(ui, format::bytes(sum.bytes).into());
            ui.end_row();
        }
    });
}

/// Numbers stand under each other.
fn right(ui: &mut Ui, words: RichText) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(words));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::core::gallery::Past;
    use crate::core::{Folder, Gallery, GalleryId, Tally};

    #[test]
    fn today_is_the_day_of_the_person() {
        let now = 1_795_334_700_000;
        let row = |finished_at| {
            let folder = Folder { path: "/x".into(), key: "/x".into(), chosen: None };
            let tally = Tally { uploaded: 2, bytes_uploaded: 5, ..Tally::default() };
            let past = Past { finished_at, ..Past::default() };
            let gallery = Gallery {
                state: GalleryState::Completed,
                tally,
                past,
                ..Gallery::new(GalleryId(1), folder, "x", "folder")
            };
            Arc::new(Row::new(&gallery, Arc::new(AtomicU64::new(0))))
        };
        let rows = vec![row(Some(now)), row(Some(now - 36 * 3_600_000)), row(None)];
        let snapshot = Snapshot { rows, ..Snapshot::default() };
        let counted = Counted::of(&snapshot, &Clock::in_zone(jiff::tz::TimeZone::UTC), now);
        assert_eq!(counted.today, Sum { galleries: 1, images: 2, bytes: 5 });
        assert_eq!(counted.all, Sum { galleries: 3, images: 6, bytes: 15 });
        assert_eq!(counted.hosts, [("folder".to_owned(), counted.all)]);
    }
}
