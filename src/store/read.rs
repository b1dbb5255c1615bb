//! Reading: what is stored, as the core's types.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, params};

use super::error::StoreError;
use super::open::DATABASE;
use crate::core::gallery::{AfterScan, AtHost, Before, Past, Place, Priority, Session};
use crate::core::post::{Fields, Post};
use crate::core::queue::{Attempt, Pause, Uploaded};
use crate::core::settings::Unusable;
use crate::core::{
    ContentHash, Fault, FaultKind, Field, Folder, Gallery, GalleryId, GalleryState, HostSettings, Image, ImageLinks,
    ImageState, Millis, SavedFile, Settings, Tab, TabId, Tally, path_bytes, retry,
};

/// Reads what is committed, while the writer goes on writing.
#[derive(Debug)]
pub struct Reader {
    connection: Mutex<Connection>,
    path: PathBuf,
}

impl Reader {
    /// Opens the database in `data_dir` for reading; it must exist.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(DATABASE);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(|error| StoreError::new(&path, &error))?;
        Ok(Self { connection: Mutex::new(connection), path })
    }

    /// The images of a gallery in source order; empty when it is not scanned or not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn images(&self, gallery: GalleryId) -> Result<Vec<Image>, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        images(&connection, gallery).map_err(|error| StoreError::new(&self.path, &error))
    }

    /// What went wrong on the way of a gallery's images and of itself, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn attempts(&self, gallery: GalleryId) -> Result<Vec<Attempt>, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        attempts(&connection, gallery).map_err(|error| StoreError::new(&self.path, &error))
    }

    /// The files that were written for a gallery.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn saved_files(&self, gallery: GalleryId) -> Result<Vec<SavedFile>, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        saved_files(&connection, gallery).map_err(|error| StoreError::new(&self.path, &error))
    }

    /// Earlier uploads of the files of a folder, newest first, to any host.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_of_folder(&self, folder: &Path) -> Result<Vec<Uploaded>, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        history(&connection, "folder = ?", path_bytes::write(folder))
            .map_err(|error| StoreError::new(&self.path, &error))
    }

    /// Earlier uploads of that content, newest first, to any host.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_of_content(&self, hash: ContentHash) -> Result<Vec<Uploaded>, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        history(&connection, "hash = ?", hash.0.to_vec()).map_err(|error| StoreError::new(&self.path, &error))
    }

    /// The page of the gallery in which that was uploaded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn history_link(&self, uploaded: &Uploaded) -> Result<Option<String>, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let sql = "SELECT gallery_link FROM history WHERE folder = ?1 AND file = ?2 AND host = ?3 AND options = ?4";
        let key = params![
            path_bytes::write(&uploaded.folder),
            path_bytes::write(&uploaded.file),
            uploaded.host,
            uploaded.options
        ];
        let link = connection.query_row(sql, key, |row| row.get(0)).optional();
        link.map(Option::flatten).map_err(|error| StoreError::new(&self.path, &error))
    }
}

/// What [`gallery`] takes, in its order: looking for each column by its name, in each of 10,000 galleries, takes longer than all else.
const GALLERIES: &str = "
    SELECT galleries.id, path, path_key, name, galleries.state, host, priority, position, tab_id, start_when_scanned, start_asked, returns_to,
        images_total, images_uploaded, images_failed, images_skipped, bytes_total, bytes_uploaded, sessions.state, link,
        template, custom1, custom2, custom3, custom4, ext1, ext2, ext3, ext4, output_due, output_trouble,
        reason_kind, reason, added_at, finished_at, before_at, before_host, before_images
    FROM galleries LEFT JOIN sessions ON sessions.gallery_id = galleries.id ORDER BY galleries.id";

/// The columns of a row, one after the other.
struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl Columns<'_, '_> {
    fn take<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let at = self.next;
        self.next += 1;
        self.row.get(at)
    }

    fn state(&mut self) -> rusqlite::Result<Option<GalleryState>> {
        let at = self.next;
        self.next += 1;
        Ok(self.row.get_ref(at)?.as_str_or_null()?.and_then(GalleryState::from_name))
    }
}

