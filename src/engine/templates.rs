//! The templates there are: the person's own, files in `templates/` of the data directory, and the built-in ones. Only reads.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::template;

/// Longest template, in bytes.
const TEMPLATE_BYTES_MAX: u64 = 1 << 20;
/// What the names of template files end with; BBDrop 0.9 had the same.
const ENDING: &str = ".template.txt";

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

    fn own(&self) -> Result<Vec<(String, PathBuf)>, String> {
        let entries = match self.directory.read_dir() {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
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
        Ok(own)
    }
}

/// The text of a template file.
///
/// # Errors
/// In words, when it cannot be read, is too long or no text.
pub fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(TEMPLATE_BYTES_MAX + 1).read_to_end(&mut bytes));
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
