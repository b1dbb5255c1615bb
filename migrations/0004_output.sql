-- Tabs, and what a gallery's output is made of.

CREATE TABLE tabs (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE CHECK (trim(name) <> ''),
    position INTEGER NOT NULL
) STRICT;

INSERT INTO tabs (id, name, position) VALUES (1, 'Main', 0);

-- A tab that is not there any more is tab 1.
ALTER TABLE galleries ADD COLUMN tab_id   INTEGER NOT NULL DEFAULT 1;
-- NULL is the template of the settings.
ALTER TABLE galleries ADD COLUMN template TEXT;
ALTER TABLE galleries ADD COLUMN custom1  TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN custom2  TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN custom3  TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN custom4  TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN ext1     TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN ext2     TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN ext3     TEXT NOT NULL DEFAULT '';
ALTER TABLE galleries ADD COLUMN ext4     TEXT NOT NULL DEFAULT '';
-- Its output has to be made, or made anew; and what went wrong when it was made, in words.
ALTER TABLE galleries ADD COLUMN output_due     INTEGER NOT NULL DEFAULT 0 CHECK (output_due IN (0, 1));
ALTER TABLE galleries ADD COLUMN output_trouble TEXT;

-- Files that were written for a gallery. One whose content is another by now belongs to somebody else.
CREATE TABLE saved_files (
    gallery_id INTEGER NOT NULL REFERENCES galleries (id) ON DELETE CASCADE,
    path       BLOB    NOT NULL,
    hash       BLOB    NOT NULL, -- BLAKE3 of what was written
    PRIMARY KEY (gallery_id, path)
) STRICT, WITHOUT ROWID;
