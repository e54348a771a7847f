/** Search keys that the database answers: sizes, dates, numbers of changes, the stored texts of headers. */
import type { Reader, SqlValue } from '../../store/store-port.ts';
import { foldText } from './fold-text.ts';
import type { SearchLeaf } from './search-tree.ts';

const textColumns: ReadonlyMap<string, string> = new Map([
  ['subject', 's.subject'],
  ['from', 's.sender'],
  ['to', 's.to_text'],
  ['cc', 's.cc'],
  ['bcc', 's.bcc'],
  ['message-id', 's.message_id'],
]);
/** Of a message that does not say when it was sent, or not so that it can be understood; as in Dovecot. */
const sentDay = `coalesce(s.sent_day, '1970-01-01')`;
const dayMs = 86_400_000;
/** Keys that one pass over the entries looks for. */
const conditionsAtOnce = 50;

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  /** It needs what is found out about contents after they came. */
  readonly texts: boolean;
}

/** Null: the database does not know. `now`: ms since 1970. */
function conditionOf(leaf: SearchLeaf, now: number): Condition | null {
  const entry = (sql: string, ...values: SqlValue[]): Condition => ({ sql, values, texts: false });
  const texts = (sql: string, ...values: SqlValue[]): Condition => ({ sql, values, texts: true });
  switch (leaf.key) {
    case 'larger':
      return entry('e.size > ?', leaf.bytes);
    case 'smaller':
      return entry('e.size < ?', leaf.bytes);
    case 'before':
      return entry('e.internal_date < ?', startOf(leaf.day));
    case 'since':
      return entry('e.internal_date >= ?', startOf(leaf.day));
    case 'on':
      return entry(
        'e.internal_date >= ? AND e.internal_date < ?',
        startOf(leaf.day),
        startOf(leaf.day) + dayMs,
      );
    case 'younger':
      return entry('e.internal_date >= ?', now - leaf.seconds * 1_000);
    case 'older':
      return entry('e.internal_date < ?', now - leaf.seconds * 1_000);
    case 'modseq':
      return entry('e.modseq >= ?', leaf.least);
    case 'sentbefore':
      return texts(`${sentDay} < ?`, leaf.day);
    case 'senton':
      return texts(`${sentDay} = ?`, leaf.day);
    case 'sentsince':
      return texts(`${sentDay} >= ?`, leaf.day);
    case 'header': {
      const column = textColumns.get(leaf.name);
      if (column === undefined) return null;
      return leaf.text === ''
        ? texts(`${column} IS NOT NULL`)
        : texts(`instr(${column}, ?) > 0`, foldText(leaf.text));
    }
    default:
      return null;
  }
}

export const isStoredLeaf = (leaf: SearchLeaf): boolean => conditionOf(leaf, 0) !== null;

/** RFC 3501 6.4.4 asks for the day without regard to time and zone: days are those of UTC, in which FETCH gives it. */
const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** UIDs of a mailbox, both ends included. */
export interface MatchRange {
  readonly mailboxId: number;
  readonly first: number;
  readonly last: number;
  /** Ms since 1970: what ages count from. */
  readonly now: number;
}

export interface StoredMatches {
  readonly leaf: SearchLeaf;
  readonly uids: readonly number[];
}

/**
 * For each key the UIDs that it holds for. When contents have not been looked into that have to be,
 * their ids are told instead, unless that has to do.
 */
export async function readMatches(
  reader: Reader,
  { mailboxId, first, last, now }: MatchRange,
  leaves: readonly SearchLeaf[],
  unknownContents: 'tell' | 'pass over' = 'tell',
): Promise<{ readonly matches: readonly StoredMatches[]; readonly unknown: readonly number[] }> {
  const matches: StoredMatches[] = [];
  for (let at = 0; at < leaves.length; at += conditionsAtOnce) {
    const some = leaves.slice(at, at + conditionsAtOnce);
    const conditions = some.map((leaf) => conditionOf(leaf, now)).filter((condition) => condition !== null);
    const texts = conditions.some((condition) => condition.texts);
    const columns = conditions.map(({ sql }, i) => `json_group_array(e.uid) FILTER (WHERE ${sql}) AS m${i}`);
    const unknown = texts ? 'json_group_array(e.content_id) FILTER (WHERE s.content_id IS NULL)' : `'[]'`;
    const row = await reader.get<Record<string, string>>(
      `SELECT ${columns.join(', ')}, ${unknown} AS unknown FROM mailbox_entries AS e
       ${texts ? 'LEFT JOIN content_search AS s ON s.content_id = e.content_id' : ''}
       WHERE e.mailbox_id = ? AND e.uid >= ? AND e.uid <= ?`,
      [...conditions.flatMap(({ values }) => values), mailboxId, first, last],
    );
    const missing: number[] = JSON.parse(row?.unknown ?? '[]');
    if (missing.length > 0 && unknownContents === 'tell') return { matches: [], unknown: missing };
    for (const [i, leaf] of some.entries()) matches.push({ leaf, uids: JSON.parse(row?.[`m${i}`] ?? '[]') });
  }
  return { matches, unknown: [] };
}

export interface SearchedContent {
  readonly uid: number;
  readonly id: number;
  readonly returnPath: string | null;
  readonly deliveredTo: string | null;
  /** Exactly one of the two. */
  readonly body: Buffer | null;
  readonly file: string | null;
}

/** Contents of messages in the order of UIDs, the first of them up to `maxBytes`, at least one; without those that have gone. */
export function readSearchedContents(
  reader: Reader,
  mailboxId: number,
  uids: readonly number[],
  maxBytes: number,
): Promise<SearchedContent[]> {
  return reader.all<SearchedContent>(
    `WITH wanted AS (
       SELECT uid, content_id, return_path, delivered_to,
              sum(size) OVER (ORDER BY uid) AS bytes, row_number() OVER (ORDER BY uid) AS n
         FROM mailbox_entries WHERE mailbox_id = ?1 AND uid IN (SELECT value FROM json_each(?2)))
     SELECT uid, c.id, return_path AS returnPath, delivered_to AS deliveredTo, c.body, c.file
       FROM wanted JOIN contents AS c ON c.id = content_id
      WHERE bytes <= ?3 OR n = 1 ORDER BY uid`,
    [mailboxId, JSON.stringify(uids), maxBytes],
  );
}
