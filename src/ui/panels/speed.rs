//! The speed of the last two minutes as a curve, with the present one, the highest one and the sum.

use egui::accesskit::Role;
use egui::{Align2, Pos2, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo};

use crate::core::Scene;
use crate::core::scene::rates::REMEMBERED_MS;
use crate::ui::{format, texts, theme};

/// Lines across the plot.
const LINES: u8 = 3;

pub fn show(ui: &mut Ui, scene: &Scene) {
    let speeds = &scene.speeds;
    let words =
        texts::speeds(&format::rate(speeds.now), &format::rate(speeds.peak), &format::bytes(scene.snapshot.bytes_sent));
    ui.add(egui::Label::new(&words).truncate());
    let size = ui.available_size().max(egui::vec2(20.0, 20.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, texts::SPEED_PLOT));
    let palette = theme::palette(ui);
    let painter = ui.painter_at(rect);
    painter.rect(rect, theme::RADIUS_BAR, palette.surface.window, palette.line(), egui::StrokeKind::Inside);
    let top = speeds.samples.iter().map(|sample| sample.1).max().unwrap_or(0);
    let font = TextStyle::Small.resolve(ui.style());
    if top == 0 {
        painter.text(rect.center(), Align2::CENTER_CENTER, texts::SPEED_NOTHING, font, palette.ink.secondary);
        return;
    }
    for line in 1..=LINES {
        let y = rect.bottom() - rect.height() * f32::from(line) / f32::from(LINES + 1);
        painter.hline(rect.x_range(), y, Stroke::new(1.0, palette.surface.grid));
    }
    let top = top.max(1024);
    let points = curve(scene, rect, top);
    for pair in points.windows(2) {
        if let [a, b] = pair {
            let below = vec![*a, *b, Pos2::new(b.x, rect.bottom() - 1.0), Pos2::new(a.x, rect.bottom() - 1.0)];
            painter.add(Shape::convex_polygon(below, palette.surface.selection, Stroke::NONE));
        }
    }
    painter.add(Shape::line(points, Stroke::new(1.5, palette.bar.uploading)));
    let at = rect.left_top() + egui::vec2(theme::CELL_PAD, 2.0);
    painter.text(at, Align2::LEFT_TOP, format::rate(top), font, palette.ink.secondary);
}

/// From two minutes ago at the left to the last sample at the right.
#[expect(clippy::cast_precision_loss, reason = "a place on the screen")]
fn curve(scene: &Scene, rect: egui::Rect, top: u64) -> Vec<Pos2> {
    let samples = &scene.speeds.samples;
    let Some((last, _)) = samples.back() else { return Vec::new() };
    let place = |(at, speed): &(i64, u64)| {
        let x = rect.right() - rect.width() * ((last - at) as f32 / REMEMBERED_MS as f32);
        Pos2::new(x, rect.bottom() - 1.0 - (rect.height() - 4.0) * (*speed as f32 / top as f32))
    };
    samples.iter().map(place).collect()
}
