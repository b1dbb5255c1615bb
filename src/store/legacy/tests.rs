//! Old databases: of every version, in use, damaged, and others that only have their name.

#[path = "../../../tests/it/support/old_database.rs"]
mod old_database;

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{read, untrusted};
use crate::core::legacy::{OldGallery, OldQueue};
use old_database::{OldDatabase, OldRow, VERSIONS, images, links};

struct Dir(TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn db(&self) -> PathBuf {
        self.0.path().join("old/bbdrop.db")
    }

    /// With the bytes of the original compared.
    fn read(&self) -> Result<OldQueue, String> {
        let scratch = self.0.path().join("scratch");
        std::fs::create_dir_all(&scratch).expect("made");
        let before = files(&self.0.path().join("old"));
        let read = read(&self.db(), &scratch);
        assert_eq!(files(&self.0.path().join("old")), before, "something of the original was changed");
        read
    }

    fn raw(&self, sql: &str) -> Result<OldQueue, String> {
        std::fs::create_dir_all(self.0.path().join("old")).expect("made");
        let connection = Connection::open(self.db()).expect("opened");
        connection.execute_batch(sql).expect("made");
        connection.close().expect("closed");
        self.read()
    }
}

fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = directory.read_dir() else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("listed").path())
        // Who has the database open keeps its locks there.
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .map(|path| (path.clone(), std::fs::read(path).expect("read")))
        .collect();
    files.sort();
    files
}

fn row() -> OldRow {
    OldRow {
        path: "/old/Trip".to_owned(),
        name: "Trip",
        status: "completed",
        template: Some("mine"),
        tab: (2, "Later"),
        host: "turbo",
        link: "https://imx.to/g/trip",
        total: 3,
        custom1: "one",
        ext4: "four",
        failed_files: r#"[["9.jpg", "too large"]]"#,
        images: images("trip", 3),
    }
}

fn of(gallery: &OldGallery) -> Vec<&str> {
    gallery.images.iter().map(|image| image.link.as_str()).collect()
}

