//! Reading the database of BBDrop 0.9. The original is only copied: `SQLite` opens the copy, so that nothing of the original
//! changes, whoever has it open.
//!
//! Every value may be missing or of another type than it should be: what cannot be read is said, the rest is taken.

mod copy;
mod value;
pub mod untrusted;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::core::legacy::{Counted, MAIN_TAB, OldGallery, OldImage, OldPost, OldQueue, OldTab};
use value::{failed_files, millis, number, path, pixels, text};

const GALLERY: [&str; 23] = [
    "id",
    "path",
    "name",
    "status",
    "added_ts",
    "finished_ts",
    "total_images",
    "uploaded_images",
    "image_host_id",
    "gallery_url",
    "template",
    "tab_name",
    "tab_id",
    "custom1",
    "custom2",
    "custom3",
    "custom4",
    "ext1",
    "ext2",
    "ext3",
    "ext4",
    "failed_files",
    "insertion_order",
];
const IMAGE: [&str; 9] =
    ["id", "gallery_fk", "filename", "size_bytes", "width", "height", "uploaded_ts", "url", "thumb_url"];
const TAB: [&str; 5] = ["id", "name", "display_order", "color_hint", "is_active"];
const SETTING: [&str; 2] = ["key", "value_text"];

/// Longest value or row that is read, in bytes; no text of 0.9 comes near it.
const LENGTH_MAX: i32 = 16 * 1024 * 1024;
/// Rows of one table, and bytes of text in all, that are taken: many times what 0.9 could work with.
const ROWS_MAX: usize = 2_000_000;
const BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Time for all of it.
const TIME_MAX: Duration = Duration::from_mins(1);
/// Steps of `SQLite`'s machine between two looks at the clock; some tenths of a millisecond.
const STEPS: i32 = 10_000;
/// What a row's own number is called, unless a column has that name.
const ROW_NUMBERS: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// What the database at `path` holds. Copies are made in `scratch`, a directory that nobody else uses.
///
/// # Errors
/// In words, when nothing of it can be read, or when it is of this version.
pub fn read(path: &Path, scratch: &Path) -> Result<OldQueue, String> {
    let copy = copy::copy(path, scratch)?;
    let refused = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => "The file is no SQLite database.".to_owned(),
        _ => format!("The database cannot be read: {error}."),
    };
    let connection = open(&copy).map_err(refused)?;
    let there = columns(&connection, "galleries").map_err(refused)?;
    if there.contains("path_key") {
        return Err("This is a database of this version of BBDrop, not of BBDrop 0.9.".to_owned());
    }
    let mut queue = OldQueue { version: version(&connection), ..OldQueue::default() };
    let tabs = tabs(&connection, &mut queue);
    if there.is_empty() && queue.tabs.is_empty() {
        return Err("This is no database of BBDrop 0.9: it has no table “galleries”.".to_owned());
    }
    galleries(&connection, &tabs, &mut queue);
    Ok(queue)
}

/// A database is foreign text as much as any other: what it says to be computed is not, and nothing in it is without end.
fn open(copy: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(copy)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LENGTH_MAX)?;
    for (setting, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        // Otherwise of one that was cut off not even the beginning would be read.
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true),
    ] {
        connection.set_db_config(setting, is_on)?;
    }
    let begun = Instant::now();
    connection.progress_handler(STEPS, Some(move || begun.elapsed() > TIME_MAX))?;
    Ok(connection)
}

/// Columns with stored values. Of a table that is not there, or is a view or of a module, there are none.
fn columns(connection: &Connection, table: &str) -> rusqlite::Result<BTreeSet<String>> {
    let sql = "SELECT name FROM pragma_table_info(?1) WHERE EXISTS
                   (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = ?1 COLLATE NOCASE)";
    connection.prepare(sql)?.query_map([table], |row| row.get(0))?.collect()
}

/// Calls `take` for each row with the values of `wanted`; a column that the table lacks is NULL. Says how it ended too early.
fn each_row<const N: usize>(
    connection: &Connection,
    table: &str,
    wanted: [&str; N],
    mut take: impl FnMut([ValueRef<'_>; N]),
) -> Result<(), String> {
    let mut read = || -> Result<(), TooMuch> {
        let there = columns(connection, table)?;
        if there.is_empty() {
            return Ok(());
        }
        let names = wanted.map(|name| if there.contains(name) { format!("\"{name}\"") } else { "NULL".to_owned() });
        // In the order of their numbers they are stored, so nothing is sorted.
        let is_free = |number: &&&str| !there.iter().any(|name| name.eq_ignore_ascii_case(number));
        let order = ROW_NUMBERS.iter().find(is_free).map(|number| format!(" ORDER BY {number}")).unwrap_or_default();
        let sql = format!("SELECT {} FROM \"{table}\"{order}", names.join(", "));
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let (mut count, mut bytes) = (0, 0);
        while let Some(row) = rows.next()? {
            let values = values(row);
            count += 1;
            bytes += values.iter().map(length).sum::<usize>();
            if count > ROWS_MAX {
                return Err(TooMuch::Rows);
            }
            if bytes > BYTES_MAX {
                return Err(TooMuch::Bytes);
            }
            take(values);
        }
        Ok(())
    };
    read().map_err(|error| format!("The table “{table}” could be read only in part: {error}. What was read is taken"))
}

/// Why a table is not read to its end.
#[derive(Debug, thiserror::Error)]
enum TooMuch {
    #[error("it has more than {ROWS_MAX} rows")]
    Rows,
    #[error("it has more than {BYTES_MAX} bytes of text")]
    Bytes,
    #[error("reading the database takes more than {} seconds", TIME_MAX.as_secs())]
    Time,
    #[error("{0}")]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for TooMuch {
    fn from(error: rusqlite::Error) -> Self {
        let is_interrupted = error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted);
        if is_interrupted { Self::Time } else { Self::Database(error) }
    }
}

const fn length(value: &ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}

fn values<'r, const N: usize>(row: &'r Row<'_>) -> [ValueRef<'r>; N] {
    std::array::from_fn(|index| row.get_ref(index).unwrap_or(ValueRef::Null))
}

