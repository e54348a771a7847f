/**
 * Lists the queue a page at a time. A page is made as JSON inside SQLite, on its own thread: turning a thousand rows
 * into objects and those into text here would hold the event loop for tens of milliseconds.
 *
 * Rows in a page are separated by a comma and a tab. A raw tab never stands inside a JSON string, so a reader can cut
 * a page into rows without parsing it.
 */
import type { CheckedParams } from '../../shared/api/index.ts';
import { MaildError } from '../errors.ts';
import type { Reader } from '../store/store-port.ts';
import { type Condition, queueCondition } from './queue-filter.ts';

type ListParams = CheckedParams<'queue.list'>;

/** Column to sort by; the id breaks ties, so that a cursor names one place in the order. */
const sortColumns = {
  age: 'm.created_at',
  next: 'coalesce(m.next_attempt_at, 0)',
  size: 'm.size',
  attempts: 'm.attempts',
  from: 'm.sender',
} as const;

/** State as it is at this moment; `?1` are the ids being delivered. */
const stateNow = `iif(m.id IN (SELECT value FROM json_each(?1)), 'active', m.state)`;

/** A queued message in the shape of the API: what never changes stands ready, the rest is put around it. */
const messageJson = `'{"id":' || m.id || ',"state":"' || ${stateNow} || '",' || m.listing || ',"nextAttemptAt":'
  || coalesce('"' || strftime('%Y-%m-%dT%H:%M:%fZ', m.next_attempt_at / 1000.0, 'unixepoch') || '"', 'null')
  || ',"attempts":' || m.attempts || ',"lastReply":' || json_quote(m.last_reply) || '}'`;

interface PageRow {
  readonly rows: string | null;
  readonly n: number;
  /** Sort key of the last row. */
  readonly key: string | number | null;
  /** All ids in order, with commas between them: the last is the other half of the cursor. */
  readonly ids: string | null;
}

/** The result of `queue.list` as JSON text: `{"messages":[row,\trow...],"next":cursor or null}`. */
export async function listQueue(
  reader: Reader,
  params: ListParams,
  active: readonly number[],
  now: number,
): Promise<string> {
  const limit = params.limit ?? 1_000;
  const column = sortColumns[params.sort ?? 'age'];
  const direction = params.descending ? 'DESC' : 'ASC';
  const condition = queueCondition(params.filter ?? {}, active, now);
  const from =
    params.cursor === undefined ? noCursor : after(params.cursor, column, params.descending === true);
  // The rows come out of the ordered, limited subquery one by one, so both group_concat keep its order.
  const page = await reader.get<PageRow>(
    `SELECT group_concat(row, char(44, 9)) AS rows, count(*) AS n, ${params.descending ? 'min' : 'max'}(key) AS key,
            group_concat(id) AS ids
       FROM (SELECT ${messageJson} AS row, ${column} AS key, m.id AS id
               FROM messages AS m
              WHERE ${condition.where} AND ${from.where}
              ORDER BY ${column} ${direction}, m.id ${direction} LIMIT ?)`,
    [JSON.stringify(active), ...condition.parameters, ...from.parameters, limit],
  );
  const complete = !page || page.n < limit;
  const next = complete ? 'null' : JSON.stringify(cursorOf(page));
  return `{"messages":[${page?.rows ?? ''}],"next":${next}}`;
}

const noCursor: Condition = { where: 'true', parameters: [] };

function cursorOf({ key, ids }: PageRow): string {
  const lastId = Number(ids?.slice(ids.lastIndexOf(',') + 1));
  return Buffer.from(JSON.stringify([key, lastId])).toString('base64url');
}

function after(cursor: string, column: string, descending: boolean): Condition {
  const place = parseCursor(cursor);
  return { where: `(${column}, m.id) ${descending ? '<' : '>'} (?, ?)`, parameters: place };
}

function parseCursor(cursor: string): [string | number, number] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(place) && place.length === 2) {
      const [key, id]: unknown[] = place;
      if ((typeof key === 'string' || typeof key === 'number') && typeof id === 'number') return [key, id];
    }
  } catch {
    // Falls through to the one answer for everything that is not a cursor of ours.
  }
  throw new MaildError('params.invalid', 'cursor: not one that queue.list gave', {
    details: { path: 'cursor' },
  });
}
