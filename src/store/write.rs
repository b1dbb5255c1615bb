//! Writing: one [`Write`] to SQL.

use rusqlite::{Connection, params};

use crate::core::queue::Write;
use crate::core::{Gallery, GalleryId, Image, ImageLinks, ImageState, path_bytes};

pub(super) fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::PutGallery(gallery) => put_gallery(connection, gallery),
        Write::RemoveGallery(id) => remove_gallery(connection, *id),
        Write::PutImages(id, images) => put_images(connection, *id, images),
        Write::PutImage(id, image) => put_image(connection, *id, image),
        Write::ResetFailed(id) => reset_failed(connection, *id),
        Write::PutSetting { key, value } => put_setting(connection, key, value),
    }
}

fn put_gallery(connection: &Connection, gallery: &Gallery) -> rusqlite::Result<()> {
    let tally = &gallery.tally;
    connection
        .prepare_cached(
            "INSERT INTO galleries (id, path, path_key, name, state, host, start_when_scanned, images_total,
                 images_uploaded, images_failed, images_skipped, bytes_total, bytes_uploaded, link, reason_kind,
                 reason, added_at, finished_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
             ON CONFLICT (id) DO UPDATE SET path = ?2, path_key = ?3, name = ?4, state = ?5, host = ?6,
                 start_when_scanned = ?7, images_total = ?8, images_uploaded = ?9, images_failed = ?10,
                 images_skipped = ?11, bytes_total = ?12, bytes_uploaded = ?13, link = ?14, reason_kind = ?15,
                 reason = ?16, finished_at = ?18",
        )?
        .execute(params![
            gallery.id.0,
            path_bytes::write(&gallery.folder.path),
            path_bytes::write(&gallery.folder.key),
            gallery.name,
            gallery.state.name(),
            gallery.host,
            gallery.start_when_scanned,
            tally.total,
            tally.uploaded,
            tally.failed,
            tally.skipped,
            tally.bytes_total,
            tally.bytes_uploaded,
            gallery.link,
            gallery.reason.as_ref().map(|fault| fault.kind.name()),
            gallery.reason.as_ref().map(|fault| &fault.words),
            gallery.added_at,
            gallery.finished_at,
        ])?;
    if let Some(session) = &gallery.session {
        connection
            .prepare_cached(
                "INSERT INTO sessions (gallery_id, state) VALUES (?1, ?2)
                 ON CONFLICT (gallery_id) DO UPDATE SET state = ?2",
            )?
            .execute(params![gallery.id.0, session.0])?;
    }
    Ok(())
}

fn remove_gallery(connection: &Connection, id: GalleryId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM galleries WHERE id = ?")?.execute([id.0]).map(drop)
}

fn put_images(connection: &Connection, id: GalleryId, images: &[Image]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM images WHERE gallery_id = ?")?.execute([id.0])?;
    images.iter().try_for_each(|image| put_image(connection, id, image))
}

fn put_image(connection: &Connection, id: GalleryId, image: &Image) -> rusqlite::Result<()> {
    let none = ImageLinks::default();
    let (links, kind) = match &image.state {
        ImageState::Uploaded(links) => (links, ""),
        ImageState::Failed(fault) => (&none, fault.kind.name()),
        ImageState::Pending | ImageState::Uploading | ImageState::Skipped(_) => (&none, ""),
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO images (gallery_id, position, file, bytes, modified_at, width, height, attempts,
                 state, link, thumb, direct, reason_kind, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            id.0,
            image.position,
            path_bytes::write(&image.file),
            image.bytes,
            image.modified_at,
            image.pixels.0,
            image.pixels.1,
            image.attempts,
            image.state.name(),
            links.link,
            links.thumb,
            links.direct,
            kind,
            image.state.reason(),
        ])
        .map(drop)
}

fn reset_failed(connection: &Connection, id: GalleryId) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE images SET state = 'pending', attempts = 0, reason_kind = '', reason = ''
             WHERE gallery_id = ? AND state = 'failed'",
        )?
        .execute([id.0])
        .map(drop)
}

fn put_setting(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
        .execute([key, value])
        .map(drop)
}
