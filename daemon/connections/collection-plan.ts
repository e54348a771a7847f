/**
 * From what a server lists and what is known of it: what to fetch, what to delete there, and what has gone. Pure.
 *
 * A UID that is known and given once means a message that is here. POP3 servers break their word, though: they give a
 * UID twice, give one of a deleted message to a new one, or change them all. So whatever does not fit is fetched again and
 * told by the digest of its bytes: nothing is lost then, and nothing taken twice.
 */
import type { RemoteFolder, RemoteMessage } from './remote-mailbox.ts';
import { FORGET_AFTER_MS, type SeenMessage } from './seen-store.ts';

export interface Wanted {
  readonly message: RemoteMessage;
  /** By digest: with one of these it is here already. */
  readonly known: ReadonlyMap<string, SeenMessage>;
}

export interface CollectionPlan {
  readonly fetch: readonly Wanted[];
  /** Here already, and not to be kept there any longer. */
  readonly remove: readonly RemoteMessage[];
  /** Here already. */
  readonly known: number;
  /** Larger than may be taken. */
  readonly tooLarge: readonly RemoteMessage[];
  readonly gone: readonly SeenMessage[];
  readonly back: readonly SeenMessage[];
  readonly forgotten: readonly SeenMessage[];
  /** Rows whose messages have gone from there though we did not delete them: perhaps under another UID. */
  readonly vanished: readonly SeenMessage[];
}

export interface PlanSettings {
  /** See the API; null: messages stay there. */
  readonly keepDays: number | null;
  readonly maxMessageBytes: number;
  /** ms since 1970. */
  readonly now: number;
}

const DAY_MS = 86_400_000;

export function planCollection(
  folder: RemoteFolder,
  seen: readonly SeenMessage[],
  { keepDays, maxMessageBytes, now }: PlanSettings,
): CollectionPlan {
  const rows = rowsByUid(seen.filter(({ validity }) => validity === folder.validity));
  const times = new Map<string, number>();
  for (const { uid } of folder.messages) if (uid !== null) times.set(uid, (times.get(uid) ?? 0) + 1);

  const fetch: Wanted[] = [];
  const remove: RemoteMessage[] = [];
  const tooLarge: RemoteMessage[] = [];
  let known = 0;
  for (const message of folder.messages) {
    const same = message.uid === null ? [] : (rows.get(message.uid) ?? []);
    const certain = same.length === 1 && (folder.strictUids || isCertain(same, message, times));
    const row = certain ? same[0] : undefined;
    if (row !== undefined) {
      known += 1;
      if (isOverdue(row, keepDays, now)) remove.push(message);
    } else if ((message.sizeBytes ?? 0) > maxMessageBytes) tooLarge.push(message);
    else fetch.push({ message, known: rowsByDigest(message.uid === null ? seen : same) });
  }
  const listed = (row: SeenMessage): boolean => row.validity === folder.validity && times.has(row.uid);
  const missing = seen.filter((row) => !listed(row));
  const forgettable = (row: SeenMessage): boolean =>
    row.removedAt !== null || (row.goneAt !== null && now - row.goneAt > FORGET_AFTER_MS);
  return {
    fetch,
    remove,
    known,
    tooLarge,
    gone: missing.filter((row) => row.goneAt === null && row.removedAt === null),
    back: seen.filter((row) => row.goneAt !== null && listed(row)),
    forgotten: missing.filter(forgettable),
    vanished: missing.filter((row) => row.removedAt === null && row.outcome === 'taken'),
  };
}

function isCertain(
  [row]: readonly SeenMessage[],
  { uid, sizeBytes }: RemoteMessage,
  times: ReadonlyMap<string, number>,
): boolean {
  if (row === undefined || uid === null || times.get(uid) !== 1) return false;
  // RFC 1939 7: when a message is gone its UID may be given to another one.
  return row.removedAt === null && (row.sizeBytes === null || row.sizeBytes === sizeBytes);
}

/** Whether it is not to be kept there any longer. What was refused is in nobody's mailbox here: it stays where it is. */
export const isOverdue = ({ at, outcome }: SeenMessage, keepDays: number | null, now: number): boolean =>
  outcome === 'taken' && keepDays !== null && now - at >= keepDays * DAY_MS;

const rowsByDigest = (rows: readonly SeenMessage[]): ReadonlyMap<string, SeenMessage> =>
  new Map(rows.map((row) => [row.digest, row]));

function rowsByUid(seen: readonly SeenMessage[]): ReadonlyMap<string, readonly SeenMessage[]> {
  const rows = new Map<string, SeenMessage[]>();
  for (const row of seen) {
    const same = rows.get(row.uid);
    if (same === undefined) rows.set(row.uid, [row]);
    else same.push(row);
  }
  return rows;
}
