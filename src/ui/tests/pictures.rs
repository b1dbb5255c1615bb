//! What the window looks like, against pictures that were looked at: `tests/data/pictures`. `BBDROP_RENEW_PICTURES=1 cargo test pictures` makes them
//! anew. A picture that differs is left in the target directory, with the old one and the difference beside it.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers};
use image::{Rgba, RgbaImage};
use jiff::tz::TimeZone;

use super::hosts::two_hosts;
use super::painter::paint;
use super::{Bench, Snapshot, details, row, snapshot, three};
use crate::core::GalleryState;
use crate::ui::format::Clock;

/// Colours that differ by less are the same: letters are smoothed a little differently on other processors.
const STEP_MAX: u8 = 40;
/// So many pixels in a million may differ by more.
const PIXELS_MAX: usize = 300;
const BYTES_MAX: u64 = 200 * 1024;
const SIZE: egui::Vec2 = egui::vec2(1280.0, 760.0);

/// Draws `shown` as `prepare` leaves it.
fn check(name: &str, size: egui::Vec2, shown: Snapshot, prepare: impl FnOnce(&mut Bench)) {
    let mut bench = Bench::sized(shown, size);
    bench.harness.state_mut().ui.clock = Clock::in_zone(TimeZone::UTC);
    prepare(&mut bench);
    bench.run();
    let picture = paint(&bench.harness.ctx, bench.harness.output());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/pictures/{name}.png"));
    if std::env::var_os("BBDROP_RENEW_PICTURES").is_some() {
        save(&picture, &file);
        let bytes = file.metadata().expect("saved").len();
        assert!(bytes <= BYTES_MAX, "{} has {bytes} bytes", file.display());
        return;
    }
    let known = image::open(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).into_rgba8();
    if let Some((pixels, difference)) = difference(&known, &picture) {
        let left = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
        let left = std::env::var_os("CARGO_TARGET_DIR").map_or(left, |target| PathBuf::from(target).join("pictures"));
        for (kind, picture) in [("old", &known), ("new", &picture), ("difference", &difference)] {
            save(picture, &left.join(format!("{name}.{kind}.png")));
        }
        panic!(
            "{name}: {pixels} pixels are others; see {}/{name}.*.png. If it shall look so now, make it anew.",
            left.display()
        );
    }
}

fn save(picture: &RgbaImage, file: &Path) {
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("made");
    let rgb = image::DynamicImage::ImageRgba8(picture.clone()).into_rgb8();
    let out = std::io::BufWriter::new(std::fs::File::create(file).expect("made"));
    let best = (image::codecs::png::CompressionType::Best, image::codecs::png::FilterType::Adaptive);
    rgb.write_with_encoder(image::codecs::png::PngEncoder::new_with_quality(out, best.0, best.1)).expect("saved");
}

/// How many pixels differ, and where: red on a faint picture. `None` when they are alike.
fn difference(known: &RgbaImage, picture: &RgbaImage) -> Option<(usize, RgbaImage)> {
    if known.dimensions() != picture.dimensions() {
        return Some((usize::MAX, picture.clone()));
    }
    if known == picture {
        return None;
    }
    let mut count = 0;
    let mut marked = picture.clone();
    for ((x, y, new), old) in picture.enumerate_pixels().zip(known.pixels()) {
        let differs = new.0.iter().zip(old.0).any(|(new, old)| new.abs_diff(old) > STEP_MAX);
        count += usize::from(differs);
        let faint = new.0.map(|part| part / 3 + 120);
        marked.put_pixel(x, y, if differs { Rgba([255, 0, 0, 255]) } else { Rgba(faint) });
    }
    let most = picture.pixels().len() * PIXELS_MAX / 1_000_000;
    (count > most).then_some((count, marked))
}

fn every_state() -> Snapshot {
    let rows =
        GalleryState::ALL.into_iter().zip(1..).map(|(state, id)| row(id, &format!("Trip {id}"), state)).collect();
    Snapshot { hosts: two_hosts().hosts, ..snapshot(rows) }
}