/// A queue whose table of galleries is one of these, and one that is as it should be.
#[test]
fn nothing_is_computed_and_nothing_is_without_end() {
    let galleries = "CREATE TABLE galleries (id INTEGER PRIMARY KEY, path TEXT, name TEXT); INSERT INTO galleries VALUES (1, '/a', 'a');";
    for (sql, names) in [
        // A view with a column “rowid” over an endless recursion would be sorted before the first row is there.
        (
            "CREATE VIEW images AS WITH RECURSIVE n(rowid) AS (SELECT 1 UNION ALL SELECT rowid + 1 FROM n)
                SELECT rowid, rowid AS id, 1 AS gallery_fk, hex(zeroblob(400000000)) AS filename FROM n",
            1,
        ),
        ("CREATE VIEW tabs AS SELECT 1 AS id, hex(zeroblob(400000000)) AS name", 1),
        ("CREATE VIRTUAL TABLE images USING fts5(filename)", 1),
        // Computed when it is read.
        ("DROP TABLE galleries; CREATE TABLE galleries (id INTEGER, path TEXT, name TEXT AS (hex(zeroblob(400000000))));
            INSERT INTO galleries VALUES (1, '/a')", 1),
        ("DROP TABLE galleries; CREATE TABLE galleries (rowid TEXT, oid TEXT, path TEXT, name TEXT);
            INSERT INTO galleries VALUES ('z', 1, '/a', 'a'), ('a', 1, '/b', 'b')", 2),
    ] {
        let begun = std::time::Instant::now();
        let queue = Dir::new().raw(&format!("{galleries} {sql}")).expect(sql);
        assert_eq!(queue.galleries.len(), names, "{sql}: {:?}", queue.troubles);
        assert!(queue.galleries.iter().all(|gallery| gallery.images.is_empty() && gallery.name.len() < 10), "{sql}");
        assert!(begun.elapsed().as_secs() < 20, "{sql}");
    }
    let dir = Dir::new();
    assert!(
        dir.raw("CREATE VIEW galleries AS SELECT 1 AS id, '/a' AS path").expect_err("no table").contains("no table")
    );
}

#[test]
fn what_is_too_long_ends_its_table_with_words() {
    let sql = "CREATE TABLE galleries (id INTEGER PRIMARY KEY, path TEXT, name TEXT);
        INSERT INTO galleries VALUES (1, '/a', 'a'), (2, '/b', zeroblob(20000000)), (3, '/c', 'c')";
    let queue = Dir::new().raw(sql).expect("read");
    assert_eq!(queue.galleries.len(), 1);
    assert!(queue.troubles.concat().contains("only in part"), "{:?}", queue.troubles);
}

#[test]
fn every_version_gives_what_it_has() {
    for version in VERSIONS {
        let dir = Dir::new();
        let old = OldDatabase::create(&dir.db(), version);
        old.tab(2, "Later", 1, Some("#ff0000"));
        old.add(&row());
        old.close();
        let queue = dir.read().expect("read");
        assert_eq!((queue.version, queue.troubles.as_slice()), (Some(version), [].as_slice()));
        let tabs: Vec<_> = queue.tabs.iter().map(|tab| (tab.name.as_str(), tab.has_colour)).collect();
        assert_eq!(tabs, [("Main", false), ("Later", true)]);
        let [gallery] = queue.galleries.as_slice() else { panic!("{queue:?}") };
        assert_eq!(gallery.path, Path::new("/old/Trip"));
        assert_eq!((gallery.name.as_str(), gallery.status.as_str()), ("Trip", "completed"));
        assert_eq!((gallery.added_at, gallery.finished_at), (Some(1_700_000_000_000), Some(1_700_000_500_250)));
        assert_eq!((gallery.counted.total, gallery.counted.uploaded), (3, 3));
        assert_eq!(of(gallery), links("trip", 3), "in the order of the table");
        assert_eq!(gallery.failed, [(PathBuf::from("9.jpg"), "too large".to_owned())]);
        assert_eq!((gallery.post.tab.as_str(), gallery.post.template.as_str()), ("Later", "mine"));
        assert_eq!(gallery.post.link, "https://imx.to/g/trip");
        assert_eq!(gallery.post.custom[0], if version >= 9 { "one" } else { "" });
        assert_eq!(gallery.post.ext[3], if version >= 12 { "four" } else { "" });
        assert_eq!(gallery.post.host, if version >= 16 { "turbo" } else { "" });
        assert!(gallery.doubts.is_empty(), "{:?}", gallery.doubts);
    }
}

#[test]
fn one_that_is_in_use_is_read_with_what_is_only_in_its_log() {
    let dir = Dir::new();
    let old = OldDatabase::create(&dir.db(), 16);
    old.add(&row());
    assert!(dir.0.path().join("old/bbdrop.db-wal").metadata().is_ok_and(|log| log.len() > 0));
    old.connection.execute_batch("BEGIN EXCLUSIVE; DELETE FROM galleries").expect("locked");
    let queue = dir.read().expect("read");
    assert_eq!(queue.galleries.len(), 1, "what is not committed counts for nothing");
}

#[test]
fn one_with_a_transaction_cut_short_is_read_as_it_was_before() {
    let dir = Dir::new();
    std::fs::create_dir_all(dir.0.path().join("old")).expect("made");
    let connection = Connection::open(dir.db()).expect("opened");
    connection
        .execute_batch(
            "PRAGMA cache_size = 1; CREATE TABLE galleries (id INTEGER PRIMARY KEY, path TEXT, status TEXT);
             INSERT INTO galleries VALUES (1, '/a', 'ready');
             BEGIN IMMEDIATE; UPDATE galleries SET path = '/b';
             WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO galleries SELECT i, '/' || i || hex(zeroblob(100)), 'ready' FROM n",
        )
        .expect("made");
    assert!(dir.0.path().join("old/bbdrop.db-journal").exists());
    let paths: Vec<_> = dir.read().expect("read").galleries.into_iter().map(|gallery| gallery.path).collect();
    assert_eq!(paths, [PathBuf::from("/a")]);
}

#[test]
fn values_of_any_type_are_taken_as_far_as_they_make_sense() {
    let queue = Dir::new()
        .raw(
            "CREATE TABLE galleries (id, path, name, status, added_ts, finished_ts, total_images, failed_files,
                 custom1, insertion_order);
             CREATE TABLE images (gallery_fk, filename, size_bytes, width, url);
             INSERT INTO galleries VALUES (1, x'2f61ff', x'ff41', 'ready', '1700000000', 1e300, '3.0', '{broken', 5, 9);
             INSERT INTO galleries VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
             INSERT INTO galleries VALUES ('3', 7, 8, 9, -1, 'soon', -4, '[1]', x'00', 'first');
             INSERT INTO galleries VALUES (4, '/a', 'b', 'completed', 1, 2, 3, '{\"x.jpg\": \"no\"}', '', 1.0);
             INSERT INTO images VALUES ('1', 'a.jpg', -1, 1e99, 'https://a'), (NULL, 'b.jpg', 1, 1, 'c'), (1, 5, 1, 1, 1)",
        )
        .expect("read");
    let galleries: Vec<_> = queue.galleries.iter().map(|gallery| gallery.row).collect();
    assert_eq!(galleries, [2, 3, 4, 1]);
    let last = queue.galleries.last().expect("there");
    assert_eq!(last.added_at, Some(1_700_000_000_000));
    assert_eq!((last.finished_at, last.counted.total), (None, 3));
    assert_eq!((last.name.as_str(), last.post.custom[0].as_str()), ("\u{fffd}A", "5"));
    #[cfg(unix)]
    assert_eq!(crate::core::path_bytes::write(&last.path), b"/a\xff");
    assert_eq!(of(last), ["https://a", "1"]);
    assert_eq!((last.images[0].bytes, last.images[0].pixels), (0, (0, 0)));
    assert_eq!(last.doubts.len(), 1, "{:?}", last.doubts);
    assert_eq!(queue.galleries[2].failed, [(PathBuf::from("x.jpg"), "no".to_owned())]);
    assert!(queue.galleries[..2].iter().all(|gallery| gallery.path.as_os_str().is_empty()), "{queue:?}");
    assert_eq!(queue.troubles.len(), 1, "{:?}", queue.troubles);
}

#[test]
fn what_is_no_old_database_is_refused_in_words() {
    let dir = Dir::new();
    assert!(dir.read().is_err_and(|words| words.contains("could not be copied")));
    std::fs::create_dir_all(dir.0.path().join("old")).expect("made");
    for (content, words) in
        [("", "empty"), ("Dear diary, …", "no SQLite database"), ("SQLite format 3\0x", "no SQLite")]
    {
        std::fs::write(dir.db(), content).expect("written");
        let read = dir.read();
        assert!(read.as_ref().is_err_and(|said| said.contains(words)), "{content}: {read:?}");
    }
    let other = Dir::new().raw("CREATE TABLE notes (a)");
    assert!(other.is_err_and(|words| words.contains("no table")));
    let ours = Dir::new().raw(include_str!("../../../migrations/0001_queue.sql"));
    assert!(ours.is_err_and(|words| words.contains("of this version")));
}

#[test]
fn of_a_damaged_one_what_can_be_read_is_taken() {
    let dir = Dir::new();
    let old = OldDatabase::create(&dir.db(), 16);
    for number in 0..300_u32 {
        old.add(&OldRow { path: format!("/old/{number}"), images: images("x", 5), ..row() });
    }
    let path = old.close();
    let bytes = std::fs::read(&path).expect("read");
    let mut read_in_part = 0;
    for keep in (1..20).map(|twentieth| bytes.len() * twentieth / 20) {
        std::fs::write(&path, &bytes[..keep]).expect("written");
        match dir.read() {
            Ok(queue) => {
                assert!(queue.galleries.len() == 300 || !queue.troubles.is_empty(), "{keep}: nothing was said");
                read_in_part += usize::from(!queue.galleries.is_empty());
            }
            Err(words) => assert!(!words.is_empty()),
        }
    }
    assert!(read_in_part > 0);
}

#[test]
fn a_version_that_is_not_known_is_read_all_the_same() {
    let dir = Dir::new();
    let old = OldDatabase::create(&dir.db(), 16);
    old.connection
        .execute_batch("UPDATE settings SET value_text = '17'; ALTER TABLE galleries ADD COLUMN x")
        .expect("set");
    old.add(&row());
    old.close();
    let queue = dir.read().expect("read");
    assert_eq!((queue.version, queue.galleries.len()), (Some(17), 1));
    let doubt = crate::core::legacy::ImportReport::doubt_of_version;
    assert!(doubt(17).is_some() && doubt(4).is_some() && doubt(5).is_none() && doubt(16).is_none());
}

proptest! {
    #![proptest_config(crate::core::tests::cases(320))]

    #[test]
    fn of_any_bytes_nothing_is_taken_that_must_not_be(
        noise in proptest::collection::vec(any::<u8>(), 0..900),
        damage in proptest::collection::vec(any::<(proptest::sample::Index, u8)>(), 0..6),
    ) {
        let dir = Dir::new();
        untrusted::old_database(&noise, dir.0.path());
        let old = OldDatabase::create(&dir.db(), 16);
        old.add(&row());
        let mut bytes = std::fs::read(old.close()).expect("read");
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        untrusted::old_database(&bytes, dir.0.path());
    }
}
