//! The templates: the built-in ones and the person's own on the left; on the right the text of the chosen one and what it makes.

use std::collections::BTreeMap;

use egui::{Context, ScrollArea, TextEdit, Ui};

use super::form;
use super::list::{self, Entry};
use super::template_editor::Editor;
use super::template_preview::Preview;
use super::{Answer, Matter, columns, drops, foot_wide, frame_wide};
use crate::core::{Command, GalleryState, Reply, Row, Selection, Snapshot, TemplateChange, TemplateRow};
use crate::template::{PLACEHOLDERS, Scope, completions};
use crate::ui::icons::Icon;
use crate::ui::texts::templates as texts;
use crate::ui::{Action, button, theme};

/// The share of the page that the text has; the preview has the rest.
const EDITOR_SHARE: f32 = 0.5;

/// The dialog of templates.
#[derive(Default)]
pub struct Templates {
    is_listed: bool,
    chosen: String,
    /// What is being changed, by the name in the list.
    drafts: BTreeMap<String, Draft>,
    preview: Preview,
    said: Option<(String, bool)>,
    asks: bool,
    /// Saved as this, and to be chosen when it is there.
    saved: Option<String>,
    again: Again,
}

/// The output of galleries whose template was changed.
#[derive(Default)]
struct Again {
    /// This is being saved.
    saving: Option<String>,
    /// This was saved: what it has made may be made anew.
    offered: Option<String>,
}

/// A template that is open.
struct Draft {
    name: String,
    editor: Editor,
    /// What is stored.
    stored: String,
}

/// What the buttons want.
#[derive(Clone, Copy)]
enum Pressed {
    Nothing,
    Close,
    Save,
    Copy,
    Delete,
    RenderAgain,
}

impl Draft {
    fn of(row: &TemplateRow) -> Self {
        Self { name: row.name.clone(), editor: Editor::new(&row.text), stored: row.text.to_string() }
    }

    fn is_changed(&self) -> bool {
        self.editor.text != self.stored
    }
}

impl Templates {
    pub fn show(&mut self, ctx: &Context, snapshot: &Snapshot, actions: &mut Vec<Action>) -> bool {
        if !std::mem::replace(&mut self.is_listed, true) {
            ask(TemplateChange::List, actions);
        }
        if let Some(files) = drops(ctx, texts::TEMPLATE_DROP) {
            ask(TemplateChange::Import(files), actions);
        }
        if let Some(name) = self.saved.take_if(|name| snapshot.templates.iter().any(|row| row.name == *name)) {
            self.chosen = name;
        }
        let pressed = frame_wide(ctx, texts::TEMPLATES_TITLE, |ui| {
            let mut again = false;
            columns(ui, |side| {
                if side.is_left {
                    self.list(side.ui, snapshot);
                } else if let Some(row) = snapshot.templates.iter().find(|row| row.name == self.chosen) {
                    again = side.ui.push_id(&row.name, |ui| self.page(ui, row, snapshot)).inner;
                }
            });
            let pressed = self.foot(ui, snapshot);
            if again { Pressed::RenderAgain } else { pressed }
        });
        self.pressed(pressed, snapshot, actions)
    }

    /// What became of a change.
    pub fn answered(&mut self, matter: &Matter, answer: &Answer) -> bool {
        if !matches!(matter, Matter::Templates | Matter::RenderAgain) {
            return false;
        }
        match answer {
            Ok(Reply::Changed(galleries)) => self.said = Some((texts::rendered_again(galleries.len()), false)),
            Ok(Reply::Templates(done)) => {
                self.again.offered = self.again.saving.take().or(self.again.offered.take());
                if !done.words.is_empty() {
                    self.said = Some((done.words.clone(), false));
                }
                // What is stored now is no draft any more.
                self.drafts.retain(|_, draft| {
                    let same = |row: &TemplateRow| row.name == draft.name && *row.text == *draft.editor.text;
                    !done.templates.iter().any(same)
                });
            }
            Ok(_) => {}
            Err(refusal) => {
                self.saved = None;
                self.again.saving = None;
                self.said = Some((refusal.words.clone(), true));
            }
        }
        true
    }

