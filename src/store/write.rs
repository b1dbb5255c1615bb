//! Writing: one [`Write`] to SQL.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::core::queue::{Attempt, Pause, Uploaded, Write};
use crate::core::{Field, Gallery, GalleryId, Image, ImageLinks, ImageState, Millis, SavedFile, Tab, path_bytes};

/// Failures kept of one image.
const ATTEMPTS_MAX: i64 = 20;

pub(super) fn apply(connection: &Connection, write: &Write) -> rusqlite::Result<()> {
    match write {
        Write::PutGallery(gallery) => put_gallery(connection, gallery),
        Write::RemoveGallery(id) => remove_gallery(connection, *id),
        Write::PutImages(id, images) => put_images(connection, *id, images),
        Write::PutImage(id, image) => put_image(connection, *id, image),
        Write::ResetFailed(id) => reset_failed(connection, *id),
        Write::RemoveSession(id) => remove_session(connection, *id),
        Write::PutAttempt(attempt) => put_attempt(connection, attempt),
        Write::PutHistory(uploaded) => put_history(connection, uploaded),
        Write::PutHistoryOf { gallery, host, at } => put_history_of(connection, *gallery, host, *at),
        Write::PutHistoryLink { gallery, link } => put_history_link(connection, *gallery, link),
        Write::RemoveHistory(folder) => remove_history(connection, folder),
        Write::PutSetting { key, value } => put_setting(connection, key, value),
        Write::PutHostSetting { host, key, value } => put_host_setting(connection, host, key, value),
        Write::PutSavedFiles(id, files) => put_saved_files(connection, *id, files),
        Write::PutTabs(tabs) => put_tabs(connection, tabs),
        Write::PutHostPause { host, pause } => put_host_pause(connection, host, pause.as_ref()),
    }
}

fn put_gallery(connection: &Connection, gallery: &Gallery) -> rusqlite::Result<()> {
    let Gallery { tally, past, place, after_scan, post, .. } = gallery;
    connection
        .prepare_cached(
            "INSERT INTO galleries (id, path, path_key, name, state, host, start_when_scanned, images_total,
                 images_uploaded, images_failed, images_skipped, bytes_total, bytes_uploaded, link, reason_kind,
                 reason, added_at, finished_at, position, priority, start_asked, returns_to, before_at, before_host,
                 before_images, tab_id, template, output_due, output_trouble, custom1, custom2, custom3, custom4, ext1,
                 ext2, ext3, ext4)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                 ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37)
             ON CONFLICT (id) DO UPDATE SET path = ?2, path_key = ?3, name = ?4, state = ?5, host = ?6,
                 start_when_scanned = ?7, images_total = ?8, images_uploaded = ?9, images_failed = ?10,
                 images_skipped = ?11, bytes_total = ?12, bytes_uploaded = ?13, link = ?14, reason_kind = ?15,
                 reason = ?16, finished_at = ?18, position = ?19, priority = ?20, start_asked = ?21, returns_to = ?22,
                 before_at = ?23, before_host = ?24, before_images = ?25, tab_id = ?26, template = ?27,
                 output_due = ?28, output_trouble = ?29, custom1 = ?30, custom2 = ?31, custom3 = ?32, custom4 = ?33,
                 ext1 = ?34, ext2 = ?35, ext3 = ?36, ext4 = ?37",
        )?
        .execute(params![
            gallery.id.0,
            path_bytes::write(&gallery.folder.path),
            path_bytes::write(&gallery.folder.key),
            gallery.name,
            gallery.state.name(),
            gallery.host,
            after_scan.start,
            tally.total,
            tally.uploaded,
            tally.failed,
            tally.skipped,
            tally.bytes_total,
            tally.bytes_uploaded,
            gallery.at_host.link,
            gallery.reason.as_ref().map(|fault| fault.kind.name()),
            gallery.reason.as_ref().map(|fault| &fault.words),
            past.added_at,
            past.finished_at,
            place.position,
            place.priority as i64 - 1,
            after_scan.start_asked,
            after_scan.returns_to.map(crate::core::GalleryState::name),
            past.before.as_ref().map(|before| before.at),
            past.before.as_ref().map(|before| &before.host),
            past.before.as_ref().map(|before| before.images),
            place.tab.0,
            post.template,
            post.is_due,
            post.trouble,
            post.fields.get(Field::Custom1),
            post.fields.get(Field::Custom2),
            post.fields.get(Field::Custom3),
            post.fields.get(Field::Custom4),
            post.fields.get(Field::Ext1),
            post.fields.get(Field::Ext2),
            post.fields.get(Field::Ext3),
            post.fields.get(Field::Ext4),
        ])?;
    put_chosen_and_session(connection, gallery)
}

