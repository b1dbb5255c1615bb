//! Buttons and menu entries: icon, words and accessible name in one way for the whole window. Decides nothing.

use egui::accesskit::Role;
use egui::text::LayoutJob;
use egui::{
    Atom, Atoms, Button, Color32, ComboBox, Key, KeyboardShortcut, Modifiers, Response, TextEdit, TextFormat,
    TextStyle, Ui, Vec2, WidgetInfo,
};

use super::commands::{Facts, MenuCommand};
use super::icons::Icon;
use super::{texts, theme};

/// A button for `command`; says whether it was pressed.
pub fn command(ui: &mut Ui, command: MenuCommand, facts: &Facts) -> bool {
    let words = command.words();
    let button = plain(command.icon(theme::palette(ui)), words.label);
    let tooltip = match command.shortcut() {
        Some(shortcut) => format!("{} ({})", words.tooltip, keys(ui.ctx(), shortcut)),
        None => words.tooltip.to_owned(),
    };
    ui.add_enabled(command.is_enabled(facts), button)
        .on_hover_text(&tooltip)
        .on_disabled_hover_text(format!("{tooltip}\n{}", texts::NOTHING_TO_DO))
        .clicked()
}

/// The keys of `shortcut` as they are on a keyboard: `Ctrl+,`.
pub fn keys(ctx: &egui::Context, shortcut: KeyboardShortcut) -> String {
    let (words, key) = (ctx.format_shortcut(&shortcut), shortcut.logical_key);
    match (key, words.strip_suffix(key.name())) {
        (Key::Comma | Key::Plus | Key::Minus, Some(before)) => format!("{before}{}", key.symbol_or_name()),
        _ => words,
    }
}

/// A button with an icon.
pub fn plain(icon: Option<(Icon, Color32)>, label: &str) -> Button<'_> {
    let mut atoms = Atoms::default();
    if let Some((icon, color)) = icon {
        atoms.push_right(icon.atom(Some(color)));
    }
    atoms.push_right(label);
    Button::new(atoms).min_size(Vec2::new(0.0, theme::BUTTON_HEIGHT))
}

/// A button at the foot of a dialog.
pub fn dialog(label: &str) -> Button<'_> {
    let label = Atom::from(label);
    Button::new((Atom::grow(), label, Atom::grow())).min_size(Vec2::new(theme::BUTTON_WIDTH, theme::BUTTON_HEIGHT))
}

/// A small cross that puts away what it stands in.
pub fn dismiss(ui: &mut Ui) -> Response {
    let cross = Icon::Cross.atom(Some(theme::palette(ui).ink.secondary));
    named(ui.add(Button::new(cross).frame_when_inactive(false)), texts::DISMISS)
}

/// Gives `response` another accessible name than its text.
pub fn named(response: Response, name: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response
}

/// Gives a text field its accessible name, where no label stands beside it; `text` is what is in it.
pub fn named_field(response: Response, name: &str, text: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, enabled, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    response
}

/// Gives a text of several lines its accessible name.
pub fn named_text(response: Response, name: &str, text: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::MultilineTextInput, enabled, name);
        info.current_text_value = Some(text.to_owned());
        info
    });
    response
}

/// A list of `choices` as wide as there is room, each with what it stands for first; says which other one was picked. `words` are its accessible name
/// and its tooltip.
pub fn list<'a>(
    ui: &mut Ui,
    id: &str,
    (name, tooltip): (&str, &str),
    chosen: &str,
    choices: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    let mut picked = None;
    let width = ui.available_width();
    let list = ComboBox::from_id_salt(id)
        .width(width)
        .height(theme::LIST_HEIGHT_MAX)
        .truncate()
        .selected_text(chosen)
        .show_ui(ui, |ui| {
            for (value, words) in choices {
                let is_chosen = words == chosen;
                if ui.selectable_label(is_chosen, words).clicked() && !is_chosen {
                    picked = Some(value.to_owned());
                }
            }
        });
    let _ = named_list(list.response, name, chosen).on_hover_text(tooltip);
    picked
}

/// Gives a drop-down list its accessible name; `chosen` is what it shows.
pub fn named_list(response: Response, name: &str, chosen: &str) -> Response {
    let enabled = response.enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, name);
        info.current_text_value = Some(chosen.to_owned());
        info
    });
    response
}