    fn list(&mut self, ui: &mut Ui, snapshot: &Snapshot) {
        let ink = &theme::palette(ui).ink;
        let entry = |row: &TemplateRow| {
            let is_changed = self.drafts.get(&row.name).is_some_and(Draft::is_changed);
            let state = match (is_changed, row.is_own) {
                (true, _) => texts::TEMPLATE_CHANGED,
                (false, true) => texts::TEMPLATE_OWN,
                (false, false) => "",
            };
            let mark = row.trouble.is_some().then_some((Icon::Warning, ink.warning));
            Entry { key: row.name.clone(), label: row.name.clone(), state: state.to_owned(), mark }
        };
        let entries: Vec<_> = snapshot.templates.iter().map(entry).collect();
        if list::show(ui, texts::TEMPLATES_LIST, &entries, &mut self.chosen) {
            self.said = None;
            self.asks = false;
        }
    }

    /// Says whether the galleries of the template are to get their output anew.
    fn page(&mut self, ui: &mut Ui, row: &TemplateRow, snapshot: &Snapshot) -> bool {
        let draft = self.drafts.entry(row.name.clone()).or_insert_with(|| Draft::of(row));
        if !draft.is_changed() && *row.text != *draft.stored {
            *draft = Draft::of(row);
        }
        ui.horizontal(|ui| {
            let label = ui.label(texts::TEMPLATE_NAME).id;
            let width = theme::FIELD_WIDTH.min(ui.available_width() - theme::LIST_WIDTH / 2.0);
            button::line(ui, TextEdit::singleline(&mut draft.name).desired_width(width)).labelled_by(label);
            insert_menu(ui, &mut draft.editor);
        });
        form::note(ui, if row.words.is_empty() { texts::TEMPLATE_OWN_WHAT } else { row.words });
        let again = self.again.offered.as_ref() == Some(&row.name) && offer(ui, made_with(&row.name, snapshot).count());
        let height = ui.available_height();
        let editor = height * EDITOR_SHARE;
        let area = ScrollArea::vertical().id_salt("text").max_height(editor).auto_shrink([false, false]);
        area.show(ui, |ui| draft.editor.show(ui, editor));
        if !draft.editor.is_good() {
            ScrollArea::vertical()
                .id_salt("problems")
                .max_height(height * 0.16)
                .auto_shrink([false, true])
                .show(ui, |ui| draft.editor.problems(ui));
        }
        self.preview.look(&row.name, draft.editor.template(), draft.editor.revision(), snapshot);
        preview(ui, &self.preview);
        again
    }

    fn foot(&self, ui: &mut Ui, snapshot: &Snapshot) -> Pressed {
        let draft = self.drafts.get(&self.chosen);
        let is_own = snapshot.templates.iter().any(|row| row.name == self.chosen && row.is_own);
        let can_save = draft.is_some_and(|draft| {
            !draft.name.trim().is_empty() && (draft.is_changed() || draft.name.trim() != self.chosen)
        });
        let button = |ui: &mut Ui, can: bool, label: &str, tooltip: &str, what: Pressed| {
            ui.add_enabled(can, button::dialog(label)).on_hover_text(tooltip).clicked().then_some(what)
        };
        let left = |ui: &mut Ui| {
            let copy = button(ui, draft.is_some(), texts::TEMPLATE_COPY, texts::TEMPLATE_COPY_WHAT, Pressed::Copy);
            let delete = button(ui, is_own, texts::TEMPLATE_DELETE, texts::TEMPLATE_DELETE_WHAT, Pressed::Delete);
            match &self.said {
                Some((words, true)) => form::wrong(ui, words),
                Some((words, false)) => form::note(ui, words),
                None => {}
            }
            copy.or(delete)
        };
        let (left, right) = foot_wide(ui, left, |ui| {
            let save = button(ui, can_save, texts::TEMPLATE_SAVE, texts::TEMPLATE_SAVE_WHAT, Pressed::Save);
            let close = if self.asks { texts::TEMPLATE_DISCARD } else { texts::CLOSE };
            save.or(ui.add(button::dialog(close)).clicked().then_some(Pressed::Close))
        });
        left.or(right).unwrap_or(Pressed::Nothing)
    }