fn put_chosen_and_session(connection: &Connection, gallery: &Gallery) -> rusqlite::Result<()> {
    for file in gallery.folder.chosen.iter().flat_map(|chosen| chosen.iter()) {
        connection
            .prepare_cached("INSERT OR IGNORE INTO chosen (gallery_id, file) VALUES (?1, ?2)")?
            .execute(params![gallery.id.0, path_bytes::write(file)])?;
    }
    if let Some(session) = &gallery.at_host.session {
        connection
            .prepare_cached(
                "INSERT INTO sessions (gallery_id, state) VALUES (?1, ?2)
                 ON CONFLICT (gallery_id) DO UPDATE SET state = ?2 WHERE state <> ?2",
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
    connection.prepare_cached("DELETE FROM attempts WHERE gallery_id = ?")?.execute([id.0])?;
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
                 state, link, thumb, direct, reason_kind, reason, delete_link)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
            links.delete,
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

fn remove_session(connection: &Connection, id: GalleryId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM sessions WHERE gallery_id = ?")?.execute([id.0]).map(drop)
}

fn put_attempt(connection: &Connection, attempt: &Attempt) -> rusqlite::Result<()> {
    let Attempt { gallery, image, at, number, fault, again_at } = attempt;
    connection
        .prepare_cached(
            "INSERT INTO attempts (gallery_id, position, at, attempt, kind, words, again_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![gallery.0, image, at, number, fault.kind.name(), fault.words, again_at])?;
    connection
        .prepare_cached(
            "DELETE FROM attempts WHERE gallery_id = ?1 AND position IS ?2 AND id <=
                 (SELECT id FROM attempts WHERE gallery_id = ?1 AND position IS ?2
                  ORDER BY id DESC LIMIT 1 OFFSET ?3)",
        )?
        .execute(params![gallery.0, image, ATTEMPTS_MAX])
        .map(drop)
}

fn put_history(connection: &Connection, uploaded: &Uploaded) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO history (folder, file, host, options, bytes, modified_at, hash, link, thumb, direct,
                 gallery_id, uploaded_at, delete_link)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            path_bytes::write(&uploaded.folder),
            path_bytes::write(&uploaded.file),
            uploaded.host,
            uploaded.options,
            uploaded.bytes,
            uploaded.modified_at,
            uploaded.hash.map(|hash| hash.0),
            uploaded.links.link,
            uploaded.links.thumb,
            uploaded.links.direct,
            uploaded.gallery.0,
            uploaded.at,
            uploaded.links.delete,
        ])
        .map(drop)
}

fn put_history_of(connection: &Connection, gallery: GalleryId, host: &str, at: Millis) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO history (folder, file, host, options, bytes, modified_at, hash, link, thumb, direct,
                 gallery_id, gallery_link, uploaded_at, delete_link)
             SELECT galleries.path_key, file, ?2, '', bytes, modified_at, NULL, images.link, thumb, direct, gallery_id,
                 galleries.link, ?3, delete_link
             FROM images JOIN galleries ON galleries.id = gallery_id
             WHERE gallery_id = ?1 AND images.state = 'uploaded' AND bytes > 0",
        )?
        .execute(params![gallery.0, host, at])
        .map(drop)
}

fn put_history_link(connection: &Connection, gallery: GalleryId, link: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE history SET gallery_link = ?2 WHERE gallery_id = ?1
                 AND folder = (SELECT path_key FROM galleries WHERE id = ?1)",
        )?
        .execute(params![gallery.0, link])
        .map(drop)
}

fn remove_history(connection: &Connection, folder: &Path) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM history WHERE folder = ?")?.execute([path_bytes::write(folder)]).map(drop)
}

fn put_host_setting(connection: &Connection, host: &str, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO host_settings (host, key, value) VALUES (?1, ?2, ?3)")?
        .execute([host, key, value])
        .map(drop)
}

fn put_saved_files(connection: &Connection, id: GalleryId, files: &[SavedFile]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM saved_files WHERE gallery_id = ?")?.execute([id.0])?;
    for file in files {
        connection
            .prepare_cached("INSERT OR REPLACE INTO saved_files (gallery_id, path, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![id.0, path_bytes::write(&file.path), file.hash.0])?;
    }
    Ok(())
}

/// All of them, so that no two have the same name in between.
fn put_tabs(connection: &Connection, tabs: &[Tab]) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM tabs")?.execute([])?;
    for (position, tab) in (0_i64..).zip(tabs) {
        connection
            .prepare_cached("INSERT INTO tabs (id, name, position) VALUES (?1, ?2, ?3)")?
            .execute(params![tab.id.0, tab.name, position])?;
    }
    Ok(())
}

fn put_host_pause(connection: &Connection, host: &str, pause: Option<&Pause>) -> rusqlite::Result<()> {
    let Some(Pause { until, length_ms, is_asked, fault }) = pause else {
        return connection.prepare_cached("DELETE FROM host_pauses WHERE host = ?")?.execute([host]).map(drop);
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO host_pauses (host, until, length_ms, is_asked, kind, words)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![host, until, length_ms, is_asked, fault.kind.name(), fault.words])
        .map(drop)
}