/// As wide as a drop-down list in a form has to be for what it shows, and no wider than `ui`.
pub fn list_width(ui: &Ui, shown: &str) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let words = ui.painter().layout_no_wrap(shown.to_owned(), font, Color32::PLACEHOLDER).size().x;
    let spacing = ui.spacing();
    let around = 2.0 * spacing.button_padding.x + spacing.icon_width + spacing.icon_spacing + 2.0;
    (words + around).max(theme::LIST_WIDTH).min(ui.available_width())
}

/// A number in a field that looks like one.
pub fn spin(ui: &mut Ui, field: egui::DragValue<'_>) -> Response {
    ui.scope(|ui| {
        let input = theme::palette(ui).surface.input;
        let widgets = &mut ui.visuals_mut().widgets;
        (widgets.inactive.weak_bg_fill, widgets.hovered.weak_bg_fill) = (input, input);
        ui.add(field)
    })
    .inner
}

/// The two arrows at the right of a number; the keyboard has its own. Says how far the number goes up.
pub fn steps(ui: &mut Ui, field: &Response) -> i32 {
    let palette = theme::palette(ui);
    let size = Vec2::new(theme::ICON, field.rect.height());
    let whole = egui::Rect::from_min_size(field.rect.right_top() - Vec2::new(1.0, 0.0), size);
    ui.advance_cursor_after_rect(whole);
    let (upper, lower) = whole.split_top_bottom_at_fraction(0.5);
    let mut steps = 0;
    for (rect, step) in [(upper, 1), (lower, -1)] {
        let response = ui.interact(rect, field.id.with(step), egui::Sense::CLICK);
        let visuals = if response.hovered() { ui.visuals().widgets.hovered } else { ui.visuals().widgets.inactive };
        ui.painter().rect(rect, 0.0, visuals.weak_bg_fill, visuals.bg_stroke, egui::StrokeKind::Inside);
        let (at, half) = (rect.center(), Vec2::new(3.0, if step > 0 { -1.5 } else { 1.5 }));
        let tip = [at - half, at + Vec2::new(half.x, -half.y), at + Vec2::new(0.0, half.y)];
        ui.painter().add(egui::Shape::convex_polygon(tip.to_vec(), palette.ink.text, egui::Stroke::NONE));
        if response.clicked() {
            steps = step;
        }
    }
    steps
}

/// A field of one line: its text in the middle of its height, and the one accent around it while it has the keyboard.
pub fn line(ui: &mut Ui, edit: TextEdit<'_>) -> Response {
    let response = ui.add(edit.align(egui::Align2::LEFT_CENTER));
    ring(ui, response)
}

/// Shows that `response` has the keyboard, where egui does not.
pub fn ring(ui: &Ui, response: Response) -> Response {
    if response.has_focus() {
        let focus = theme::palette(ui).focus();
        ui.painter().rect_stroke(response.rect, theme::RADIUS_BAR, focus, egui::StrokeKind::Inside);
    }
    response
}

/// An entry of an open menu for `command`; its access letter picks it as well. `checked` is for entries that are on or off.
pub fn entry(ui: &mut Ui, command: MenuCommand, facts: &Facts, checked: Option<bool>) -> bool {
    let words = command.words();
    let palette = theme::palette(ui);
    let icon = match checked {
        Some(true) => Some((Icon::Check, palette.ink.text)),
        _ => command.icon(palette),
    };
    let mark = icon.map_or_else(blank, |(icon, color)| icon.atom(Some(color)));
    let mut button = Button::new((mark, underlined(ui, words.label, words.access)))
        .min_size(Vec2::new(190.0, theme::ROW_HEIGHT - 2.0));
    if let Some(shortcut) = command.shortcut() {
        button = button.shortcut_text(keys(ui.ctx(), shortcut));
    }
    let enabled = command.is_enabled(facts);
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| match checked {
        Some(on) => WidgetInfo::selected(Role::MenuItemCheckBox, enabled, on, words.label),
        None => WidgetInfo::labeled(Role::MenuItem, enabled, words.label),
    });
    let picked = enabled && access_key(words.access).is_some_and(|key| take(ui, Modifiers::NONE, key));
    let picked = response.clicked() || picked;
    if picked {
        egui::Popup::close_all(ui.ctx());
    }
    picked
}

