//! `bbdrop templates …`: local, without the queue, without a resident.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::Templates as Action;
use super::{Exit, print};
use crate::engine::templates::{self, Templates};
use crate::template::{self, GalleryView, Problem};

/// Longest JSON of a gallery, in bytes.
const DATA_BYTES_MAX: u64 = 256 << 20;

/// Why a command came to nothing.
struct Refused(Exit, String);

/// Carries out `action`.
pub fn run(action: &Action, data_dir: &Path) -> Exit {
    let templates = Templates::of(data_dir);
    let done = match action {
        Action::List => list(&templates),
        Action::Show { name } => show(&templates, name),
        Action::Import { files } => import(&templates, files),
        Action::Check { file } => check(&templates, file),
        Action::Render { file, data, json } => render(&templates, file, data.as_deref(), *json),
    };
    done.unwrap_or_else(|Refused(exit, words)| {
        print::problems(&words);
        exit
    })
}

fn list(templates: &Templates) -> Result<Exit, Refused> {
    let line = |listed: templates::Listed| {
        let words = listed.file.map_or(listed.words.to_owned(), |file| file.display().to_string());
        format!("{:<18}  {words}", listed.name)
    };
    let lines = templates.list().map_err(failed)?.into_iter().map(line);
    Ok(print::written(print::lines(lines)))
}

fn show(templates: &Templates, name: &str) -> Result<Exit, Refused> {
    let text = templates.text(name).map_err(failed)?;
    let text = text.ok_or_else(|| Refused(Exit::Usage, format!("There is no template “{name}”.")))?;
    Ok(print::written(print::foreign(&text)))
}

fn import(templates: &Templates, files: &[PathBuf]) -> Result<Exit, Refused> {
    let words = templates.import(files).map_err(failed)?;
    Ok(print::written(print::lines(words.lines())))
}

fn check(templates: &Templates, file: &Path) -> Result<Exit, Refused> {
    let (_, problems) = template::parse(&find(templates, file)?);
    let written = print::written(print::lines(lines(file, &problems)));
    Ok(if problems.is_empty() { written } else { Exit::Failed })
}

fn render(templates: &Templates, file: &Path, data: Option<&Path>, json: bool) -> Result<Exit, Refused> {
    let (template, problems) = template::parse(&find(templates, file)?);
    if !problems.is_empty() {
        lines(file, &problems).for_each(|line| print::problem(&line));
    }
    let gallery = data.map_or_else(|| Ok(GalleryView::sample()), gallery)?;
    let rendered = template::render(&template, &gallery);
    if rendered.is_cut {
        print::problem("The output is longer than fits into memory; it was cut.");
    }
    let written = if json {
        let titles = (0..rendered.parts.len()).map(|part| rendered.title_of(part));
        let posts: Vec<_> = titles.zip(&rendered.parts).map(|(title, text)| Post { title, text }).collect();
        print::json(&posts)
    } else {
        print::foreign(&rendered.text())
    };
    let written = print::written(written);
    Ok(if rendered.is_cut { Exit::Failed } else { written })
}

/// One post as scripts see it.
#[derive(Serialize)]
struct Post<'r> {
    title: String,
    text: &'r str,
}

fn lines(file: &Path, problems: &[Problem]) -> impl Iterator<Item = String> {
    problems.iter().map(|Problem { line, column, words, .. }| format!("{}:{line}:{column}: {words}", file.display()))
}

/// The text of the file, or of the template of that name.
fn find(templates: &Templates, file: &Path) -> Result<String, Refused> {
    if file.try_exists().unwrap_or(true) {
        return templates::read_named(file).map_err(failed);
    }
    let named = file.to_str().map_or(Ok(None), |name| templates.text(name)).map_err(failed)?;
    let words = || format!("There is no file and no template “{}”.", file.display());
    named.ok_or_else(|| Refused(Exit::Usage, words()))
}

fn gallery(file: &Path) -> Result<GalleryView, Refused> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|file| file.take(DATA_BYTES_MAX + 1).read_to_end(&mut bytes));
    let length =
        read.map_err(|error| failed(format!("The gallery cannot be read: {error}. File: {}", file.display())))?;
    if u64::try_from(length).is_ok_and(|length| length > DATA_BYTES_MAX) {
        return Err(failed(format!("The gallery is longer than {DATA_BYTES_MAX} bytes. File: {}", file.display())));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let words = |error| failed(format!("This is no gallery in JSON: {error}. File: {}", file.display()));
    serde_json::from_slice(bytes).map_err(words)
}

fn failed(words: String) -> Refused {
    Refused(Exit::Failed, words)
}
