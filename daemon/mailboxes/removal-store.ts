/**
 * Takes entries out of mailboxes, any number at once, and remembers for a while which they were (RFC 7162 QRESYNC). A
 * content goes when the last entry that refers to it has gone.
 */
import type { Reader, SqlValue, Transaction } from '../store/store-port.ts';

/** Removals that are remembered for one mailbox: this many at least, and twice as many at the most. */
const removalsKept = 10_000;

/**
 * Entries go, and their references to contents; the counts of their mailboxes are the caller's matter. `which` is SQL for
 * a condition on mailbox_entries. Answers how many.
 */
export async function dropEntries(
  tx: Transaction,
  which: string,
  parameters: readonly SqlValue[],
): Promise<number> {
  await tx.run(
    `UPDATE contents SET refs = refs - gone.n
       FROM (SELECT content_id, count(*) AS n FROM mailbox_entries WHERE ${which} GROUP BY content_id LIMIT -1) AS gone
      WHERE contents.id = gone.content_id`,
    parameters,
  );
  return (await tx.run(`DELETE FROM mailbox_entries WHERE ${which}`, parameters)).changes;
}

/** UIDs of those that are \Deleted; of `uids`, or of all. Rising. */
export async function readDeleted(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[] | null,
): Promise<number[]> {
  return uidList(
    await reader.get(
      `SELECT json_group_array(uid ORDER BY uid) AS uids FROM mailbox_entries
        WHERE mailbox_id = ?1 AND flags & 8 AND (?2 IS NULL OR uid IN (SELECT value FROM json_each(?2)))`,
      [mailboxId, uids === null ? null : JSON.stringify(uids)],
    ),
  );
}

/** Those of the UIDs that are there, rising. */
export async function readPresent(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[],
): Promise<number[]> {
  return uidList(
    await reader.get(
      `SELECT json_group_array(uid ORDER BY uid) AS uids FROM mailbox_entries
        WHERE mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2))`,
      [mailboxId, JSON.stringify(uids)],
    ),
  );
}

const uidList = (row: { uids: string } | undefined): number[] => JSON.parse(row?.uids ?? '[]');

/**
 * Removes these entries, which must be there, and counts and notes it. `keepContents`: the references to their contents
 * are somebody else's now. Answers the number of the change.
 */
export async function removeEntries(
  tx: Transaction,
  mailboxId: number,
  uids: readonly number[],
  { keepContents = false } = {},
): Promise<number> {
  const list = JSON.stringify(uids);
  const which = 'mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2))';
  const row = await tx.get<{ modseq: number; removals: number }>(
    `UPDATE mailboxes
        SET messages = messages - gone.n, unseen = unseen - gone.new, bytes = bytes - gone.size,
            highest_modseq = highest_modseq + 1, removals = removals + gone.n
       FROM (SELECT count(*) AS n, coalesce(sum(size), 0) AS size, coalesce(sum(NOT (flags & 1)), 0) AS new
               FROM mailbox_entries WHERE ${which}) AS gone
      WHERE id = ?1 RETURNING highest_modseq AS modseq, removals`,
    [mailboxId, list],
  );
  if (row === undefined) return 0;
  if (keepContents) await tx.run(`DELETE FROM mailbox_entries WHERE ${which}`, [mailboxId, list]);
  else await dropEntries(tx, which, [mailboxId, list]);
  await tx.run(
    'INSERT INTO mailbox_removals (mailbox_id, modseq, uid) SELECT ?1, ?2, value FROM json_each(?3)',
    [mailboxId, row.modseq, list],
  );
  if (row.removals > 2 * removalsKept) await forgetRemovals(tx, mailboxId);
  return row.modseq;
}

/** Whole changes go: of one of which a part is known, nothing is. */
async function forgetRemovals(tx: Transaction, mailboxId: number): Promise<void> {
  await tx.run(
    `UPDATE mailboxes
        SET removals_floor = (SELECT modseq FROM mailbox_removals WHERE mailbox_id = ?1
                               ORDER BY modseq DESC, uid DESC LIMIT 1 OFFSET ?2)
      WHERE id = ?1`,
    [mailboxId, removalsKept],
  );
  const { changes } = await tx.run(
    `DELETE FROM mailbox_removals
      WHERE mailbox_id = ?1 AND modseq <= (SELECT removals_floor FROM mailboxes WHERE id = ?1)`,
    [mailboxId],
  );
  await tx.run('UPDATE mailboxes SET removals = removals - ?2 WHERE id = ?1', [mailboxId, changes]);
}

/** Rising; null when it is too long ago to be known. */
export async function readRemovals(
  reader: Reader,
  mailboxId: number,
  modseq: number,
): Promise<number[] | null> {
  const row = await reader.get<{ known: number; uids: string }>(
    `SELECT removals_floor <= ?2 AS known,
            (SELECT json_group_array(uid ORDER BY uid) FROM mailbox_removals
              WHERE mailbox_id = ?1 AND modseq > ?2) AS uids
       FROM mailboxes WHERE id = ?1`,
    [mailboxId, modseq],
  );
  return row === undefined || row.known === 0 ? null : uidList(row);
}

/** All UIDs from this one on, rising. */
export async function readPresentFrom(reader: Reader, mailboxId: number, uid: number): Promise<number[]> {
  return uidList(
    await reader.get(
      'SELECT json_group_array(uid ORDER BY uid) AS uids FROM mailbox_entries WHERE mailbox_id = ?1 AND uid >= ?2',
      [mailboxId, uid],
    ),
  );
}
