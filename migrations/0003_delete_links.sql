-- Where an image can be taken away again, if its host has such a link.

ALTER TABLE images  ADD COLUMN delete_link TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN delete_link TEXT NOT NULL DEFAULT '';
