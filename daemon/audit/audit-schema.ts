/** The table of the audit: a row for each call that was to change something. */
export const auditSchema = `
CREATE TABLE audit (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL,
  method      TEXT NOT NULL,
  client      TEXT NOT NULL,
  user        TEXT,
  params      TEXT NOT NULL,
  outcome     TEXT NOT NULL,
  duration_ms INTEGER NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
`;
