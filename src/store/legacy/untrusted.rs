//! What comes from outside: a database of BBDrop 0.9, for any bytes, as the fuzz target and the property test run it. Panics when
//! something is taken that must not be taken.

use std::path::{Component, Path};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{GALLERY, IMAGE, SETTING, TAB, read};
use crate::core::legacy::{Here, OldGallery, Seen, gallery};
use crate::core::{GalleryState, ImageState};

/// Rows that are made of the bytes.
const ROWS_MAX: usize = 64;
/// What real databases hold, for bytes to name.
const WORDS: [&str; 16] = [
    "completed",
    "incomplete",
    "failed",
    "uploading",
    "ready",
    "paused",
    "/old/Trip",
    "a.jpg",
    "../b.jpg",
    "https://host.example/i/1",
    "Main",
    "schema_version",
    "16",
    "[[\"c.jpg\", \"too large\"]]",
    "{\"d.jpg\": 4}",
    "imx",
];

/// Bytes as a database, when they begin like one; otherwise as what is in the tables of one. `directory` is for it alone.
///
/// # Panics
/// When something is wrong with this program, or `directory` cannot be written.
pub fn old_database(bytes: &[u8], directory: &Path) {
    let (path, scratch) = (directory.join("old.db"), directory.join("scratch"));
    let _ = std::fs::remove_file(&path); // There is none the first time.
    let made = if bytes.starts_with(b"SQLite format 3\0") {
        std::fs::write(&path, bytes).map_err(|error| error.to_string())
    } else {
        make(bytes, &path).map_err(|error| error.to_string())
    };
    assert_eq!(made, Ok(()));
    assert!(std::fs::create_dir_all(&scratch).is_ok(), "no scratch directory");
    let before = std::fs::read(&path).ok();
    let queue = read(&path, &scratch);
    assert_eq!(std::fs::read(&path).ok(), before, "the original was changed");
    match queue {
        Ok(queue) => queue.galleries.iter().for_each(take),
        Err(words) => assert!(words.ends_with('.'), "{words}"),
    }
}

/// Nothing of it may start by itself or lead out of its folder, whether that is there or not.
fn take(old: &OldGallery) {
    use GalleryState::{Added, Completed, Failed, Incomplete, Missing};
    let here = Here { hosts: ["imx".to_owned()].into(), host_default: "folder".to_owned(), ..Here::default() };
    for is_there in [false, true] {
        let seen = Seen { key: old.path.clone(), is_there, ..Seen::default() };
        let Ok(import) = gallery(old.clone(), &seen, &here, 0) else { continue };
        assert!([Added, Completed, Failed, Incomplete, Missing].contains(&import.gallery.state), "{import:?}");
        assert!(!import.gallery.after_scan.start && import.gallery.at_host.session.is_none(), "{import:?}");
        for (position, image) in (0_u32..).zip(&import.images) {
            assert_eq!(image.position, position);
            let mut parts = image.file.components();
            assert!(matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)), "{image:?}");
            assert!(!matches!(image.state, ImageState::Pending | ImageState::Uploading), "{image:?}");
        }
    }
}

/// A database whose columns have no type, some of them missing, with values of any type in it.
fn make(bytes: &[u8], path: &Path) -> rusqlite::Result<()> {
    let mut bytes = bytes.iter().copied();
    let left_out = std::array::from_fn::<u8, 4, _>(|_| bytes.next().unwrap_or_default());
    let left_out = u32::from_le_bytes(left_out);
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")?;
    let tables: [(&str, &[&str]); 4] =
        [("galleries", &GALLERY), ("images", &IMAGE), ("tabs", &TAB), ("settings", &SETTING)];
    // Only galleries lack columns, and never all of them.
    let there = |table: &str, index: usize| table != "galleries" || index < 2 || left_out >> index & 1 == 0;
    for (table, columns) in tables {
        let there: Vec<_> =
            (0..).zip(columns).filter(|(index, _)| there(table, *index)).map(|(_, name)| *name).collect();
        connection.execute_batch(&format!("CREATE TABLE {table} ({})", there.join(", ")))?;
    }
    for _ in 0..ROWS_MAX {
        let Some(table) = bytes.next() else { break };
        let Some((table, columns)) = tables.get(usize::from(table % 8)).or(tables.get(usize::from(table % 2))) else {
            break;
        };
        let values = columns.iter().map(|_| value(&mut bytes)).collect::<Vec<_>>();
        let values: Vec<_> =
            (0..).zip(values).filter(|(index, _)| there(table, *index)).map(|(_, value)| value).collect();
        let places: Vec<_> = values.iter().map(|(place, _)| *place).collect();
        let sql = format!("INSERT INTO {table} VALUES ({})", places.join(", "));
        connection.execute(&sql, params_from_iter(values.into_iter().map(|(_, value)| value)))?;
    }
    connection.execute_batch("COMMIT")
}

/// How it is written, and what it is.
fn value(bytes: &mut impl Iterator<Item = u8>) -> (&'static str, Value) {
    let kind = bytes.next().unwrap_or_default();
    let mut take = |count: u8| bytes.by_ref().take(usize::from(count)).collect::<Vec<_>>();
    match kind {
        0..16 => ("?", Value::Null),
        16..32 => ("?", Value::Integer(i64::from_le_bytes(eight(&take(8))))),
        32..48 => ("?", Value::Real(f64::from_le_bytes(eight(&take(8))))),
        48..64 => ("?", Value::Integer(i64::from(kind - 48))),
        // Also text that is no Unicode.
        64..128 => ("CAST(? AS TEXT)", Value::Blob(take(kind - 64))),
        128..160 => ("?", Value::Blob(take(kind - 128))),
        160.. => ("?", Value::Text(WORDS.get(usize::from(kind % 16)).copied().unwrap_or_default().to_owned())),
    }
}

/// As many as a number has; what is missing is 0.
fn eight(bytes: &[u8]) -> [u8; 8] {
    std::array::from_fn(|index| bytes.get(index).copied().unwrap_or_default())
}
