/** Whether a state directory is whole: the database by SQLite's own check, and what its tables say of each other. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteConnection } from '../../daemon/store/sqlite-connection.ts';

/** Each query finds what must not be; its rows are the faults. */
const mustBeEmpty: Readonly<Record<string, string>> = {
  'content whose references are miscounted': `
    SELECT c.id, c.refs FROM contents AS c WHERE c.refs <>
      (SELECT count(*) FROM messages WHERE content_id = c.id)
      + (SELECT count(*) FROM mailbox_entries WHERE content_id = c.id)`,
  'message in the queue without content': `
    SELECT id FROM messages WHERE finished_at IS NULL AND content_id NOT IN (SELECT id FROM contents)`,
  'mailbox entry without content': `
    SELECT mailbox_id, uid FROM mailbox_entries WHERE content_id NOT IN (SELECT id FROM contents)`,
  'message in the queue with nothing pending': `
    SELECT id FROM messages AS m WHERE finished_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM recipients WHERE message_id = m.id AND state = 'pending')`,
  'finished message with something pending': `
    SELECT id FROM messages AS m WHERE state = 'done'
       AND EXISTS (SELECT 1 FROM recipients WHERE message_id = m.id AND state = 'pending')`,
  'recipient due of which no destination tells': `
    SELECT message_id, n FROM recipients AS r WHERE due_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM destinations AS d WHERE d.domain = r.domain AND d.due_at <= r.due_at)`,
  'state miscounted': `
    SELECT q.name, q.value, q.bytes FROM counters AS q
     WHERE q.name IN ('ready', 'deferred', 'held', 'done', 'removed')
       AND (q.value <> (SELECT count(*) FROM messages WHERE state = q.name)
            OR q.bytes <> (SELECT coalesce(sum(size), 0) FROM messages WHERE state = q.name))`,
  'mailbox miscounted': `
    SELECT b.id, b.messages FROM mailboxes AS b
     WHERE b.messages <> (SELECT count(*) FROM mailbox_entries WHERE mailbox_id = b.id)
        OR b.unseen <> (SELECT count(*) FROM mailbox_entries WHERE mailbox_id = b.id AND NOT (flags & 1))
        OR b.bytes <> (SELECT coalesce(sum(size), 0) FROM mailbox_entries WHERE mailbox_id = b.id)
        OR b.removals <> (SELECT count(*) FROM mailbox_removals WHERE mailbox_id = b.id)
        OR b.highest_modseq < (SELECT coalesce(max(modseq), 0) FROM mailbox_entries WHERE mailbox_id = b.id)
        OR b.uid_next <= (SELECT coalesce(max(uid), 0) FROM mailbox_entries WHERE mailbox_id = b.id)`,
  'what was found out about a content that is gone': `
    SELECT content_id FROM content_structures WHERE content_id NOT IN (SELECT id FROM contents)
     UNION SELECT content_id FROM content_search WHERE content_id NOT IN (SELECT id FROM contents)`,
  'operation cut short': `SELECT id FROM operations WHERE state = 'running'`,
};

/** What is wrong; empty when nothing is. `maild` may be running, and at rest. */
export async function databaseFaults(stateDir: string): Promise<string[]> {
  const database = await SqliteConnection.open(join(stateDir, 'maild.db'), 'read');
  const faults: string[] = [];
  try {
    for (const row of await database.all<{ integrity_check: string }>('PRAGMA integrity_check'))
      if (row.integrity_check !== 'ok') faults.push(row.integrity_check);
    for (const [what, sql] of Object.entries(mustBeEmpty))
      for (const row of await database.all(sql)) faults.push(`${what}: ${JSON.stringify(row)}`);
    faults.push(...(await fileFaults(stateDir, database)));
  } finally {
    await database.close();
  }
  return faults;
}

async function fileFaults(stateDir: string, database: SqliteConnection): Promise<string[]> {
  const rows = await database.all<{ file: string }>('SELECT file FROM contents WHERE file IS NOT NULL');
  const named = new Set(rows.map(({ file }) => file));
  const garbage = await database.all<{ file: string }>('SELECT file FROM garbage_files');
  const missing = [...named].filter((file) => !existsSync(join(stateDir, file)));
  for (const { file } of garbage) named.add(file);
  const stray = messageFiles(stateDir).filter((file) => !named.has(file));
  return [...missing.map((file) => `missing file: ${file}`), ...stray.map((file) => `stray file: ${file}`)];
}

/** All files of messages, below the state directory. */
function messageFiles(stateDir: string): string[] {
  const root = join(stateDir, 'messages');
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(stateDir.length + 1));
}
