/** What became of the housekeeper's tasks, and what it must remember from one run to the next. Times in ms since 1970. */
export const housekeeperSchema = `
CREATE TABLE task_runs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  task       TEXT NOT NULL,
  trigger    TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  -- Null while it runs, and for one that a crash cut short.
  ended_at   INTEGER,
  result     TEXT,
  detail     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_of_task ON task_runs (task, id);

-- Counters as they were when the last daily report was made: it tells what has come since.
CREATE TABLE reported_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;
