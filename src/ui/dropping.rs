//! Folders dragged over the window: says what a drop will do, and passes on what was dropped. Looks at no file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use egui::{Align2, Context, LayerId, Order, Pos2, Rect, Response, StrokeKind, Ui};

use super::{Action, button, icons::Icon, texts, theme};
use crate::core::image::ENDINGS as IMAGES;
use crate::core::{Tab, TabId};

/// Endings of what is often dropped and is neither a folder nor an image.
const NOT_USABLE: [&str; 16] =
    ["zip", "rar", "7z", "gz", "pdf", "txt", "doc", "docx", "mp4", "mkv", "avi", "mov", "webm", "mp3", "exe", "lnk"];

/// What the queue's place shows as long as there is nothing in it.
pub fn guide(ui: &mut Ui, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    palette.ground().show(ui, |ui| {
        let space = ui.available_size();
        ui.vertical_centered(|ui| {
            ui.add_space((space.y / 2.0 - 100.0).max(theme::GAP));
            let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(theme::ICON_LARGE), egui::Sense::hover());
            Icon::Folder.paint(ui.painter(), rect, palette.surface.border);
            ui.add_space(theme::GAP);
            ui.heading(texts::EMPTY_TITLE);
            ui.label(texts::EMPTY_HINT);
            ui.add_space(theme::GAP);
            if ui.add(button::dialog(texts::EMPTY_BUTTON)).on_hover_text(texts::ADD_FOLDERS.tooltip).clicked() {
                actions.push(Action::PickFolders);
            }
            ui.add_space(theme::GAP);
            ui.label(egui::RichText::new(texts::EMPTY_KEYS).color(palette.ink.secondary));
            ui.take_available_space();
        });
    });
}

/// Where things from outside are dragged over the window, and what they would go into there.
#[derive(Default)]
pub struct Target {
    /// `None` when nothing is dragged, or nobody knows where.
    pub at: Option<Pos2>,
    /// Addresses of those that are not on this computer.
    pub elsewhere: Arc<[String]>,
    /// The tab that is there.
    tab: Option<(TabId, Rect)>,
}

impl Target {
    /// Whether the things are over this tab, which takes them then.
    pub fn meets(&mut self, response: &Response, tab: TabId) -> bool {
        // Nothing is dropped through a dialog, or what else may be above.
        let is_top = |at| response.ctx.layer_id_at(at).is_none_or(|layer| layer == response.layer_id);
        let meets = self.at.is_some_and(|at| response.interact_rect.contains(at) && is_top(at));
        if meets {
            self.tab = Some((tab, response.interact_rect));
        }
        meets
    }
}

/// Watches for things dragged over the window and let go; they go into the tab that `target` has met in this frame, otherwise into the one that is `shown`.
pub fn watch(ctx: &Context, tabs: &[Tab], shown: TabId, target: &mut Target, actions: &mut Vec<Action>) {
    let (met, elsewhere) = (target.tab.take(), &target.elsewhere);
    let (dropped, hovering) = ctx.input(|input| {
        let dropped: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect();
        (dropped, input.raw.hovered_files.clone())
    });
    let tab = met.map_or(shown, |(tab, _)| tab);
    if !dropped.is_empty() {
        actions.push(Action::AddFolders(dropped, tab));
        return;
    }
    if hovering.is_empty() && elsewhere.is_empty() {
        return;
    }
    let paths: Vec<_> = hovering.iter().map(|file| file.path.as_deref()).collect();
    let name = tabs.iter().find(|known| known.id == tab).map_or(Tab::MAIN_NAME, |tab| &tab.name);
    veil(ctx, &will(&paths, elsewhere, name), met.map(|(_, rect)| rect));
}

/// What a drop will do, in words.
#[derive(Debug, PartialEq, Eq)]
pub enum Will {
    Do(String),
    DoNothing(String),
}

