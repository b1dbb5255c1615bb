//! What becomes of an old gallery here. Nothing of it starts by itself, and nothing that 0.9 has uploaded is sent again.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::{OldGallery, OldImage, Seen};
use crate::core::gallery::{AfterScan, AtHost, Past};
use crate::core::post::{FIELD_CHARS_MAX, Fields, NAME_CHARS_MAX, Post};
use crate::core::{
    Fault, FaultKind, Field, Folder, Gallery, GalleryId, GalleryState, Image, ImageLinks, ImageState, Millis,
};

/// What there is here that old galleries refer to.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// Ids of the hosts.
    pub hosts: BTreeSet<String>,
    /// The one for galleries whose host is not there.
    pub host_default: String,
    /// Names of the templates.
    pub templates: BTreeSet<String>,
    /// Old templates that have another name here.
    pub renamed: BTreeMap<String, String>,
}

/// A gallery for this queue, without its number, its place and its tally.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub gallery: Gallery,
    /// Uploaded and failed ones; what else is in the folder a scan will find.
    pub images: Vec<Image>,
    /// The name of its tab.
    pub tab: String,
    /// Where its images were uploaded to, and when; `None` when there are none.
    pub uploaded: Option<(String, Millis)>,
    /// What a person should know of it.
    pub remarks: Vec<String>,
}

impl Import {
    /// What became of it, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let Gallery { state, after_scan, .. } = &self.gallery;
        let state = match (state, after_scan.returns_to) {
            (GalleryState::Added, Some(GalleryState::Paused)) => "paused, start it to go on",
            (GalleryState::Added, _) => "its folder is looked at again",
            (GalleryState::Missing, _) => "its folder is not there",
            (state, _) => state.name(),
        };
        match links(&self.images) {
            0 => state.to_owned(),
            1 => format!("{state}, 1 image with its link"),
            links => format!("{state}, {links} images with their links"),
        }
    }
}

/// The id that a host of 0.9 has here.
#[must_use]
pub fn host_id(old: &str) -> &str {
    match old.trim() {
        "" | "imx" => "imx",
        "turbo" => "turboimagehost",
        id => id,
    }
}

/// What becomes of `old`, whose folder is as `seen`.
///
/// # Errors
/// Why it cannot be taken, in words.
pub fn gallery(mut old: OldGallery, seen: &Seen, here: &Here, now: Millis) -> Result<Import, String> {
    if old.path.as_os_str().is_empty() {
        return Err("It has no folder.".to_owned());
    }
    if !old.path.is_absolute() {
        return Err(format!("Its folder is none of this computer: {}", old.path.display()));
    }
    let mut remarks = old.doubts.clone();
    leave_out_strange_links(&mut old, &mut remarks);
    let mut images = images(&old, seen, &mut remarks);
    let links = links(&images);
    let state = State::of(&old, &images, seen, &mut remarks);
    if links == 0 {
        // Only beside uploaded ones: otherwise a scan finds them, and all the others with them.
        images.retain(|image| !matches!(image.state, ImageState::Failed(_)));
    }
    count_again(&old, links, &mut remarks);
    let host = host(&old.post.host, here, &mut remarks);
    let template = template(&old.post.template, here, &mut remarks);
    let fields = fields(old.post.custom.into_iter().chain(old.post.ext), &mut remarks);
    let uploaded_at = old.images.iter().filter_map(|image| image.uploaded_at).max();
    let finished_at = old.finished_at.or(uploaded_at).or(old.added_at);
    let is_finished = matches!(state.now, GalleryState::Completed | GalleryState::Incomplete);
    let name = Some(old.name.trim()).filter(|name| !name.is_empty());
    let name = name.map(|name| name.replace(char::is_control, " "));
    let name = cut(name.unwrap_or_else(|| title(&old.path)), NAME_CHARS_MAX, "its name", &mut remarks);
    let folder = Folder { path: old.path, key: seen.key.clone(), chosen: None };
    let gallery = Gallery {
        state: state.now,
        after_scan: AfterScan { returns_to: state.returns_to, ..AfterScan::default() },
        at_host: AtHost { session: None, link: Some(old.post.link).filter(|link| !link.is_empty()) },
        post: Arc::new(Post { template, fields, ..Post::default() }),
        reason: state.reason,
        past: Past {
            added_at: old.added_at.unwrap_or(now),
            finished_at: finished_at.filter(|_| is_finished),
            before: None,
        },
        ..Gallery::new(GalleryId(0), folder, &name, &host)
    };
    Ok(Import {
        gallery,
        images,
        tab: old.post.tab,
        uploaded: (links > 0).then(|| (host_id(&old.post.host).to_owned(), finished_at.unwrap_or(now))),
        remarks,
    })
}

