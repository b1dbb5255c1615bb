//! Databases of BBDrop 0.9, built from the notes on their schemas. Used by the tests of the program and by those of the store.

#![allow(dead_code, reason = "not every test uses every helper")]

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// Every version that is taken over; columns were added with 9, 12 and 16.
pub const VERSIONS: std::ops::RangeInclusive<i64> = 5..=16;

const STATES: &str = "'validating','scanning','ready','queued','uploading','paused','incomplete','completed','failed'";

/// A database of 0.9.
pub struct OldDatabase {
    pub path: PathBuf,
    pub connection: Connection,
    version: i64,
}

/// A gallery of 0.9 with its images.
#[derive(Clone, Debug, Default)]
pub struct OldRow {
    pub path: String,
    pub name: &'static str,
    pub status: &'static str,
    pub template: Option<&'static str>,
    /// By its number and its name.
    pub tab: (i64, &'static str),
    pub host: &'static str,
    pub link: &'static str,
    pub total: i64,
    pub custom1: &'static str,
    pub ext4: &'static str,
    pub failed_files: &'static str,
    pub images: Vec<OldImageRow>,
}

/// File name, size, link, thumbnail.
pub type OldImageRow = (String, u64, Option<String>, Option<String>);

/// The links that [`images`] gives.
pub fn links(gallery: &str, count: u64) -> Vec<String> {
    // Not in the order of their names: as they were stored is as they come out.
    (1..=count).rev().map(|n| format!("https://imx.to/i/{gallery}-{n}")).collect()
}

/// Uploaded images, the last name first.
pub fn images(gallery: &str, count: u64) -> Vec<OldImageRow> {
    let image = |link: String| {
        let number = link.rsplit('-').next().unwrap_or_default().to_owned();
        let thumb = format!("https://t.imx.to/t/{gallery}-{number}.jpg");
        (format!("{number}.jpg"), 1000, Some(link), Some(thumb))
    };
    links(gallery, count).into_iter().map(image).collect()
}

impl OldDatabase {
    /// An empty one of that version, as 0.9 leaves it: with a write-ahead log while somebody has it open.
    pub fn create(path: &Path, version: i64) -> Self {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        let connection = Connection::open(path).expect("opened");
        connection.pragma_update(None, "journal_mode", "WAL").expect("set");
        let mut states = STATES.to_owned();
        let mut more = "tab_name TEXT DEFAULT 'Main'".to_owned();
        for (since, columns) in [
            (9, "tab_id INTEGER, custom1 TEXT, custom2 TEXT, custom3 TEXT, custom4 TEXT"),
            (12, "ext1 TEXT, ext2 TEXT, ext3 TEXT, ext4 TEXT"),
            (16, "image_host_id TEXT DEFAULT 'imx', imx_status TEXT, avg_width REAL DEFAULT 0.0"),
        ] {
            if version >= since {
                more = format!("{more}, {columns}");
            }
        }
        if version >= 9 {
            states.push_str(",'scan_failed','upload_failed'");
        }
        let sql = format!(
            "CREATE TABLE galleries (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT,
                 status TEXT NOT NULL CHECK (status IN ({states})), added_ts INTEGER NOT NULL, finished_ts INTEGER,
                 template TEXT, total_images INTEGER DEFAULT 0, uploaded_images INTEGER DEFAULT 0,
                 total_size INTEGER DEFAULT 0, scan_complete INTEGER DEFAULT 0, uploaded_bytes INTEGER DEFAULT 0,
                 final_kibps REAL DEFAULT 0.0, gallery_id TEXT, gallery_url TEXT, insertion_order INTEGER DEFAULT 0,
                 failed_files TEXT, {more});
             CREATE TABLE images (id INTEGER PRIMARY KEY,
                 gallery_fk INTEGER NOT NULL REFERENCES galleries (id) ON DELETE CASCADE, filename TEXT NOT NULL,
                 size_bytes INTEGER DEFAULT 0, width INTEGER DEFAULT 0, height INTEGER DEFAULT 0, uploaded_ts INTEGER,
                 url TEXT, thumb_url TEXT, UNIQUE (gallery_fk, filename));
             CREATE TABLE tabs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, tab_type TEXT NOT NULL,
                 display_order INTEGER NOT NULL DEFAULT 0, color_hint TEXT, is_active INTEGER DEFAULT 1);
             CREATE TABLE settings (key TEXT PRIMARY KEY, value_text TEXT);
             INSERT INTO settings VALUES ('schema_version', '{version}');
             INSERT INTO tabs (id, name, tab_type) VALUES (1, 'Main', 'system');"
        );
        connection.execute_batch(&sql).expect("made");
        Self { path: path.to_owned(), connection, version }
    }

    pub fn tab(&self, id: i64, name: &str, order: i64, colour: Option<&str>) {
        let sql = "INSERT INTO tabs (id, name, tab_type, display_order, color_hint) VALUES (?, ?, 'user', ?, ?)";
        self.connection.execute(sql, (id, name, order, colour)).expect("stored");
    }

    /// Puts a gallery into the queue, as far as this version has columns for it.
    pub fn add(&self, row: &OldRow) -> i64 {
        let text = |text: &str| Value::Text(text.to_owned());
        let uploaded = i64::try_from(row.images.iter().filter(|image| image.2.is_some()).count()).expect("few");
        let order = self.connection.query_row("SELECT count(*) FROM galleries", [], |row| row.get::<_, i64>(0));
        let order = order.expect("counted");
        let columns: [(&str, i64, Value); 16] = [
            ("path", 5, text(&row.path)),
            ("name", 5, text(row.name)),
            ("status", 5, text(row.status)),
            ("added_ts", 5, Value::Integer(1_700_000_000 + order)),
            ("finished_ts", 5, Value::Real(1_700_000_500.25)),
            ("template", 5, row.template.map_or(Value::Null, text)),
            ("total_images", 5, Value::Integer(row.total)),
            ("uploaded_images", 5, Value::Integer(uploaded)),
            ("gallery_url", 5, text(row.link)),
            ("insertion_order", 5, Value::Integer(order)),
            ("failed_files", 5, text(row.failed_files)),
            ("tab_name", 5, text(row.tab.1)),
            ("tab_id", 9, Value::Integer(row.tab.0.max(1))),
            ("custom1", 9, text(row.custom1)),
            ("ext4", 12, text(row.ext4)),
            ("image_host_id", 16, text(row.host)),
        ];
        let columns: Vec<_> = columns.into_iter().filter(|(_, since, _)| self.version >= *since).collect();
        let names: Vec<_> = columns.iter().map(|(name, ..)| *name).collect();
        let sql =
            format!("INSERT INTO galleries ({}) VALUES ({})", names.join(", "), vec!["?"; names.len()].join(", "));
        let values = params_from_iter(columns.into_iter().map(|(.., value)| value));
        self.connection.prepare_cached(&sql).and_then(|mut insert| insert.execute(values)).expect("stored");
        let id = self.connection.last_insert_rowid();
        for (file, bytes, link, thumb) in &row.images {
            self.connection
                .prepare_cached(
                    "INSERT INTO images (gallery_fk, filename, size_bytes, width, height, url, thumb_url)
                     VALUES (?, ?, ?, 4, 3, ?, ?)",
                )
                .and_then(|mut insert| insert.execute((id, file, *bytes, link, thumb)))
                .expect("stored");
        }
        id
    }

    /// As 0.9 leaves it when it ends: everything in one file.
    pub fn close(self) -> PathBuf {
        let Self { path, connection, .. } = self;
        connection.close().expect("closed");
        path
    }
}
