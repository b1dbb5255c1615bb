//! What went wrong with the selected gallery, whole and ready to be copied: folded until somebody wants to know.

use std::fmt::Write as _;

use egui::{CollapsingHeader, Label, RichText, TextStyle, Ui};

use crate::core::{GalleryState, Image, ImageState, Row, Snapshot};
use crate::ui::{Action, button, texts, theme};

/// So many images are named.
const IMAGES_MAX: usize = 50;
/// Higher than this it scrolls, in points.
const HEIGHT_MAX: f32 = 140.0;
/// Or than this, where the panel is low: the tabs below stay in sight.
const HEIGHT_MIN: f32 = 30.0;
/// Space for the tabs and what is in them, in points.
const BELOW: f32 = 90.0;

pub fn fold(ui: &mut Ui, row: &Row, snapshot: &Snapshot, actions: &mut Vec<Action>) {
    let failed = matches!(row.state, GalleryState::Failed | GalleryState::Incomplete | GalleryState::Missing);
    if !failed && row.tally.failed == 0 && row.post.trouble.is_none() {
        return;
    }
    let title = RichText::new(texts::TROUBLE_TITLE);
    let fold = CollapsingHeader::new(title).id_salt(("trouble", row.id)).show(ui, |ui| {
        let report = report(row, snapshot);
        if ui.add(button::dialog(texts::TROUBLE_COPY)).clicked() {
            actions.push(Action::CopyText(report.clone()));
        }
        let height = (ui.available_height() - BELOW).clamp(HEIGHT_MIN, HEIGHT_MAX);
        egui::ScrollArea::vertical().max_height(height).min_scrolled_height(0.0).show(ui, |ui| {
            let words = RichText::new(&report).text_style(TextStyle::Monospace).color(theme::palette(ui).ink.text);
            ui.add(Label::new(words).wrap().selectable(true));
        });
    });
    button::ring(ui, fold.header_response);
}

/// For a person who helps, or a search box.
fn report(row: &Row, snapshot: &Snapshot) -> String {
    let mut report = format!(
        "{}\n{}\n{}: {}\n{}: {}\n",
        texts::version(),
        row.name,
        row.host,
        texts::state(row.state),
        row.path.display(),
        snapshot.reason(row)
    );
    let details = snapshot.details.as_deref().filter(|details| details.id == row.id);
    let failed = || {
        let images = details.map(|details| details.images.as_slice()).unwrap_or_default();
        images.iter().filter(|image| matches!(image.state, ImageState::Failed(_)))
    };
    for image in failed().take(IMAGES_MAX) {
        let _ = writeln!(report, "{}", of_image(image)); // Writing into a text cannot fail.
    }
    let more = failed().count().saturating_sub(IMAGES_MAX);
    if more > 0 {
        report.push_str(&texts::more_images(more));
    }
    report
}

fn of_image(image: &Image) -> String {
    let kind = if let ImageState::Failed(fault) = &image.state { fault.kind.name() } else { "" };
    format!("{} ({kind}, {}): {}", image.name(), texts::attempts(image.attempts), image.state.reason())
}