/// Uploaded ones as 0.9 has stored them, then what it could not upload.
fn images(old: &OldGallery, seen: &Seen, remarks: &mut Vec<String>) -> Vec<Image> {
    // Of a gallery that is not finished, what has no link is to be sent: the scan finds it.
    let is_finished = old.status == "completed";
    let rows = old.images.iter().filter(|image| is_finished || !image.link.is_empty());
    let all =
        rows.map(|image| uploaded(image, seen)).chain(old.failed.iter().map(|(file, why)| failed(file, why, seen)));
    let mut names = HashSet::new();
    let mut strange = 0_u32;
    let mut images = Vec::with_capacity(old.images.len());
    for image in all {
        if !is_file_name(&image.file) {
            strange += 1;
        } else if names.insert(image.file.clone()) {
            images.push(image);
        }
    }
    if strange > 0 {
        remarks.push(format!("{strange} of its images have no usable file name and were left out"));
    }
    for (position, image) in (0..u32::MAX).zip(&mut images) {
        image.position = position;
    }
    images
}

/// An image of the old table. One without a link counts as done, too: it is at its host, only nobody knows where.
fn uploaded(old: &OldImage, seen: &Seen) -> Image {
    let state = if old.link.is_empty() {
        ImageState::Skipped("BBDrop 0.9 has uploaded it and has not kept its link.".to_owned())
    } else {
        ImageState::Uploaded(ImageLinks { link: old.link.clone(), thumb: old.thumb.clone(), ..ImageLinks::default() })
    };
    // Of another size it is another picture by now.
    let same = seen.files.get(&old.file).filter(|(bytes, _)| old.bytes == 0 || *bytes == old.bytes);
    let (bytes, modified_at) = same.copied().unwrap_or((old.bytes, Image::MODIFIED_UNKNOWN));
    Image { position: 0, file: old.file.clone(), bytes, modified_at, pixels: old.pixels, attempts: 0, state }
}

fn failed(file: &Path, why: &str, seen: &Seen) -> Image {
    let words = if why.is_empty() { "BBDrop 0.9 could not upload it." } else { why };
    let state = ImageState::Failed(Fault::new(FaultKind::Rejected, words));
    let (bytes, modified_at) = seen.files.get(file).copied().unwrap_or((0, Image::MODIFIED_UNKNOWN));
    Image { position: 0, file: file.to_owned(), bytes, modified_at, pixels: (0, 0), attempts: 1, state }
}

fn leave_out_strange_links(old: &mut OldGallery, remarks: &mut Vec<String>) {
    let of_images = old.images.iter_mut().flat_map(|image| [&mut image.link, &mut image.thumb]);
    let mut strange = 0_u32;
    for link in of_images.chain([&mut old.post.link]).filter(|link| !link.is_empty() && !is_link(link)) {
        link.clear();
        strange += 1;
    }
    if strange > 0 {
        remarks.push(format!("{strange} of its links are no addresses of the web and were left out"));
    }
}

/// An address of the web: what 0.9 has got of hosts is no other. Anything else would be opened by whatever program is for it.
fn is_link(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let is_web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let is_strange = |c: char| c.is_whitespace() || c.is_control() || "\"<>[]".contains(c);
    is_web && !rest.is_empty() && !rest.contains(is_strange)
}

/// A name within the folder, and nothing that leads out of it.
fn is_file_name(file: &Path) -> bool {
    file.file_name() == Some(file.as_os_str())
}

fn links(images: &[Image]) -> usize {
    images.iter().filter(|image| matches!(image.state, ImageState::Uploaded(_))).count()
}

fn count_again(old: &OldGallery, links: usize, remarks: &mut Vec<String>) {
    let (counted, kept) = (old.counted.uploaded, u64::try_from(links).unwrap_or(u64::MAX));
    if counted > kept {
        remarks.push(format!("BBDrop 0.9 has counted {counted} uploaded images and has kept the links of {kept}"));
    }
}

/// Where a gallery stands here.
struct State {
    now: GalleryState,
    returns_to: Option<GalleryState>,
    reason: Option<Fault>,
}

