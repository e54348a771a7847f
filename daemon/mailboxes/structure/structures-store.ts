/** Structures and search texts of contents on disk, and the contents that they are made of. */
import type { Reader, Transaction } from '../../store/store-port.ts';
import type { FoundStructure } from '../contents/content-jobs.ts';
import type { MessageStructure } from './message-structure.ts';

/**
 * Structures in the order of `contentIds`, as many of the first as fit into `maxBytes`, at least one; null for those that
 * have none yet. Many are one text, read in one go: each row would be made on our thread.
 */
export async function readStructures(
  reader: Reader,
  contentIds: readonly number[],
  maxBytes: number,
): Promise<readonly (MessageStructure | null)[]> {
  const row = await reader.get<{ structures: string | null }>(
    `WITH wanted AS (
       SELECT w.key AS n, w.value AS id,
              sum(coalesce(octet_length(s.structure), 0)) OVER (ORDER BY w.key) AS bytes
         FROM json_each(?1) AS w LEFT JOIN content_structures AS s ON s.content_id = w.value)
     SELECT group_concat(
              coalesce((SELECT structure FROM content_structures WHERE content_id = wanted.id), 'null'), ',' ORDER BY n
            ) AS structures
       FROM wanted WHERE bytes <= ?2 OR n = 0`,
    [JSON.stringify(contentIds), maxBytes],
  );
  return JSON.parse(`[${row?.structures ?? ''}]`);
}

/** Those of these contents that have not been looked into. */
export async function readUnknownContents(reader: Reader, contentIds: readonly number[]): Promise<number[]> {
  const rows = await reader.all<{ id: number }>(
    `SELECT w.value AS id FROM json_each(?1) AS w
      WHERE NOT EXISTS (SELECT 1 FROM content_structures WHERE content_id = w.value)`,
    [JSON.stringify(contentIds)],
  );
  return rows.map(({ id }) => id);
}

/** All contents of a mailbox that have not been looked into, the newest first. */
export async function readUnknownOfMailbox(reader: Reader, mailboxId: number): Promise<number[]> {
  const row = await reader.get<{ ids: string }>(
    `SELECT json_group_array(content_id) AS ids FROM (
       SELECT content_id FROM mailbox_entries AS e
        WHERE mailbox_id = ?1 AND NOT EXISTS (SELECT 1 FROM content_structures WHERE content_id = e.content_id)
        ORDER BY uid DESC)`,
    [mailboxId],
  );
  return row === undefined ? [] : JSON.parse(row.ids);
}

export interface StoredContent {
  readonly id: number;
  readonly size: number;
  /** Exactly one of the two. */
  readonly body: Buffer | null;
  readonly file: string | null;
}

/** Those that are there in the order asked for, the first of them up to `maxBytes`, at least one. */
export function readContents(
  reader: Reader,
  contentIds: readonly number[],
  maxBytes: number,
): Promise<StoredContent[]> {
  return reader.all<StoredContent>(
    `WITH wanted AS (
       SELECT c.id, sum(c.size) OVER (ORDER BY w.key) AS bytes, row_number() OVER (ORDER BY w.key) AS n
         FROM json_each(?1) AS w JOIN contents AS c ON c.id = w.value)
     SELECT id, size, body, file FROM wanted JOIN contents USING (id) WHERE bytes <= ?2 OR n = 1 ORDER BY n`,
    [JSON.stringify(contentIds), maxBytes],
  );
}

/** Of contents that have gone in the meantime nothing is written. */
export async function insertStructures(tx: Transaction, found: readonly FoundStructure[]): Promise<void> {
  const rows = JSON.stringify(
    found.map(({ contentId, structure, texts }) => ({ id: contentId, structure, ...texts })),
  );
  const there = `json_each(?1) AS r WHERE EXISTS (SELECT 1 FROM contents WHERE id = r.value ->> 'id')`;
  await tx.run(
    `INSERT OR REPLACE INTO content_structures (content_id, structure)
     SELECT r.value ->> 'id', r.value ->> 'structure' FROM ${there}`,
    [rows],
  );
  const columns = ['id', 'subject', 'from', 'to', 'cc', 'bcc', 'messageId', 'sentDay'];
  await tx.run(
    `INSERT OR REPLACE INTO content_search (content_id, subject, sender, to_text, cc, bcc, message_id, sent_day)
     SELECT ${columns.map((column) => `r.value ->> '${column}'`).join(', ')} FROM ${there}`,
    [rows],
  );
}
