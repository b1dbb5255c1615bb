//! What becomes of old galleries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::core::{GalleryState, Image, ImageState};

const NOW: Millis = 1_800_000_000_000;
const STATES: [&str; 12] = [
    "validating",
    "scanning",
    "ready",
    "queued",
    "uploading",
    "paused",
    "incomplete",
    "completed",
    "failed",
    "scan_failed",
    "upload_failed",
    "of 0.10",
];

fn here() -> Here {
    Here {
        hosts: ["folder", "imx", "turboimagehost", "pixhost"].map(str::to_owned).into(),
        host_default: "folder".to_owned(),
        templates: ["default", "mine"].map(str::to_owned).into(),
        renamed: BTreeMap::from([("ours".to_owned(), "ours (0.9)".to_owned())]),
    }
}

fn image(file: &str, link: &str) -> OldImage {
    OldImage { file: file.into(), bytes: 10, link: link.to_owned(), thumb: format!("{link}/t"), ..OldImage::default() }
}

/// A folder of this computer.
const TRIP: &str = if cfg!(windows) { "C:/a/Trip" } else { "/a/Trip" };

/// Two of three images are uploaded.
fn old(status: &str) -> OldGallery {
    OldGallery {
        path: TRIP.into(),
        status: status.to_owned(),
        added_at: Some(1000),
        counted: Counted { total: 3, uploaded: 2 },
        images: vec![image("2.jpg", "https://h/2"), image("1.jpg", "https://h/1")],
        post: OldPost { tab: MAIN_TAB.to_owned(), ..OldPost::default() },
        ..OldGallery::default()
    }
}

fn seen(is_there: bool) -> Seen {
    let files = if is_there { HashMap::from([(PathBuf::from("1.jpg"), (10, 77))]) } else { HashMap::new() };
    Seen { key: TRIP.into(), is_there, files }
}

fn import(old: OldGallery, is_there: bool) -> Import {
    gallery(old, &seen(is_there), &here(), NOW).expect("taken")
}

#[test]
fn every_state_has_its_place() {
    use GalleryState::{Added, Completed, Failed, Incomplete, Missing, Paused};
    let none = |status: &str| OldGallery { images: Vec::new(), ..old(status) };
    let place = |old: OldGallery, is_there| {
        let gallery = import(old, is_there).gallery;
        (gallery.state, gallery.after_scan.returns_to)
    };
    for (status, begun, fresh) in [
        ("validating", (Added, Some(Incomplete)), (Added, None)),
        ("scanning", (Added, Some(Incomplete)), (Added, None)),
        ("ready", (Added, Some(Incomplete)), (Added, None)),
        ("queued", (Added, Some(Paused)), (Added, Some(Paused))),
        ("uploading", (Added, Some(Paused)), (Added, Some(Paused))),
        ("paused", (Added, Some(Paused)), (Added, Some(Paused))),
        ("incomplete", (Added, Some(Incomplete)), (Failed, None)),
        ("completed", (Completed, None), (Completed, None)),
        ("failed", (Added, Some(Incomplete)), (Failed, None)),
        ("scan_failed", (Added, Some(Incomplete)), (Added, None)),
        ("upload_failed", (Added, Some(Incomplete)), (Failed, None)),
        ("of 0.10", (Added, Some(Incomplete)), (Added, None)),
    ] {
        assert_eq!((place(old(status), true), place(none(status), true)), (begun, fresh), "{status}");
        let gone = place(none(status), false).0;
        assert_eq!(gone, if status == "completed" { Completed } else { Missing }, "{status}, its folder is gone");
    }
}

#[test]
fn what_is_known_as_a_whole_is_where_it_stands_at_once() {
    let known = |status| OldGallery { failed: vec![("3.jpg".into(), "too large".to_owned())], ..old(status) };
    for status in ["incomplete", "completed", "failed", "upload_failed"] {
        let import = import(known(status), true);
        assert_eq!(import.gallery.state, GalleryState::Incomplete, "{status}");
        let words: Vec<_> = import.images.iter().map(|image| image.state.reason()).collect();
        assert_eq!(words, ["", "", "too large"]);
    }
    let all = OldGallery { counted: Counted { total: 2, uploaded: 2 }, ..old("uploading") };
    assert_eq!(import(all, false).gallery.state, GalleryState::Completed, "nothing is left to look for");
    let nothing = OldGallery { images: Vec::new(), ..known("failed") };
    let import = import(nothing, true);
    assert!(import.images.is_empty(), "otherwise trying again would send these alone");
    assert!(import.gallery.reason.is_some_and(|fault| fault.words.contains("3.jpg: too large")));
}

