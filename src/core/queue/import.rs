//! Into the queue from BBDrop 0.9: in parts, each one step. What is in the queue already stays as it is.

use super::scanned::{something_is_left, tally};
use super::{Effect, Queue, Ticket, Write};
use crate::core::gallery::Place;
use crate::core::legacy::{Import, ImportReport, Item, Kind, MAIN_TAB, OldTab};
use crate::core::{Gallery, GalleryId, GalleryState, Refusal, Reply, TabId};

/// Some of what an import has found.
#[derive(Clone, Debug, Default)]
pub struct ImportPart {
    /// What is known of the rest, and of what is not for the queue.
    pub report: ImportReport,
    /// All tabs.
    pub tabs: Vec<OldTab>,
    pub galleries: Vec<Import>,
    /// Nothing comes after it: the command is answered.
    pub is_last: bool,
}

impl Queue {
    pub(super) fn imported(&mut self, ticket: Ticket, outcome: Result<ImportPart, Refusal>) {
        let part = match outcome {
            Ok(part) => part,
            Err(refusal) => {
                self.imports.remove(&ticket);
                return self.effects.push(Effect::Reply(ticket, Err(refusal)));
            }
        };
        let mut report = self.imports.remove(&ticket).unwrap_or_default();
        report.join(part.report);
        for tab in &part.tabs {
            self.take_tab(tab, &mut report);
        }
        for import in part.galleries {
            self.take_import(import, &mut report);
        }
        if part.is_last {
            self.effects.push(Effect::Reply(ticket, Ok(Reply::Imported(Box::new(report)))));
        } else {
            self.imports.insert(ticket, report);
        }
    }

    fn take_tab(&mut self, old: &OldTab, report: &mut ImportReport) {
        let name = old.name.as_str();
        if self.tab_called(name).is_some() {
            return report.there_already.push(Item::new(Kind::Tab, name, "there is a tab of that name"));
        }
        match self.new_tab(name) {
            Ok(_) if old.has_colour => report.taken.push(Item::new(Kind::Tab, name, "taken, without its colour")),
            Ok(_) => report.taken.push(Item::new(Kind::Tab, name, "taken")),
            Err(refusal) => report.not_taken.push(Item::new(Kind::Tab, name, refusal.words)),
        }
    }

    /// The first tab of 0.9 is the first one of here, whatever it is called.
    fn tab_called(&self, name: &str) -> Option<TabId> {
        if name == MAIN_TAB {
            return Some(TabId::MAIN);
        }
        self.tabs().iter().find(|tab| tab.is_called(name)).map(|tab| tab.id)
    }

    fn take_import(&mut self, mut import: Import, report: &mut ImportReport) {
        let name = import.gallery.name.clone();
        let folder = &import.gallery.folder;
        // A folder that was not there when it was taken may be known by its path alone.
        if let Some(id) = self.index.find(&folder.key).or_else(|| self.index.find(&folder.path)) {
            let words = "its folder is in the queue already; left as it is";
            report.there_already.push(Item { gallery: Some(id.0), ..Item::new(Kind::Gallery, name, words) });
            return;
        }
        self.id_last += 1;
        let id = GalleryId(self.id_last);
        let tally = tally(&import.images);
        let mut words = import.words();
        let tab = self.tab_called(&import.tab).or_else(|| self.new_tab(&import.tab).ok()).unwrap_or_else(|| {
            import.remarks.push(format!("its tab “{}” is not there, so it is in the first", import.tab));
            TabId::MAIN
        });
        let place = Place { tab, ..self.last_place() };
        let gallery = Gallery { id, place, tally, ..import.gallery };
        let left = || something_is_left(tally);
        let reason = gallery.reason.or_else(|| (gallery.state == GalleryState::Incomplete).then(left));
        let gallery = Gallery { reason, ..gallery };
        if !import.remarks.is_empty() {
            words = format!("{words}; {}", import.remarks.join("; "));
        }
        self.know_host(&gallery.host);
        self.index.insert(&gallery);
        self.galleries.insert(id, gallery);
        self.touch(id);
        if !import.images.is_empty() {
            self.effects.push(Effect::Write(Write::PutImages(id, import.images)));
        }
        if let Some((host, at)) = import.uploaded {
            self.effects.push(Effect::Write(Write::PutHistoryOf { gallery: id, host, at }));
        }
        report.taken.push(Item { gallery: Some(id.0), ..Item::new(Kind::Gallery, name, words) });
    }
}

/// One or two old galleries in whatever state, for random histories.
#[cfg(test)]
pub(super) fn of_old_folders(ticket: Ticket, how: u8) -> super::Event {
    use crate::core::legacy::{Counted, Here, OldGallery, OldImage, OldPost, Seen, gallery};
    const STATES: [&str; 8] =
        ["completed", "incomplete", "failed", "queued", "uploading", "paused", "ready", "scan_failed"];
    let here = Here { hosts: ["other".to_owned()].into(), host_default: "folder".to_owned(), ..Here::default() };
    let import = |number: u8| {
        let name = |n: u8| format!("{n}.jpg").into();
        let image = |n| OldImage { file: name(n), bytes: 1, link: format!("https://h/{n}"), ..OldImage::default() };
        let root = if cfg!(windows) { "C:/" } else { "/" };
        let path = std::path::PathBuf::from(format!("{root}f{}", number % 8));
        let old = OldGallery {
            path: path.clone(),
            status: STATES[usize::from(number % 8)].to_owned(),
            counted: Counted { total: u64::from(how % 5), uploaded: 0 },
            images: (0..how % 4).map(image).collect(),
            failed: (4..4 + how % 3).map(|n| (name(n), "too large".to_owned())).collect(),
            post: OldPost {
                host: if how.is_multiple_of(2) { "other" } else { "gone" }.to_owned(),
                tab: format!("old {}", how % 3),
                ..OldPost::default()
            },
            ..OldGallery::default()
        };
        let seen = Seen { key: path, is_there: !how.is_multiple_of(5), ..Seen::default() };
        gallery(old, &seen, &here, 0).expect("taken")
    };
    let tabs = vec![OldTab { name: "old 1".to_owned(), has_colour: false }];
    let galleries = vec![import(how), import(how / 3)];
    let part = ImportPart { tabs, galleries, is_last: true, ..ImportPart::default() };
    super::Event::Imported { ticket, outcome: Ok(Box::new(part)) }
}
