//! Opening what is old, new, foreign, damaged or half done; backups.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::backup::{back_up_if_due_at, list};
use super::{DATABASE, Opened, StoreError, StoreErrorKind, open};

const NOW: &str = "2026-11-22T08:05:00Z";

/// A data directory of its own.
struct Dir(TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn db(&self) -> PathBuf {
        self.path().join(DATABASE)
    }

    fn raw(&self) -> Connection {
        Connection::open(self.db()).expect("opened")
    }

    /// A sound database of the newest schema with these galleries.
    fn with(names: &[&str]) -> Self {
        let dir = Self::new();
        close(open(dir.path()).expect("opened"));
        for name in names {
            insert(&dir.raw(), name);
        }
        dir
    }

    /// A database of the first schema with these galleries.
    fn of_schema_1(names: &[&str]) -> Self {
        let dir = Self::new();
        let old = dir.raw();
        old.execute_batch(include_str!("../../migrations/0001_queue.sql")).expect("made");
        old.execute_batch("PRAGMA user_version = 1").expect("set");
        for name in names {
            insert(&old, name);
        }
        dir
    }

    fn back_up(&self, at: &str) -> Result<Option<PathBuf>, StoreError> {
        back_up_if_due_at(self.path(), time(at), || false)
    }

    /// Every file in the data directory whose name has `part`, with its bytes.
    fn files(&self, part: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.path()).expect("listed").flatten().filter(|entry| entry.path().is_file());
        let named = entries.map(|entry| (entry.file_name().into_string().expect("Unicode"), entry.path()));
        let wanted = named.filter(|(name, _)| name.contains(part));
        wanted.map(|(name, path)| (name, std::fs::read(path).expect("read"))).collect()
    }

    fn backups(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path().join("backups")) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.flatten().map(|entry| entry.file_name().into_string().expect("Unicode")).collect();
        names.sort();
        names
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn insert(connection: &Connection, name: &str) {
    let sql =
        "INSERT INTO galleries (path, path_key, name, state, host, start_when_scanned, images_total, images_uploaded,
        images_failed, images_skipped, bytes_total, bytes_uploaded, added_at)
        VALUES (?1, ?1, ?2, 'ready', 'folder', 0, 0, 0, 0, 0, 0, 0, 1)";
    connection.execute(sql, (name.as_bytes(), name)).expect("inserted");
}

fn names(opened: &Opened) -> Vec<&str> {
    opened.stored.galleries.iter().map(|gallery| gallery.name.as_str()).collect()
}

fn close(opened: Opened) {
    opened.connection.execute("UPDATE shutdown SET clean = 1", []).expect("written");
    opened.connection.close().expect("closed");
}

/// The database is replaced, what was there is kept, and the words say so.
fn check_rebuilt(dir: &Dir, expected: &[&str], said: &str) {
    let before = dir.files(DATABASE);
    let opened = open(dir.path()).expect("rebuilt");
    let notice = opened.notices.concat();
    assert!(notice.contains("damaged") && notice.contains(".damaged-") && notice.contains(said), "{notice}");
    assert_eq!(names(&opened), expected);
    let aside = dir.files(".damaged-");
    let kept = |ending: &str| {
        aside.iter().find(|(name, _)| name.ends_with("-wal") == (ending == "-wal") && !name.ends_with("-shm"))
    };
    for ending in ["", "-wal"] {
        // An empty log is as good as none.
        let bytes = before.get(&format!("{DATABASE}{ending}")).filter(|bytes| ending.is_empty() || !bytes.is_empty());
        let kept = kept(ending).map(|kept| kept.1).filter(|bytes| ending.is_empty() || !bytes.is_empty());
        assert_eq!(kept, bytes, "byte for byte: {ending}");
    }
    close(opened);
    let again = open(dir.path()).expect("opened");
    assert_eq!((again.notices.as_slice(), names(&again)), (&[][..], expected.to_vec()), "told once");
    assert_eq!(dir.files(".damaged-"), aside);
}

