/**
 * Tables of connections: what operators set, what was collected, and what became of the runs. Times in ms since 1970.
 *
 * A message elsewhere is known by where it lies and its UID there, and by the digest of its bytes, for servers whose
 * UIDs change or are given twice.
 */
export const connectionsSchema = `
CREATE TABLE connections (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL UNIQUE COLLATE NOCASE,
  enabled     INTEGER NOT NULL,
  is_default  INTEGER NOT NULL,
  fallback_id INTEGER REFERENCES connections (id),
  sending     TEXT NOT NULL CHECK (sending IN ('at-once', 'when-connected')),
  schedule    TEXT NOT NULL,
  -- When the schedule was set: nothing was missed before.
  schedule_at INTEGER NOT NULL,
  -- As JSON, the password apart and sealed; null without a sender.
  sender      TEXT,
  secret      TEXT,
  runs            INTEGER NOT NULL DEFAULT 0,
  failed_runs     INTEGER NOT NULL DEFAULT 0,
  collected       INTEGER NOT NULL DEFAULT 0,
  collected_bytes INTEGER NOT NULL DEFAULT 0,
  sent            INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE collectors (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL REFERENCES connections (id),
  settings      TEXT NOT NULL,
  secret        TEXT NOT NULL,
  last_error    TEXT,
  -- Polls that failed one after another, since when, and when the schedule may try again.
  failures      INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  retry_at      INTEGER
);
CREATE INDEX collectors_of_connection ON collectors (connection_id);

CREATE TABLE collected_messages (
  collector_id INTEGER NOT NULL,
  -- Empty for POP3.
  folder       TEXT NOT NULL,
  -- UIDVALIDITY; empty for POP3.
  validity     TEXT NOT NULL,
  uid          TEXT NOT NULL,
  digest       TEXT NOT NULL,
  -- As the server gave it before the message was fetched.
  size         INTEGER,
  outcome      TEXT NOT NULL CHECK (outcome IN ('taken', 'refused')),
  -- Of the message here; null when it was refused, or taken under another UID.
  message_id   INTEGER,
  at           INTEGER NOT NULL,
  -- The server has confirmed that it deleted it.
  removed_at   INTEGER,
  -- It was not there any more when we looked.
  gone_at      INTEGER,
  PRIMARY KEY (collector_id, folder, validity, uid, digest)
) WITHOUT ROWID;

CREATE TABLE connection_runs (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  connection_id INTEGER NOT NULL,
  trigger       TEXT NOT NULL,
  started_at    INTEGER NOT NULL,
  -- Null while it goes on, and for one that a crash cut short.
  ended_at      INTEGER,
  result        TEXT,
  error         TEXT,
  collected       INTEGER NOT NULL DEFAULT 0,
  collected_bytes INTEGER NOT NULL DEFAULT 0,
  sent            INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX runs_of_connection ON connection_runs (connection_id, id);
`;