impl State {
    /// What waited its turn or was on its way is held until the person starts it; what has a rest is looked at again.
    fn of(old: &OldGallery, images: &[Image], seen: &Seen, remarks: &mut Vec<String>) -> Self {
        use GalleryState::{Completed, Failed, Incomplete, Paused};
        let links = links(images);
        let failed = images.iter().filter(|image| matches!(image.state, ImageState::Failed(_))).count();
        let is_begun = (links > 0).then_some(Incomplete);
        // Otherwise some are only in the folder.
        let is_all_known = u64::try_from(images.len()).is_ok_and(|known| known >= old.counted.total);
        let is_all_done = failed == 0 && old.counted.total > 0 && is_all_known;
        match old.status.as_str() {
            // Nothing is left to look at.
            _ if is_all_done && links == images.len() && !seen.is_there => Self::at(Completed),
            "completed" if failed == 0 => Self { reason: no_links(links), ..Self::at(Completed) },
            "completed" if links > 0 => Self::at(Incomplete),
            "incomplete" | "failed" | "upload_failed" if links > 0 && failed > 0 && is_all_known => {
                Self::at(Incomplete)
            }
            "completed" | "incomplete" | "failed" | "upload_failed" if links == 0 && seen.is_there => {
                Self { reason: Some(not_uploaded(images)), ..Self::at(Failed) }
            }
            "completed" | "incomplete" | "failed" | "upload_failed" => Self::scanned(is_begun.or(Some(Failed)), seen),
            "queued" | "uploading" | "paused" => Self::scanned(Some(Paused), seen),
            "validating" | "scanning" | "scan_failed" | "ready" => Self::scanned(is_begun, seen),
            unknown => {
                remarks.push(format!("its state “{unknown}” is not known, so it is looked at again"));
                Self::scanned(is_begun, seen)
            }
        }
    }

    const fn at(now: GalleryState) -> Self {
        Self { now, returns_to: None, reason: None }
    }

    fn scanned(returns_to: Option<GalleryState>, seen: &Seen) -> Self {
        if seen.is_there {
            return Self { returns_to, ..Self::at(GalleryState::Added) };
        }
        let words = format!(
            "The folder is not there. Put it back or plug the drive in; it is looked for again. Folder: {}",
            seen.key.display()
        );
        let reason = Some(Fault::new(FaultKind::FolderGone, words));
        Self { now: GalleryState::Missing, returns_to, reason }
    }
}

fn no_links(links: usize) -> Option<Fault> {
    let words = "BBDrop 0.9 has uploaded it and has kept no links of its images. Reset it to upload it once more.";
    (links == 0).then(|| Fault::new(FaultKind::Rejected, words))
}

fn not_uploaded(images: &[Image]) -> Fault {
    let first = images.iter().find(|image| !image.state.reason().is_empty());
    let why = first.map(|image| format!(" {}: {}", image.name(), image.state.reason())).unwrap_or_default();
    Fault::new(FaultKind::Rejected, format!("BBDrop 0.9 could not upload it.{why} Retry to look at the folder again."))
}

fn host(old: &str, here: &Here, remarks: &mut Vec<String>) -> String {
    let id = host_id(old);
    if here.hosts.contains(id) {
        return id.to_owned();
    }
    remarks.push(format!("its host “{}” is not known here; it has the host “{}” now", old.trim(), here.host_default));
    here.host_default.clone()
}

fn template(old: &str, here: &Here, remarks: &mut Vec<String>) -> Option<String> {
    let name = Some(old.trim()).filter(|name| !name.is_empty())?;
    if let Some(renamed) = here.renamed.get(name) {
        return Some(renamed.clone());
    }
    if !here.templates.contains(name) {
        remarks.push(format!("its template “{name}” is not there; until it is, the built-in one is used"));
    }
    Some(name.to_owned())
}

/// In the order of [`Field::ALL`].
fn fields(values: impl Iterator<Item = String>, remarks: &mut Vec<String>) -> Fields {
    let mut fields = Fields::default();
    for (field, value) in Field::ALL.into_iter().zip(values) {
        fields.set(field, cut(value, FIELD_CHARS_MAX, field.name(), remarks));
    }
    fields
}

fn cut(text: String, chars_max: usize, what: &str, remarks: &mut Vec<String>) -> String {
    match text.char_indices().nth(chars_max) {
        None => text,
        Some((end, _)) => {
            remarks.push(format!("{what} was cut to {chars_max} characters"));
            text.get(..end).unwrap_or_default().to_owned()
        }
    }
}

fn title(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