#[test]
fn a_database_of_the_first_schema_is_backed_up_and_migrated() {
    let dir = Dir::of_schema_1(&["a", "b"]);
    let opened = open(dir.path()).expect("migrated");
    assert_eq!((names(&opened), opened.notices.len()), (vec!["a", "b"], 0));
    let is_in_place = "SELECT count(*) FROM galleries WHERE position = id * 1048576";
    assert_eq!(opened.connection.query_row(is_in_place, [], |row| row.get(0)), Ok(2));
    let backups = list(dir.path()).expect("listed");
    assert_eq!(backups.len(), 1);
    let backup = Connection::open(&backups[0].path).expect("opened");
    let version = backup.query_row("PRAGMA user_version", [], |row| row.get(0));
    assert_eq!((version, backup.query_row("SELECT count(*) FROM galleries", [], |row| row.get(0))), (Ok(1), Ok(2)));
    drop(opened);
    open(dir.path()).expect("opened");
    assert_eq!(dir.backups().len(), 1, "only when the schema changes");
}

#[test]
fn without_a_backup_nothing_is_migrated() {
    let dir = Dir::of_schema_1(&["a"]);
    std::fs::write(dir.path().join("backups"), "a file in the way").expect("written");
    let before = dir.files(DATABASE);
    let error = open(dir.path()).expect_err("no backup");
    assert!(error.words.contains("nothing was changed"), "{error}");
    assert_eq!(dir.files(DATABASE), before);
}

#[test]
fn of_all_backups_the_last_three_are_kept_and_no_foreign_file_is_touched() {
    let dir = Dir::of_schema_1(&["a"]);
    let backups = dir.path().join("backups");
    std::fs::create_dir(&backups).expect("made");
    let own = [
        "bbdrop-20250101-000000.db",
        "bbdrop-20250102-000000.2.db",
        "bbdrop-20250102-000000.db",
        "bbdrop-20250103-000000.db",
    ];
    let foreign = ["before-the-move.db", "bbdrop-20259999-000000.db", "bbdrop-.db", "zz.db"];
    for name in own.iter().chain(&foreign) {
        std::fs::write(backups.join(name), "x").expect("written");
    }
    std::fs::write(backups.join("bbdrop-20250104-000000.partial"), "x").expect("written");
    open(dir.path()).expect("migrated");
    let left = dir.backups();
    assert!(foreign.iter().all(|name| left.contains(&(*name).to_owned())), "{left:?}");
    assert!(!left.iter().any(|name| name.contains("partial")), "{left:?}");
    let kept: Vec<_> = list(dir.path()).expect("listed").into_iter().map(|backup| backup.path).collect();
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[1..], [backups.join(own[3]), backups.join(own[1])], "one more of the same second is newer");
}

#[test]
fn a_regular_backup_is_made_once_a_day_and_only_of_something() {
    let dir = Dir::with(&[]);
    assert_eq!(dir.back_up(NOW).expect("looked"), None, "an empty queue");
    insert(&dir.raw(), "a");
    let path = dir.back_up(NOW).expect("made").expect("due");
    assert_eq!(path, dir.path().join("backups/bbdrop-20261122-080500.db"));
    assert_eq!(list(dir.path()).expect("listed")[0].at, time(NOW));
    assert_eq!(dir.back_up("2026-11-23T08:04:59Z").expect("looked"), None);
    assert!(dir.back_up("2026-11-23T08:05:00Z").expect("made").is_some());
    assert!(dir.back_up("2026-11-01T00:00:00Z").expect("made").is_some(), "the clock was set back");
    assert!(dir.back_up("2026-11-02T00:00:00Z").expect("made").is_some(), "and the new one is kept");
    assert_eq!(dir.backups().len(), 3);
}

#[test]
fn a_backup_holds_what_is_committed_while_the_writer_goes_on() {
    let dir = Dir::with(&["a"]);
    let opened = open(dir.path()).expect("opened");
    insert(&opened.connection, "b");
    opened.connection.execute_batch("BEGIN IMMEDIATE").expect("begun");
    insert(&opened.connection, "c");
    let path = dir.back_up(NOW).expect("made").expect("due");
    opened.connection.execute_batch("COMMIT").expect("committed");
    let backup = Connection::open(path).expect("opened");
    assert_eq!(
        backup.query_row("SELECT group_concat(name) FROM galleries", [], |row| row.get(0)),
        Ok("a,b".to_owned())
    );
}

