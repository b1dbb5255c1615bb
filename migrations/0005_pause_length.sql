-- How long a host is left alone in all, in milliseconds: a clock that was set back never makes it longer.

ALTER TABLE host_pauses ADD COLUMN length_ms INTEGER;