/// What a drop of `paths`, and of what is `elsewhere`, will do, as far as names tell; some systems do not tell them.
fn will(paths: &[Option<&Path>], elsewhere: &[String], tab: &str) -> Will {
    if paths.contains(&None) {
        return Will::Do(texts::drop_adds(tab));
    }
    if paths.is_empty() {
        return Will::DoNothing(texts::drop_elsewhere(elsewhere));
    }
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let has = |path: &Path, endings: &[&str]| ending(path).is_some_and(|ending| endings.contains(&ending.as_str()));
    let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let known = || paths.iter().copied().flatten();
    let files = known().filter(|path| has(path, &NOT_USABLE)).map(name);
    let unusable: Vec<_> = files.chain(elsewhere.iter().cloned()).collect();
    // The images of one folder become one gallery.
    let of_images: BTreeSet<_> = known().filter(|path| has(path, &IMAGES)).map(Path::parent).collect();
    let folders: Vec<_> = known().filter(|path| !has(path, &IMAGES) && !has(path, &NOT_USABLE)).collect();
    let galleries = folders.len() + of_images.len();
    let first = folders.first().filter(|_| galleries == 1).map(|folder| name(folder));
    let words = texts::drop_will(galleries, first.as_deref(), &unusable, tab);
    if galleries == 0 { Will::DoNothing(words) } else { Will::Do(words) }
}

/// Lights the window up while something hovers over it, lays a veil on all but `target`, and says what will happen.
pub fn veil(ctx: &Context, will: &Will, target: Option<Rect>) {
    let palette = theme::palette_of(ctx);
    let (icon, ink, words) = match will {
        Will::Do(words) => (Icon::Plus, palette.ink.accent, words),
        Will::DoNothing(words) => (Icon::Warning, palette.ink.warning, words),
    };
    let screen = ctx.content_rect();
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, egui::Id::unique("drop veil")));
    let hole = target.unwrap_or(Rect::from_min_size(screen.min, egui::Vec2::ZERO));
    let (above, below) = (screen.with_max_y(hole.top()), screen.with_min_y(hole.bottom()));
    let beside = screen.with_min_y(hole.top()).with_max_y(hole.bottom());
    for veiled in [above, below, beside.with_max_x(hole.left()), beside.with_min_x(hole.right())] {
        painter.rect_filled(veiled, 0.0, palette.surface.veil);
    }
    let (lit, side) = target.map_or((screen.shrink(3.0), StrokeKind::Inside), |tab| (tab, StrokeKind::Outside));
    painter.rect_stroke(lit, 2.0, palette.focus(), side);
    egui::Area::new(egui::Id::unique("drop words"))
        .order(Order::Tooltip)
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .interactable(false)
        .show(ctx, |ui| {
            palette.raised(ink).show(ui, |ui| {
                ui.horizontal(|ui| {
                    icon.show(ui, ink);
                    ui.add(egui::Label::new(egui::RichText::new(words).heading()).extend());
                });
            });
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_says_how_many_galleries_it_makes_and_what_it_leaves_out() {
        let check = |paths: &[&str], words: &str| {
            let (paths, elsewhere): (Vec<&str>, Vec<&str>) = paths.iter().partition(|path| path.starts_with('/'));
            let paths: Vec<_> = paths.iter().map(|path| Some(Path::new(*path))).collect();
            let elsewhere: Vec<_> = elsewhere.into_iter().map(str::to_owned).collect();
            let (Will::Do(said) | Will::DoNothing(said)) = will(&paths, &elsewhere, "Main");
            assert_eq!(said, words, "{paths:?}");
        };
        check(&["/a/Rome"], "Add “Rome” to Main");
        check(&["/a/Rome", "/a/Trip 2024.05"], "Add 2 galleries to Main");
        check(&["/a/1.jpg", "/a/2.PNG"], "Add 1 gallery to Main");
        check(&["/a/1.jpg", "/b/2.png", "/Rome"], "Add 3 galleries to Main");
        check(&["/a/x.zip"], "“x.zip” cannot be uploaded. BBDrop takes folders and images.");
        check(&["/a/x.zip", "/a/y.pdf"], "These 2 files cannot be uploaded. BBDrop takes folders and images.");
        check(&["/a/Rome", "/a/y.pdf"], "Add “Rome” to Main, without “y.pdf”");
        check(&["/Rome", "/y.pdf", "/z.pdf"], "Add “Rome” to Main, without 2 files");
        check(&["sftp://nas/a"], "“sftp://nas/a” is not on this computer. Copy it here first.");
        check(&["sftp://nas/a", "sftp://nas/b"], "These 2 things are not on this computer. Copy them here first.");
        check(&["/Rome", "sftp://nas/a"], "Add “Rome” to Main, without “sftp://nas/a”");
        assert_eq!(will(&[None], &[], "Main"), Will::Do("Add to Main".to_owned()), "where nobody tells names");
        assert!(matches!(will(&[Some(Path::new("/a/x.zip"))], &[], "Main"), Will::DoNothing(_)));
    }
}