#[test]
fn a_backup_that_is_given_up_leaves_nothing() {
    let dir = Dir::with(&["a"]);
    let raw = dir.raw();
    let fill = "INSERT INTO settings WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)
        SELECT 'key' || i, hex(randomblob(100)) FROM n";
    raw.execute_batch(fill).expect("filled");
    assert_eq!(back_up_if_due_at(dir.path(), time(NOW), || true).expect("given up"), None);
    assert_eq!(dir.backups(), [""; 0]);
}

#[test]
fn damage_found_by_a_backup_is_looked_for_at_the_next_start() {
    let dir = Dir::with(&["a"]);
    fill_and_damage(&dir);
    close_cleanly(&dir);
    let error = dir.back_up(NOW).expect_err("damaged");
    assert_eq!(error.kind, StoreErrorKind::Corrupt, "{error}");
    assert!(error.words.contains("start it again"), "{error}");
    check_rebuilt(&dir, &[], "no backup");
    assert!(dir.files(".suspect").is_empty());
}

/// Pages of images in which nothing makes sense; what is read at every start is sound.
fn fill_and_damage(dir: &Dir) {
    let fill = "INSERT INTO images (gallery_id, position, file, bytes, modified_at, width, height, attempts, state)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 5000)
        SELECT 1, i, x'61', 1, 1, 1, 1, 0, 'pending' FROM n";
    let raw = dir.raw();
    raw.execute_batch(fill).expect("filled");
    raw.close().expect("closed, with its log written into it");
    let mut bytes = std::fs::read(dir.db()).expect("read");
    let last = bytes.len() / 4096 - 20;
    for page in last..last + 19 {
        bytes[page * 4096..page * 4096 + 64].fill(0xee);
    }
    std::fs::write(dir.db(), bytes).expect("written");
}

fn close_cleanly(dir: &Dir) {
    dir.raw().execute_batch("UPDATE shutdown SET clean = 1").expect("written");
}

#[test]
fn damaged_databases_are_set_aside() {
    for bytes in [vec![0x42; 8192], b"no".to_vec(), b"SQLite format 3\0and nothing else".to_vec()] {
        let dir = Dir::new();
        std::fs::write(dir.db(), bytes).expect("written");
        check_rebuilt(&dir, &[], "no backup");
    }
}

#[test]
fn a_database_without_its_tables_columns_or_version_is_damaged() {
    for sql in [
        "DROP TABLE shutdown",
        "DELETE FROM shutdown",
        "DROP TABLE attempts",
        "ALTER TABLE history DROP COLUMN thumb",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
    ] {
        let dir = Dir::with(&["a"]);
        dir.back_up(NOW).expect("made");
        dir.raw().execute_batch(sql).expect("damaged");
        check_rebuilt(&dir, &["a"], "rebuilt from the backup of 2026-11-2");
    }
}

#[test]
fn a_cut_database_is_damaged() {
    let dir = Dir::with(&["a"]);
    dir.back_up(NOW).expect("made");
    let bytes = std::fs::read(dir.db()).expect("read");
    std::fs::write(dir.db(), &bytes[..bytes.len() - 4096]).expect("written");
    check_rebuilt(&dir, &["a"], "rebuilt from the backup of 2026-11-2");
}

#[test]
fn an_empty_file_is_a_new_database_unless_it_has_a_log() {
    let dir = Dir::new();
    std::fs::write(dir.db(), "").expect("written");
    assert_eq!(open(dir.path()).expect("opened").notices, [""; 0]);

    let dir = Dir::with(&["a"]);
    dir.back_up(NOW).expect("made");
    std::fs::write(dir.db(), "").expect("written");
    std::fs::write(dir.path().join("bbdrop.db-wal"), "what was committed last").expect("written");
    check_rebuilt(&dir, &["a"], "only its log");
}