pub(super) fn galleries(connection: &Connection) -> rusqlite::Result<Vec<Gallery>> {
    let mut galleries: Vec<Gallery> =
        connection.prepare(GALLERIES)?.query_map([], gallery)?.collect::<Result<_, _>>()?;
    let mut chosen: HashMap<i64, BTreeSet<PathBuf>> = HashMap::new();
    let mut statement = connection.prepare("SELECT gallery_id, file FROM chosen")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        chosen.entry(row.get(0)?).or_default().insert(path(row.get(1)?));
    }
    for gallery in &mut galleries {
        gallery.folder.chosen = chosen.remove(&gallery.id.0).map(Arc::new);
    }
    Ok(galleries)
}

/// What the person has set for hosts, and what of it cannot be used; what is unknown is left in the store.
pub(super) fn host_settings(
    connection: &Connection,
) -> rusqlite::Result<(BTreeMap<String, HostSettings>, Vec<Unusable>)> {
    let mut settings: BTreeMap<String, HostSettings> = BTreeMap::new();
    let mut unusable = Vec::new();
    let mut statement = connection.prepare("SELECT host, key, value FROM host_settings")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (host, key, value) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
        unusable.extend(settings.entry(host.clone()).or_default().restore(&host, &key, &value));
    }
    Ok((settings, unusable))
}

/// A text that another program may have written: what is no Unicode is replaced, so that one damaged value does not keep the queue closed.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
}

/// Hosts that are left alone.
pub(super) fn host_pauses(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Pause>> {
    let pause = |row: &Row<'_>| {
        let kind: String = row.get("kind")?;
        let fault = Fault::new(FaultKind::from_name(&kind), row.get::<_, String>("words")?);
        let length_ms = row.get::<_, Option<Millis>>("length_ms")?.unwrap_or(retry::PAUSE_MS_MAX);
        Ok((row.get("host")?, Pause { until: row.get("until")?, length_ms, is_asked: row.get("is_asked")?, fault }))
    };
    connection.prepare("SELECT * FROM host_pauses")?.query_map([], pause)?.collect()
}

fn gallery(row: &Row<'_>) -> rusqlite::Result<Gallery> {
    let mut columns = Columns { row, next: 0 };
    Ok(Gallery {
        id: GalleryId(columns.take()?),
        folder: Folder { path: path(columns.take()?), key: path(columns.take()?), chosen: None },
        name: columns.take()?,
        state: columns.state()?.unwrap_or(GalleryState::Ready),
        host: columns.take()?,
        place: Place { priority: priority(columns.take()?), position: columns.take()?, tab: TabId(columns.take()?) },
        after_scan: AfterScan { start: columns.take()?, start_asked: columns.take()?, returns_to: columns.state()? },
        tally: Tally {
            total: columns.take()?,
            uploaded: columns.take()?,
            failed: columns.take()?,
            skipped: columns.take()?,
            bytes_total: columns.take()?,
            bytes_uploaded: columns.take()?,
        },
        at_host: AtHost { session: columns.take::<Option<String>>()?.map(Session), link: columns.take()? },
        post: Arc::new(post(&mut columns)?),
        reason: reason(columns.take()?, columns.take()?),
        past: Past { added_at: columns.take()?, finished_at: columns.take()?, before: before(&mut columns)? },
    })
}

