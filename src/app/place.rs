//! The place of the window, which eframe keeps in a file: one that makes no sense is set aside, and a window whose monitor is gone is brought back.
//! Changes nothing of one that a person can reach.
//!
//! eframe remembers where the window was, and looks whether that is on a monitor only on Windows and macOS; under X11 it is up to the window manager,
//! and not every one cares. On Wayland no program knows where its window is, and the compositor places it.

use std::path::Path;

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};
use egui_winit::WindowSettings;

use super::layout::set_aside;

/// eframe's file in the data directory.
pub const FILE: &str = "window.ron";
/// Where one is put that cannot be used.
const SET_ASIDE: &str = "window.old.ron";
/// What eframe calls the place in its file.
const KEY: &str = "window";
/// The strip along the upper edge by which a window is moved, in pixels …
const STRIP_HEIGHT: f32 = 32.0;
/// … and how much of it must be on one monitor.
const REACHABLE: Vec2 = vec2(100.0, 16.0);

/// Sets the file aside when eframe could make nothing of it, before it is written anew; what the person must know then.
pub fn check(creation: &eframe::CreationContext<'_>, data_dir: &Path) -> Option<String> {
    let file = data_dir.join(FILE);
    let is_read = eframe::get_value::<WindowSettings>(creation.storage?, KEY).is_some();
    if is_read || !file.exists() {
        return None;
    }
    let kept = set_aside(&file, &data_dir.join(SET_ASIDE));
    Some(format!("The window has its usual place and size: the file that remembers them cannot be used. {kept}"))
}

/// Moves the window to the middle of the first monitor when no monitor shows where it could be grabbed.
pub fn bring_back(creation: &eframe::CreationContext<'_>) {
    let Some(window) = creation.winit_window() else { return };
    let Ok(mut at) = window.outer_position() else { return };
    let monitors: Vec<_> = window
        .primary_monitor()
        .into_iter()
        .chain(window.available_monitors())
        .map(|monitor| rect(monitor.position().into(), monitor.size().into()))
        .collect();
    if let Some(place) = reachable(rect(at.into(), window.outer_size().into()), &monitors) {
        tracing::info!("the window was at {at:?}, where no monitor is; it comes up at {place:?}");
        (at.x, at.y) = pixels(place);
        window.set_outer_position(at);
    }
}

#[expect(clippy::cast_precision_loss, reason = "no screen has so many pixels")]
fn rect((x, y): (i32, i32), (width, height): (u32, u32)) -> Rect {
    Rect::from_min_size(pos2(x as f32, y as f32), vec2(width as f32, height as f32))
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
const fn pixels(place: Pos2) -> (i32, i32) {
    (place.x as i32, place.y as i32)
}

/// Where the window must go to be reached; `None` when it can be, or when there is no monitor at all.
fn reachable(window: Rect, monitors: &[Rect]) -> Option<Pos2> {
    let strip = Rect::from_min_size(window.min, vec2(window.width(), STRIP_HEIGHT));
    let shows = |monitor: &Rect| {
        let shown = monitor.intersect(strip);
        shown.width() >= REACHABLE.x && shown.height() >= REACHABLE.y
    };
    let first = monitors.first()?;
    let margin = ((first.size() - window.size()) / 2.0).max(Vec2::ZERO);
    (!monitors.iter().any(shows)).then(|| (first.min + margin).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1400.0, 900.0) };
    const RIGHT: Rect = Rect { min: pos2(1400.0, -200.0), max: pos2(3320.0, 880.0) };

    fn check(at: (f32, f32), size: (f32, f32), monitors: &[Rect], expected: Option<(f32, f32)>) {
        let window = Rect::from_min_size(at.into(), size.into());
        assert_eq!(reachable(window, monitors), expected.map(Pos2::from), "{window:?} on {monitors:?}");
    }

    #[test]
    fn a_window_is_moved_only_when_nobody_could_reach_it() {
        let size = (1000.0, 700.0);
        for at in [(0.0, 0.0), (200.0, 100.0), (-8.0, -8.0), (-850.0, 20.0), (1250.0, 850.0)] {
            check(at, size, &[LEFT], None);
        }
        for at in [(5000.0, -3000.0), (-980.0, 20.0), (1380.0, 20.0), (100.0, -600.0), (100.0, 895.0)] {
            check(at, size, &[LEFT], Some((200.0, 100.0)));
        }
        check((2000.0, -150.0), size, &[LEFT, RIGHT], None);
        check((2000.0, -150.0), size, &[LEFT], Some((200.0, 100.0)));
        check((100.0, 5000.0), size, &[RIGHT, LEFT], Some((1860.0, -10.0)));
    }

    #[test]
    fn one_that_is_larger_than_the_monitor_begins_in_its_corner() {
        check((5000.0, 0.0), (3000.0, 800.0), &[LEFT], Some((0.0, 50.0)));
        check((5000.0, 0.0), (3000.0, 8000.0), &[RIGHT], Some((1400.0, -200.0)));
        check((5000.0, 0.0), (800.0, 600.0), &[], None);
    }
}
