//! A folder goes in, links come out.

use std::path::{Path, PathBuf};

use image::ImageDecoder as _;

use crate::support::{Home, Ran, linked_file, sample_gallery};

/// The usable pictures of the sample gallery, in natural order.
pub fn expected_order() -> Vec<String> {
    let entries = std::fs::read_dir(sample_gallery()).expect("listed");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("Unicode"));
    let mut names: Vec<_> = names.filter(|name| name != "broken.jpg" && name != "notes.txt").collect();
    names.sort_by(|a, b| bbdrop::core::natural::compare(a, b));
    names
}

/// The files that the links of the output lead to.
fn linked_files(output: &str) -> Vec<PathBuf> {
    output.split("[url=").skip(1).filter_map(|rest| rest.split(']').next()).map(linked_file).collect()
}

fn check_output(home: &Home, ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran:?}");
    let files = linked_files(&ran.stdout);
    let names: Vec<_> = files.iter().filter_map(|file| file.file_name()?.to_str()).collect();
    let expected = expected_order();
    assert_eq!(names, expected, "one clickable thumbnail per picture, in natural order");
    assert_eq!(ran.stdout.matches("[img]file://").count(), expected.len());
    for (file, name) in files.iter().zip(&expected) {
        assert!(file.starts_with(home.published()), "{}", file.display());
        assert_eq!(std::fs::read(file).expect("there"), std::fs::read(sample_gallery().join(name)).expect(name));
    }
    assert!(ran.stderr.contains("broken.jpg: skipped: "), "{}", ran.stderr);
    assert!(!ran.stderr.contains("notes.txt"), "{}", ran.stderr);
}

#[test]
fn the_sample_gallery_becomes_bbcode() {
    let home = Home::new();
    let sample = sample_gallery();
    let ran = home.run(&["--run-once", sample.to_str().expect("Unicode"), "--output-to-stdout"]);
    println!("{}", ran.stdout);
    check_output(&home, &ran);
    assert!(ran.stdout.starts_with("sample-gallery\n"), "{}", ran.stdout);
    assert_eq!(home.states(), ["completed"]);
}

#[test]
fn order_is_what_a_person_expects() {
    let numbers: Vec<_> = expected_order().into_iter().filter(|name| name.starts_with(['1', '2'])).collect();
    assert_eq!(numbers, ["1.jpg", "2.png", "10.jpg"]);
    let beaches: Vec<_> = expected_order().into_iter().filter(|name| name.starts_with("Beach")).collect();
    assert_eq!(beaches, ["Beach 9.jpg", "Beach 10.webp"]);
}

#[test]
fn a_resident_does_the_same_job() {
    let home = Home::new();
    let resident = home.resident(&[]);
    let sample = sample_gallery();
    check_output(&home, &home.run(&["--run-once", sample.to_str().expect("Unicode"), "--output-to-stdout"]));
    assert_eq!(resident.quit(), 0);
}

#[test]
fn what_is_done_is_not_done_again() {
    let home = Home::new();
    let folder = home.pictures("trip", 5, 40);
    let args = ["--run-once", folder.to_str().expect("Unicode"), "--output-to-stdout"];
    let first = home.run(&args);
    let published = linked_files(&first.stdout);
    let times = |files: &[PathBuf]| -> Vec<_> {
        files.iter().map(|file| std::fs::metadata(file).and_then(|m| m.modified()).expect("there")).collect()
    };
    let before = times(&published);
    let second = home.run(&args);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(times(&published), before);
}

#[test]
fn thumbnails_are_upright_small_and_keep_their_colours() {
    let home = Home::new();
    let folder = home.path().join("album");
    std::fs::create_dir(&folder).expect("made");
    let names = expected_order();
    for name in &names {
        std::fs::copy(sample_gallery().join(name), folder.join(name)).expect("copied");
    }
    assert_eq!(home.run(&["config", "set", "thumbnails.size", "60"]).code, 0);
    let ran = home.run(&["--run-once", folder.to_str().expect("Unicode"), "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let thumbs = home.published().join("album_1/thumbs");
    let mut rotated = 0;
    let mut profiles = 0;
    for name in names.iter().filter(|name| *name != "lagoon 4.avif") {
        let open = |path: &Path| {
            let reader = image::ImageReader::open(path).expect("there").with_guessed_format().expect("read");
            reader.into_decoder().expect("decodes")
        };
        let thumb = std::fs::read_dir(&thumbs).expect("listed").map(|entry| entry.expect("an entry").path());
        let thumb = thumb.into_iter().find(|path| path.file_stem().is_some_and(|stem| *stem == **name)).expect(name);
        let (mut original, mut thumb) = (open(&folder.join(name)), open(&thumb));
        let (width, height) = thumb.dimensions();
        assert_eq!(width.max(height), 60, "{name}");
        let orientation = original.orientation().expect("read");
        if orientation != image::metadata::Orientation::NoTransforms {
            rotated += 1;
            let (w, h) = original.dimensions();
            assert_eq!((w > h), (height > width), "{name} stands upright");
            assert_eq!(thumb.orientation().expect("read"), image::metadata::Orientation::NoTransforms);
        }
        if let Some(profile) = original.icc_profile().expect("read") {
            profiles += 1;
            assert_eq!(thumb.icc_profile().expect("read"), Some(profile), "{name} keeps its profile");
        }
    }
    assert!(rotated > 0 && profiles > 0, "the sample gallery has both kinds");
}

#[test]
fn the_page_leads_to_every_picture() {
    let home = Home::new();
    let folder = home.pictures("album", 12, 20);
    let ran = home.run(&["--run-once", folder.to_str().expect("Unicode"), "--json"]);
    let galleries: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let link = galleries[0]["gallery_link"].as_str().expect("a link").to_owned();
    let page = std::fs::read_to_string(linked_file(&link)).expect("there");
    let mut at = 0;
    for n in 1..=12 {
        let here = page.find(&format!("<a href=\"{n}.png\"><img src=\"thumbs/{n}.png.jpg\"")).expect("linked");
        assert!(here >= at, "in source order");
        at = here;
    }
}

#[test]
fn links_begin_as_the_person_says() {
    let home = Home::new();
    let folder = home.pictures("album", 1, 20);
    assert_eq!(home.run(&["config", "set", "folder.base_url", "https://pics.example/me/"]).code, 0);
    let ran = home.run(&["--run-once", folder.to_str().expect("Unicode"), "--output-to-stdout"]);
    let expected = "album\n[url=https://pics.example/me/album_1/1.png][img]https://pics.example/me/album_1/thumbs/1.png.jpg[/img][/url]\n";
    assert_eq!(ran.stdout, expected);
}

#[test]
fn the_folder_of_the_person_is_left_alone() {
    let home = Home::new();
    let folder = home.pictures("album", 3, 20);
    let look = || {
        let entries = std::fs::read_dir(&folder).expect("listed").map(|entry| entry.expect("an entry"));
        let mut seen: Vec<_> =
            entries.map(|e| (e.file_name(), e.metadata().and_then(|m| m.modified()).expect("there"))).collect();
        seen.sort();
        seen
    };
    let before = look();
    assert_eq!(home.run(&["--run-once", folder.to_str().expect("Unicode")]).code, 0);
    assert_eq!(look(), before);
}
