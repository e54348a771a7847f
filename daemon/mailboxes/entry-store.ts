/** Entries of mailboxes on disk: those of a whole mailbox in little space, and copies of them. */
import type { Reader, Transaction } from '../store/store-port.ts';
import { keywordsOf } from './flag-change.ts';

/** A run of entries in little space: what a view is made of. */
export interface EntrySlice {
  /** In the order of UIDs, each `uid * 32 + flags`. */
  readonly entries: readonly number[];
  /** Of the same entries. */
  readonly modseqs: readonly number[];
  /** Of those that have any. */
  readonly keywords: readonly (readonly [uid: number, keywords: readonly string[]])[];
  /** Of the mailbox, in the same moment. */
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly firstRecent: number;
}

export const uidOf = (entry: number): number => Math.floor(entry / 32);
export const bitsOf = (entry: number): number => entry % 32;

interface SliceRow {
  readonly entries: string;
  readonly modseqs: string;
  readonly keywords: string;
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly firstRecent: number;
}

/**
 * Entries with UIDs from `fromUid` on, `limit` at the most; undefined when there is no such mailbox. One row whatever their
 * number: SQLite makes the lists on its own thread, where a row for each entry would be made on ours.
 */
export async function readSlice(
  reader: Reader,
  mailboxId: number,
  fromUid: number,
  limit: number,
): Promise<EntrySlice | undefined> {
  const row = await reader.get<SliceRow>(
    `SELECT e.entries, e.modseqs, e.keywords, b.uid_next AS uidNext, b.highest_modseq AS highestModseq,
            b.first_recent AS firstRecent
       FROM mailboxes AS b,
            (SELECT json_group_array(uid * 32 + flags) AS entries, json_group_array(modseq) AS modseqs,
                    json_group_array(json_array(uid, keywords)) FILTER (WHERE keywords <> '') AS keywords
               FROM (SELECT uid, flags, modseq, keywords FROM mailbox_entries
                      WHERE mailbox_id = ?1 AND uid >= ?2 ORDER BY uid LIMIT ?3)) AS e
      WHERE b.id = ?1`,
    [mailboxId, fromUid, limit],
  );
  if (row === undefined) return undefined;
  const keywords = JSON.parse(row.keywords) as [number, string][];
  return {
    ...row,
    entries: JSON.parse(row.entries),
    modseqs: JSON.parse(row.modseqs),
    keywords: keywords.map(([uid, text]) => [uid, keywordsOf(text)]),
  };
}

/** UIDs after `afterUid` and the sizes of their messages, `limit` at the most: as lists, for the same reason. */
export async function readSizes(
  reader: Reader,
  mailboxId: number,
  afterUid: number,
  limit: number,
): Promise<{ readonly uids: readonly number[]; readonly sizes: readonly number[] }> {
  const row = await reader.get<{ readonly uids: string; readonly sizes: string }>(
    `SELECT json_group_array(uid) AS uids, json_group_array(size) AS sizes
       FROM (SELECT uid, size FROM mailbox_entries WHERE mailbox_id = ?1 AND uid > ?2 ORDER BY uid LIMIT ?3)`,
    [mailboxId, afterUid, limit],
  );
  return { uids: JSON.parse(row?.uids ?? '[]'), sizes: JSON.parse(row?.sizes ?? '[]') };
}

/** UIDs from here on are recent; never less than before. */
export async function setFirstRecent(tx: Transaction, mailboxId: number, uid: number): Promise<void> {
  await tx.run('UPDATE mailboxes SET first_recent = max(first_recent, ?2) WHERE id = ?1', [mailboxId, uid]);
}

/**
 * Copies entries, which must be there, in the order of their UIDs, and counts them. `shareContents`: contents get a further
 * reference; otherwise those of the originals become theirs. Answers the UID of the first copy; the others follow.
 */
export async function copyEntries(
  tx: Transaction,
  mailboxId: number,
  uids: readonly number[],
  targetId: number,
  { shareContents }: { readonly shareContents: boolean },
): Promise<number> {
  const list = JSON.stringify(uids);
  const which = 'mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2))';
  const target = await tx.get<{ next: number }>(
    `UPDATE mailboxes
        SET uid_next = uid_next + more.n, messages = messages + more.n, unseen = unseen + more.new,
            bytes = bytes + more.size, highest_modseq = highest_modseq + 1
       FROM (SELECT count(*) AS n, coalesce(sum(size), 0) AS size, coalesce(sum(NOT (flags & 1)), 0) AS new
               FROM mailbox_entries WHERE ${which}) AS more
      WHERE id = ?3 RETURNING uid_next AS next`,
    [mailboxId, list, targetId],
  );
  const first = (target?.next ?? 0) - uids.length;
  await tx.run(
    `INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, return_path, delivered_to, flags, keywords,
                                  modseq)
     SELECT ?3, ?4 + row_number() OVER (ORDER BY uid) - 1, content_id, size, internal_date, return_path, delivered_to, flags,
            keywords, (SELECT highest_modseq FROM mailboxes WHERE id = ?3)
       FROM mailbox_entries WHERE ${which}`,
    [mailboxId, list, targetId, first],
  );
  if (shareContents)
    await tx.run(
      `UPDATE contents SET refs = refs + new.n
         FROM (SELECT content_id, count(*) AS n FROM mailbox_entries WHERE ${which} GROUP BY content_id LIMIT -1) AS new
        WHERE contents.id = new.content_id`,
      [mailboxId, list],
    );
  return first;
}

/** Bytes that copies of these entries would add. */
export async function readBytes(reader: Reader, mailboxId: number, uids: readonly number[]): Promise<number> {
  const row = await reader.get<{ bytes: number }>(
    `SELECT coalesce(sum(size), 0) AS bytes FROM mailbox_entries
      WHERE mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2))`,
    [mailboxId, JSON.stringify(uids)],
  );
  return row?.bytes ?? 0;
}
