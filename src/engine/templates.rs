//! The templates there are: the person's own, files in `templates/` of the data directory, and the built-in ones.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::core::output::{TemplatesDone, no_such_template};
use crate::core::printable::printable;
use crate::core::{Refusal, RefusalCode, TemplateChange, TemplateRow};
use crate::files;
use crate::hosts::file_name;
use crate::template::{self, Problem};

/// Longest template, in bytes.
const TEMPLATE_BYTES_MAX: u64 = 1 << 20;
/// What the names of template files end with; BBDrop 0.9 had the same.
pub const ENDING: &str = ".template.txt";

/// Longest name of a template, in characters.
const NAME_CHARS_MAX: usize = 80;
/// Templates of the person's own that are shown.
const OWN_MAX: usize = 1000;

/// Where the person's own templates are.
#[derive(Clone, Debug)]
pub struct Templates {
    directory: PathBuf,
}

/// A template of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// A file of the person's own; it may take the place of a built-in one.
    pub file: Option<PathBuf>,
    /// What it makes, in a line; empty for the person's own.
    pub words: &'static str,
}

/// What became of a template that was to be taken over.
pub(super) struct Taken {
    /// What it is called here.
    pub name: String,
    /// It was not here before.
    pub is_new: bool,
}

impl Templates {
    /// Those of a data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { directory: data_dir.join("templates") }
    }

    /// All templates: built-in ones first, then the others by name.
    ///
    /// # Errors
    /// In words, when the directory is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, String> {
        let mut own = self.own()?;
        let mut listed: Vec<_> = template::builtin()
            .iter()
            .map(|builtin| {
                let same = own.iter().position(|(name, _)| name == builtin.name);
                let file = same.map(|index| own.remove(index).1);
                let words = if file.is_some() { "" } else { builtin.words };
                Listed { name: builtin.name.to_owned(), file, words }
            })
            .collect();
        listed.extend(own.into_iter().map(|(name, file)| Listed { name, file: Some(file), words: "" }));
        Ok(listed)
    }

    /// The text of the template of that name; `None` when there is none.
    ///
    /// # Errors
    /// In words, when it cannot be read.
    pub fn text(&self, name: &str) -> Result<Option<String>, String> {
        let found = self.list()?.into_iter().find(|template| template.name == name);
        match found {
            None => Ok(None),
            Some(Listed { file: Some(file), .. }) => read(&file).map(Some),
            Some(Listed { file: None, .. }) => {
                let builtin = template::builtin().iter().find(|builtin| builtin.name == name);
                Ok(builtin.map(|builtin| builtin.text.to_owned()))
            }
        }
    }

    /// All templates with their texts and what is wrong with them.
    ///
    /// # Errors
    /// As [`Templates::list`].
    pub fn rows(&self) -> Result<Arc<[TemplateRow]>, String> {
        let row = |listed: Listed| {
            let builtin = template::builtin().iter().find(|builtin| builtin.name == listed.name);
            let text = match &listed.file {
                Some(file) => read(file),
                None => Ok(builtin.map(|builtin| builtin.text.to_owned()).unwrap_or_default()),
            };
            let trouble = match &text {
                Ok(text) => template::parse(text).1.first().map(in_words),
                Err(words) => Some(words.clone()),
            };
            TemplateRow {
                text: text.unwrap_or_default().into(),
                is_own: listed.file.is_some(),
                is_builtin: builtin.is_some(),
                words: listed.words,
                name: listed.name,
                trouble,
            }
        };
        Ok(self.list()?.into_iter().map(row).collect())
    }

    /// Does what is wanted, and says which templates there are then.
    ///
    /// # Errors
    /// Why it was not done, in words.
    pub fn change(&self, change: &TemplateChange) -> Result<TemplatesDone, Refusal> {
        let mut renamed = None;
        let words = match change {
            TemplateChange::List => String::new(),
            TemplateChange::Save { name, text } => self.save(name, text).map_err(bad_request)?,
            TemplateChange::Delete(name) => self.delete(name)?,
            TemplateChange::Rename { name, to } => {
                renamed = Some((name.clone(), to.trim().to_owned()));
                self.rename(name, to.trim())?
            }
            TemplateChange::Import(files) => self.import(files).map_err(bad_request)?,
        };
        let templates = self.rows().map_err(|words| Refusal::new(RefusalCode::Internal, words))?;
        Ok(TemplatesDone { templates, words, renamed })
    }

    fn save(&self, name: &str, text: &str) -> Result<String, String> {
        let name = name.trim();
        check_name(name)?;
        if u64::try_from(text.len()).is_ok_and(|length| length > TEMPLATE_BYTES_MAX) {
            return Err(format!("A template has at most {TEMPLATE_BYTES_MAX} bytes."));
        }
        self.write(name, text, true)?;
        Ok(match template::parse(text).1.first() {
            None => format!("The template “{name}” is saved."),
            Some(problem) => format!(
                "The template “{name}” is saved, but it is not in order ({}). Until that is mended, the built-in default is used instead.",
                in_words(problem)
            ),
        })
    }

    fn delete(&self, name: &str) -> Result<String, Refusal> {
        let file = self.own_file(name)?;
        files::remove(&file).map_err(|error| {
            bad_request(format!("The template “{name}” cannot be deleted: {error}. File: {}", file.display()))
        })?;
        let is_builtin = template::builtin().iter().any(|builtin| builtin.name == name);
        Ok(if is_builtin {
            format!("The built-in template “{name}” is there again.")
        } else {
            format!("The template “{name}” is deleted.")
        })
    }

    fn rename(&self, name: &str, to: &str) -> Result<String, Refusal> {
        let file = self.own_file(name)?;
        check_name(to).map_err(bad_request)?;
        let listed = self.list().map_err(bad_request)?;
        if listed.iter().any(|other| other.name != name && other.name.to_lowercase() == to.to_lowercase()) {
            return Err(bad_request(format!("There is a template “{to}” already.")));
        }
        let renamed = files::rename(&file, &self.file(to));
        renamed.map_err(|error| bad_request(format!("The template “{name}” cannot be renamed: {error}.")))?;
        Ok(format!("The template “{name}” is called “{to}” now."))
    }

    /// Copies template files here; what is there already in the same words is not doubled.
    ///
    /// # Errors
    /// In words that name every file that could not be taken.
    pub fn import(&self, files: &[PathBuf]) -> Result<String, String> {
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for file in files {
            match self.import_one(file) {
                Ok(words) => done.push(words),
                Err(words) => refused.push(words),
            }
        }
        let lines = |words: Vec<String>| words.iter().map(|words| printable(words)).collect::<Vec<_>>().join("\n");
        if refused.is_empty() { Ok(lines(done)) } else { Err(lines([refused, done].concat())) }
    }

    fn import_one(&self, file: &Path) -> Result<String, String> {
        let called = file.file_name().unwrap_or_default().to_string_lossy();
        let wanted = called.strip_suffix(ENDING).or_else(|| called.strip_suffix(".txt"));
        let wanted = wanted.map(|name| name.trim().trim_start_matches('.')).filter(|name| !name.is_empty());
        let wanted =
            wanted.ok_or_else(|| format!("A template's file is called NAME{ENDING}. File: {}", file.display()))?;
        let text = read(file)?;
        let taken = self.take(wanted, &text)?;
        Ok(match taken {
            Taken { name, is_new: false } => format!("The template “{name}” is there already."),
            Taken { name, is_new: true } => {
                let trouble = template::parse(&text).1.first().map(in_words);
                let trouble = trouble.map(|words| format!(" It is not in order: {words}.")).unwrap_or_default();
                format!("The template “{name}” is imported.{trouble}")
            }
        })
    }

    /// Keeps a template of somebody else, unless it is here in the same words. Where another one has its name, it is called
    /// `NAME (2)`: the one rule for every way in.
    ///
    /// # Errors
    /// In words, when it cannot be written.
    pub(super) fn take(&self, name: &str, text: &str) -> Result<Taken, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let wanted = file_name(name.trim().trim_start_matches('.'));
        let listed = self.list()?;
        for number in 1..=OWN_MAX {
            let ending = if number == 1 { String::new() } else { format!(" ({number})") };
            let kept: String = wanted.chars().take(NAME_CHARS_MAX - ending.len()).collect();
            let name = format!("{}{ending}", kept.trim_end());
            let Some(same) = listed.iter().find(|other| other.name.to_lowercase() == name.to_lowercase()) else {
                self.write(&name, text, false)?;
                return Ok(Taken { name, is_new: true });
            };
            let there = self.text(&same.name)?;
            if there.is_some_and(|there| there.trim_end() == text.trim_end()) {
                return Ok(Taken { name: same.name.clone(), is_new: false });
            }
        }
        Err(format!("There are too many templates called “{wanted}”."))
    }

    /// Whole or not at all.
    fn write(&self, name: &str, text: &str, replaces: bool) -> Result<(), String> {
        let file = self.file(name);
        let write = || {
            fs::create_dir_all(&self.directory)?;
            let make = |path: &Path| File::options().write(true).create_new(true).open(path);
            let mut partial = tempfile::Builder::new().prefix(".").suffix(".partial").make_in(&self.directory, make)?;
            partial.write_all(text.as_bytes())?;
            partial.as_file().sync_all()?;
            if replaces {
                files::replace(partial, &file)
            } else {
                files::place(partial, &file).map_err(|error| error.error)
            }
        };
        write().map_err(|error: std::io::Error| {
            format!("The template “{name}” cannot be saved: {error}. File: {}", file.display())
        })
    }

    /// The file of a template of the person's own.
    fn own_file(&self, name: &str) -> Result<PathBuf, Refusal> {
        let listed = self.list().map_err(bad_request)?;
        match listed.into_iter().find(|template| template.name == name) {
            Some(Listed { file: Some(file), .. }) => Ok(file),
            Some(_) => Err(bad_request(format!(
                "The template “{name}” is built in and stays as it is. Save a copy of your own."
            ))),
            None => {
                let words = no_such_template(name, &self.rows().unwrap_or_default());
                Err(Refusal::new(RefusalCode::NoSuchTemplate, words))
            }
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}{ENDING}"))
    }

    fn own(&self) -> Result<Vec<(String, PathBuf)>, String> {
        let entries = match self.directory.read_dir() {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(format!("Your templates cannot be read: {error}. Directory: {}", self.directory.display()));
            }
        };
        let named = |path: PathBuf| {
            let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?.to_owned();
            (!name.is_empty()).then_some((name, path))
        };
        let mut own: Vec<_> = entries.flatten().filter_map(|entry| named(entry.path())).collect();
        own.sort();
        own.truncate(OWN_MAX);
        Ok(own)
    }
}