fn post(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Post> {
    let template = columns.take()?;
    let mut fields = Fields::default();
    for field in Field::ALL {
        fields.set(field, columns.take()?);
    }
    Ok(Post { template, fields, is_due: columns.take()?, trouble: columns.take()? })
}

fn reason(kind: Option<String>, words: Option<String>) -> Option<Fault> {
    words.map(|words| Fault::new(FaultKind::from_name(&kind.unwrap_or_default()), words))
}

fn before(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Option<Before>> {
    let (at, host, images): (Option<_>, Option<_>, Option<_>) = (columns.take()?, columns.take()?, columns.take()?);
    Ok(at.zip(host).zip(images).map(|((at, host), images)| Before { at, host, images }))
}

/// All tabs in their order.
pub(super) fn tabs(connection: &Connection) -> rusqlite::Result<Vec<Tab>> {
    let tab = |row: &Row<'_>| Ok(Tab { id: TabId(row.get("id")?), name: row.get("name")? });
    connection.prepare("SELECT * FROM tabs ORDER BY position, id")?.query_map([], tab)?.collect()
}

const fn priority(stored: i64) -> Priority {
    match stored {
        ..0 => Priority::Low,
        0 => Priority::Normal,
        1.. => Priority::High,
    }
}

fn saved_files(connection: &Connection, gallery: GalleryId) -> rusqlite::Result<Vec<SavedFile>> {
    let file = |row: &Row<'_>| Ok(SavedFile { path: path(row.get("path")?), hash: ContentHash(row.get("hash")?) });
    connection
        .prepare_cached("SELECT path, hash FROM saved_files WHERE gallery_id = ? ORDER BY path")?
        .query_map([gallery.0], file)?
        .collect()
}

fn attempts(connection: &Connection, gallery: GalleryId) -> rusqlite::Result<Vec<Attempt>> {
    let attempt = |row: &Row<'_>| {
        let kind: String = row.get("kind")?;
        Ok(Attempt {
            gallery,
            image: row.get("position")?,
            at: row.get("at")?,
            number: row.get("attempt")?,
            fault: Fault::new(FaultKind::from_name(&kind), row.get::<_, String>("words")?),
            again_at: row.get("again_at")?,
        })
    };
    let sql = "SELECT * FROM attempts WHERE gallery_id = ? ORDER BY id";
    connection.prepare_cached(sql)?.query_map([gallery.0], attempt)?.collect()
}

fn history(connection: &Connection, filter: &str, value: Vec<u8>) -> rusqlite::Result<Vec<Uploaded>> {
    let uploaded = |row: &Row<'_>| {
        Ok(Uploaded {
            gallery: GalleryId(row.get("gallery_id")?),
            folder: path(row.get("folder")?),
            file: path(row.get("file")?),
            host: row.get("host")?,
            options: row.get("options")?,
            bytes: row.get("bytes")?,
            modified_at: row.get("modified_at")?,
            hash: row.get::<_, Option<[u8; 32]>>("hash")?.map(ContentHash),
            links: links(row)?,
            at: row.get("uploaded_at")?,
        })
    };
    let sql = format!("SELECT * FROM history WHERE {filter} ORDER BY uploaded_at DESC");
    connection.prepare_cached(&sql)?.query_map([value], uploaded)?.collect()
}

fn images(connection: &Connection, gallery: GalleryId) -> rusqlite::Result<Vec<Image>> {
    connection
        .prepare_cached("SELECT * FROM images WHERE gallery_id = ? ORDER BY position")?
        .query_map([gallery.0], image)?
        .collect()
}

fn image(row: &Row<'_>) -> rusqlite::Result<Image> {
    Ok(Image {
        position: row.get("position")?,
        file: path(row.get("file")?),
        bytes: row.get("bytes")?,
        modified_at: row.get("modified_at")?,
        pixels: (row.get("width")?, row.get("height")?),
        attempts: row.get("attempts")?,
        state: image_state(row)?,
    })
}

fn links(row: &Row<'_>) -> rusqlite::Result<ImageLinks> {
    Ok(ImageLinks {
        link: row.get("link")?,
        thumb: row.get("thumb")?,
        direct: row.get("direct")?,
        delete: row.get("delete_link")?,
    })
}

fn image_state(row: &Row<'_>) -> rusqlite::Result<ImageState> {
    let state: String = row.get("state")?;
    Ok(match state.as_str() {
        "uploading" => ImageState::Uploading,
        "uploaded" => ImageState::Uploaded(links(row)?),
        "failed" => {
            let kind: String = row.get("reason_kind")?;
            ImageState::Failed(Fault::new(FaultKind::from_name(&kind), row.get::<_, String>("reason")?))
        }
        "skipped" => ImageState::Skipped(row.get("reason")?),
        _ => ImageState::Pending,
    })
}

/// The settings, and what of them cannot be used; it stays in the store.
pub(super) fn settings(connection: &Connection) -> rusqlite::Result<(Settings, Vec<Unusable>)> {
    let mut statement = connection.prepare("SELECT key, value FROM settings ORDER BY key")?;
    let stored = statement.query_map([], |row| Ok((text(row, 0)?, text(row, 1)?)))?;
    Ok(Settings::restore(stored.collect::<Result<Vec<_>, _>>()?))
}

/// The highest id ever given out, also when that gallery is gone.
pub(super) fn id_last(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .query_row("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'galleries'", [], |row| row.get(0))
}

/// A path from its stored bytes; bytes that no path of this system can have are replaced.
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8(bytes).map_or_else(
        |error| {
            let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
            path_bytes::read(error.into_bytes()).unwrap_or_else(|| lossy.into())
        },
        PathBuf::from,
    )
}
