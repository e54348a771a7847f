/** Flags on disk: read, and written with the number of the change. */
import type { Reader, Transaction } from '../store/store-port.ts';
import { keywordsOf, keywordText } from './flag-change.ts';
import type { FlagState } from './mailboxes-port.ts';
import type { MessageFlags } from './message-flags.ts';

type Row = readonly [uid: number, bits: number, keywords: string, modseq: number];

const packed = 'json_group_array(json_array(uid, flags, keywords, modseq) ORDER BY uid) AS states';

/** In the order of UIDs; without those that are not there. */
export async function readFlags(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[],
): Promise<FlagState[]> {
  return states(
    await reader.get(
      `SELECT ${packed} FROM mailbox_entries
        WHERE mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2))`,
      [mailboxId, JSON.stringify(uids)],
    ),
  );
}

/** Those changed after `modseq`, of `uids` or of all, with UIDs above `afterUid`, in their order. */
export async function readChanged(
  reader: Reader,
  mailboxId: number,
  modseq: number,
  uids: readonly number[] | null,
  afterUid: number,
  limit: number,
): Promise<FlagState[]> {
  return states(
    await reader.get(
      `SELECT ${packed} FROM
         (SELECT uid, flags, keywords, modseq FROM mailbox_entries
           WHERE mailbox_id = ?1 AND uid > ?4 AND modseq > ?2
             AND (?3 IS NULL OR uid IN (SELECT value FROM json_each(?3)))
           ORDER BY uid LIMIT ?5)`,
      [mailboxId, modseq, uids === null ? null : JSON.stringify(uids), afterUid, limit],
    ),
  );
}

function states(row: { states: string } | undefined): FlagState[] {
  const rows = JSON.parse(row?.states ?? '[]') as readonly Row[];
  return rows.map(([uid, bits, keywords, modseq]) => ({ uid, bits, keywords: keywordsOf(keywords), modseq }));
}

/** The number of the next change of a mailbox, which becomes its highest; undefined when there is no such mailbox. */
export async function beginChange(tx: Transaction, mailboxId: number): Promise<number | undefined> {
  const row = await tx.get<{ modseq: number }>(
    'UPDATE mailboxes SET highest_modseq = highest_modseq + 1 WHERE id = ?1 RETURNING highest_modseq AS modseq',
    [mailboxId],
  );
  return row?.modseq;
}

/** `unseen`: how many more of them are without \Seen than before. */
export async function writeFlags(
  tx: Transaction,
  mailboxId: number,
  modseq: number,
  changes: readonly (MessageFlags & { readonly uid: number })[],
  unseen: number,
): Promise<void> {
  // LIMIT -1 keeps the subquery whole: entries are looked up by its rows, not scanned for each of them.
  await tx.run(
    `UPDATE mailbox_entries SET flags = change.flags, keywords = change.keywords, modseq = ?2
       FROM (SELECT value ->> 0 AS uid, value ->> 1 AS flags, value ->> 2 AS keywords FROM json_each(?3) LIMIT -1) AS change
      WHERE mailbox_entries.mailbox_id = ?1 AND mailbox_entries.uid = change.uid`,
    [
      mailboxId,
      modseq,
      JSON.stringify(changes.map(({ uid, bits, keywords }) => [uid, bits, keywordText(keywords)])),
    ],
  );
  if (unseen !== 0)
    await tx.run('UPDATE mailboxes SET unseen = unseen + ?2 WHERE id = ?1', [mailboxId, unseen]);
}