/// An entry of a menu that is no command: on or off. Stays open, so that several can be picked.
pub fn check(ui: &mut Ui, label: &str, on: bool) -> bool {
    let ink = theme::palette(ui).ink.text;
    let mark = if on { Icon::Check.atom(Some(ink)) } else { blank() };
    let response = ui.add(Button::new((mark, label)).min_size(Vec2::new(150.0, theme::ROW_HEIGHT - 2.0)));
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemCheckBox, true, on, label));
    response.clicked()
}

/// An entry of a menu that is no command; picking it closes the menu.
pub fn choice(ui: &mut Ui, label: &str) -> bool {
    let enabled = ui.is_enabled();
    let response = ui.add(Button::new((blank(), label)).min_size(Vec2::new(150.0, theme::ROW_HEIGHT - 2.0)));
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, enabled, label));
    if response.clicked() {
        egui::Popup::close_all(ui.ctx());
    }
    response.clicked()
}

/// An entry that opens a menu beside it.
pub fn submenu(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    let enabled = ui.is_enabled();
    let arrow = egui::containers::menu::SubMenuButton::arrow_atom(None);
    let button = Button::new((blank(), label, Atom::grow(), arrow)).min_size(Vec2::new(190.0, theme::ROW_HEIGHT - 2.0));
    let (response, _) = egui::containers::menu::SubMenuButton::from_button(button).ui(ui, |ui| {
        egui::ScrollArea::vertical().max_height(theme::DIALOG_LIST_HEIGHT).show(ui, content);
    });
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, enabled, label));
}

/// A check box with a visible edge, as it is on paper.
pub fn tick(ui: &mut Ui, on: &mut bool, label: &str) -> Response {
    ui.scope(|ui| {
        let fill = theme::palette(ui).surface.input;
        // Elsewhere this is the handle of a scroll bar.
        ui.visuals_mut().widgets.inactive.bg_fill = fill;
        ui.visuals_mut().widgets.hovered.bg_fill = fill;
        ui.checkbox(on, label)
    })
    .inner
}

/// A tab: pressed in while its page is shown.
pub fn tab(ui: &mut Ui, label: &str, chosen: bool) -> Response {
    let response = ui.add(Button::new(label).selected(chosen).corner_radius(0).frame_when_inactive(true));
    let response = ring(ui, response);
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, label));
    response
}

/// A small button that is nothing but an icon.
pub fn small(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let mark = icon.atom(Some(theme::palette(ui).ink.secondary));
    named(ui.add(Button::new(mark).frame_when_inactive(false)), name).on_hover_text(name)
}

/// `label` with its access letter underlined.
pub fn underlined(ui: &Ui, label: &str, access: char) -> LayoutJob {
    let plain = TextFormat {
        font_id: TextStyle::Button.resolve(ui.style()),
        color: Color32::PLACEHOLDER,
        ..Default::default()
    };
    let line = TextFormat { underline: egui::Stroke::new(1.0, theme::palette(ui).ink.text), ..plain.clone() };
    let mut job = LayoutJob::default();
    let at = label.char_indices().find(|(_, letter)| letter.eq_ignore_ascii_case(&access));
    let (before, letter, after) = match at {
        Some((at, letter)) => {
            let (before, rest) = label.split_at(at);
            let (letter, after) = rest.split_at(letter.len_utf8());
            (before, letter, after)
        }
        None => (label, "", ""),
    };
    for (part, format) in [(before, &plain), (letter, &line), (after, &plain)] {
        if !part.is_empty() {
            job.append(part, 0.0, format.clone());
        }
    }
    job
}

/// The key of an access letter.
pub fn access_key(letter: char) -> Option<Key> {
    Key::from_name(letter.encode_utf8(&mut [0; 4]))
}

/// Takes one press of `key` out of the input, if there was one.
pub fn take(ui: &Ui, modifiers: Modifiers, key: Key) -> bool {
    ui.ctx().input_mut(|input| input.consume_key(modifiers, key))
}

fn blank() -> Atom<'static> {
    use egui::AtomExt as _;
    Atom::default().atom_size(Vec2::splat(theme::ICON))
}
