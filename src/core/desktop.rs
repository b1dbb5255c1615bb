//! What the desktop around the program shall know: whether the computer may sleep, how far uploads are, what has come to an end. Only
//! describes; `platform::desktop` does it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::{GalleryId, GalleryState, Row, Snapshot};

/// What a person has chosen about the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct DesktopSettings {
    /// `desktop.keep_awake`: the computer does not go to sleep by itself while something is uploaded.
    pub keep_awake: bool,
    /// `desktop.notify`: the system tells what has come to an end while the window is hidden.
    pub notify: bool,
    /// `desktop.tray`: an icon in the notification area, on systems that have one for every program.
    pub tray: bool,
    /// `desktop.close_to_tray`: closing the window leaves the program running there.
    pub close_to_tray: bool,
    /// `desktop.autostart`: the program starts when the person signs in.
    pub autostart: bool,
}

impl Default for DesktopSettings {
    fn default() -> Self {
        Self { keep_awake: true, notify: true, tray: true, close_to_tray: false, autostart: false }
    }
}

/// How far everything is that is uploaded, or waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// In thousandths, so that it changes no more often than anybody can see.
    pub thousandths: u16,
    /// Some image of it has failed.
    pub has_failed: bool,
}

/// What a snapshot means for the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Something is being uploaded now.
    pub is_uploading: bool,
    /// `None` when nothing is on its way.
    pub progress: Option<Progress>,
}

impl Outlook {
    /// Looks at every gallery once.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let (mut arrived, mut all, mut has_failed) = (0_u64, 0_u64, false);
        for row in snapshot.rows.iter().filter(|row| is_under_way(row.state)) {
            let moved = row.moved.load(Ordering::Relaxed);
            arrived += row.tally.bytes_uploaded.saturating_add(moved).min(row.tally.bytes_total);
            all += row.tally.bytes_total;
            has_failed |= row.tally.failed > 0;
        }
        let is_uploading = snapshot.rows.iter().any(|row| row.state == GalleryState::Uploading);
        let thousandths = u16::try_from(u128::from(arrived) * 1000 / u128::from(all.max(1))).unwrap_or(1000);
        Self { is_uploading, progress: is_uploading.then_some(Progress { thousandths, has_failed }) }
    }
}

/// A gallery has come to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What to say about it alone.
    pub words: String,
    /// Whether a person has something to do.
    pub is_bad: bool,
}

/// Knows what was under way, to see what has come to an end.
#[derive(Debug, Default)]
pub struct Watch(BTreeSet<GalleryId>);

impl Watch {
    /// What has come to an end since the last time. What a person has stopped is no news.
    pub fn news(&mut self, snapshot: &Snapshot) -> Vec<News> {
        let ended = snapshot.rows.iter().filter(|row| self.0.contains(&row.id));
        let news = ended.filter_map(|row| news_of(snapshot, row)).collect();
        self.0 = snapshot.rows.iter().filter(|row| is_under_way(row.state)).map(|row| row.id).collect();
        news
    }

    /// Whether the taskbar shall point at a window that is not in front: `news` is that something has failed, or that all is done.
    #[must_use]
    pub fn calls_for_attention(&self, news: &[News]) -> bool {
        news.iter().any(|news| news.is_bad || self.0.is_empty())
    }
}

/// One notification for all of it: what happened, and the details.
#[must_use]
pub fn in_short(news: &[News]) -> Option<(String, String)> {
    let (bad, good): (Vec<_>, Vec<_>) = news.iter().partition(|news| news.is_bad);
    let title = match (good.len(), bad.len()) {
        (0, 0) => return None,
        (1, 0) => "Gallery uploaded".to_owned(),
        (_, 0) => format!("{} galleries uploaded", good.len()),
        (0, 1) => "Gallery not uploaded".to_owned(),
        (0, _) => format!("{} galleries not uploaded", bad.len()),
        _ => format!("{} uploaded, {} not", good.len(), bad.len()),
    };
    // What a person has to do something about comes first; more than this no system shows.
    let lines: Vec<_> = bad.into_iter().chain(good).take(LINES_MAX).map(|news| news.words.as_str()).collect();
    Some((title, lines.join("\n")))
}

/// Galleries that a notification names.
const LINES_MAX: usize = 3;