    fn pressed(&mut self, pressed: Option<Pressed>, snapshot: &Snapshot, actions: &mut Vec<Action>) -> bool {
        match pressed {
            Some(Pressed::Nothing) => {}
            Some(Pressed::Close) | None => {
                let unsaved: Vec<_> = self.drafts.iter().filter(|(_, draft)| draft.is_changed()).collect();
                if unsaved.is_empty() || self.asks {
                    return false;
                }
                let names: Vec<_> = unsaved.iter().map(|(name, _)| name.as_str()).collect();
                self.said = Some((texts::unsaved(&names), true));
                self.asks = true;
            }
            Some(Pressed::Save) => {
                if let Some(draft) = self.drafts.get(&self.chosen) {
                    let (name, text) = (draft.name.trim().to_owned(), draft.editor.text.clone());
                    self.saved = Some(name.clone());
                    self.again.saving = Some(name.clone());
                    ask(TemplateChange::Save { name, text }, actions);
                }
            }
            Some(Pressed::RenderAgain) => {
                let galleries = Selection::of(made_with(&self.chosen, snapshot).map(|row| row.id));
                self.again.offered = None;
                actions.push(Action::AskAbout(Matter::RenderAgain, Command::RenderAgain(galleries)));
            }
            Some(Pressed::Copy) => {
                if let Some(draft) = self.drafts.get(&self.chosen) {
                    let is_free = |name: &String| snapshot.templates.iter().all(|row| row.name != *name);
                    let names = (1..).map(|number| texts::copy_of(&self.chosen, number));
                    let name = names.take(snapshot.templates.len() + 1).find(is_free).unwrap_or_default();
                    let text = draft.editor.text.clone();
                    self.saved = Some(name.clone());
                    ask(TemplateChange::Save { name, text }, actions);
                }
            }
            Some(Pressed::Delete) => {
                self.drafts.remove(&self.chosen);
                ask(TemplateChange::Delete(self.chosen.clone()), actions);
            }
        }
        true
    }
}

/// The galleries that have output of the template of that name.
fn made_with<'s>(name: &'s str, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Row> {
    let usual = &snapshot.settings.output.template;
    let rows = snapshot.rows.iter().map(|row| &**row);
    rows.filter(move |row| {
        matches!(row.state, GalleryState::Completed | GalleryState::Incomplete)
            && row.tally.uploaded > 0
            && row.post.template.as_ref().unwrap_or(usual) == name
    })
}

/// Says how many galleries show the old text, and asks whether they are to show the new one.
fn offer(ui: &mut Ui, count: usize) -> bool {
    if count == 0 {
        return false;
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(texts::made_with_it(count));
        ui.add(button::dialog(texts::RENDER_AGAIN)).on_hover_text(texts::RENDER_AGAIN_WHAT).clicked()
    })
    .inner
}

fn ask(change: TemplateChange, actions: &mut Vec<Action>) {
    actions.push(Action::AskAbout(Matter::Templates, Command::Templates(change)));
}

/// Everything that can be written, to pick from.
fn insert_menu(ui: &mut Ui, editor: &mut Editor) {
    ui.menu_button(texts::TEMPLATE_INSERT, |ui| {
        let mut picked = None;
        for (scope, title) in [
            (Scope::Gallery, texts::INSERT_GALLERY),
            (Scope::Image, texts::INSERT_IMAGE),
            (Scope::Link, texts::INSERT_LINK),
            (Scope::Failed, texts::INSERT_FAILED),
        ] {
            ui.menu_button(title, |ui| {
                ScrollArea::vertical().max_height(theme::DIALOG_LIST_HEIGHT).show(ui, |ui| {
                    for entry in PLACEHOLDERS.iter().filter(|entry| entry.scope == scope) {
                        let text = format!("#{}#", entry.name);
                        if ui.button(format!("{text}   {}", entry.words)).clicked() {
                            picked = Some((text.clone(), text.len()));
                        }
                    }
                });
            });
        }
        ui.menu_button(texts::INSERT_BLOCK, |ui| {
            for offer in completions("[", 1) {
                if ui.button(format!("{}   {}", offer.text, offer.words)).clicked() {
                    picked = Some((offer.text, offer.cursor));
                }
            }
        });
        if let Some((text, cursor)) = picked {
            editor.insert(&text, cursor);
            egui::Popup::close_all(ui.ctx());
        }
    });
}

/// What the template makes; it can be marked and copied.
fn preview(ui: &mut Ui, preview: &Preview) {
    let of = preview.gallery.as_deref().unwrap_or(texts::PREVIEW_SAMPLE);
    ui.add_space(theme::GAP);
    form::note(ui, &texts::preview_of(of, preview.is_short, &preview.title));
    // The edge stays when what is in it scrolls.
    theme::palette(ui).well().inner_margin(0).show(ui, |ui| {
        let height = ui.available_height() - theme::GAP / 2.0;
        ScrollArea::vertical().id_salt("preview").max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            let mut text = preview.text.as_str();
            let edit = TextEdit::multiline(&mut text).font(egui::TextStyle::Monospace).desired_width(f32::INFINITY);
            let edit = edit.frame(egui::Frame::NONE.inner_margin(theme::CELL_PAD));
            let response = ui.add(edit.min_size(egui::vec2(0.0, height)));
            button::named_text(button::ring(ui, response), texts::PREVIEW, &preview.text);
        });
    });
}
