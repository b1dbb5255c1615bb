-- The queue. Times are milliseconds since the Unix epoch, paths are raw bytes (WTF-8 on Windows).

CREATE TABLE galleries (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    path               BLOB    NOT NULL,
    path_key           BLOB    NOT NULL UNIQUE,
    name               TEXT    NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('added', 'scanning', 'ready', 'queued', 'uploading', 'paused',
                                                         'completed', 'incomplete', 'failed', 'missing')),
    host               TEXT    NOT NULL,
    start_when_scanned INTEGER NOT NULL CHECK (start_when_scanned IN (0, 1)),
    images_total       INTEGER NOT NULL,
    images_uploaded    INTEGER NOT NULL,
    images_failed      INTEGER NOT NULL,
    images_skipped     INTEGER NOT NULL,
    bytes_total        INTEGER NOT NULL,
    bytes_uploaded     INTEGER NOT NULL,
    link               TEXT,
    reason_kind        TEXT,
    reason             TEXT,
    added_at           INTEGER NOT NULL,
    finished_at        INTEGER
) STRICT;

CREATE TABLE images (
    gallery_id  INTEGER NOT NULL REFERENCES galleries (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    file        BLOB    NOT NULL,
    bytes       INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'uploading', 'uploaded', 'failed', 'skipped')),
    link        TEXT    NOT NULL DEFAULT '',
    thumb       TEXT    NOT NULL DEFAULT '',
    direct      TEXT    NOT NULL DEFAULT '',
    reason_kind TEXT    NOT NULL DEFAULT '',
    reason      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (gallery_id, position)
) STRICT, WITHOUT ROWID;

-- What a host needs to go on in the same host gallery: an opaque JSON value of that host.
CREATE TABLE sessions (
    gallery_id INTEGER PRIMARY KEY REFERENCES galleries (id) ON DELETE CASCADE,
    state      TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: whether the last process that had the database open has closed it.
CREATE TABLE shutdown (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    clean INTEGER NOT NULL CHECK (clean IN (0, 1))
) STRICT;

INSERT INTO shutdown (id, clean) VALUES (1, 1);