#[test]
fn the_newest_backup_that_is_whole_is_taken_of_whatever_schema() {
    let dir = Dir::of_schema_1(&["a", "b"]);
    close(open(dir.path()).expect("migrated"));
    let backups = dir.path().join("backups");
    let old = list(dir.path()).expect("listed").remove(0).path;
    std::fs::rename(old, backups.join("bbdrop-20260101-120000.db")).expect("renamed");
    std::fs::write(backups.join("bbdrop-20260102-120000.db"), "no database").expect("written");
    std::fs::write(backups.join("bbdrop-20260103-120000.db"), "").expect("written");
    let newer = backups.join("bbdrop-20260104-120000.db");
    std::fs::copy(dir.db(), &newer).expect("copied");
    Connection::open(&newer).expect("opened").execute_batch("PRAGMA user_version = 99").expect("set");
    std::fs::write(dir.db(), [7; 9000]).expect("written");
    check_rebuilt(&dir, &["a", "b"], "rebuilt from the backup of 2026-01-0");
    assert_eq!(dir.backups().len(), 4, "none is used up");
    assert!(dir.files(".rebu").is_empty());
}

/// A database as a crash leaves it: what was committed last is only in its log.
fn crashed(dir: &Dir, sql: &str) {
    let source = Dir::with(&["a"]);
    let opened = open(source.path()).expect("opened");
    opened.connection.execute_batch(sql).expect("written");
    for (name, bytes) in source.files(DATABASE) {
        std::fs::write(dir.path().join(name), bytes).expect("written");
    }
}

#[test]
fn a_log_is_set_aside_with_its_database() {
    let dir = Dir::new();
    crashed(&dir, "DROP TABLE attempts");
    assert!(!dir.files("-wal").values().all(Vec::is_empty));
    check_rebuilt(&dir, &[], "attempts");
}

#[test]
fn a_newer_database_is_not_touched_and_neither_is_its_log() {
    let dir = Dir::new();
    crashed(&dir, "PRAGMA user_version = 99");
    let before = dir.files(DATABASE);
    let error = open(dir.path()).expect_err("refused");
    assert_eq!(error.kind, StoreErrorKind::Newer, "{error}");
    let mut after = dir.files(DATABASE);
    after.remove("bbdrop.db-shm"); // Only a table of contents of the log.
    assert!(after.iter().all(|(name, bytes)| before.get(name) == Some(bytes)), "{:?}", after.keys());
    assert_eq!(after.len(), 2);
}

#[test]
fn two_damaged_databases_of_one_second_are_both_kept() {
    let dir = Dir::new();
    for content in [[1; 5000], [2; 5000], [3; 5000]] {
        std::fs::write(dir.db(), content).expect("written");
        close(open(dir.path()).expect("rebuilt"));
    }
    let kept: Vec<_> = dir.files(".damaged-").into_values().map(|bytes| bytes[0]).collect();
    assert_eq!(kept.iter().copied().collect::<std::collections::BTreeSet<u8>>().len(), 3);
}

#[test]
fn a_rebuilding_that_was_interrupted_goes_on() {
    let dir = Dir::with(&["a"]);
    let rebuilt = dir.path().join("bbdrop.db.rebuilt");
    std::fs::rename(dir.db(), &rebuilt).expect("renamed");
    std::fs::write(dir.path().join("bbdrop.db-wal"), "left over").expect("written");
    let opened = open(dir.path()).expect("opened");
    assert_eq!(names(&opened), ["a"]);
    assert!(opened.notices.concat().contains("rebuilt"), "{:?}", opened.notices);
    assert_eq!(dir.files(".damaged-").into_values().collect::<Vec<_>>(), [b"left over".to_vec()]);
    std::fs::write(&rebuilt, "too late").expect("written");
    close(opened);
    assert_eq!(names(&open(dir.path()).expect("opened")), ["a"]);
    assert!(!rebuilt.exists());
}

#[test]
fn the_backup_with_the_newest_queue_is_taken_and_kept_whatever_its_name() {
    let dir = Dir::with(&["a"]);
    dir.back_up("2038-01-19T03:14:00Z").expect("made").expect("due");
    for (name, at) in [("b", "2026-11-22T00:00:00Z"), ("c", "2026-11-23T00:00:00Z"), ("d", "2026-11-24T00:00:00Z")] {
        insert(&dir.raw(), name);
        dir.back_up(at).expect("made").expect("due");
    }
    assert!(!dir.backups().iter().any(|name| name.contains("2038")), "the oldest queue goes: {:?}", dir.backups());
    let older = dir.path().join("backups/bbdrop-20261122-000000.db");
    std::fs::rename(older, dir.path().join("backups/bbdrop-20380119-031400.db")).expect("renamed");
    std::fs::write(dir.db(), [7; 9000]).expect("written");
    check_rebuilt(&dir, &["a", "b", "c", "d"], "from the backup of 2026-11-2");
}

