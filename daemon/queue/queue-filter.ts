/**
 * The filter of the queue as SQL. One filter serves the list, the count, the summary and all verbs, so that what a
 * dry run or a list shows is what a verb hits.
 *
 * The columns are those of `messages AS m`. `--to` and `--domain` look at recipients that are still waiting.
 */
import type { QueueFilter } from '../../shared/api/queue.ts';
import { likePattern } from '../store/like-pattern.ts';
import type { SqlValue } from '../store/store-port.ts';

export interface Condition {
  readonly where: string;
  readonly parameters: readonly SqlValue[];
}

/** True when the filter says nothing: then it means every message, which verbs take only when asked for all. */
export function isEmptyFilter(filter: QueueFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

/**
 * `active` are the messages being delivered at this moment; that state is nowhere in the database, because after a
 * crash it would be wrong. `now` in ms since 1970.
 */
export function queueCondition(filter: QueueFilter, active: readonly number[], now: number): Condition {
  const terms = ['m.finished_at IS NULL'];
  const parameters: SqlValue[] = [];
  const add = (term: string, ...values: SqlValue[]) => {
    terms.push(term);
    parameters.push(...values);
  };
  if (filter.ids) add('m.id IN (SELECT value FROM json_each(?))', JSON.stringify(filter.ids));
  if (filter.from !== undefined) add(...like('m.sender', filter.from));
  if (filter.to !== undefined) add(...recipient('address', filter.to));
  if (filter.domain !== undefined) add(...recipient('domain', filter.domain.toLowerCase()));
  if (filter.states) add(...state(filter.states, active));
  if (filter.olderThanSeconds !== undefined) add('m.created_at <= ?', now - filter.olderThanSeconds * 1000);
  if (filter.largerThanBytes !== undefined) add('m.size > ?', filter.largerThanBytes);
  if (filter.error !== undefined) add(...like('m.last_reply', `*${filter.error}*`));
  if (filter.connection !== undefined) add(...like('m.connection', filter.connection));
  return { where: terms.join(' AND '), parameters };
}

/** An exact value can use an index; a pattern is a LIKE, which ignores case as the columns do. */
function like(column: string, pattern: string): [string, string] {
  if (!pattern.includes('*')) return [`${column} = ?`, pattern];
  return [`${column} LIKE ? ESCAPE '\\'`, likePattern(pattern)];
}

function recipient(column: 'address' | 'domain', pattern: string): [string, string] {
  const [term, value] = like(`r.${column}`, pattern);
  return [`m.id IN (SELECT r.message_id FROM recipients AS r WHERE ${term} AND r.state = 'pending')`, value];
}

const storedStates = ['ready', 'deferred', 'held'] as const;

function state(states: readonly string[], active: readonly number[]): [string, ...SqlValue[]] {
  const isActive = 'm.id IN (SELECT value FROM json_each(?))';
  const stored = storedStates.filter((name) => states.includes(name));
  const terms: string[] = [];
  const parameters: SqlValue[] = [];
  if (stored.length > 0) {
    // As literals, so that the index of a rare state can serve.
    const one = stored.map((name) => `m.state = '${name}'`).join(' OR ');
    terms.push(`((${one}) AND NOT ${isActive})`);
    parameters.push(JSON.stringify(active));
  }
  if (states.includes('active')) {
    terms.push(isActive);
    parameters.push(JSON.stringify(active));
  }
  return [`(${terms.join(' OR ')})`, ...parameters];
}
