//! Small pictures of images on the screen: which are wanted, and a bounded store of those that were made. Reads no file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use egui::{ColorImage, Context, Rect, TextureHandle, TextureOptions, Ui};

use super::Action;
use super::icons::Icon;
use super::theme;
use crate::core::{GalleryId, Image, Millis, Row};

/// Pictures that are kept; the ones that were not seen for longest go first.
const KEPT_MAX: usize = 192;
/// Pictures that are asked for at once: more than fit on a screen.
const WISHES_MAX: usize = 64;

/// Of which image a picture is; a file that has changed is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureOf {
    pub gallery: GalleryId,
    pub position: u32,
    pub modified_at: Millis,
    pub bytes: u64,
}

/// A picture that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub of: PictureOf,
    pub file: PathBuf,
}

/// A picture that was made; `None` when the file is no picture that can be read.
pub type Made = (PictureOf, Option<ColorImage>);

/// What there is, and what is wanted.
#[derive(Default)]
pub struct Pictures {
    kept: BTreeMap<PictureOf, Kept>,
    /// Wanted in this frame and not there.
    wishes: Vec<Wish>,
    /// What was asked for last.
    asked: Arc<[Wish]>,
    frame: u64,
}

struct Kept {
    texture: Option<TextureHandle>,
    /// When it was last on the screen.
    seen: u64,
}

impl Pictures {
    /// Takes over a picture that was made.
    pub fn take(&mut self, ctx: &Context, (of, picture): Made) {
        let texture = picture.map(|picture| ctx.load_texture("picture", picture, TextureOptions::LINEAR));
        self.kept.insert(of, Kept { texture, seen: self.frame });
        while self.kept.len() > KEPT_MAX {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.seen).map(|(of, _)| *of);
            if let Some(oldest) = oldest {
                self.kept.remove(&oldest);
            }
        }
    }

    /// Draws the picture of `image` into `place`, or what stands for it until it is there.
    pub fn paint(&mut self, ui: &Ui, row: &Row, image: &Image, place: Rect) {
        let palette = theme::palette(ui);
        let of =
            PictureOf { gallery: row.id, position: image.position, modified_at: image.modified_at, bytes: image.bytes };
        let mark = |icon: Icon| {
            ui.painter().rect_filled(place, theme::RADIUS_BAR, palette.surface.header);
            let square = Rect::from_center_size(place.center(), egui::Vec2::splat(theme::ICON + 4.0));
            icon.paint(ui.painter(), square, palette.ink.secondary);
        };
        let Some(kept) = self.kept.get_mut(&of) else {
            mark(Icon::Picture);
            if self.wishes.len() < WISHES_MAX {
                self.wishes.push(Wish { of, file: row.path.join(&image.file) });
            }
            return;
        };
        kept.seen = self.frame;
        let Some(texture) = &kept.texture else { return mark(Icon::NoPicture) };
        let size = texture.size_vec2();
        let scale = (place.width() / size.x).min(place.height() / size.y);
        let rect = Rect::from_center_size(place.center(), size * scale);
        egui::Image::from_texture((texture.id(), rect.size())).paint_at(ui, rect);
    }

    /// At the end of a frame: asks for what is wanted now, when that is something else.
    pub fn ask(&mut self, actions: &mut Vec<Action>) {
        self.frame += 1;
        let wishes = std::mem::take(&mut self.wishes);
        if *self.asked != *wishes {
            self.asked = wishes.into();
            actions.push(Action::MakePictures(Arc::clone(&self.asked)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(position: u32) -> PictureOf {
        PictureOf { gallery: GalleryId(1), position, modified_at: 0, bytes: 0 }
    }

    #[test]
    fn what_was_not_seen_for_longest_goes_first() {
        let ctx = Context::default();
        let mut pictures = Pictures::default();
        for position in 0..300 {
            pictures.frame += 1;
            if let Some(kept) = pictures.kept.get_mut(&of(0)) {
                kept.seen = pictures.frame;
            }
            pictures.take(&ctx, (of(position), Some(ColorImage::example())));
        }
        assert_eq!(pictures.kept.len(), KEPT_MAX);
        assert!(pictures.kept.contains_key(&of(0)), "it is on the screen");
        assert!(!pictures.kept.contains_key(&of(1)));
        assert!(pictures.kept.contains_key(&of(299)));
    }
}
