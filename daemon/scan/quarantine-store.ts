/** Messages of the quarantine on disk: put in, listed, taken out for good, or given to the queue after all. */
import { acceptPart } from '../queue/accept-program.ts';
import type { Content } from '../queue/message.ts';
import type { NewMessage } from '../queue/queue-port.ts';
import { noteLastId } from '../queue/retention-store.ts';
import type { Part } from '../store/group-writer.ts';
import type { Reader, Transaction } from '../store/store-port.ts';

export interface QuarantineEntry {
  readonly message: NewMessage;
  readonly quarantinedAt: number;
  readonly kind: 'virus' | 'spam' | 'sender';
  readonly scanner: string;
  readonly reason: string;
}

/** Without its bytes, which may be large. */
export interface ListedEntry extends Omit<QuarantineEntry, 'message'> {
  readonly message: Omit<NewMessage, 'content'> & { readonly content: Omit<Content, 'inline' | 'file'> };
}

interface Row {
  readonly quarantined_at: number;
  readonly kind: QuarantineEntry['kind'];
  readonly scanner: string;
  readonly reason: string;
  readonly message: string;
}

const noBytes = Buffer.alloc(0);

export async function insertQuarantined(tx: Transaction, entry: QuarantineEntry): Promise<void> {
  const { message, quarantinedAt, kind, scanner, reason } = entry;
  const { id, envelope, source, remote, local } = message;
  const { inline, file, ...content } = message.content;
  await tx.run('INSERT INTO contents (id, size, body, file, refs) VALUES (?1, ?2, ?3, ?4, 1)', [
    id,
    content.sizeBytes,
    inline,
    file,
  ]);
  await tx.run(
    `INSERT INTO quarantine (id, quarantined_at, kind, scanner, reason, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
    [
      id,
      quarantinedAt,
      kind,
      scanner,
      reason,
      JSON.stringify({ id, envelope, content, source, remote, local }),
    ],
  );
  // The id has been given, so no message may get it again: the queue counts on from here after a restart.
  await noteLastId(tx, id);
  await tx.run(`UPDATE counters SET value = value + 1 WHERE name = 'processedMessages'`);
}

const columns = 'quarantined_at, kind, scanner, reason, message';

/** Newest first, before an id. */
export async function readQuarantine(reader: Reader, before: number, limit: number): Promise<ListedEntry[]> {
  const rows = await reader.all<Row>(
    `SELECT ${columns} FROM quarantine WHERE id < ?1 ORDER BY id DESC LIMIT ?2`,
    [before, limit],
  );
  return rows.map(entryOf);
}

export async function readQuarantined(reader: Reader, id: number): Promise<ListedEntry | undefined> {
  const row = await reader.get<Row>(`SELECT ${columns} FROM quarantine WHERE id = ?1`, [id]);
  return row && entryOf(row);
}

export async function readQuarantinedContent(
  reader: Reader,
  id: number,
): Promise<Pick<Content, 'sizeBytes' | 'inline' | 'file'> | undefined> {
  const row = await reader.get<{ size: number; body: Buffer | null; file: string | null }>(
    `SELECT c.size, c.body, c.file FROM quarantine AS q JOIN contents AS c ON c.id = q.id WHERE q.id = ?1`,
    [id],
  );
  return row && { sizeBytes: row.size, inline: row.body, file: row.file };
}

export async function readQuarantineCount(reader: Reader): Promise<{ messages: number; bytes: number }> {
  const row = await reader.get<{ messages: number; bytes: number }>(
    'SELECT count(*) AS messages, coalesce(sum(c.size), 0) AS bytes FROM quarantine AS q JOIN contents AS c ON c.id = q.id',
  );
  return row ?? { messages: 0, bytes: 0 };
}

/** Oldest first. */
export async function readQuarantinedBefore(reader: Reader, time: number, limit: number): Promise<number[]> {
  const rows = await reader.all<{ id: number }>(
    'SELECT id FROM quarantine WHERE quarantined_at < ?1 ORDER BY quarantined_at LIMIT ?2',
    [time, limit],
  );
  return rows.map(({ id }) => id);
}

/** Answers those that were there. */
export async function deleteQuarantined(tx: Transaction, ids: readonly number[]): Promise<number[]> {
  const list = JSON.stringify(ids);
  const rows = await tx.all<{ id: number }>(
    'SELECT id FROM quarantine WHERE id IN (SELECT value FROM json_each(?1))',
    [list],
  );
  await tx.run('DELETE FROM quarantine WHERE id IN (SELECT value FROM json_each(?1))', [list]);
  return rows.map(({ id }) => id);
}

/**
 * Gives it to queue and mailboxes as if it had just been taken, under its own id. Answers the message; undefined when it is
 * not there. Throws what SQLite says when a mailbox of it is gone: then it stays where it is.
 */
export async function acceptQuarantined(
  tx: Transaction,
  id: number,
  now: number,
  expiresAt: number,
): Promise<NewMessage | undefined> {
  const entry = await readQuarantined(tx, id);
  const content = await readQuarantinedContent(tx, id);
  if (entry === undefined || content === undefined) return undefined;
  const message: NewMessage = { ...entry.message, content: { ...entry.message.content, ...content } };
  const part = acceptPart(message, now, expiresAt);
  // Its content goes with the last reference to it and comes back with the message; its file stays where it is, for the
  // garbage is collected after the commit.
  await deleteQuarantined(tx, [id]);
  await runPart(tx, part);
  if (content.file !== null) await tx.run('DELETE FROM garbage_files WHERE file = ?1', [content.file]);
  // It was counted when it came.
  await tx.run(`UPDATE counters SET value = value - 1 WHERE name = 'processedMessages'`);
  return message;
}

/** A row for a program in the midst of a transaction. */
export async function runPart(tx: Transaction, { program, row, bytes }: Part): Promise<void> {
  await tx.run(program.sql, [`[${row(0)}]`, bytes ?? noBytes]);
}

function entryOf(row: Row): ListedEntry {
  return {
    message: JSON.parse(row.message),
    quarantinedAt: row.quarantined_at,
    kind: row.kind,
    scanner: row.scanner,
    reason: row.reason,
  };
}
