/**
 * Messages of a mailbox as they are read from disk, many in one row: SQLite joins them on its own thread, where each row,
 * each column and each Buffer would be made on ours.
 */
import { StoreError } from '../store/store-error.ts';
import type { Reader } from '../store/store-port.ts';

export interface MessageRow {
  readonly uid: number;
  readonly flags: number;
  readonly keywords: string;
  readonly modseq: number;
  readonly size: number;
  readonly internalDate: number;
  readonly returnPath: string | null;
  readonly deliveredTo: string | null;
  readonly contentId: number;
  /** Null when not asked for: see {@link readHeads}. */
  readonly body: Buffer | null;
  readonly file: string | null;
}

const head = `json_array(e.uid, e.flags, e.keywords, e.modseq, e.size, e.internal_date, e.return_path, e.delivered_to,
                         e.content_id`;
type Head = readonly [
  uid: number,
  flags: number,
  keywords: string,
  modseq: number,
  size: number,
  internalDate: number,
  returnPath: string | null,
  deliveredTo: string | null,
  contentId: number,
];
type HeadWithContent = readonly [...Head, file: string | null, bodyBytes: number | null];

const among = 'e.mailbox_id = ?1 AND e.uid IN (SELECT value FROM json_each(?2))';

/** In the order of UIDs; without those that are not there, and without contents. */
export async function readHeads(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[],
): Promise<MessageRow[]> {
  const row = await reader.get<{ heads: string }>(
    `SELECT json_group_array(${head}) ORDER BY e.uid) AS heads FROM mailbox_entries AS e WHERE ${among}`,
    [mailboxId, JSON.stringify(uids)],
  );
  return (JSON.parse(row?.heads ?? '[]') as Head[]).map((one) => messageRow(one, null, null));
}

/** In the order of UIDs; without those that are not there. All are in memory at once: see {@link cutToBatches}. */
export async function readWhole(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[],
): Promise<MessageRow[]> {
  // Both lists are made of the same rows in the same order, whichever that is. Bodies are joined as they are, byte for byte:
  // in a database in UTF-8 nothing is converted.
  const row = await reader.get<{ heads: string; bodies: Buffer | null }>(
    `SELECT json_group_array(${head}, c.file, octet_length(c.body))) AS heads,
            CAST(group_concat(c.body, '') AS BLOB) AS bodies
       FROM mailbox_entries AS e JOIN contents AS c ON c.id = e.content_id WHERE ${among}`,
    [mailboxId, JSON.stringify(uids)],
  );
  const heads = JSON.parse(row?.heads ?? '[]') as HeadWithContent[];
  const bodies = row?.bodies ?? Buffer.alloc(0);
  let at = 0;
  const rows = heads.map((one) => {
    const [file, bodyBytes] = [one[9], one[10]];
    if (bodyBytes === null) return messageRow(one, null, file);
    const body = bodies.subarray(at, at + bodyBytes);
    at += bodyBytes;
    return messageRow(one, body, file);
  });
  // SQLite leaves out what it finds no memory for, without a word: nobody is to get the bytes of another message.
  if (at !== bodies.length) throw new StoreError('unavailable', 'not all contents could be read');
  return rows.sort((a, b) => a.uid - b.uid);
}

/** In the order of UIDs, in pieces whose messages come to less than `maxBytes`, and one more; without what is not there. */
export async function cutToBatches(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[],
  max: { readonly messages: number; readonly bytes: number },
): Promise<readonly (readonly number[])[]> {
  const row = await reader.get<{ sizes: string }>(
    `SELECT json_group_array(json_array(e.uid, e.size) ORDER BY e.uid) AS sizes FROM mailbox_entries AS e WHERE ${among}`,
    [mailboxId, JSON.stringify(uids)],
  );
  const batches: number[][] = [];
  let batch: number[] = [];
  let bytes = 0;
  for (const [uid, size] of JSON.parse(row?.sizes ?? '[]') as (readonly [number, number])[]) {
    if (batch.length === 0) batches.push(batch);
    batch.push(uid);
    bytes += size;
    if (batch.length < max.messages && bytes < max.bytes) continue;
    batch = [];
    bytes = 0;
  }
  return batches;
}

function messageRow(
  [uid, flags, keywords, modseq, size, internalDate, returnPath, deliveredTo, contentId]:
    | Head
    | HeadWithContent,
  body: Buffer | null,
  file: string | null,
): MessageRow {
  return { uid, flags, keywords, modseq, size, internalDate, returnPath, deliveredTo, contentId, body, file };
}