const fn is_under_way(state: GalleryState) -> bool {
    matches!(state, GalleryState::Queued | GalleryState::Uploading)
}

fn news_of(snapshot: &Snapshot, row: &Row) -> Option<News> {
    match row.state {
        GalleryState::Completed => Some(News { words: format!("“{}” is uploaded.", row.name), is_bad: false }),
        GalleryState::Incomplete if row.tally.failed == 0 => None,
        GalleryState::Failed | GalleryState::Incomplete | GalleryState::Missing => {
            Some(News { words: format!("“{}”: {}", row.name, snapshot.reason(row)), is_bad: true })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::core::{Folder, Gallery};

    fn row(id: i64, state: GalleryState, uploaded: u64, failed: u32) -> Arc<Row> {
        let path = PathBuf::from(format!("/g{id}"));
        let folder = Folder { key: path.clone(), path, chosen: None };
        let gallery = Gallery::new(GalleryId(id), folder, &format!("g{id}"), "folder");
        let mut row = Row::new(&gallery, Arc::default());
        row.state = state;
        row.reason = "It is so.".to_owned();
        row.tally.bytes_total = 1000;
        row.tally.bytes_uploaded = uploaded;
        row.tally.failed = failed;
        Arc::new(row)
    }

    fn snapshot(rows: &[Arc<Row>]) -> Snapshot {
        Snapshot { rows: rows.to_vec(), ..Snapshot::default() }
    }

    #[test]
    fn the_outlook_counts_what_is_under_way() {
        use GalleryState::{Completed, Paused, Queued, Uploading};
        let idle = Outlook::of(&snapshot(&[row(1, Completed, 1000, 0), row(2, Queued, 0, 0)]));
        assert_eq!(idle, Outlook { is_uploading: false, progress: None });
        let rows = [row(1, Uploading, 500, 0), row(2, Queued, 0, 1), row(3, Paused, 900, 0)];
        rows[0].moved.store(250, Ordering::Relaxed);
        let progress = Progress { thousandths: 375, has_failed: true };
        assert_eq!(Outlook::of(&snapshot(&rows)), Outlook { is_uploading: true, progress: Some(progress) });
    }

    #[test]
    fn what_comes_to_an_end_is_news_once() {
        use GalleryState::{Completed, Failed, Incomplete, Uploading};
        let mut watch = Watch::default();
        let all = |state| snapshot(&[row(1, state, 0, 0), row(2, state, 0, 1), row(3, state, 0, 0)]);
        assert_eq!(watch.news(&all(Completed)), [], "nothing was under way");
        assert_eq!(watch.news(&all(Uploading)), []);
        let ended = snapshot(&[row(1, Completed, 0, 0), row(2, Incomplete, 0, 1), row(3, Incomplete, 0, 0)]);
        let news = watch.news(&ended);
        let words: Vec<_> = news.iter().map(|news| news.words.as_str()).collect();
        assert_eq!(words, ["“g1” is uploaded.", "“g2”: It is so."], "the third was stopped");
        assert!(watch.calls_for_attention(&news));
        assert_eq!(watch.news(&ended), []);
        assert!(!watch.calls_for_attention(&[]), "nothing is new");
        let (title, lines) = in_short(&news).expect("news");
        assert_eq!((title.as_str(), lines.as_str()), ("1 uploaded, 1 not", "“g2”: It is so.\n“g1” is uploaded."));
        assert_eq!(in_short(&[]), None);
        watch.news(&all(Uploading));
        assert_eq!(in_short(&watch.news(&all(Failed))).expect("news").0, "3 galleries not uploaded");
    }

    #[test]
    fn the_last_one_and_a_failed_one_call_for_attention() {
        use GalleryState::{Completed, Failed, Queued, Uploading};
        let check = |first, second, expected| {
            let mut watch = Watch::default();
            watch.news(&snapshot(&[row(1, Uploading, 0, 0), row(2, Queued, 0, 0)]));
            let news = watch.news(&snapshot(&[row(1, first, 0, 0), row(2, second, 0, 0)]));
            assert_eq!(watch.calls_for_attention(&news), expected, "{first:?} {second:?}");
        };
        check(Completed, Uploading, false);
        check(Failed, Uploading, true);
        check(Completed, Completed, true);
        check(Uploading, Queued, false);
    }
}
