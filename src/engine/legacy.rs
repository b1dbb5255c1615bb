//! Taking over what BBDrop 0.9 has kept: its templates are copied, its database is read, its folders are looked at. Nothing of
//! it is changed. What was found goes to the queue in parts, so that no step of it is long.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::coordinator::now;
use super::resolve;
use super::templates::{self, ENDING, Taken, Templates};
use crate::core::legacy::{self, Here, ImportReport, Item, Kind, OldGallery, OldQueue, Seen};
use crate::core::queue::ImportPart;
use crate::core::{Refusal, RefusalCode};
use crate::hosts::Stamp;
use crate::store::{self, DATABASE};
use crate::template;

/// Galleries that are taken in one step.
const GALLERIES_AT_ONCE: usize = 250;
/// Templates that are looked at.
const TEMPLATES_MAX: usize = 1000;
/// How 0.9's window calls a template `NAME`: `.template NAME.txt`.
const OLD_BEGINNING: &str = ".template ";
const OLD_ENDING: &str = ".txt";
/// Where copies are made, in the data directory.
const SCRATCH: &str = ".import";

/// Where to look, and what there is here.
pub struct Source {
    pub from: PathBuf,
    pub data_dir: PathBuf,
    pub hosts: BTreeSet<String>,
    pub host_default: String,
}

/// Hands over what there is to take, part by part; the last one says that it is.
///
/// # Errors
/// When there is nothing that could be taken, in words.
pub fn import(source: &Source, mut hand_over: impl FnMut(ImportPart)) -> Result<(), Refusal> {
    let found = Found::at(&source.from, &source.data_dir)?;
    let mut report = ImportReport { from: source.from.display().to_string(), ..ImportReport::default() };
    let own = Templates::of(&source.data_dir);
    let mut renamed = BTreeMap::new();
    for (name, file) in &found.templates {
        take_template(name, file, &own, &mut renamed, &mut report);
    }
    let Some(database) = found.database else {
        hand_over(ImportPart { report, is_last: true, ..ImportPart::default() });
        return Ok(());
    };
    let queue = read(&database, &source.data_dir, &mut report);
    let listed = own.list().unwrap_or_default();
    let here = Here {
        hosts: source.hosts.clone(),
        host_default: source.host_default.clone(),
        templates: listed.into_iter().map(|listed| listed.name).collect(),
        renamed,
    };
    hand_over(ImportPart { report, tabs: queue.tabs, ..ImportPart::default() });
    let mut galleries = queue.galleries.into_iter().peekable();
    while galleries.peek().is_some() {
        let mut part = ImportPart::default();
        for old in galleries.by_ref().take(GALLERIES_AT_ONCE) {
            take_gallery(old, &here, &mut part);
        }
        hand_over(part);
    }
    hand_over(ImportPart { is_last: true, ..ImportPart::default() });
    Ok(())
}

/// What there is of 0.9.
struct Found {
    database: Option<PathBuf>,
    templates: Vec<(String, PathBuf)>,
}

impl Found {
    fn at(from: &Path, data_dir: &Path) -> Result<Self, Refusal> {
        let refuse = |code, words: &str| Refusal::new(code, format!("{words}: {}", from.display()));
        let Ok(metadata) = std::fs::metadata(from) else {
            return Err(refuse(RefusalCode::NotAFolder, "There is no such folder or file"));
        };
        if !metadata.is_dir() && !metadata.is_file() {
            return Err(refuse(RefusalCode::NotAFolder, "This is neither a folder nor a file"));
        }
        let directory = if metadata.is_dir() { from } else { from.parent().unwrap_or(from) };
        let is_ours =
            |path: &Path| path.canonicalize().is_ok_and(|path| data_dir.canonicalize().is_ok_and(|ours| ours == path));
        if is_ours(directory) {
            let words = "This is the data directory of this BBDrop itself. Name that of BBDrop 0.9, mostly .bbdrop in your home";
            return Err(refuse(RefusalCode::BadRequest, words));
        }
        let mut found = Self { database: None, templates: Vec::new() };
        if metadata.is_file() {
            match template_name(from) {
                Some(name) => found.templates.push((name, from.to_owned())),
                None => {
                    found =
                        Self { database: Some(from.to_owned()), templates: templates_in(&directory.join("templates")) }
                }
            }
            return Ok(found);
        }
        found.database = Some(directory.join(DATABASE)).filter(|file| file.is_file());
        found.templates = templates_in(directory);
        found.templates.extend(templates_in(&directory.join("templates")));
        if found.database.is_none() && found.templates.is_empty() {
            let words = format!("There is nothing of BBDrop 0.9 in it: no {DATABASE}, no template");
            return Err(refuse(RefusalCode::NothingToUpload, &words));
        }
        Ok(found)
    }
}

fn templates_in(directory: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = directory.read_dir() else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path());
    let named = files.filter_map(|file| template_name(&file).map(|name| (name, file)));
    let mut templates: Vec<_> = named.take(TEMPLATES_MAX).filter(|(_, file)| file.is_file()).collect();
    templates.sort();
    templates
}

