//! Reading: what is stored, as the core's types.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Row};

use super::error::StoreError;
use super::open::DATABASE;
use crate::core::gallery::Session;
use crate::core::{
    Fault, FaultKind, Folder, Gallery, GalleryId, GalleryState, Image, ImageLinks, ImageState, Settings, Tally,
    path_bytes,
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
}

pub(super) fn galleries(connection: &Connection) -> rusqlite::Result<Vec<Gallery>> {
    let sql = "SELECT galleries.*, sessions.state AS session FROM galleries
               LEFT JOIN sessions ON sessions.gallery_id = galleries.id ORDER BY galleries.id";
    connection.prepare(sql)?.query_map([], gallery)?.collect()
}

fn gallery(row: &Row<'_>) -> rusqlite::Result<Gallery> {
    let state: String = row.get("state")?;
    let reason: Option<String> = row.get("reason")?;
    let kind: Option<String> = row.get("reason_kind")?;
    Ok(Gallery {
        id: GalleryId(row.get("id")?),
        folder: Folder { path: path(row.get("path")?), key: path(row.get("path_key")?) },
        name: row.get("name")?,
        state: GalleryState::from_name(&state).unwrap_or(GalleryState::Ready),
        host: row.get("host")?,
        start_when_scanned: row.get("start_when_scanned")?,
        tally: Tally {
            total: row.get("images_total")?,
            uploaded: row.get("images_uploaded")?,
            failed: row.get("images_failed")?,
            skipped: row.get("images_skipped")?,
            bytes_total: row.get("bytes_total")?,
            bytes_uploaded: row.get("bytes_uploaded")?,
        },
        session: row.get::<_, Option<String>>("session")?.map(Session),
        link: row.get("link")?,
        reason: reason.map(|words| Fault::new(FaultKind::from_name(&kind.unwrap_or_default()), words)),
        added_at: row.get("added_at")?,
        finished_at: row.get("finished_at")?,
    })
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

fn image_state(row: &Row<'_>) -> rusqlite::Result<ImageState> {
    let state: String = row.get("state")?;
    Ok(match state.as_str() {
        "uploading" => ImageState::Uploading,
        "uploaded" => ImageState::Uploaded(ImageLinks {
            link: row.get("link")?,
            thumb: row.get("thumb")?,
            direct: row.get("direct")?,
        }),
        "failed" => {
            let kind: String = row.get("reason_kind")?;
            ImageState::Failed(Fault::new(FaultKind::from_name(&kind), row.get::<_, String>("reason")?))
        }
        "skipped" => ImageState::Skipped(row.get("reason")?),
        _ => ImageState::Pending,
    })
}

pub(super) fn settings(connection: &Connection) -> rusqlite::Result<Settings> {
    let mut settings = Settings::default();
    let mut statement = connection.prepare("SELECT key, value FROM settings")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        // A key or value of a newer version: the default holds, the stored one stays.
        let _ = settings.set(&key, &value);
    }
    Ok(settings)
}

/// The highest id ever given out, also when that gallery is gone.
pub(super) fn id_last(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .query_row("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'galleries'", [], |row| row.get(0))
}

/// A path from its stored bytes; bytes that no path of this system can have are replaced.
fn path(bytes: Vec<u8>) -> PathBuf {
    let lossy = PathBuf::from(String::from_utf8_lossy(&bytes).into_owned());
    path_bytes::read(bytes).unwrap_or(lossy)
}
