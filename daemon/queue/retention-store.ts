/** What is taken away for good: history past its time, removed messages past their undo, files without a content. */
import type { Reader, Transaction } from '../store/store-port.ts';

/** An id that has been given, and whose row may be gone: it is never used again. */
export async function noteLastId(tx: Transaction, id: number): Promise<void> {
  await tx.run(
    `INSERT INTO settings (name, value) VALUES ('last_message_id', ?1)
         ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
    [id],
  );
}

/** The last id that a message or a content has had. */
export async function readLastId(reader: Reader): Promise<number> {
  const row = await reader.get<{ id: number | null }>(
    `SELECT max(coalesce((SELECT max(id) FROM messages), 0), coalesce((SELECT max(id) FROM contents), 0),
                coalesce((SELECT value FROM settings WHERE name = 'last_message_id'), 0)) AS id`,
  );
  return row?.id ?? 0;
}

/**
 * Ids of finished messages to take away, oldest first: done before `doneBefore`, removed before `removedBefore`
 * (ms since 1970).
 */
export async function readExpired(
  reader: Reader,
  doneBefore: number,
  removedBefore: number,
  limit: number,
): Promise<number[]> {
  const rows = await reader.all<{ id: number }>(
    `SELECT id FROM messages
      WHERE finished_at IS NOT NULL AND finished_at < max(?1, ?2)
        AND ((state = 'done' AND finished_at < ?1) OR (state = 'removed' AND finished_at < ?2))
      ORDER BY finished_at LIMIT ?3`,
    [doneBefore, removedBefore, limit],
  );
  return rows.map((row) => row.id);
}

export async function deleteMessages(tx: Transaction, ids: readonly number[]): Promise<void> {
  const list = JSON.stringify(ids);
  const last = await tx.get<{ id: number }>('SELECT max(id) AS id FROM messages');
  if (last) await noteLastId(tx, last.id);
  await tx.run(
    `UPDATE contents SET refs = refs - 1
      WHERE id IN (SELECT content_id FROM messages WHERE id IN (SELECT value FROM json_each(?1)))`,
    [list],
  );
  await tx.run('DELETE FROM attempts WHERE message_id IN (SELECT value FROM json_each(?1))', [list]);
  await tx.run('DELETE FROM recipients WHERE message_id IN (SELECT value FROM json_each(?1))', [list]);
  await tx.run('DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?1))', [list]);
}

export async function readGarbage(reader: Reader, limit: number): Promise<string[]> {
  const rows = await reader.all<{ file: string }>('SELECT file FROM garbage_files LIMIT ?1', [limit]);
  return rows.map((row) => row.file);
}

export async function forgetGarbage(tx: Transaction, files: readonly string[]): Promise<void> {
  await tx.run('DELETE FROM garbage_files WHERE file IN (SELECT value FROM json_each(?1))', [
    JSON.stringify(files),
  ]);
}

/** Those of the files that no content names. */
export async function readUnknownFiles(reader: Reader, files: readonly string[]): Promise<string[]> {
  const rows = await reader.all<{ file: string }>(
    `SELECT value AS file FROM json_each(?1)
      WHERE value NOT IN (SELECT file FROM contents WHERE file IN (SELECT value FROM json_each(?1)))
        AND value NOT IN (SELECT file FROM garbage_files)`,
    [JSON.stringify(files)],
  );
  return rows.map((row) => row.file);
}
