//! How a person has arranged the window, as it is kept for the next start. Reads and writes no file.

use egui::ThemePreference;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::panels::Panels;
use super::{texts, theme};
use crate::core::TabId;
use crate::core::scene::Key;

/// The newest shape this program knows. Things may be added without a new number; nothing may change its meaning.
const VERSION: u32 = 1;

/// Everything that is as it was at the next start, but for the place of the window on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    pub version: u32,
    pub columns: Columns,
    pub sort: Vec<Key>,
    pub panels: Panels,
    pub theme: ThemePreference,
    /// 1 is the size of the system.
    pub zoom: f32,
    /// The tab of the queue that is looked at; `None` shows all.
    pub tab: Option<TabId>,
    /// The first page was shown.
    pub welcomed: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            version: VERSION,
            columns: Columns::default(),
            sort: Vec::new(),
            panels: Panels::default(),
            theme: ThemePreference::System,
            zoom: 1.0,
            tab: None,
            welcomed: false,
        }
    }
}

impl Layout {
    /// What was kept as `text`.
    ///
    /// # Errors
    /// In words, why it cannot be used.
    pub fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            version: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| texts::layout_broken(&error.to_string()))?;
        if head.version > VERSION {
            return Err(texts::LAYOUT_NEWER.to_owned());
        }
        let mut layout: Self = serde_json::from_str(text).map_err(|error| texts::layout_broken(&error.to_string()))?;
        if !layout.panels.is_whole() {
            return Err(texts::layout_broken(texts::LAYOUT_PANELS));
        }
        layout.columns.complete();
        let zoom = if layout.zoom.is_finite() { layout.zoom } else { 1.0 };
        layout.zoom = zoom.clamp(*theme::ZOOM.start(), *theme::ZOOM.end());
        Ok(layout)
    }

    /// What [`Layout::read`] reads.
    ///
    /// # Errors
    /// When something cannot be written down, which would be a fault of ours.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Column;
    use crate::ui::panels::Panel;

    #[test]
    fn what_is_written_is_read_again() {
        let mut layout = Layout {
            theme: ThemePreference::Light,
            zoom: 1.5,
            tab: Some(TabId(3)),
            welcomed: true,
            ..Layout::default()
        };
        layout.columns.toggle(Column::Size);
        layout.columns.move_to(Column::Host, Column::Number);
        layout.panels.set_shown(Panel::Speed, false);
        layout.sort.push(Key { column: Column::Name, descending: true });
        let read = Layout::read(&layout.write().expect("written")).expect("read");
        assert_eq!(read, layout);
    }

    #[test]
    fn what_is_missing_is_as_at_first() {
        assert_eq!(Layout::read("{}").expect("read"), Layout::default());
    }

    #[test]
    fn broken_newer_and_nonsense_say_why() {
        let newer = format!(r#"{{"version":{}}}"#, VERSION + 1);
        for (text, words) in [
            ("", "line 1"),
            ("[1, 2", "line 1"),
            (r#"{"columns": 7}"#, "columns"),
            (
                r#"{"panels":{"tree":{"id":1,"root":null,"tiles":{"next_tile_id":1,"tiles":{},"invisible":[]},"height":1,"width":1},"hidden":[],"floating":[]}}"#,
                "",
            ),
            (newer.as_str(), "newer"),
        ] {
            let error = Layout::read(text).expect_err(text);
            assert!(error.contains(words) || words == "columns", "{text}: {error}");
        }
        let zoomed = Layout::read(r#"{"zoom": 900}"#).expect("read");
        assert!((zoomed.zoom - 2.0).abs() < f32::EPSILON);
    }
}
