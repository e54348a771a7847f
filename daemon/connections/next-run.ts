/** When a connection runs next by itself, and why then. Pure. */
import type { Pause } from '../../shared/api/server.ts';
import { isoTime } from '../clock.ts';
import { failingText } from './backoff.ts';
import type { StoredConnection } from './connection-store.ts';
import type { Schedule } from './schedule.ts';

export interface PastRuns {
  /** All in ms since 1970; null when there was none. */
  readonly lastStartedAt: number | null;
  /** A time that was passed over because too few messages waited. */
  readonly passedOverAt: number | null;
}

export interface Surroundings {
  readonly now: number;
  readonly running: boolean;
  /** Of collecting. */
  readonly pause: Pause | null;
}

export interface NextRun {
  /** Null: none by itself. May be in the past: then it is due. */
  readonly at: number | null;
  readonly reason: string;
  /** Messages that must wait to be sent by then; 0: none need to. */
  readonly atLeast: number;
}

/** More than this late is not merely the pace of our timers. */
const MISSED_MS = 90_000;

export function nextRun(
  connection: Pick<StoredConnection, 'enabled' | 'scheduleAt' | 'collectors' | 'sender'>,
  schedule: Schedule,
  past: PastRuns,
  { now, running, pause }: Surroundings,
): NextRun {
  const none = (reason: string): NextRun => ({ at: null, reason, atLeast: 0 });
  if (!connection.enabled) return none('it is disabled');
  if (!running) return none('the server is stopped');
  if (schedule.manual) return none('manual: it connects when mailctl connect-now says so');

  // A clock that was set back: what lies in the future has not happened yet.
  const times = [past.lastStartedAt, past.passedOverAt].filter((at) => at !== null && at <= now) as number[];
  const last = times.length === 0 ? null : Math.max(...times);
  const after = Math.max(Math.min(connection.scheduleAt, now), last ?? 0);
  const due = schedule.next(after, last);
  if (due === null) return none(schedule.text);

  const next = putOff(connection, { at: due.at, reason: due.reason, atLeast: due.atLeast }, now);
  if (pause !== null) return paused(next, pause);
  if (now - (next.at ?? now) > MISSED_MS)
    return { ...next, reason: `${next.reason}; that of ${isoTime(next.at ?? now)} was missed` };
  return next;
}

/** With nothing else to do it need not connect before one of its collectors may try again. */
function putOff(
  { collectors, sender }: Pick<StoredConnection, 'collectors' | 'sender'>,
  next: NextRun,
  now: number,
): NextRun {
  if (sender !== null || collectors.length === 0 || next.at === null) return next;
  const first = collectors.reduce((a, b) => ((a.retryAt ?? 0) <= (b.retryAt ?? 0) ? a : b));
  const retryAt = first.retryAt ?? 0;
  if (retryAt <= next.at || retryAt <= now) return next;
  const why = failingText(first.failures, first.failingSince, now);
  return { ...next, at: retryAt, reason: `${next.reason}; put off because it ${why}` };
}

function paused(next: NextRun, { until, reason }: Pause): NextRun {
  const why = reason === null ? '' : ` (${reason})`;
  if (until === null) return { at: null, reason: `collecting is paused${why}`, atLeast: 0 };
  const resumed = Date.parse(until);
  if (next.at !== null && next.at >= resumed) return next;
  return { ...next, at: resumed, reason: `collecting is paused until then${why}` };
}
