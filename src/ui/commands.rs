//! The one list of commands: menu bar, toolbar, row menu and keys all take their words, icons, keys and rules from here.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::icons::Icon;
use super::selection::Selection;
use super::texts::{self, Words};
use super::theme::Palette;
use crate::core::{GalleryState, Row, Snapshot};

/// Ctrl and Shift.
const SHIFTED: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// Everything that has a place in a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuCommand {
    AddFolders,
    AddImages,
    OpenDataFolder,
    Quit,
    SelectAll,
    CopyOutput,
    Remove,
    Start,
    Pause,
    Stop,
    Retry,
    Rescan,
    Reuse,
    Reset,
    Relocate,
    MoveTop,
    MoveUp,
    MoveDown,
    MoveBottom,
    PriorityHigh,
    PriorityNormal,
    PriorityLow,
    Hosts,
    Settings,
    Templates,
    OpenFolder,
    OpenLink,
    Details,
    ThemeSystem,
    ThemeLight,
    ThemeDark,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Shortcuts,
    About,
}

impl MenuCommand {
    /// Every command, in the order of the menus.
    pub const ALL: [Self; 36] = [
        Self::AddFolders,
        Self::AddImages,
        Self::OpenDataFolder,
        Self::Quit,
        Self::SelectAll,
        Self::CopyOutput,
        Self::Remove,
        Self::Start,
        Self::Pause,
        Self::Stop,
        Self::Retry,
        Self::Rescan,
        Self::Reuse,
        Self::Reset,
        Self::Relocate,
        Self::MoveTop,
        Self::MoveUp,
        Self::MoveDown,
        Self::MoveBottom,
        Self::PriorityHigh,
        Self::PriorityNormal,
        Self::PriorityLow,
        Self::Hosts,
        Self::Settings,
        Self::Templates,
        Self::OpenFolder,
        Self::OpenLink,
        Self::Details,
        Self::ThemeSystem,
        Self::ThemeLight,
        Self::ThemeDark,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::ZoomReset,
        Self::Shortcuts,
        Self::About,
    ];

    /// Label, access letter and tooltip.
    pub const fn words(self) -> Words {
        match self {
            Self::AddFolders => texts::ADD_FOLDERS,
            Self::AddImages => texts::ADD_IMAGES,
            Self::OpenDataFolder => texts::OPEN_DATA_FOLDER,
            Self::Quit => texts::QUIT,
            Self::SelectAll => texts::SELECT_ALL,
            Self::CopyOutput => texts::COPY_OUTPUT,
            Self::Remove => texts::REMOVE,
            Self::Start => texts::START,
            Self::Pause => texts::PAUSE,
            Self::Stop => texts::STOP,
            Self::Retry => texts::RETRY,
            Self::Rescan => texts::RESCAN,
            Self::Reuse => texts::REUSE,
            Self::Reset => texts::RESET,
            Self::Relocate => texts::RELOCATE,
            Self::MoveTop => texts::MOVE_TOP,
            Self::MoveUp => texts::MOVE_UP,
            Self::MoveDown => texts::MOVE_DOWN,
            Self::MoveBottom => texts::MOVE_BOTTOM,
            Self::PriorityHigh => texts::PRIORITY_HIGH,
            Self::PriorityNormal => texts::PRIORITY_NORMAL,
            Self::PriorityLow => texts::PRIORITY_LOW,
            Self::Hosts => texts::HOSTS,
            Self::Settings => texts::SETTINGS,
            Self::Templates => texts::TEMPLATES,
            Self::OpenFolder => texts::OPEN_FOLDER,
            Self::OpenLink => texts::OPEN_LINK,
            Self::Details => texts::DETAILS,
            Self::ThemeSystem => texts::THEME_SYSTEM,
            Self::ThemeLight => texts::THEME_LIGHT,
            Self::ThemeDark => texts::THEME_DARK,
            Self::ZoomIn => texts::ZOOM_IN,
            Self::ZoomOut => texts::ZOOM_OUT,
            Self::ZoomReset => texts::ZOOM_RESET,
            Self::Shortcuts => texts::SHORTCUTS,
            Self::About => texts::ABOUT,
        }
    }

    /// The pictogram, and its colour among the tokens.
    pub fn icon(self, palette: &Palette) -> Option<(Icon, egui::Color32)> {
        let ink = &palette.ink;
        Some(match self {
            Self::AddFolders => (Icon::Folder, palette.bar.incomplete),
            Self::Start => (Icon::Play, ink.success),
            Self::Pause => (Icon::Pause, ink.warning),
            Self::Stop => (Icon::Stop, ink.error),
            Self::Retry => (Icon::Retry, ink.info),
            Self::CopyOutput => (Icon::Copy, ink.text),
            Self::Remove => (Icon::Remove, ink.error),
            Self::OpenFolder | Self::OpenDataFolder => (Icon::Folder, ink.secondary),
            Self::About => (Icon::Info, ink.info),
            _ => return None,
        })
    }

