/**
 * The table of the quarantine. A message in it has its content in `contents`, as those of the queue and the mailboxes do,
 * and keeps the id that it was given when it came.
 */
export const quarantineSchema = `
CREATE TABLE quarantine (
  id             INTEGER PRIMARY KEY,
  quarantined_at INTEGER NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN ('virus', 'spam', 'sender')),
  -- What found it: clamd, spamd, rspamd, dmarc.
  scanner        TEXT NOT NULL,
  reason         TEXT NOT NULL,
  -- Envelope, source and recipients as JSON: all that is needed to send it on its way after all.
  message        TEXT NOT NULL
);
CREATE INDEX quarantine_by_age ON quarantine (quarantined_at);
CREATE TRIGGER quarantine_left AFTER DELETE ON quarantine BEGIN
  UPDATE contents SET refs = refs - 1 WHERE id = OLD.id;
END;
`;
