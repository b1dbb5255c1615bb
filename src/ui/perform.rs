//! What each command of the one list does: most push an action, some change what the window itself remembers.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Context, ThemePreference};

use super::columns::Columns;
use super::commands::MenuCommand;
use super::dialogs::{About, Dialog, NameTab, Question, Settings, Shortcuts, Statistics};
use super::palette::CommandPalette;
use super::panels::Panels;
use super::table::Edit;
use super::{Action, Ui, ZOOM_STEP, tabs, texts, theme};
use crate::core::gallery::Priority;
use crate::core::{Column, Command, Direction, GalleryId, GalleryState, Scene, Selection, Tab, TabId};

impl Ui {
    pub(super) fn perform(&mut self, ctx: &Context, command: MenuCommand, scene: &Scene, actions: &mut Vec<Action>) {
        // With a filter all means all that is shown.
        let filtered = || (!self.wanted.is_everything()).then(|| (**scene.shown()).clone());
        let target = || self.selection.or_all().or_else(filtered);
        let zoom = ctx.zoom_factor();
        let mut ask = |command| actions.push(Action::Ask(command));
        match command {
            MenuCommand::AddFolders => actions.push(Action::PickFolders),
            MenuCommand::AddImages => actions.push(Action::PickImages),
            MenuCommand::Import => actions.push(Action::PickOld),
            MenuCommand::OpenDataFolder => actions.push(Action::OpenDataFolder),
            MenuCommand::Quit => actions.push(Action::Quit),
            MenuCommand::SelectAll => self.selection.all(scene),
            MenuCommand::CopyOutput => ask(Command::Output(self.selection.ids().iter().copied().collect())),
            MenuCommand::Rename => self.edit_name(scene),
            MenuCommand::Remove => self.ask_remove(scene, &Arc::clone(self.selection.ids())),
            MenuCommand::ClearCompleted => self.ask_remove(scene, &Arc::new(completed(scene))),
            MenuCommand::NewTab => self.dialogs.open(Dialog::NameTab(NameTab::new())),
            MenuCommand::RenameTab => self.ask_tab_name(scene),
            MenuCommand::CloseTab => self.close_tab(scene, actions),
            MenuCommand::MergeInto(into) => self.ask_merge(scene, into),
            MenuCommand::NextTab => self.show_tab(tabs::beside(scene, self.wanted.tab, false)),
            MenuCommand::PreviousTab => self.show_tab(tabs::beside(scene, self.wanted.tab, true)),
            MenuCommand::Start => ask(Command::Start(asked(target()))),
            MenuCommand::Pause => ask(Command::Pause(asked(target()))),
            MenuCommand::Stop => ask(Command::Stop(asked(target()))),
            MenuCommand::Retry => ask(Command::Retry(asked(target()))),
            MenuCommand::Rescan => ask(Command::Rescan(self.selected())),
            MenuCommand::Reuse => ask(Command::Reuse(asked(target()))),
            MenuCommand::Reset => self.ask_reset(),
            MenuCommand::Relocate => actions.extend(self.selection.single().map(Action::Relocate)),
            MenuCommand::MoveTop => self.move_to(Direction::Top, actions),
            MenuCommand::MoveUp => self.move_to(Direction::Up, actions),
            MenuCommand::MoveDown => self.move_to(Direction::Down, actions),
            MenuCommand::MoveBottom => self.move_to(Direction::Bottom, actions),
            MenuCommand::PriorityHigh => self.prefer(Priority::High, actions),
            MenuCommand::PriorityNormal => self.prefer(Priority::Normal, actions),
            MenuCommand::PriorityLow => self.prefer(Priority::Low, actions),
            MenuCommand::Hosts => self.dialogs.open(Dialog::Hosts(Box::default())),
            MenuCommand::Settings => self.dialogs.open(Dialog::Settings(Box::default())),
            MenuCommand::Statistics => self.dialogs.open(Dialog::Statistics(Statistics::default())),
            MenuCommand::Templates => self.dialogs.open(Dialog::Templates(Box::default())),
            MenuCommand::Limits => {
                self.dialogs.open(Dialog::Settings(Box::new(Settings::at(texts::settings::NETWORK))));
            }
            MenuCommand::FileManagerAdd => ask(Command::Integrate(Some(true))),
            MenuCommand::FileManagerRemove => ask(Command::Integrate(Some(false))),
            MenuCommand::OpenFolder => actions.extend(self.selection.single().map(Action::OpenFolder)),
            MenuCommand::OpenLink => actions.extend(self.selection.single().map(Action::OpenLink)),
            MenuCommand::Panel(panel) => self.panels.set_shown(panel, !self.panels.is_shown(panel)),
            MenuCommand::ResetLayout => {
                self.panels = Panels::default();
                self.columns = Columns::default();
            }
            MenuCommand::Search => self.eye.find = true,
            MenuCommand::Palette => self.palette = Some(CommandPalette::default()),
            MenuCommand::ThemeSystem => ctx.set_theme(ThemePreference::System),
            MenuCommand::ThemeLight => ctx.set_theme(ThemePreference::Light),
            MenuCommand::ThemeDark => ctx.set_theme(ThemePreference::Dark),
            MenuCommand::ZoomIn => zoom_to(ctx, zoom + ZOOM_STEP),
            MenuCommand::ZoomOut => zoom_to(ctx, zoom - ZOOM_STEP),
            MenuCommand::ZoomReset => zoom_to(ctx, 1.0),
            MenuCommand::Guide => self.dialogs.open(Dialog::Guide(Box::default())),
            MenuCommand::Shortcuts => self.dialogs.open(Dialog::Shortcuts(Shortcuts::default())),
            MenuCommand::About => self.dialogs.open(Dialog::About(About::default())),
        }
    }

