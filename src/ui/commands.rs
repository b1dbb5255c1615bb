//! The one list of commands: menu bar, toolbar, row menu and keys all take their words, icons, keys and rules from here.

use std::sync::Arc;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::icons::Icon;
use super::panels::Panel;
use super::selection::Selection;
use super::texts::{self, Words};
use super::theme::Palette;
use crate::core::scene::Can;
use crate::core::{GalleryState, Scene, TabId};

/// Ctrl and Shift.
const SHIFTED: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// Everything that has a place in a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuCommand {
    AddFolders,
    AddImages,
    Import,
    OpenDataFolder,
    Quit,
    SelectAll,
    CopyOutput,
    Rename,
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
    ClearCompleted,
    NewTab,
    RenameTab,
    CloseTab,
    /// The tab that is shown gives its galleries to that one and is gone. Only in menus, one entry for each tab there is.
    MergeInto(TabId),
    NextTab,
    PreviousTab,
    Hosts,
    Settings,
    Templates,
    Statistics,
    Limits,
    FileManagerAdd,
    FileManagerRemove,
    OpenFolder,
    OpenLink,
    Panel(Panel),
    ResetLayout,
    Search,
    Palette,
    ThemeSystem,
    ThemeLight,
    ThemeDark,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Guide,
    Shortcuts,
    About,
}

impl MenuCommand {
    /// Every command, in the order of the menus.
    pub const ALL: [Self; 58] = [
        Self::AddFolders,
        Self::AddImages,
        Self::Import,
        Self::OpenDataFolder,
        Self::Quit,
        Self::SelectAll,
        Self::CopyOutput,
        Self::Rename,
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
        Self::ClearCompleted,
        Self::NewTab,
        Self::RenameTab,
        Self::CloseTab,
        Self::NextTab,
        Self::PreviousTab,
        Self::Hosts,
        Self::Settings,
        Self::Templates,
        Self::Statistics,
        Self::Limits,
        Self::FileManagerAdd,
        Self::FileManagerRemove,
        Self::OpenFolder,
        Self::OpenLink,
        Self::Palette,
        Self::Search,
        Self::Panel(Panel::Filters),
        Self::Panel(Panel::Quick),
        Self::Panel(Panel::Hosts),
        Self::Panel(Panel::Details),
        Self::Panel(Panel::Progress),
        Self::Panel(Panel::Speed),
        Self::Panel(Panel::Log),
        Self::ResetLayout,
        Self::ThemeSystem,
        Self::ThemeLight,
        Self::ThemeDark,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::ZoomReset,
        Self::Guide,
        Self::Shortcuts,
        Self::About,
    ];

