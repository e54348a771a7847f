/**
 * Which lines of the log belong to a trace: those with its ids, and those that hold its text as a whole word. Looked for
 * in the line's JSON, because parsing thousands of lines would hold the event loop.
 */
import type { LogEntry } from '../../shared/api/log.ts';
import type { LinePredicate } from '../log/log-filter.ts';

export interface LogMatch {
  readonly queueIds: ReadonlySet<number>;
  /** Session ids begin anew with the service: only lines from `sessionsSince` (ms since 1970) on are meant. */
  readonly sessionIds: ReadonlySet<number>;
  readonly sessionsSince: number;
  /** An address, a Message-ID, an IP address. */
  readonly text: string | null;
}

/** The queue tells the same with more in it. */
const toldByTheQueue = new Set(['message accepted', 'message collected', 'delivered', 'deferred', 'bounced']);

export function logPredicate({ queueIds, sessionIds, sessionsSince, text }: LogMatch): LinePredicate {
  const needle = text === null ? null : JSON.stringify(text).slice(1, -1).toLowerCase();
  return ({ queueId, sessionId, at, category, json }, entry) => {
    if (queueId !== undefined && queueIds.has(queueId)) return !toldByTheQueue.has(entry().message);
    if (sessionId !== undefined && at >= sessionsSince && sessionIds.has(sessionId)) return true;
    // What operators ask through the API, this trace among it, is the audit's matter.
    return needle !== null && category !== 'control' && holdsWord(json.toLowerCase(), needle);
  };
}

/** Not `ann@example.org` in `joann@example.org`, nor 10.0.0.1 in 10.0.0.12. */
function holdsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!wordPart.test(text[at - 1] ?? ' ') && !wordPart.test(text[at + word.length] ?? ' ')) return true;
  }
  return false;
}
const wordPart = /[\w.:@+-]/;

export function logEvent(entry: LogEntry) {
  const { seq: _, time, message, ...fields } = entry;
  return { ...fields, time, source: 'log' as const, message };
}
