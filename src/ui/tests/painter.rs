//! Paints what egui has laid out into a picture, pixel by pixel on the processor: the same everywhere, whatever graphics card there is.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places on a small picture"
)]

use std::ops::RangeInclusive;

use egui::epaint::{ClippedPrimitive, Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, Context, FullOutput, Pos2, Rect, TextureId};
use image::{Rgba, RgbaImage};

/// The picture of `output`. Textures other than the one of the letters are left out.
pub fn paint(ctx: &Context, output: &FullOutput) -> RgbaImage {
    let (scale, size) = (output.pixels_per_point, ctx.content_rect().max);
    let (width, height) = ((size.x * scale).round() as u32, (size.y * scale).round() as u32);
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is for one lifetime only")]
    let letters = ctx.fonts(|fonts| fonts.image());
    let mut canvas = Canvas { picture: RgbaImage::from_pixel(width, height, Rgba([0, 0, 0, 255])), letters, scale };
    for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes.clone(), scale) {
        if let Primitive::Mesh(mesh) = primitive
            && mesh.texture_id == TextureId::default()
        {
            canvas.mesh(&mesh, clip_rect);
        }
    }
    canvas.picture
}

struct Canvas {
    picture: RgbaImage,
    letters: ColorImage,
    scale: f32,
}

/// Pixels that may be painted: from, and up to but without.
#[derive(Clone, Copy)]
struct Span {
    x: (u32, u32),
    y: (u32, u32),
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, clip: Rect) {
        let edge = |points: f32, most: u32| (points * self.scale).round().clamp(0.0, most as f32) as u32;
        let (width, height) = self.picture.dimensions();
        let clip = Span {
            x: (edge(clip.min.x, width), edge(clip.max.x, width)),
            y: (edge(clip.min.y, height), edge(clip.max.y, height)),
        };
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [corners[0], corners[1], corners[2]].map(|index| {
                let vertex = mesh.vertices[index as usize];
                Vertex { pos: (vertex.pos.to_vec2() * self.scale).to_pos2(), ..vertex }
            });
            self.triangle(corners, clip);
        }
    }

    fn triangle(&mut self, [a, mut b, mut c]: [Vertex; 3], clip: Span) {
        let mut area = cross(a.pos, b.pos, c.pos);
        if area == 0.0 {
            return;
        }
        if area < 0.0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        let ends = |values: [f32; 3], span: (u32, u32)| {
            let low = values.iter().copied().fold(f32::INFINITY, f32::min).floor().max(span.0 as f32) as u32;
            let high =
                values.iter().copied().fold(f32::NEG_INFINITY, f32::max).ceil().min(span.1 as f32).max(0.0) as u32;
            low..high
        };
        let is_plain = a.uv == b.uv && b.uv == c.uv;
        let is_even = is_plain && a.color == b.color && b.color == c.color;
        let even = is_even.then(|| modulate(a.color, self.letter(a.uv)));
        let edges = [(b.pos, c.pos), (c.pos, a.pos), (a.pos, b.pos)];
        for y in ends([a.pos.y, b.pos.y, c.pos.y], clip.y) {
            let at = |x: u32| Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
            // Where the edges are in this row, a pixel more at both ends.
            let crossed = edges.iter().map(|(from, to)| {
                let share = ((y as f32 + 0.5 - from.y) / (to.y - from.y)).clamp(0.0, 1.0);
                if share.is_nan() { from.x } else { from.x + share * (to.x - from.x) }
            });
            let (low, high) =
                crossed.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
            let columns = ends([low - 1.0, low, high + 1.0], clip.x);
            let is_in = |x: &u32| {
                edges.iter().all(|&(from, to)| {
                    let share = cross(from, to, at(*x));
                    share > 0.0 || (share == 0.0 && owns(from, to))
                })
            };
            // A triangle has no holes: between its first and its last pixel of a row all are in it.
            let Some(first) = columns.clone().find(is_in) else { continue };
            let last = columns.clone().rev().find(is_in).unwrap_or(first);
            if let Some(color) = even {
                self.fill(first..=last, y, color);
                continue;
            }
            for x in first..=last {
                let [of_a, of_b, of_c] = edges.map(|(from, to)| cross(from, to, at(x)) / area);
                let color = {
                    let uv = a.uv.to_vec2() * of_a + b.uv.to_vec2() * of_b + c.uv.to_vec2() * of_c;
                    let part = |at: usize| {
                        let [a, b, c] = [a, b, c].map(|vertex| f32::from(vertex.color.to_array()[at]));
                        (a * of_a + b * of_b + c * of_c).round() as u8
                    };
                    let tint = Color32::from_rgba_premultiplied(part(0), part(1), part(2), part(3));
                    modulate(tint, self.letter(uv.to_pos2()))
                };
                self.blend(x, y, color);
            }
        }
    }

    /// The pixel of the letters' picture at `uv`. They are drawn at their size, so none is between two.
    fn letter(&self, uv: Pos2) -> Color32 {
        let [width, height] = self.letters.size;
        let at = |share: f32, size: usize| ((share * size as f32) as usize).min(size - 1);
        self.letters.pixels[at(uv.y, height) * width + at(uv.x, width)]
    }

    fn fill(&mut self, columns: RangeInclusive<u32>, y: u32, color: Color32) {
        if color == Color32::TRANSPARENT {
            return;
        }
        if color.a() < 255 {
            columns.for_each(|x| self.blend(x, y, color));
            return;
        }
        let at = |x: u32| 4 * (y * self.picture.width() + x) as usize;
        let bytes = at(*columns.start())..at(*columns.end() + 1);
        let row = color.to_array().repeat(columns.count());
        self.picture.as_flat_samples_mut().samples[bytes].copy_from_slice(&row);
    }

    fn blend(&mut self, x: u32, y: u32, color: Color32) {
        let Rgba(below) = self.picture.get_pixel_mut(x, y);
        let rest = 255 - u16::from(color.a());
        for (below, above) in below.iter_mut().zip(color.to_array()) {
            *below = above.saturating_add(((u16::from(*below) * rest + 127) / 255) as u8);
        }
    }
}

fn modulate(tint: Color32, letter: Color32) -> Color32 {
    let [r, g, b, a] = std::array::from_fn(|at| {
        ((u16::from(tint.to_array()[at]) * u16::from(letter.to_array()[at]) + 127) / 255) as u8
    });
    Color32::from_rgba_premultiplied(r, g, b, a)
}

/// Twice the area of the triangle; its sign says on which side of the line `c` is.
fn cross(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Whether a pixel right on this edge belongs to the triangle: of two that share the edge one has it.
fn owns(from: Pos2, to: Pos2) -> bool {
    to.y < from.y || (to.y <= from.y && to.x > from.x)
}