    /// The key that gives the command from anywhere in the window.
    pub const fn shortcut(self) -> Option<KeyboardShortcut> {
        let (modifiers, key) = match self {
            Self::AddFolders => (Modifiers::COMMAND, Key::O),
            Self::AddImages => (SHIFTED, Key::O),
            Self::Quit => (Modifiers::COMMAND, Key::Q),
            Self::SelectAll => (Modifiers::COMMAND, Key::A),
            Self::CopyOutput => (Modifiers::COMMAND, Key::C),
            Self::Remove => (Modifiers::NONE, Key::Delete),
            Self::Details => (Modifiers::COMMAND, Key::D),
            Self::ZoomIn => (Modifiers::COMMAND, Key::Plus),
            Self::ZoomOut => (Modifiers::COMMAND, Key::Minus),
            Self::ZoomReset => (Modifiers::COMMAND, Key::Num0),
            Self::Settings => (Modifiers::COMMAND, Key::Comma),
            Self::Shortcuts => (Modifiers::NONE, Key::F1),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// Whether the key belongs to the queue and is left to whatever else has the keyboard.
    pub const fn is_for_rows(self) -> bool {
        matches!(self, Self::SelectAll | Self::CopyOutput | Self::Remove)
    }

    /// Whether it can do anything now.
    pub const fn is_enabled(self, facts: &Facts) -> bool {
        match self {
            Self::Start => facts.can.start,
            Self::Pause => facts.can.pause,
            Self::Stop => facts.can.stop,
            Self::Retry => facts.can.retry,
            Self::SelectAll => facts.total > 0,
            Self::CopyOutput => facts.selected > 0 && facts.can.copy,
            Self::Rescan | Self::Reset => facts.selected > 0 && facts.can.rescan,
            Self::Reuse => facts.can.reuse,
            Self::Relocate => facts.selected == 1 && facts.can.rescan,
            Self::Remove
            | Self::MoveTop
            | Self::MoveUp
            | Self::MoveDown
            | Self::MoveBottom
            | Self::PriorityHigh
            | Self::PriorityNormal
            | Self::PriorityLow => facts.selected > 0,
            Self::OpenFolder => facts.selected == 1,
            Self::OpenLink => facts.selected == 1 && facts.can.open_link,
            _ => true,
        }
    }
}

/// What is true of the queue and the selection in this frame; found in one pass over the rows.
#[derive(Debug, Default)]
pub struct Facts {
    /// Galleries in the queue.
    pub total: usize,
    /// Galleries selected.
    pub selected: usize,
    /// What the commands could do to their target: the selected galleries, or all.
    pub can: Can,
    counts: [usize; GalleryState::ALL.len()],
}

/// What some gallery of the target allows.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one answer per command")]
pub struct Can {
    pub start: bool,
    pub pause: bool,
    pub stop: bool,
    pub retry: bool,
    pub rescan: bool,
    pub reuse: bool,
    pub copy: bool,
    pub open_link: bool,
}

impl Facts {
    /// Looks at everything once; forgets selected galleries that are gone.
    pub fn of(snapshot: &Snapshot, selection: &mut Selection) -> Self {
        let mut facts = Self::gather(snapshot, selection);
        if facts.selected < selection.len() {
            selection.keep_existing(&snapshot.rows);
            facts = Self::gather(snapshot, selection);
        }
        facts
    }

    /// How many galleries are in `state`.
    pub fn count(&self, state: GalleryState) -> usize {
        self.counts.get(state as usize).copied().unwrap_or(0)
    }

    fn gather(snapshot: &Snapshot, selection: &Selection) -> Self {
        let mut facts = Self { total: snapshot.rows.len(), ..Self::default() };
        for row in &snapshot.rows {
            if let Some(count) = facts.counts.get_mut(row.state as usize) {
                *count += 1;
            }
            let chosen = selection.contains(row.id);
            facts.selected += usize::from(chosen);
            if chosen || selection.is_empty() {
                facts.can.learn(row);
            }
        }
        facts
    }
}

impl Can {
    fn learn(&mut self, row: &Row) {
        use GalleryState::{Added, Failed, Incomplete, Missing, Paused, Queued, Ready, Scanning, Uploading};
        let tally = &row.tally;
        let something_left = tally.pending() > 0 || tally.failed == 0;
        self.start |=
            matches!(row.state, Added | Scanning | Ready | Paused) || row.state == Incomplete && something_left;
        self.pause |= matches!(row.state, Added | Scanning | Queued | Uploading);
        self.stop |= matches!(row.state, Added | Scanning | Queued | Uploading | Paused);
        self.retry |= matches!(row.state, Incomplete | Failed | Missing)
            || matches!(row.state, Uploading | Paused) && tally.failed > 0;
        self.rescan |= !matches!(row.state, Added | Scanning | Uploading);
        self.reuse |= row.state == Ready && row.past.before.is_some();
        self.copy |= tally.uploaded > 0;
        self.open_link |= row.link.is_some();
    }
}

#[cfg(test)]
mod tests {
    use super::MenuCommand;
    use std::collections::BTreeSet;

    #[test]
    fn every_access_letter_is_in_its_label() {
        for command in MenuCommand::ALL {
            let words = command.words();
            assert!(words.label.to_uppercase().contains(words.access), "{}", words.label);
            assert!(words.tooltip.ends_with('.'), "{}", words.label);
        }
    }

    #[test]
    fn no_key_gives_two_commands() {
        let keys: Vec<_> = MenuCommand::ALL.into_iter().filter_map(MenuCommand::shortcut).collect();
        let distinct: BTreeSet<_> = keys.iter().map(|key| format!("{key:?}")).collect();
        assert_eq!(keys.len(), distinct.len());
    }
}
