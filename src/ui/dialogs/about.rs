//! Says what this program is.

use egui::{Context, RichText};

use super::{close, foot, frame};
use crate::ui::{icons, texts, theme};

/// Version and licence.
#[derive(Default)]
pub struct About {
    ready: bool,
}

impl About {
    pub fn show(&mut self, ctx: &Context) -> bool {
        let closed = frame(ctx, texts::ABOUT.label, |ui| {
            let palette = theme::palette(ui);
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(theme::ICON_LARGE), egui::Sense::hover());
                icons::logo(ui.painter(), rect);
                ui.add_space(theme::GAP);
                ui.vertical(|ui| {
                    ui.label(RichText::new(texts::ABOUT_ICON).heading());
                    ui.label(texts::version());
                    ui.label(texts::ABOUT_WHAT);
                    ui.label(RichText::new(texts::ABOUT_LICENCE).color(palette.ink.secondary));
                });
            });
            foot(ui, |ui| close(ui, !std::mem::replace(&mut self.ready, true)))
        });
        closed == Some(false)
    }
}
