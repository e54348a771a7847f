/**
 * Tables of mailboxes: what POP3 and IMAP4 will serve, and where local mail lands.
 *
 * An entry is a reference to a content that it shares with the queue and with other mailboxes; the content goes when
 * the last reference has gone (trigger in contents-schema). UIDs rise within a mailbox and are never used again (RFC
 * 3501 2.3.1.1).
 */
export const mailboxesSchema = `
CREATE TABLE mailboxes (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id   INTEGER NOT NULL REFERENCES accounts (id),
  name         TEXT NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid_next     INTEGER NOT NULL DEFAULT 1,
  messages     INTEGER NOT NULL DEFAULT 0,
  bytes        INTEGER NOT NULL DEFAULT 0,
  created_at   INTEGER NOT NULL,
  UNIQUE (account_id, name)
);

CREATE TABLE mailbox_entries (
  mailbox_id    INTEGER NOT NULL REFERENCES mailboxes (id),
  uid           INTEGER NOT NULL,
  content_id    INTEGER NOT NULL REFERENCES contents (id),
  size          INTEGER NOT NULL,
  internal_date INTEGER NOT NULL,
  -- Envelope sender, for the Return-Path that is put in front when the message is read.
  return_path   TEXT NOT NULL,
  -- The address it was for, for Delivered-To.
  delivered_to  TEXT NOT NULL,
  flags         TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (mailbox_id, uid)
) WITHOUT ROWID;

CREATE INDEX mailbox_entries_of_content ON mailbox_entries (content_id);

CREATE TRIGGER mailbox_entry_removed AFTER DELETE ON mailbox_entries BEGIN
  UPDATE mailboxes SET messages = messages - 1, bytes = bytes - OLD.size WHERE id = OLD.mailbox_id;
  UPDATE contents SET refs = refs - 1 WHERE id = OLD.content_id;
END;
`;
