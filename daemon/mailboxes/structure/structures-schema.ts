/**
 * Tables of what was found out about a content: its MIME structure, and the texts that SEARCH looks into. Both rows are
 * written together, after the content, and go with it; a content without them has not been looked into yet.
 */
export const structuresSchema = `
-- MessageStructure as JSON. Apart from the texts: a search reads those of a whole mailbox, and nothing else.
CREATE TABLE content_structures (
  content_id INTEGER PRIMARY KEY,
  structure  TEXT NOT NULL
);

-- Header fields as a person reads them: decoded, case folded. Null: the message has no such field. Several fields of one
-- name are separated by a line feed, which stands in none of them.
CREATE TABLE content_search (
  content_id INTEGER PRIMARY KEY,
  subject    TEXT,
  sender     TEXT,
  to_text    TEXT,
  cc         TEXT,
  bcc        TEXT,
  message_id TEXT,
  -- The day of the Date field in the time zone that it names, YYYY-MM-DD.
  sent_day   TEXT
);

CREATE TRIGGER content_structure_unused AFTER DELETE ON contents BEGIN
  DELETE FROM content_structures WHERE content_id = OLD.id;
  DELETE FROM content_search WHERE content_id = OLD.id;
END;
`;
