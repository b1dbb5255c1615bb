//! Letters that the program's own fonts do not have come from the fonts of the system. A system without fonts is no reason to end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::Context;
use eframe::egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};
use egui_system_font_provider::SystemFontProvider;

/// Lets `context` draw with them. They are looked for on a thread of their own.
pub fn provide(context: &Context) {
    let fonts = SystemFonts { provider: SystemFontProvider::new(), has_failed: AtomicBool::new(false) };
    context.add_font_provider(Arc::new(fonts));
}

struct SystemFonts {
    provider: SystemFontProvider,
    has_failed: AtomicBool,
}

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        if self.has_failed.load(Ordering::Acquire) {
            return None;
        }
        // fontique 0.11 panics where fontconfig has no font at all, and whoever asks afterwards does so, too.
        catch_unwind(AssertUnwindSafe(|| self.provider.font_for(request))).unwrap_or_else(|_| {
            self.has_failed.store(true, Ordering::Release);
            tracing::warn!(
                "The fonts of the system cannot be used. Letters that are not in BBDrop's own are not shown."
            );
            None
        })
    }
}
