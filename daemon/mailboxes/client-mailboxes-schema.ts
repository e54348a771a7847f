/**
 * What the tables of mailboxes got when mail programs came to read them: flags, numbers of changes, a log of
 * what was removed, special uses, subscriptions.
 *
 * Counts are kept by the statements that change entries, for all of their rows at once: a trigger for each row would take
 * longer than the rows when a folder is emptied.
 */
export const clientMailboxesSchema = `
DROP TRIGGER mailbox_entry_removed;

-- RFC 6154: \\Drafts and the like; each once in an account.
ALTER TABLE mailboxes ADD COLUMN special_use TEXT;
ALTER TABLE mailboxes ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0;
-- RFC 7162: rises with each change; what a change touched carries its number.
ALTER TABLE mailboxes ADD COLUMN highest_modseq INTEGER NOT NULL DEFAULT 1;
-- UIDs from here on are of messages that no session has been the first to be told of.
ALTER TABLE mailboxes ADD COLUMN first_recent INTEGER NOT NULL DEFAULT 1;
-- Rows of mailbox_removals, and the number of the last change that is not in it any more.
ALTER TABLE mailboxes ADD COLUMN removals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mailboxes ADD COLUMN removals_floor INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX mailboxes_of_special_use ON mailboxes (account_id, special_use) WHERE special_use IS NOT NULL;

CREATE TABLE client_entries (
  mailbox_id    INTEGER NOT NULL REFERENCES mailboxes (id),
  uid           INTEGER NOT NULL,
  -- Deferred: the references of a mailbox full of entries are given back at once, and the entries removed at once.
  content_id    INTEGER NOT NULL REFERENCES contents (id) DEFERRABLE INITIALLY DEFERRED,
  -- Bytes that a client gets: the content, and what is put in front of it.
  size          INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  -- Envelope sender and recipient of what was delivered here, for Return-Path and Delivered-To, which are put in front when
  -- the message is read. Null for what a client brought.
  return_path   TEXT,
  delivered_to  TEXT,
  -- System flags as bits, see message-flags.ts; keywords in order, a space between them.
  flags         INTEGER NOT NULL DEFAULT 0,
  keywords      TEXT NOT NULL DEFAULT '',
  modseq        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (mailbox_id, uid)
) WITHOUT ROWID;
INSERT INTO client_entries (mailbox_id, uid, content_id, size, internal_date, return_path, delivered_to)
SELECT mailbox_id, uid, content_id, size + 33 + octet_length(return_path) + octet_length(delivered_to), internal_date,
       return_path, delivered_to
  FROM mailbox_entries;
DROP TABLE mailbox_entries;
ALTER TABLE client_entries RENAME TO mailbox_entries;
CREATE INDEX mailbox_entries_of_content ON mailbox_entries (content_id);
UPDATE mailboxes
   SET unseen = messages,
       bytes = (SELECT coalesce(sum(size), 0) FROM mailbox_entries WHERE mailbox_id = mailboxes.id);

-- RFC 7162 QRESYNC: what was removed with which change. Bounded: see removal-store.ts.
CREATE TABLE mailbox_removals (
  mailbox_id INTEGER NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
  modseq     INTEGER NOT NULL,
  uid        INTEGER NOT NULL,
  PRIMARY KEY (mailbox_id, modseq, uid)
) WITHOUT ROWID;

-- By name: a subscription outlives its mailbox (RFC 3501 6.3.6).
CREATE TABLE subscriptions (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  PRIMARY KEY (account_id, name)
) WITHOUT ROWID;

-- Accounts up to this one have an INBOX only, and get the others when maild, which has read the configuration, starts.
INSERT INTO settings (name, value) SELECT 'folders_due', max(id) FROM accounts HAVING max(id) IS NOT NULL;
-- UIDVALIDITY is given once in the whole of maild: a mailbox that takes the name of another never has the same.
INSERT INTO settings (name, value) SELECT 'last_uid_validity', max(uid_validity) FROM mailboxes
HAVING max(uid_validity) IS NOT NULL;
`;