fn template_name(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let old = || name.strip_prefix(OLD_BEGINNING)?.strip_suffix(OLD_ENDING);
    let name = name.strip_suffix(ENDING).or_else(old)?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Copies a template, unless it is there; one that differs from what has its name here gets another one.
fn take_template(
    name: &str,
    file: &Path,
    own: &Templates,
    renamed: &mut BTreeMap<String, String>,
    report: &mut ImportReport,
) {
    let text = match templates::read(file) {
        Ok(text) => text,
        Err(words) => return report.not_taken.push(Item::new(Kind::Template, name, words)),
    };
    match own.take(name, &text) {
        Ok(Taken { name: here, is_new }) => {
            let (list, words) = if is_new {
                (&mut report.taken, words_of_template(&text, name, &here))
            } else {
                (&mut report.there_already, words_of_same(name, &here))
            };
            list.push(Item::new(Kind::Template, name, words));
            note_name(name, here, renamed);
        }
        Err(words) => report.not_taken.push(Item::new(Kind::Template, name, words)),
    }
}

fn note_name(name: &str, here: String, renamed: &mut BTreeMap<String, String>) {
    if name != here {
        renamed.insert(name.to_owned(), here);
    }
}

fn words_of_same(name: &str, here: &str) -> String {
    if name == here { "the same is there".to_owned() } else { format!("the same is there as “{here}”") }
}

fn words_of_template(text: &str, name: &str, here: &str) -> String {
    let mut words = if name == here {
        "taken".to_owned()
    } else {
        format!("taken as “{here}”: another one has that name here")
    };
    let (_, problems) = template::parse(text);
    if let [first, ..] = problems.as_slice() {
        let problem = format!("; line {}: {} (`bbdrop templates check` says all)", first.line, first.words);
        words.push_str(&problem);
    }
    words
}

/// Reads the database by way of a copy; what cannot be read is on the report.
fn read(database: &Path, data_dir: &Path, report: &mut ImportReport) -> OldQueue {
    let name = database.display().to_string();
    let scratch = data_dir.join(SCRATCH);
    let _ = std::fs::remove_dir_all(&scratch); // Mostly there is none: one is left by a kill.
    let read = std::fs::create_dir_all(&scratch)
        .map_err(|error| format!("No copy of it can be made: {error}. Check the data directory."))
        .and_then(|()| store::legacy::read(database, &scratch));
    let _ = std::fs::remove_dir_all(&scratch); // What stays is removed the next time.
    report.database = Some(name.clone());
    match read {
        Ok(mut queue) => {
            report.schema_version = queue.version;
            let doubt = queue.version.and_then(ImportReport::doubt_of_version);
            let troubles = std::mem::take(&mut queue.troubles).into_iter().chain(doubt);
            report.not_taken.extend(troubles.map(|words| Item::new(Kind::Database, name.clone(), words)));
            queue
        }
        Err(words) => {
            report.not_taken.push(Item::new(Kind::Database, name, words));
            OldQueue::default()
        }
    }
}

fn take_gallery(old: OldGallery, here: &Here, part: &mut ImportPart) {
    let name = if old.name.trim().is_empty() { old.path.display().to_string() } else { old.name.trim().to_owned() };
    let name = if name.is_empty() { format!("row {}", old.row) } else { name };
    let (old, seen) = look(old);
    match legacy::gallery(old, &seen, here, now()) {
        Ok(import) => part.galleries.push(import),
        Err(words) => part.report.not_taken.push(Item::new(Kind::Gallery, name, words)),
    }
}

/// What is on this computer of a gallery's folder.
fn look(old: OldGallery) -> (OldGallery, Seen) {
    let Ok(folder) = resolve::folder(&old.path) else {
        let seen = Seen { key: key_of_missing(&old.path), is_there: false, files: HashMap::new() };
        return (old, seen);
    };
    let names = old.images.iter().map(|image| &image.file).chain(old.failed.iter().map(|(file, _)| file));
    let stamp = |file: &PathBuf| {
        // Only what is in the folder itself is anybody's business.
        let metadata =
            (Some(file.as_os_str()) == file.file_name()).then(|| folder.key.join(file).metadata().ok())??;
        let Stamp { bytes, modified_at } = Stamp::of(&metadata);
        metadata.is_file().then(|| (file.clone(), (bytes, modified_at)))
    };
    let files = names.filter_map(stamp).collect();
    (OldGallery { path: folder.path, ..old }, Seen { key: folder.key, is_there: true, files })
}

/// As it will be known when it is back: links are followed as far as there is something.
fn key_of_missing(path: &Path) -> PathBuf {
    let path: PathBuf = path.components().collect();
    let there = path.ancestors().skip(1).find_map(|above| Some((above, above.canonicalize().ok()?)));
    let rest = there.as_ref().and_then(|(above, _)| path.strip_prefix(above).ok());
    match (&there, rest) {
        (Some((_, key)), Some(rest)) => key.join(rest),
        _ => path,
    }
}
