//! The window's pictograms, drawn as vectors so that they are crisp at every zoom and need no font. Never carry meaning alone.

use egui::{Atom, AtomExt as _, AtomKind, Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, Vec2};

use super::theme;
use crate::core::{GalleryState, ImageState};

/// What can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Folder,
    Play,
    Pause,
    Stop,
    Retry,
    Copy,
    Remove,
    Check,
    Cross,
    Warning,
    Question,
    Clock,
    Lens,
    ArrowUp,
    Ring,
    Plus,
    Dash,
    Info,
    /// A window above another.
    Float,
    /// Back into the frame.
    Dock,
    Picture,
    /// A picture that cannot be shown.
    NoPicture,
}

impl Icon {
    /// The mark of a gallery's state.
    pub const fn of_state(state: GalleryState) -> Self {
        match state {
            GalleryState::Added => Self::Plus,
            GalleryState::Scanning => Self::Lens,
            GalleryState::Ready => Self::Ring,
            GalleryState::Queued => Self::Clock,
            GalleryState::Uploading => Self::ArrowUp,
            GalleryState::Paused => Self::Pause,
            GalleryState::Completed => Self::Check,
            GalleryState::Incomplete => Self::Warning,
            GalleryState::Failed => Self::Cross,
            GalleryState::Missing => Self::Question,
        }
    }

    /// The mark of an image's state.
    pub const fn of_image(state: &ImageState) -> Self {
        match state {
            ImageState::Pending => Self::Ring,
            ImageState::Uploading => Self::ArrowUp,
            ImageState::Uploaded(_) => Self::Check,
            ImageState::Failed(_) => Self::Cross,
            ImageState::Skipped(_) => Self::Dash,
        }
    }

    /// As the first thing on a button; says nothing to a screen reader, the words beside it do.
    pub fn atom(self, color: Option<Color32>) -> Atom<'static> {
        AtomKind::paint(move |ui: &Ui, args| {
            self.paint(ui.painter(), args.rect, color.unwrap_or(args.fallback_text_color));
        })
        .atom_size(Vec2::splat(theme::ICON))
    }

    /// In a row of other things.
    pub fn show(self, ui: &mut Ui, color: Color32) {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(theme::ICON), egui::Sense::hover());
        self.paint(ui.painter(), rect, color);
    }

    /// Into `rect`, which should be a square.
    pub fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let pen = Pen { painter, rect, color };
        match self {
            Self::Folder => pen.folder(),
            Self::Play => pen.fill(&[(4.0, 2.0), (14.0, 8.0), (4.0, 14.0)]),
            Self::Pause => {
                pen.block((3.5, 2.5), (6.8, 13.5));
                pen.block((9.2, 2.5), (12.5, 13.5));
            }
            Self::Stop => pen.block((3.0, 3.0), (13.0, 13.0)),
            Self::Retry => pen.retry(),
            Self::Copy => {
                pen.boxed((2.0, 2.0), (10.0, 11.0));
                pen.erase((5.5, 5.5), (14.0, 14.5));
                pen.boxed((5.5, 5.5), (14.0, 14.5));
            }
            Self::Remove | Self::Cross => {
                pen.line(&[(3.5, 3.5), (12.5, 12.5)], 2.0);
                pen.line(&[(12.5, 3.5), (3.5, 12.5)], 2.0);
            }
            Self::Check => pen.line(&[(2.5, 8.5), (6.5, 12.5), (13.5, 4.0)], 2.0),
            Self::Warning => pen.warning(),
            Self::Question => pen.question(),
            Self::Clock => {
                pen.ring((8.0, 8.0), 6.0);
                pen.line(&[(8.0, 4.5), (8.0, 8.0), (10.8, 9.6)], 1.4);
            }
            Self::ArrowUp => {
                pen.line(&[(8.0, 14.0), (8.0, 3.0)], 2.0);
                pen.line(&[(3.5, 7.0), (8.0, 2.5), (12.5, 7.0)], 2.0);
            }
            Self::Ring => pen.ring((8.0, 8.0), 4.5),
            Self::Plus => {
                pen.line(&[(8.0, 3.0), (8.0, 13.0)], 2.0);
                pen.line(&[(3.0, 8.0), (13.0, 8.0)], 2.0);
            }
            Self::Dash => pen.line(&[(3.0, 8.0), (13.0, 8.0)], 2.0),
            Self::Lens => {
                pen.ring((6.8, 6.8), 4.3);
                pen.line(&[(10.0, 10.0), (14.0, 14.0)], 2.0);
            }
            Self::Float => {
                pen.boxed((2.5, 6.0), (10.0, 13.5));
                pen.line(&[(6.0, 3.0), (13.0, 3.0), (13.0, 10.0)], 1.3);
            }
            Self::Dock => {
                pen.boxed((2.5, 2.5), (13.5, 13.5));
                pen.line(&[(9.5, 2.5), (9.5, 13.5)], 1.3);
            }
            Self::Picture => pen.picture(),
            Self::NoPicture => {
                pen.picture();
                pen.line(&[(2.0, 14.5), (14.0, 1.5)], 1.6);
            }
            Self::Info => {
                pen.ring((8.0, 8.0), 6.2);
                pen.line(&[(8.0, 7.2), (8.0, 11.5)], 1.8);
                pen.dot((8.0, 4.8), 1.0);
            }
        }
    }
}