    /// Label, access letter and tooltip.
    pub const fn words(self) -> Words {
        match self {
            Self::AddFolders => texts::ADD_FOLDERS,
            Self::AddImages => texts::ADD_IMAGES,
            Self::Import => texts::IMPORT_OLD,
            Self::OpenDataFolder => texts::OPEN_DATA_FOLDER,
            Self::Quit => texts::QUIT,
            Self::SelectAll => texts::SELECT_ALL,
            Self::CopyOutput => texts::COPY_OUTPUT,
            Self::Rename => texts::RENAME,
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
            Self::ClearCompleted => texts::CLEAR_COMPLETED,
            Self::NewTab => texts::NEW_TAB,
            Self::RenameTab => texts::RENAME_TAB,
            Self::CloseTab => texts::CLOSE_TAB,
            Self::MergeInto(_) => texts::MERGE_TAB,
            Self::NextTab => texts::NEXT_TAB,
            Self::PreviousTab => texts::PREVIOUS_TAB,
            Self::Hosts => texts::HOSTS,
            Self::Settings => texts::SETTINGS,
            Self::Templates => texts::TEMPLATES,
            Self::Statistics => texts::STATISTICS,
            Self::Limits => texts::LIMITS,
            Self::FileManagerAdd => texts::FILE_MANAGER_ADD,
            Self::FileManagerRemove => texts::FILE_MANAGER_REMOVE,
            Self::OpenFolder => texts::OPEN_FOLDER,
            Self::OpenLink => texts::OPEN_LINK,
            Self::Panel(panel) => texts::panel(panel),
            Self::ResetLayout => texts::RESET_LAYOUT,
            Self::Search => texts::SEARCH,
            Self::Palette => texts::PALETTE,
            Self::ThemeSystem => texts::THEME_SYSTEM,
            Self::ThemeLight => texts::THEME_LIGHT,
            Self::ThemeDark => texts::THEME_DARK,
            Self::ZoomIn => texts::ZOOM_IN,
            Self::ZoomOut => texts::ZOOM_OUT,
            Self::ZoomReset => texts::ZOOM_RESET,
            Self::Guide => texts::GUIDE,
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
            Self::Rename => (Modifiers::NONE, Key::F2),
            Self::Remove => (Modifiers::NONE, Key::Delete),
            Self::NewTab => (Modifiers::COMMAND, Key::T),
            Self::CloseTab => (Modifiers::COMMAND, Key::W),
            Self::NextTab => (Modifiers::COMMAND, Key::Tab),
            Self::PreviousTab => (SHIFTED, Key::Tab),
            Self::Panel(Panel::Details) => (Modifiers::COMMAND, Key::D),
            Self::Search => (Modifiers::COMMAND, Key::F),
            Self::Palette => (SHIFTED, Key::P),
            Self::ZoomIn => (Modifiers::COMMAND, Key::Plus),
            Self::ZoomOut => (Modifiers::COMMAND, Key::Minus),
            Self::ZoomReset => (Modifiers::COMMAND, Key::Num0),
            Self::Settings => (Modifiers::COMMAND, Key::Comma),
            Self::Guide => (Modifiers::NONE, Key::F1),
            _ => return None,
        };
        Some(KeyboardShortcut::new(modifiers, key))
    }

    /// Whether the key belongs to the queue and is left to whatever else has the keyboard.
    pub const fn is_for_rows(self) -> bool {
        matches!(self, Self::SelectAll | Self::CopyOutput | Self::Rename | Self::Remove)
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
            Self::OpenFolder | Self::Rename => facts.selected == 1,
            Self::ClearCompleted => facts.completed > 0,
            Self::RenameTab => facts.tab.is_some(),
            Self::CloseTab | Self::MergeInto(_) => facts.can_close_tab(),
            Self::OpenLink => facts.selected == 1 && facts.can.open_link,
            _ => true,
        }
    }
}

/// What is true of the queue and the selection in this frame.
#[derive(Debug, Default)]
pub struct Facts {
    /// Galleries in the queue.
    pub total: usize,
    /// Galleries selected.
    pub selected: usize,
    /// What the commands could do to their target: the selected galleries, or all that are shown.
    pub can: Can,
    /// Galleries of the tab that are completed.
    pub completed: usize,
    /// The tab that is looked at; `None` is all of them.
    pub tab: Option<TabId>,
}

/// Up to so many selected galleries are looked at in every frame; more of them where the scene is made.
pub const LOOKED_AT_MAX: usize = 200;

impl Facts {
    /// Forgets selected galleries that are gone.
    pub fn of(scene: &Scene, selection: &mut Selection) -> Self {
        let few = selection.len() <= LOOKED_AT_MAX;
        if few {
            selection.keep_existing(scene);
        } else if Arc::ptr_eq(selection.ids(), &scene.wanted.selected) {
            // Looking for each of so many would take as long as a frame may; that was done where the scene was made.
            selection.keep(&scene.selected);
        }
        let mut can = scene.can;
        if few && !selection.is_empty() {
            can = Can::default();
            selection.ids().iter().filter_map(|id| scene.row(*id)).for_each(|row| can.learn(row));
        }
        let completed = scene.counts.of(GalleryState::Completed);
        Self { total: scene.snapshot.rows.len(), selected: selection.len(), can, completed, tab: scene.wanted.tab }
    }

    /// The first tab is always there.
    const fn can_close_tab(&self) -> bool {
        matches!(self.tab, Some(tab) if tab.0 != TabId::MAIN.0)
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
