//! Where the doors are looked for: the usual ports, the environment, or `.env` in the data directory.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::Path;

use crate::files;

/// The file in the data directory.
const FILE: &str = ".env";
/// More than any honest file of a few lines.
const FILE_BYTES_MAX: u64 = 64 * 1024;

const FOLDER: &str = "BBDROP_PORT";
const FIRST: &str = "SINGLEINSTANCE_PORT_START";
const LAST: &str = "SINGLEINSTANCE_PORT_END";
const NAMES: [&str; 3] = [FOLDER, FIRST, LAST];

/// Where the doors are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The folder channel (ADR-002).
    pub folder: u16,
    /// The delegate channel takes the first free one (ADR-007).
    pub delegate: RangeInclusive<u16>,
}

impl Default for Ports {
    fn default() -> Self {
        Self { folder: 27_849, delegate: 54_000..=54_050 }
    }
}

impl Ports {
    /// What `environment` says, then `.env` in `data_dir`, then the usual ports.
    ///
    /// # Errors
    /// In words, when one of them says something that is no port, or `.env` cannot be read.
    pub fn find(data_dir: &Path, environment: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let path = data_dir.join(FILE);
        let unreadable = |why: String| format!("{why} File: {}", path.display());
        let mut bytes = Vec::new();
        match files::open_plain(&path) {
            Ok(file) => {
                let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
                read.map_err(|error| unreadable(format!("The ports cannot be read: {error}.")))?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(format!("The ports cannot be read: {error}."))),
        }
        let file = parse_dot_env(&bytes).map_err(unreadable)?;
        Self::from_lookup(|name| environment(name).or_else(|| file.get(name).cloned()))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let usual = Self::default();
        let port = |name: &str, usual: u16| match lookup(name) {
            None => Ok(usual),
            Some(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| format!("{name} must be a port from 1 to 65535, not “{text}”.")),
        };
        let first = port(FIRST, *usual.delegate.start())?;
        let last = port(LAST, *usual.delegate.end())?;
        if first > last {
            return Err(format!("{FIRST} ({first}) must not be above {LAST} ({last})."));
        }
        Ok(Self { folder: port(FOLDER, usual.folder)?, delegate: first..=last })
    }
}

/// The ports in the text of a `.env` file.
///
/// # Errors
/// In words, as [`Ports::find`].
pub(super) fn parse(bytes: &[u8]) -> Result<Ports, String> {
    let file = parse_dot_env(bytes)?;
    Ports::from_lookup(|name| file.get(name).cloned())
}

/// Lines `NAME=VALUE`, with or without `export` and quotes; the last one of a name counts. Other names are not our business.
/// No substitution of `$NAME`, with which a few lines can make gigabytes.
fn parse_dot_env(bytes: &[u8]) -> Result<BTreeMap<&'static str, String>, String> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("This is longer than {FILE_BYTES_MAX} bytes."));
    }
    let text = String::from_utf8_lossy(bytes);
    let mut values = BTreeMap::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        if let Some(name) = NAMES.into_iter().find(|known| *known == name.trim()) {
            values.insert(name, value_of(value).to_owned());
        }
    }
    Ok(values)
}

/// Without the comment and the quotes.
fn value_of(value: &str) -> &str {
    let value = value.split_once(" #").map_or(value, |(value, _)| value).trim();
    let unquoted = |quote| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    unquoted('"').or_else(|| unquoted('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &Result<Ports, String>, folder: u16, delegate: RangeInclusive<u16>) {
        assert_eq!(*found, Ok(Ports { folder, delegate }));
    }

    #[test]
    fn the_environment_wins_over_the_file_and_both_over_the_usual() {
        let dir = tempfile::tempdir().expect("a directory");
        let none = |_: &str| None;
        check(&Ports::find(dir.path(), none), 27_849, 54_000..=54_050);
        let text = "\u{feff}# mine\nSINGLEINSTANCE_PORT_START = 54010 # from\r\nexport SINGLEINSTANCE_PORT_END=\"54020\"\nOTHER\n";
        std::fs::write(dir.path().join(".env"), text).expect("written");
        check(&Ports::find(dir.path(), none), 27_849, 54_010..=54_020);
        let some = |name: &str| (name == "SINGLEINSTANCE_PORT_START").then(|| "54015".to_owned());
        check(&Ports::find(dir.path(), some), 27_849, 54_015..=54_020);
    }

    #[test]
    fn nonsense_is_said_and_named() {
        for (text, words) in [
            ("SINGLEINSTANCE_PORT_START=0", "not “0”"),
            ("SINGLEINSTANCE_PORT_END=65536", "not “65536”"),
            ("BBDROP_PORT=abc", "BBDROP_PORT must be a port"),
            ("SINGLEINSTANCE_PORT_START=54051", "must not be above"),
            ("BBDROP_PORT=", "not “”"),
        ] {
            let error = parse(text.as_bytes()).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join(".env"), vec![b'#'; 70_000]).expect("written");
        let error = Ports::find(dir.path(), |_| None).expect_err("too long");
        assert!(error.contains("longer than") && error.contains(".env"), "{error}");
    }
}