/// The sign of the program, as `assets/icon` has it: an arrow into a tray.
pub fn logo(painter: &Painter, rect: Rect) {
    let theme::Logo { front, foot, arrow, tray } = theme::LOGO;
    let scale = rect.width() / 64.0;
    let at = |x: f32, y: f32| rect.min + Vec2::new(x, y) * scale;
    let area = |x: f32, y: f32, right: f32, bottom: f32| Rect::from_min_max(at(x, y), at(right, bottom));
    let corner = egui::CornerRadius::from(13.0 * scale);
    painter.rect_filled(area(3.0, 3.0, 61.0, 61.0), corner, front);
    painter.rect_filled(area(3.0, 40.0, 61.0, 61.0), egui::CornerRadius { nw: 0, ne: 0, ..corner }, foot);
    painter.rect_filled(area(26.0, 10.0, 38.0, 28.0), 0.0, arrow);
    let head = vec![at(16.0, 27.0), at(48.0, 27.0), at(32.0, 44.0)];
    painter.add(Shape::convex_polygon(head, arrow, Stroke::NONE));
    let bend = |centre: f32, from: f32| {
        (0..=6_u8).map(move |step| {
            let angle = (from - 15.0 * f32::from(step)).to_radians();
            (centre + 6.0 * angle.cos(), 47.0 + 6.0 * angle.sin())
        })
    };
    let edge = std::iter::once((11.0, 38.0)).chain(bend(17.0, 180.0)).chain(bend(47.0, 90.0)).chain([(53.0, 38.0)]);
    painter.line(edge.map(|(x, y)| at(x, y)).collect(), Stroke::new(6.0 * scale, tray));
    for end in [at(11.0, 38.0), at(53.0, 38.0)] {
        painter.circle_filled(end, 3.0 * scale, tray);
    }
}

/// Draws on a grid of 16 by 16, whatever the size on the screen.
struct Pen<'a> {
    painter: &'a Painter,
    rect: Rect,
    color: Color32,
}

impl Pen<'_> {
    fn scale(&self) -> f32 {
        self.rect.width() / 16.0
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.rect.min + Vec2::new(x, y) * self.scale()
    }

    fn points(&self, points: &[(f32, f32)]) -> Vec<Pos2> {
        points.iter().map(|point| self.at(*point)).collect()
    }

    fn stroke(&self, width: f32) -> Stroke {
        Stroke::new(width * self.scale(), self.color)
    }

    fn line(&self, points: &[(f32, f32)], width: f32) {
        self.painter.line(self.points(points), self.stroke(width));
    }

    fn fill(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::convex_polygon(self.points(points), self.color, Stroke::NONE));
    }

    fn block(&self, from: (f32, f32), to: (f32, f32)) {
        self.painter.rect_filled(Rect::from_min_max(self.at(from), self.at(to)), 0.5, self.color);
    }

    fn boxed(&self, from: (f32, f32), to: (f32, f32)) {
        let rect = Rect::from_min_max(self.at(from), self.at(to));
        self.painter.rect_stroke(rect, 1.0, self.stroke(1.3), StrokeKind::Middle);
    }

    fn erase(&self, from: (f32, f32), to: (f32, f32)) {
        let rect = Rect::from_min_max(self.at(from), self.at(to));
        let ground = theme::palette_of(self.painter.ctx()).surface.button;
        self.painter.rect_filled(rect, 1.0, ground);
    }

    fn ring(&self, centre: (f32, f32), radius: f32) {
        self.painter.circle_stroke(self.at(centre), radius * self.scale(), self.stroke(1.5));
    }

    fn dot(&self, centre: (f32, f32), radius: f32) {
        self.painter.circle_filled(self.at(centre), radius * self.scale(), self.color);
    }

    fn folder(&self) {
        let back = [(1.5, 13.0), (1.5, 3.5), (6.0, 3.5), (7.5, 5.2), (14.5, 5.2), (14.5, 13.0), (1.5, 13.0)];
        self.painter.rect_filled(Rect::from_min_max(self.at((1.5, 5.2)), self.at((14.5, 13.0))), 0.5, self.color);
        self.fill(&[(1.5, 5.4), (1.5, 3.5), (6.0, 3.5), (7.5, 5.4)]);
        self.line(&back, 1.0);
    }

    /// Hills and a sun in a frame.
    fn picture(&self) {
        self.boxed((1.5, 3.0), (14.5, 13.0));
        self.fill(&[(3.0, 12.0), (6.5, 7.0), (9.0, 10.0), (10.5, 8.5), (13.0, 12.0)]);
        self.dot((10.8, 5.8), 1.2);
    }

    /// Three quarters of a circle with an arrow head.
    fn retry(&self) {
        let arc = (0..=16_u8)
            .map(|step| {
                let angle = (-40.0 - f32::from(step) * 17.0).to_radians();
                (8.0 + 5.3 * angle.cos(), 8.5 + 5.3 * angle.sin())
            })
            .collect::<Vec<_>>();
        self.line(&arc, 1.8);
        self.fill(&[(13.9, 1.6), (14.3, 7.2), (9.0, 6.2)]);
    }

    fn warning(&self) {
        let mut corners = vec![(8.0, 2.0), (14.5, 13.5), (1.5, 13.5)];
        corners.push((8.0, 2.0));
        self.line(&corners, 1.5);
        self.line(&[(8.0, 6.0), (8.0, 9.6)], 1.5);
        self.dot((8.0, 11.6), 0.9);
    }

    fn question(&self) {
        let arc = [(4.8, 5.4), (5.6, 3.6), (8.0, 2.6), (10.4, 3.6), (11.0, 5.6), (9.6, 7.4), (8.0, 8.6), (8.0, 10.3)];
        self.line(&arc, 1.8);
        self.dot((8.0, 13.2), 1.2);
    }
}