    fn selected(&self) -> Selection {
        Selection::of(self.selection.ids().iter().copied())
    }

    fn move_to(&self, direction: Direction, actions: &mut Vec<Action>) {
        actions.push(Action::Ask(Command::Move(self.selected(), direction)));
    }

    fn prefer(&self, priority: Priority, actions: &mut Vec<Action>) {
        actions.push(Action::Ask(Command::SetPriority(self.selected(), priority)));
    }

    /// In its cell, which is brought into view.
    fn edit_name(&mut self, scene: &Scene) {
        if let Some(row) = self.selection.single().and_then(|id| scene.row(id)) {
            if !self.columns.visible().any(|shown| shown.column == Column::Name) {
                self.columns.toggle(Column::Name);
            }
            self.edit = Edit::new(row, Column::Name);
            self.eye.reveal = Some(row.id);
        }
    }

    pub(super) fn show_tab(&mut self, tab: Option<TabId>) {
        self.wanted.tab = tab;
        self.selection.clear();
    }

    fn ask_tab_name(&mut self, scene: &Scene) {
        let tab = scene.snapshot.tabs.iter().find(|tab| Some(tab.id) == self.wanted.tab);
        if let Some(tab) = tab {
            self.dialogs.open(Dialog::NameTab(NameTab::rename(tab.id, tab.name.clone())));
        }
    }

    /// Asks first when there are galleries in it.
    fn close_tab(&mut self, scene: &Scene, actions: &mut Vec<Action>) {
        let tabs = &scene.snapshot.tabs;
        let Some(tab) = tabs.iter().find(|tab| Some(tab.id) == self.wanted.tab) else { return };
        let into = tabs.iter().find(|tab| tab.id == TabId::MAIN).map_or(Tab::MAIN_NAME, |tab| tab.name.as_str());
        match scene.counts.tabs.get(&tab.id).copied().unwrap_or(0) {
            0 => actions.push(Action::Ask(Command::DeleteTab { tab: tab.id, into: TabId::MAIN })),
            count => {
                let question = texts::close_tab_question(&tab.name, count, into);
                let delete = Action::Ask(Command::DeleteTab { tab: tab.id, into: TabId::MAIN });
                let question = Question::new(texts::CLOSE_TAB_TITLE, vec![question], texts::CLOSE_TAB_YES, delete);
                self.dialogs.ask(question);
            }
        }
    }

    fn ask_merge(&mut self, scene: &Scene, into: TabId) {
        let Some(tab) = self.wanted.tab else { return };
        let name = |id| scene.snapshot.tabs.iter().find(|tab| tab.id == id).map_or("", |tab| &tab.name);
        let count = scene.counts.tabs.get(&tab).copied().unwrap_or(0);
        let lines = vec![texts::merge_tab_question(name(tab), count, name(into))];
        let merge = Action::Ask(Command::DeleteTab { tab, into });
        self.dialogs.ask(Question::new(texts::MERGE_TAB_TITLE, lines, texts::MERGE_TAB_YES, merge));
    }

    /// Galleries of the tab that is shown go to another one, which is shown from now on.
    pub(super) fn follow_galleries(&mut self, asked: &[Action]) {
        for action in asked {
            if let Action::Ask(Command::DeleteTab { tab, into }) = action
                && self.wanted.tab == Some(*tab)
            {
                self.show_tab(Some(*into));
            }
        }
    }

    fn ask_remove(&mut self, scene: &Scene, ids: &BTreeSet<GalleryId>) {
        let first = ids.iter().find_map(|id| scene.row(*id)).map(|row| row.name.clone()).unwrap_or_default();
        let lines = vec![texts::remove_question(ids.len(), &first), texts::REMOVE_STAYS.to_owned()];
        let these = Selection::of(ids.iter().copied());
        let forget = Action::Ask(Command::Forget(these.clone()));
        let remove = Action::Ask(Command::Remove(these));
        let question = Question::new(texts::REMOVE_TITLE, lines, texts::REMOVE_YES, remove);
        self.dialogs.ask(question.with(texts::REMOVE_HISTORY, texts::REMOVE_HISTORY_WHAT, forget));
    }

    fn ask_reset(&mut self) {
        let (lines, reset) = (vec![texts::reset_question(self.selection.len())], Command::Reset(self.selected()));
        let question = Question::new(texts::RESET_TITLE, lines, texts::RESET_YES, Action::Ask(reset));
        self.dialogs.ask(question.grave());
    }
}

/// What is shown and completed.
fn completed(scene: &Scene) -> BTreeSet<GalleryId> {
    let shown = (0..scene.len()).filter_map(|place| scene.shown_at(place));
    shown.filter(|(_, row)| row.state == GalleryState::Completed).map(|(_, row)| row.id).collect()
}

fn asked(ids: Option<BTreeSet<GalleryId>>) -> Selection {
    Selection { ids, state: None }
}

fn zoom_to(ctx: &Context, factor: f32) {
    let steps = (factor / ZOOM_STEP).round() * ZOOM_STEP;
    ctx.set_zoom_factor(steps.clamp(*theme::ZOOM.start(), *theme::ZOOM.end()));
}