fn version(connection: &Connection) -> Option<i64> {
    let mut version = None;
    // Without it everything is read all the same.
    let _ = each_row(connection, "settings", SETTING, |[key, value]| {
        if text(key) == "schema_version" {
            version = number(value);
        }
    });
    version
}

/// Names by number; those that are in use go into the queue in their order.
fn tabs(connection: &Connection, queue: &mut OldQueue) -> HashMap<i64, String> {
    let mut names = HashMap::new();
    let mut ordered: BTreeMap<(i64, i64), OldTab> = BTreeMap::new();
    let read = each_row(connection, "tabs", TAB, |[id, name, order, colour, is_active]| {
        let (id, name) = (number(id).unwrap_or(0), text(name).trim().to_owned());
        if name.is_empty() {
            return;
        }
        names.insert(id, name.clone());
        if number(is_active) != Some(0) {
            let has_colour = !text(colour).is_empty();
            ordered.insert((number(order).unwrap_or(i64::MAX), id), OldTab { name, has_colour });
        }
    });
    queue.troubles.extend(read.err());
    queue.tabs.extend(ordered.into_values());
    names
}

fn galleries(connection: &Connection, tabs: &HashMap<i64, String>, queue: &mut OldQueue) {
    let mut found: Vec<(i64, OldGallery)> = Vec::new();
    let read = each_row(connection, "galleries", GALLERY, |row| found.push(gallery(&row, tabs)));
    queue.troubles.extend(read.err());
    // As 0.9 shows them; what it has not counted comes first, as there.
    found.sort_by_key(|(order, gallery)| (*order, gallery.added_at, gallery.row));
    queue.galleries = found.into_iter().map(|(_, gallery)| gallery).collect();
    let mut homes: HashMap<i64, &mut OldGallery> =
        queue.galleries.iter_mut().map(|gallery| (gallery.row, gallery)).collect();
    let mut homeless = 0_u32;
    let read = each_row(connection, "images", IMAGE, |row| {
        let (home, image) = image(row);
        match home.and_then(|id| homes.get_mut(&id)) {
            Some(gallery) => gallery.images.push(image),
            None => homeless += 1,
        }
    });
    queue.troubles.extend(read.err());
    if homeless > 0 {
        queue.troubles.push(format!("{homeless} images belong to no gallery that is there"));
    }
}

/// A gallery and its place in the queue.
fn gallery(row: &[ValueRef<'_>; 23], tabs: &HashMap<i64, String>) -> (i64, OldGallery) {
    let [id, folder, name, status, added, finished, total, uploaded, rest @ ..] = *row;
    let [host, link, template, tab_name, tab_id, custom1, custom2, custom3, custom4, rest @ ..] = rest;
    let [ext1, ext2, ext3, ext4, failed, order] = rest;
    let mut doubts = Vec::new();
    let failed = failed_files(failed).unwrap_or_else(|| {
        doubts.push("which images have failed cannot be read".to_owned());
        Vec::new()
    });
    if !matches!(status, ValueRef::Text(_)) {
        doubts.push("its state cannot be read".to_owned());
    }
    let count = |value| number(value).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let by_name = text(tab_name).trim().to_owned();
    let tab = number(tab_id).and_then(|id| tabs.get(&id).cloned()).unwrap_or(by_name);
    let gallery = OldGallery {
        row: number(id).unwrap_or(0),
        path: path(folder),
        name: text(name),
        status: text(status),
        added_at: millis(added),
        finished_at: millis(finished),
        counted: Counted { total: count(total), uploaded: count(uploaded) },
        post: OldPost {
            host: text(host),
            link: text(link).trim().to_owned(),
            template: text(template),
            tab: if tab.is_empty() { MAIN_TAB.to_owned() } else { tab },
            custom: [custom1, custom2, custom3, custom4].map(text),
            ext: [ext1, ext2, ext3, ext4].map(text),
        },
        images: Vec::new(),
        failed,
        doubts,
    };
    (number(order).unwrap_or(0), gallery)
}

fn image(row: [ValueRef<'_>; 9]) -> (Option<i64>, OldImage) {
    let [_, home, file, bytes, width, height, uploaded, link, thumb] = row;
    let image = OldImage {
        file: path(file),
        bytes: number(bytes).and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        pixels: (pixels(width), pixels(height)),
        uploaded_at: millis(uploaded),
        link: text(link).trim().to_owned(),
        thumb: text(thumb).trim().to_owned(),
    };
    (number(home), image)
}
