-- Order and priorities, scanning again, the record of failures, what was uploaded before, and what the person has set for hosts.

ALTER TABLE galleries ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE galleries ADD COLUMN priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN -1 AND 1);
-- The person has asked for the start that comes after the scan, not only the setting.
ALTER TABLE galleries ADD COLUMN start_asked INTEGER NOT NULL DEFAULT 0 CHECK (start_asked IN (0, 1));
-- The state a gallery had before it was scanned again, or before its folder went missing.
ALTER TABLE galleries ADD COLUMN returns_to TEXT;
-- Images of the folder that were uploaded before: when, where to, how many.
ALTER TABLE galleries ADD COLUMN before_at     INTEGER;
ALTER TABLE galleries ADD COLUMN before_host   TEXT;
ALTER TABLE galleries ADD COLUMN before_images INTEGER;

UPDATE galleries SET position = id * 1048576;

-- For galleries of picked images: which ones. Of the others all images of the folder are meant.
CREATE TABLE chosen (
    gallery_id INTEGER NOT NULL REFERENCES galleries (id) ON DELETE CASCADE,
    file       BLOB    NOT NULL,
    PRIMARY KEY (gallery_id, file)
) STRICT, WITHOUT ROWID;

-- What went wrong on the way; the newest ones of each image are kept. position is NULL where the whole gallery was meant.
CREATE TABLE attempts (
    id         INTEGER PRIMARY KEY,
    gallery_id INTEGER NOT NULL REFERENCES galleries (id) ON DELETE CASCADE,
    position   INTEGER,
    at         INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    words      TEXT    NOT NULL,
    again_at   INTEGER
) STRICT;

CREATE INDEX attempts_of_image ON attempts (gallery_id, position, id);

-- Every image that was uploaded, also of galleries that are gone.
CREATE TABLE history (
    folder       BLOB    NOT NULL,
    file         BLOB    NOT NULL,
    host         TEXT    NOT NULL,
    options      TEXT    NOT NULL,
    bytes        INTEGER NOT NULL,
    modified_at  INTEGER NOT NULL,
    hash         BLOB, -- BLAKE3 of what was sent
    link         TEXT    NOT NULL,
    thumb        TEXT    NOT NULL,
    direct       TEXT    NOT NULL,
    gallery_id   INTEGER NOT NULL,
    gallery_link TEXT,
    uploaded_at  INTEGER NOT NULL,
    PRIMARY KEY (folder, file, host, options)
) STRICT, WITHOUT ROWID;

CREATE INDEX history_by_hash ON history (hash);

CREATE TABLE host_settings (
    host  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (host, key)
) STRICT, WITHOUT ROWID;

-- Hosts that are left alone for a while.
CREATE TABLE host_pauses (
    host     TEXT PRIMARY KEY,
    until    INTEGER NOT NULL,
    is_asked INTEGER NOT NULL CHECK (is_asked IN (0, 1)),
    kind     TEXT    NOT NULL,
    words    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