#[test]
fn a_log_that_is_gone_after_a_kill_is_missed_once() {
    let dir = Dir::with(&["a"]);
    dir.back_up(NOW).expect("made");
    let killed = |remove: &[&str]| {
        let opened = open(dir.path()).expect("opened");
        super::check::mark_in_use(&dir.db());
        insert(&opened.connection, &opened.stored.id_last.to_string());
        let left = dir.files(DATABASE);
        close(opened);
        for (name, bytes) in left.iter().filter(|(name, _)| !remove.contains(&name.as_str())) {
            std::fs::write(dir.path().join(name), bytes).expect("written");
        }
    };
    killed(&[]);
    let opened = open(dir.path()).expect("opened");
    assert_eq!((opened.notices.as_slice(), names(&opened).len()), (&[][..], 2), "the log has it");
    close(opened);
    killed(&["bbdrop.db-wal", "bbdrop.db-shm"]);
    let notice = open(dir.path()).expect("opened").notices.concat();
    assert!(notice.contains("log") && notice.contains("bbdrop-20261122-080500.db"), "{notice}");
    assert_eq!(open(dir.path()).expect("opened").notices, [""; 0], "told once");
}

#[test]
fn when_a_backup_cannot_be_copied_nothing_is_changed() {
    let dir = Dir::with(&["a"]);
    dir.back_up(NOW).expect("made");
    std::fs::write(dir.db(), [7; 9000]).expect("written");
    // In the way of the copy; it is no empty directory, so it stays there.
    std::fs::create_dir_all(dir.path().join("bbdrop.db.rebuilding/x")).expect("made");
    let error = open(dir.path()).expect_err("no room");
    assert!(error.words.contains("nothing was changed"), "{error}");
    assert_eq!(dir.files(DATABASE)[DATABASE], [7; 9000]);
    std::fs::remove_dir_all(dir.path().join("bbdrop.db.rebuilding")).expect("removed");
    check_rebuilt(&dir, &["a"], "rebuilt from the backup");
}

#[test]
fn settings_that_cannot_be_used_are_told_and_stay() {
    let dir = Dir::with(&["a"]);
    let rows = "SELECT group_concat(key || '=' || hex(value), ' ') FROM (SELECT key, value FROM settings UNION ALL
        SELECT host || '.' || key, value FROM host_settings ORDER BY 1)";
    let stored = |dir: &Dir| dir.raw().query_row(rows, [], |row| row.get::<_, String>(0)).expect("read");
    dir.raw()
        .execute_batch(
            "INSERT INTO settings VALUES ('thumbnails.size', 'huge'), ('uploads.parallel_images', '3'), ('of.a.newer.version', 'x'),
                 ('output.template', CAST(x'ff' AS TEXT)), ('output.save', CAST(x'74ff' AS TEXT));
             INSERT INTO host_settings VALUES ('imgbb', 'idle_timeout', 'never'), ('imgbb', 'of.a.newer.version', 'x')",
        )
        .expect("written");
    let before = stored(&dir);
    let opened = open(dir.path()).expect("opened");
    assert_eq!(names(&opened), ["a"]);
    let settings = &opened.stored.settings;
    assert_eq!((settings.thumbnail_px, settings.parallel_images, settings.output.save), (300, 3, true));
    assert_eq!(opened.stored.host_settings["imgbb"].idle_timeout_s, 60);
    let [notice] = opened.notices.as_slice() else { panic!("{:?}", opened.notices) };
    for part in ["3 settings", "thumbnails.size: “300”", "output.save: “true”", "idle_timeout of the host imgbb: “60”"]
    {
        assert!(notice.contains(part), "{notice}");
    }
    assert!(!notice.contains("newer"), "{notice}");
    close(opened);
    assert_eq!(stored(&dir), before);
    assert_eq!(open(dir.path()).expect("opened").notices.len(), 1, "as long as it is so");
}