/// A name that is a file's, too, on every system.
fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.starts_with('.') || name.chars().count() > NAME_CHARS_MAX || file_name(name) != name {
        return Err(format!(
            "“{name}” cannot be the name of a template: it is a file's name, has 1 to {NAME_CHARS_MAX} characters, does not begin with a dot, and has none of < > : \" / \\ | ? *."
        ));
    }
    Ok(())
}

/// The first thing that is wrong with a template, with its place.
#[must_use]
pub fn in_words(problem: &Problem) -> String {
    format!("line {}, column {}: {}", problem.line, problem.column, problem.words.trim_end_matches('.'))
}

fn bad_request(words: String) -> Refusal {
    Refusal::new(RefusalCode::BadRequest, words)
}

/// The text of a template file.
///
/// # Errors
/// In words, when it cannot be read, is too long or no text.
pub fn read(path: &Path) -> Result<String, String> {
    text_of(path, files::open_plain(path))
}

/// The same of whatever a person names, also of a pipe that a shell has made for it.
///
/// # Errors
/// As [`read`].
pub fn read_named(path: &Path) -> Result<String, String> {
    text_of(path, File::open(path))
}

fn text_of(path: &Path, opened: std::io::Result<File>) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = opened.and_then(|file| file.take(TEMPLATE_BYTES_MAX + 1).read_to_end(&mut bytes));
    let length = read.map_err(|error| format!("The template cannot be read: {error}. File: {}", path.display()))?;
    if u64::try_from(length).is_ok_and(|length| length > TEMPLATE_BYTES_MAX) {
        return Err(format!("A template has at most {TEMPLATE_BYTES_MAX} bytes. File: {}", path.display()));
    }
    String::from_utf8(bytes).map_err(|_| format!("The template is no UTF-8 text. File: {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_templates_come_after_the_built_in_ones_or_in_their_place() {
        let dir = tempfile::tempdir().expect("a directory");
        let templates = Templates::of(dir.path());
        let builtin = template::builtin();
        assert_eq!(templates.list().expect("listed").len(), builtin.len(), "without a directory");
        let own = dir.path().join("templates");
        std::fs::create_dir(&own).expect("made");
        for (file, text) in
            [("mine.template.txt", "m"), ("html.template.txt", "h"), (".template.txt", "x"), ("note.txt", "x")]
        {
            std::fs::write(own.join(file), text).expect("written");
        }
        let listed = templates.list().expect("listed");
        assert_eq!(listed.len(), builtin.len() + 1);
        assert_eq!(listed.last().map(|template| template.name.as_str()), Some("mine"));
        assert_eq!(templates.text("mine"), Ok(Some("m".to_owned())));
        assert_eq!(templates.text("html"), Ok(Some("h".to_owned())));
        assert_eq!(templates.text("default"), Ok(Some(template::DEFAULT.to_owned())));
        assert_eq!(templates.text("../templates/mine"), Ok(None));
    }

    #[test]
    fn templates_are_saved_renamed_deleted_and_imported() {
        let dir = tempfile::tempdir().expect("a directory");
        let templates = Templates::of(dir.path());
        let change = |change: TemplateChange| templates.change(&change);
        let save =
            |name: &str, text: &str| change(TemplateChange::Save { name: name.to_owned(), text: text.to_owned() });
        let row = |name: &str| templates.rows().expect("listed").iter().find(|row| row.name == name).cloned();
        assert!(save("mine", "#allImages#").expect("saved").words.contains("is saved."));
        assert!(save("mine", "#allImage#").expect("saved").words.contains("line 1, column 1"));
        assert!(row("mine").is_some_and(|row| row.is_own && row.trouble.is_some()));
        for name in ["", "a/b", "..", ".hidden", "CON", "x.", &"x".repeat(99)] {
            assert!(save(name, "x").is_err(), "{name}");
        }
        let rename = |name: &str, to: &str| change(TemplateChange::Rename { name: name.to_owned(), to: to.to_owned() });
        assert!(rename("mine", "HTML").is_err_and(|refusal| refusal.words.contains("already")));
        assert_eq!(rename("mine", "yours").expect("renamed").renamed, Some(("mine".to_owned(), "yours".to_owned())));
        assert!(rename("html", "other").is_err_and(|refusal| refusal.words.contains("built in")));
        save("html", "own").expect("saved");
        assert_eq!(row("html").map(|row| row.text.to_string()), Some("own".to_owned()));
        assert!(change(TemplateChange::Delete("html".to_owned())).expect("deleted").words.contains("there again"));
        assert_eq!(row("html").map(|row| row.is_own), Some(false));
        let delete = change(TemplateChange::Delete("html".to_owned()));
        assert!(delete.is_err_and(|refusal| refusal.words.contains("built in")));
        let old = dir.path().join("yours.template.txt");
        std::fs::write(&old, "\u{feff}#folderName#").expect("written");
        let import = || change(TemplateChange::Import(vec![old.clone()])).expect("imported").words;
        assert_eq!(import(), "The template “yours (2)” is imported.");
        assert_eq!(import(), "The template “yours (2)” is there already.");
        assert_eq!(templates.text("yours (2)"), Ok(Some("#folderName#".to_owned())));
        let wrong =
            change(TemplateChange::Import(vec![dir.path().join("none.template.txt"), dir.path().join("a.png")]));
        assert!(wrong.is_err_and(|refusal| refusal.words.lines().count() == 2));
    }

    #[test]
    fn what_is_no_template_is_refused_in_words() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a.template.txt");
        std::fs::write(&file, b"\xff").expect("written");
        assert!(read(&file).is_err_and(|words| words.contains("no UTF-8")));
        std::fs::write(&file, vec![b'a'; 1 << 20]).expect("written");
        assert!(read(&file).is_ok());
        std::fs::write(&file, vec![b'a'; (1 << 20) + 1]).expect("written");
        assert!(read(&file).is_err_and(|words| words.contains("at most")));
        assert!(read(dir.path()).is_err());
    }
}