#[test]
fn files_that_are_there_are_known_by_size_and_time_and_the_others_by_their_size() {
    let images = import(old("completed"), true).images;
    assert_eq!((images[0].bytes, images[0].modified_at), (10, Image::MODIFIED_UNKNOWN));
    assert_eq!((images[1].bytes, images[1].modified_at), (10, 77));
    assert!(images[0].is_of(10, 5) && !images[0].is_of(11, 5));
    assert!(images[1].is_of(10, 77) && !images[1].is_of(10, 5));
    let mut changed = old("completed");
    changed.images[1].bytes = 11;
    let images = import(changed, true).images;
    assert_eq!((images[1].bytes, images[1].modified_at), (11, Image::MODIFIED_UNKNOWN));
    assert!(!images[1].is_of(10, 77), "another picture by now");
    let mut unknown = old("completed");
    unknown.images[0].bytes = 0;
    assert!(import(unknown, true).images[0].is_of(12, 9));
}

#[test]
fn only_addresses_of_the_web_are_links() {
    for link in [
        "file:///home/me/evil.desktop",
        "javascript:alert(1)",
        "//host/x",
        "https://",
        "https://h/[/url]",
        "smb://h/x",
        "C:\\x.exe",
    ] {
        let folder = if cfg!(windows) { "C:\\old\\Trip" } else { "/old/Trip" };
        let mut old = OldGallery { path: folder.into(), status: "completed".to_owned(), ..OldGallery::default() };
        old.post.link = link.to_owned();
        old.images = vec![image("1.jpg", link), image("2.jpg", "HTTP://host.example/i/2")];
        let import = gallery(old, &Seen { key: folder.into(), ..Seen::default() }, &Here::default(), 0).expect("taken");
        assert_eq!(import.gallery.at_host.link, None, "{link}");
        assert!(matches!(import.images[0].state, ImageState::Skipped(_)), "{link}: {:?}", import.images[0]);
        assert!(matches!(import.images[1].state, ImageState::Uploaded(_)), "{link}");
        assert!(import.remarks.concat().contains("no addresses of the web"), "{:?}", import.remarks);
    }
}

#[test]
fn without_a_link_nothing_of_a_finished_gallery_is_sent_again() {
    let mut finished = old("completed");
    finished.images[0].link.clear();
    let taken = import(finished, true);
    assert!(matches!(taken.images[0].state, ImageState::Skipped(_)));
    assert_eq!(taken.remarks.len(), 1, "{:?}", taken.remarks);
    let mut none = old("completed");
    none.images.iter_mut().for_each(|image| image.link.clear());
    let taken = import(none, true);
    assert_eq!((taken.gallery.state, taken.uploaded), (GalleryState::Completed, None));
    assert!(taken.gallery.reason.is_some());
    let mut begun = old("paused");
    begun.images[0].link.clear();
    assert_eq!(import(begun, true).images.len(), 1, "what is not finished is found by the scan");
}

#[test]
fn hosts_templates_and_names_are_those_of_here() {
    let with = |host: &str, template: &str| {
        let mut old = old("ready");
        old.post.host = host.to_owned();
        old.post.template = template.to_owned();
        let import = import(old, true);
        (
            import.gallery.host,
            import.gallery.post.template.clone(),
            import.remarks.len(),
            import.uploaded.expect("uploaded").0,
        )
    };
    let owned = str::to_owned;
    assert_eq!(with("", ""), (owned("imx"), None, 0, owned("imx")));
    assert_eq!(with("imx", "mine"), (owned("imx"), Some(owned("mine")), 0, owned("imx")));
    assert_eq!(with("turbo", "ours"), (owned("turboimagehost"), Some(owned("ours (0.9)")), 0, owned("turboimagehost")));
    assert_eq!(with("pixhost", "gone"), (owned("pixhost"), Some(owned("gone")), 1, owned("pixhost")));
    assert_eq!(with("pimpandhost", ""), (owned("folder"), None, 1, owned("pimpandhost")));
    assert_eq!(import(old("ready"), true).gallery.name, "Trip");
    let refused = |path: &str| gallery(OldGallery { path: path.into(), ..old("ready") }, &seen(true), &here(), NOW);
    assert!(refused("").is_err_and(|words| words.contains("no folder")));
    assert!(refused("pictures/Trip").is_err_and(|words| words.contains("pictures/Trip")));
}

