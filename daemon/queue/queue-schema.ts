/**
 * Tables of the queue, and of contents, which it shares with the mailboxes.
 *
 * Times are milliseconds since 1970. A message is in the queue while `finished_at` is null; afterwards it is history
 * (`done`) or can be brought back (`removed`) until the retention takes it. The indexes of the living leave the
 * finished out, so that history costs the queue nothing.
 */
export const queueSchema = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- What has happened so far, and how many messages there are of each state (with their bytes), kept by the triggers
-- below: a count of a million rows would take too long. One table, because each commit writes the pages it touches.
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL, bytes INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES
  ('processedMessages', 0), ('virusesDetected', 0), ('spamMessages', 0), ('deliveredMessages', 0),
  ('bouncedMessages', 0), ('rejectedMessages', 0), ('collectedMessages', 0),
  ('ready', 0), ('deferred', 0), ('held', 0), ('done', 0), ('removed', 0);

-- The bytes of a message, once, however many recipients and mailboxes refer to it.
CREATE TABLE contents (
  id   INTEGER PRIMARY KEY,
  size INTEGER NOT NULL,
  -- Exactly one of the two: small ones here, large ones in a file below the state directory.
  body BLOB,
  file TEXT,
  refs INTEGER NOT NULL
);
CREATE INDEX contents_in_files ON contents (file) WHERE file IS NOT NULL;
-- Files whose content has gone; unlinked after the commit that put them here.
CREATE TABLE garbage_files (file TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER content_unused AFTER UPDATE OF refs ON contents WHEN NEW.refs <= 0 BEGIN
  INSERT OR IGNORE INTO garbage_files (file) SELECT NEW.file WHERE NEW.file IS NOT NULL;
  DELETE FROM contents WHERE id = NEW.id;
END;

-- Ids come from the queue and are never used again: the retention notes the last one (settings, last_message_id).
CREATE TABLE messages (
  id              INTEGER PRIMARY KEY,
  state           TEXT NOT NULL CHECK (state IN ('ready', 'deferred', 'held', 'done', 'removed')),
  sender          TEXT NOT NULL COLLATE NOCASE,
  size            INTEGER NOT NULL,
  message_id      TEXT,
  created_at      INTEGER NOT NULL,
  next_attempt_at INTEGER,
  expires_at      INTEGER NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0,
  last_reply      TEXT,
  -- last_reply without ids, addresses and numbers: what the summary groups by.
  reason          TEXT,
  body_type       TEXT NOT NULL,
  smtp_utf8       INTEGER NOT NULL,
  envelope_id     TEXT,
  return_content  TEXT,
  source_session  INTEGER,
  source_address  TEXT,
  source_user     TEXT,
  -- What a list shows of it and what never changes, as the inside of a JSON object. Made once, when the message is
  -- taken: to make it anew for each of a hundred thousand rows takes three times as long.
  listing         TEXT NOT NULL,
  connection      TEXT,
  held_reason     TEXT,
  -- No foreign key: it would search all messages whenever a content goes.
  content_id      INTEGER,
  finished_at     INTEGER,
  -- For undo: the operation that removed it, and the state it was in.
  operation_id    INTEGER,
  state_before    TEXT
);
CREATE INDEX queue_by_age    ON messages (created_at) WHERE finished_at IS NULL;
CREATE INDEX queue_by_sender ON messages (sender) WHERE finished_at IS NULL;
-- The states that a few messages of many have; ready is what is left.
CREATE INDEX queue_deferred  ON messages (created_at) WHERE state = 'deferred';
CREATE INDEX queue_held      ON messages (created_at) WHERE state = 'held';
-- What an operation removed is found by it too: all of it carries the time of the operation.
CREATE INDEX finished_messages ON messages (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE recipients (
  message_id         INTEGER NOT NULL,
  n                  INTEGER NOT NULL,
  address            TEXT NOT NULL COLLATE NOCASE,
  domain             TEXT NOT NULL,
  state              TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  -- When it is to be tried; null when it is not to be: delivered, failed, held, removed.
  due_at             INTEGER,
  attempts           INTEGER NOT NULL DEFAULT 0,
  notify             TEXT,
  original_recipient TEXT,
  delay_notified     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (message_id, n)
) WITHOUT ROWID;
CREATE INDEX due_recipients ON recipients (domain, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX pending_recipients ON recipients (address) WHERE state = 'pending';

-- For each domain with something to do, when the first of it is due (or was: never later than that). The scheduler
-- reads from it which domains to look into, however many messages they have.
CREATE TABLE destinations (domain TEXT PRIMARY KEY, due_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX due_destinations ON destinations (due_at);

CREATE TABLE attempts (
  message_id    INTEGER NOT NULL,
  n             INTEGER NOT NULL,
  attempt       INTEGER NOT NULL,
  at            INTEGER NOT NULL,
  host          TEXT,
  address       TEXT,
  duration_ms   INTEGER NOT NULL,
  code          INTEGER,
  enhanced_code TEXT,
  reply         TEXT NOT NULL,
  tls           TEXT,
  PRIMARY KEY (message_id, n, attempt)
) WITHOUT ROWID;

-- What operators did, for undo. A 'running' one that a crash cut short is completed at the next start.
CREATE TABLE operations (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  verb      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  client    TEXT NOT NULL,
  -- The selection as JSON, and the newest message that it can hit.
  selection TEXT NOT NULL,
  newest_id INTEGER NOT NULL,
  reason    TEXT,
  state     TEXT NOT NULL CHECK (state IN ('running', 'done', 'undone')),
  messages  INTEGER NOT NULL DEFAULT 0,
  bytes     INTEGER NOT NULL DEFAULT 0,
  undone_at INTEGER
);

CREATE TRIGGER message_counted AFTER INSERT ON messages BEGIN
  UPDATE counters SET value = value + 1, bytes = bytes + NEW.size WHERE name = NEW.state;
END;
CREATE TRIGGER message_recounted AFTER UPDATE OF state ON messages WHEN OLD.state <> NEW.state BEGIN
  UPDATE counters SET value = value - 1, bytes = bytes - OLD.size WHERE name = OLD.state;
  UPDATE counters SET value = value + 1, bytes = bytes + NEW.size WHERE name = NEW.state;
END;
CREATE TRIGGER message_uncounted AFTER DELETE ON messages BEGIN
  UPDATE counters SET value = value - 1, bytes = bytes - OLD.size WHERE name = OLD.state;
END;
`;
