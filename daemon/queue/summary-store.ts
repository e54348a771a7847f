/** Counts of the queue: kept ones for the status, grouped ones for the summary. */

import type { CheckedParams } from '../../shared/api/index.ts';
import type { QueueFilter, SummaryRow } from '../../shared/api/queue.ts';
import { isoTimeOrNull } from '../clock.ts';
import type { Reader } from '../store/store-port.ts';
import { isEmptyFilter, queueCondition } from './queue-filter.ts';

type Group = NonNullable<CheckedParams<'queue.summary'>['by']>;

export interface StoredCounts {
  readonly ready: number;
  readonly deferred: number;
  readonly held: number;
  readonly bytes: number;
  readonly oldestAt: number | null;
}

/** As quick with a million messages as with none: it reads kept counts and one end of an index. */
export async function readCounts(reader: Reader): Promise<StoredCounts> {
  const rows = await reader.all<{ state: string; messages: number; bytes: number }>(
    `SELECT name AS state, value AS messages, bytes FROM counters WHERE name IN ('ready', 'deferred', 'held')`,
  );
  const oldest = await reader.get<{ at: number | null }>(
    'SELECT min(created_at) AS at FROM messages WHERE finished_at IS NULL',
  );
  const messages = (state: string) => rows.find((row) => row.state === state)?.messages ?? 0;
  return {
    ready: messages('ready'),
    deferred: messages('deferred'),
    held: messages('held'),
    bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
    oldestAt: oldest?.at ?? null,
  };
}

/** Of the messages being delivered, how many are stored as ready and as deferred. */
export async function countActive(
  reader: Reader,
  ids: readonly number[],
): Promise<{ ready: number; deferred: number }> {
  if (ids.length === 0) return { ready: 0, deferred: 0 };
  const row = await reader.get<{ ready: number; deferred: number }>(
    `SELECT count(*) FILTER (WHERE state = 'ready') AS ready, count(*) FILTER (WHERE state = 'deferred') AS deferred
       FROM messages WHERE id IN (SELECT value FROM json_each(?1)) AND finished_at IS NULL`,
    [JSON.stringify(ids)],
  );
  return row ?? { ready: 0, deferred: 0 };
}

export async function countMatching(
  reader: Reader,
  filter: QueueFilter,
  active: readonly number[],
  now: number,
): Promise<{ messages: number; bytes: number }> {
  if (isEmptyFilter(filter)) {
    const counts = await readCounts(reader);
    return { messages: counts.ready + counts.deferred + counts.held, bytes: counts.bytes };
  }
  const condition = queueCondition(filter, active, now);
  const row = await reader.get<{ messages: number; bytes: number }>(
    `SELECT count(*) AS messages, coalesce(sum(m.size), 0) AS bytes FROM messages AS m WHERE ${condition.where}`,
    condition.parameters,
  );
  return row ?? { messages: 0, bytes: 0 };
}

/** Buckets of age, as qshape has them, in seconds. */
const ageSql = `CASE
  WHEN age < 300 THEN '0 to 5 minutes' WHEN age < 3600 THEN '5 minutes to 1 hour' WHEN age < 14400 THEN '1 to 4 hours'
  WHEN age < 86400 THEN '4 hours to 1 day' WHEN age < 259200 THEN '1 to 3 days' ELSE 'over 3 days' END`;

const groupSql: Readonly<Record<Group, { key: string; from: string }>> = {
  domain: {
    key: 'r.domain',
    from: `(SELECT DISTINCT message_id, domain FROM recipients WHERE state = 'pending') AS r
           JOIN messages AS m ON m.id = r.message_id`,
  },
  reason: { key: `coalesce(m.reason, 'not tried yet')`, from: 'messages AS m' },
  sender: { key: 'm.sender', from: 'messages AS m' },
  age: { key: ageSql, from: '(SELECT *, (?1 - created_at) / 1000 AS age FROM messages) AS m' },
};

interface GroupRow {
  readonly key: string;
  readonly messages: number;
  readonly bytes: number;
  readonly oldest: number | null;
  readonly groups: number;
}

/** Largest groups first; groups of age, oldest first. A message for two domains counts in both. */
export async function summarise(
  reader: Reader,
  params: CheckedParams<'queue.summary'>,
  active: readonly number[],
  now: number,
): Promise<{ by: Group; rows: SummaryRow[]; groups: number }> {
  const by = params.by ?? 'domain';
  const { key, from } = groupSql[by];
  const condition = queueCondition(params.filter ?? {}, active, now);
  const rows = await reader.all<GroupRow>(
    `SELECT *, count(*) OVER () AS groups
       FROM (SELECT ${key} AS key, count(*) AS messages, sum(m.size) AS bytes, min(m.created_at) AS oldest
               FROM ${from} WHERE ?1 IS NOT NULL AND ${condition.where} GROUP BY 1)
      ORDER BY ${by === 'age' ? 'oldest' : 'messages DESC, key'} LIMIT ?`,
    [now, ...condition.parameters, params.limit ?? 100],
  );
  return {
    by,
    rows: rows.map((row) => ({
      key: row.key,
      messages: row.messages,
      bytes: row.bytes,
      oldestAt: isoTimeOrNull(row.oldest),
    })),
    groups: rows[0]?.groups ?? 0,
  };
}