#[test]
fn empty() {
    check("empty", SIZE, Snapshot::default(), |_| {});
}

#[test]
fn three_rows_dark() {
    check("three-dark", SIZE, Snapshot { details: Some(details(3)), ..three() }, |bench| {
        bench.click("birds");
    });
}

#[test]
fn three_rows_light() {
    check("three-light", SIZE, Snapshot { details: Some(details(3)), ..three() }, |bench| {
        bench.harness.ctx.set_theme(egui::Theme::Light);
        bench.click("birds");
    });
}

#[test]
fn every_state_light() {
    check("states-light", SIZE, every_state(), |bench| bench.harness.ctx.set_theme(egui::Theme::Light));
}

#[test]
fn failed_rows() {
    check("failed", SIZE, Snapshot { details: Some(details(3)), ..three() }, |bench| {
        bench.click("birds");
        bench.click("What went wrong");
    });
}

#[test]
fn a_thousand_rows() {
    let rows = (1..=1000).zip(GalleryState::ALL.into_iter().cycle());
    let rows = rows.map(|(id, state)| row(id, &format!("Gallery {id:04}"), state)).collect();
    check("thousand", SIZE, snapshot(rows), |bench| {
        bench.key(Key::PageDown);
        bench.key(Key::PageDown);
        bench.key(Key::PageDown);
    });
}

#[test]
fn zoomed() {
    check("zoom-150", SIZE, every_state(), |bench| {
        for _ in 0..5 {
            bench.key_with(Modifiers::COMMAND, Key::Plus);
        }
    });
}

#[test]
fn the_smallest_window() {
    check("smallest", egui::vec2(800.0, 600.0), Snapshot { details: Some(details(2)), ..every_state() }, |bench| {
        bench.click("Trip 2");
    });
}

/// The letters themselves come from the system's fonts, which no picture can rely on: boxes stand for them.
#[test]
fn names_in_other_scripts() {
    let names = ["東京の夜 二〇二六", "서울 여행", "رحلة إلى البحر", "חופשה בים", "Αθήνα", "Москва зимой"];
    let rows = names.into_iter().zip(1..).map(|(name, id)| row(id, name, GalleryState::Ready)).collect();
    check("scripts", SIZE, snapshot(rows), |_| {});
}

#[test]
fn the_dialog_of_settings() {
    check("settings", SIZE, three(), |bench| drop(bench.key_with(Modifiers::COMMAND, Key::Comma)));
}

#[test]
fn the_dialog_of_hosts() {
    check("hosts", SIZE, two_hosts(), |bench| {
        bench.click("Tools");
        bench.click("Hosts…");
    });
}

#[test]
fn the_dialog_of_templates() {
    check("templates", SIZE, super::dialog_templates::templates(), |bench| {
        bench.click("Tools");
        bench.click("Templates…");
        bench.click("mine, own");
        super::dialog_templates::write(bench, " #widht#");
    });
}

#[test]
fn the_palette_of_commands() {
    let shifted = Modifiers { shift: true, ..Modifiers::COMMAND };
    check("palette", SIZE, three(), |bench| drop(bench.key_with(shifted, Key::P)));
}

#[test]
fn another_picture_is_noticed() {
    let grey = RgbaImage::from_pixel(1000, 100, Rgba([100, 100, 100, 255]));
    let mut other = grey.clone();
    assert!(difference(&grey, &other).is_none());
    for x in 0..29 {
        other.put_pixel(x, 5, Rgba([200, 100, 100, 255]));
    }
    assert!(difference(&grey, &other).is_none(), "a few pixels are not seen");
    other.put_pixel(29, 5, Rgba([200, 100, 100, 255]));
    other.put_pixel(30, 5, Rgba([200, 100, 100, 255]));
    assert_eq!(difference(&grey, &other).map(|difference| difference.0), Some(31));
    assert!(difference(&grey, &RgbaImage::new(10, 10)).is_some());
}
