/**
 * What the operators' verbs do to messages, by ids, inside a transaction that the caller has opened.
 *
 * `due_at` of a recipient says whether the scheduler may see it: null while held or removed. `destinations` follows in
 * the same transaction.
 */
import type { QueueFilter } from '../../shared/api/queue.ts';
import type { Reader, Transaction } from '../store/store-port.ts';
import { queueCondition } from './queue-filter.ts';

export type StoredVerb = 'sendNow' | 'hold' | 'release' | 'remove' | 'clear';

/** A filter, and the newest message it can hit: what comes in later was not meant. */
export interface Selection {
  readonly filter: QueueFilter;
  readonly newestId: number;
}

export interface SelectedMessage {
  readonly id: number;
  readonly size: number;
  readonly state: 'ready' | 'deferred' | 'held';
}

/** The next messages of a selection after an id, in the order of ids. */
export function readSelected(
  reader: Reader,
  selection: Selection,
  afterId: number,
  limit: number,
  active: readonly number[],
  now: number,
): Promise<SelectedMessage[]> {
  const condition = queueCondition(selection.filter, active, now);
  return reader.all<SelectedMessage>(
    `SELECT m.id, m.size, m.state FROM messages AS m
      WHERE ${condition.where} AND m.id > ? AND m.id <= ? ORDER BY m.id LIMIT ?`,
    [...condition.parameters, afterId, selection.newestId, limit],
  );
}

/** Some messages of a selection, without an object for each. */
export interface SelectedRun {
  readonly count: number;
  readonly bytes: number;
  /** Null when there is none. */
  readonly lastId: number | null;
  /** Their ids as a JSON list. */
  readonly list: string;
}

/** As {@link readSelected}, without what is being delivered, and in one row that SQLite makes on its own thread. */
export async function readSelectedRun(
  reader: Reader,
  selection: Selection,
  afterId: number,
  limit: number,
  active: readonly number[],
  now: number,
): Promise<SelectedRun> {
  const condition = queueCondition(selection.filter, active, now);
  const run = await reader.get<SelectedRun>(
    `SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes, max(id) AS lastId, json_group_array(id) AS list
       FROM (SELECT m.id, m.size FROM messages AS m
              WHERE ${condition.where} AND m.id > ? AND m.id <= ? AND m.id NOT IN (SELECT value FROM json_each(?))
              ORDER BY m.id LIMIT ?)`,
    [...condition.parameters, afterId, selection.newestId, JSON.stringify(active), limit],
  );
  return run ?? { count: 0, bytes: 0, lastId: null, list: '[]' };
}

/** Those of the ids that are not in the queue. */
export async function readMissing(reader: Reader, ids: readonly number[]): Promise<number[]> {
  const rows = await reader.all<{ id: number }>(
    `SELECT DISTINCT value AS id FROM json_each(?1)
      WHERE value NOT IN (SELECT id FROM messages
                           WHERE finished_at IS NULL AND id IN (SELECT value FROM json_each(?1)))`,
    [JSON.stringify(ids)],
  );
  return rows.map((row) => row.id);
}

const listed = 'IN (SELECT value FROM json_each(?1))';

export async function applyVerb(
  tx: Transaction,
  verb: StoredVerb,
  /** Ids as a JSON list. */
  list: string,
  options: {
    readonly now: number;
    /** When and as what the operation began. */
    readonly operation: { readonly id: number; readonly at: number };
    readonly reason: string | null;
  },
): Promise<void> {
  switch (verb) {
    case 'sendNow':
    case 'release':
      await tx.run(
        `UPDATE messages SET state = 'ready', held_reason = NULL, next_attempt_at = ?2 WHERE id ${listed}`,
        [list, options.now],
      );
      return makeDue(tx, list, options.now);
    case 'hold':
      await tx.run(
        `UPDATE messages SET state = 'held', held_reason = ?2, next_attempt_at = NULL WHERE id ${listed}`,
        [list, options.reason],
      );
      return takeFromSchedule(tx, list);
    case 'remove':
    case 'clear':
      await tx.run(
        `UPDATE messages SET state_before = state, state = 'removed', finished_at = ?2, operation_id = ?3
          WHERE id ${listed}`,
        [list, options.operation.at, options.operation.id],
      );
      return takeFromSchedule(tx, list);
  }
}

/** Brings back what an operation removed, `limit` messages at a time; answers their ids. */
export async function restoreRemoved(
  tx: Transaction,
  operation: { readonly id: number; readonly at: number },
  limit: number,
  now: number,
): Promise<number[]> {
  const rows = await tx.all<{ id: number }>(
    `SELECT id FROM messages
      WHERE finished_at = ?1 AND operation_id = ?2 AND state = 'removed' ORDER BY id LIMIT ?3`,
    [operation.at, operation.id, limit],
  );
  const ids = rows.map((row) => row.id);
  await tx.run(
    `UPDATE messages SET state = coalesce(state_before, 'ready'), state_before = NULL, finished_at = NULL,
            operation_id = NULL, next_attempt_at = iif(state_before = 'held', NULL, ?2)
      WHERE id ${listed}`,
    [JSON.stringify(ids), now],
  );
  const back = await tx.all<{ id: number }>(
    `SELECT id FROM messages WHERE id ${listed} AND state <> 'held'`,
    [JSON.stringify(ids)],
  );
  await makeDue(tx, JSON.stringify(back.map((row) => row.id)), now);
  return ids;
}

async function makeDue(tx: Transaction, list: string, now: number): Promise<void> {
  await tx.run(`UPDATE recipients SET due_at = ?2 WHERE message_id ${listed} AND state = 'pending'`, [
    list,
    now,
  ]);
  await tx.run(
    `INSERT INTO destinations (domain, due_at)
     SELECT DISTINCT domain, ?2 FROM recipients WHERE message_id ${listed} AND due_at IS NOT NULL
         ON CONFLICT (domain) DO UPDATE SET due_at = min(due_at, excluded.due_at)`,
    [list, now],
  );
}

async function takeFromSchedule(tx: Transaction, list: string): Promise<void> {
  const domains = await tx.all<{ domain: string }>(
    `SELECT DISTINCT domain FROM recipients WHERE message_id ${listed} AND due_at IS NOT NULL`,
    [list],
  );
  await tx.run(`UPDATE recipients SET due_at = NULL WHERE message_id ${listed} AND due_at IS NOT NULL`, [
    list,
  ]);
  const names = JSON.stringify(domains.map((row) => row.domain));
  await tx.run(
    `DELETE FROM destinations WHERE domain ${listed}
        AND NOT EXISTS (SELECT 1 FROM recipients WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL)`,
    [names],
  );
  await tx.run(
    `UPDATE destinations SET due_at =
            (SELECT min(due_at) FROM recipients WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL)
      WHERE domain ${listed}`,
    [names],
  );
}