#[test]
fn names_that_lead_out_of_the_folder_are_left_out() {
    let mut strange = old("completed");
    strange.images.extend(["../x.jpg", "/etc/x", "a/b.jpg", "", "..", "1.jpg"].map(|file| image(file, "https://h/x")));
    let import = import(strange, true);
    assert_eq!(import.images.len(), 2);
    assert!(import.remarks.iter().any(|words| words.starts_with('5')), "{:?}", import.remarks);
}

fn old_gallery() -> impl Strategy<Value = OldGallery> {
    let file = || prop_oneof!["[a-c]", "\\PC{0,6}"].prop_map(PathBuf::from);
    let link = prop_oneof![Just(String::new()), "https://h/[a-z]{1,4}"];
    let one = (file(), 0..3_u64, link, proptest::option::of(any::<Millis>()));
    let images = proptest::collection::vec(one, 0..6);
    let failed = proptest::collection::vec((file(), "\\PC{0,5}"), 0..4);
    let status = proptest::sample::select(STATES.to_vec());
    (status, images, failed, 0..8_u64, 0..8_u64, "/?\\PC{0,9}", "\\PC{0,5}").prop_map(
        |(status, images, failed, total, uploaded, path, text)| OldGallery {
            path: path.into(),
            name: text.clone(),
            status: status.to_owned(),
            counted: Counted { total, uploaded },
            images: images
                .into_iter()
                .map(|(file, bytes, link, uploaded_at)| OldImage {
                    file,
                    bytes,
                    uploaded_at,
                    link,
                    ..OldImage::default()
                })
                .collect(),
            failed,
            post: OldPost { host: text.clone(), template: text, ..OldPost::default() },
            ..OldGallery::default()
        },
    )
}

proptest! {
    #[test]
    fn nothing_starts_by_itself_and_no_link_is_lost(old in old_gallery(), is_there: bool) {
        use GalleryState::{Added, Completed, Failed, Incomplete, Missing};
        let links = |old: &OldGallery| {
            let mut names = BTreeSet::new();
            let is_name = |file: &PathBuf| {
                file.file_name().is_some_and(|name| name == file.as_os_str())
            };
            let finished = old.status == "completed";
            let kept = old.images.iter().filter(|image| finished || !image.link.is_empty());
            let kept = kept.filter(|image| is_name(&image.file) && names.insert(image.file.clone()));
            kept.map(|image| image.link.clone()).filter(|link| !link.is_empty()).collect::<Vec<_>>()
        };
        let expected = links(&old);
        let Ok(import) = gallery(old, &seen(is_there), &here(), NOW) else { return Ok(()) };
        prop_assert!([Added, Completed, Failed, Incomplete, Missing].contains(&import.gallery.state));
        prop_assert!(!import.gallery.after_scan.start && !import.gallery.after_scan.start_asked);
        prop_assert!(import.gallery.at_host.session.is_none());
        let mut found = Vec::new();
        for (position, image) in import.images.iter().enumerate() {
            prop_assert_eq!(image.position as usize, position);
            match &image.state {
                ImageState::Uploaded(links) => found.push(links.link.clone()),
                ImageState::Failed(_) | ImageState::Skipped(_) => prop_assert!(!image.state.reason().is_empty()),
                ImageState::Pending | ImageState::Uploading => prop_assert!(false, "it would be sent"),
            }
        }
        prop_assert_eq!(import.uploaded.is_some(), !found.is_empty());
        prop_assert_eq!(found, expected, "in the order of the table");
    }
}
