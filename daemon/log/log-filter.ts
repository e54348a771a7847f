/** Which lines a reader of the log wants. Cheap conditions first, the regular expression last. */
import type { LogEntry, LogFilter } from '../../shared/api/log.ts';
import { compileGrep, maxGreppedChars } from './grep-pattern.ts';
import { gravity } from './log-levels.ts';
import type { LogLine } from './log-line.ts';
import { timedLogText } from './log-text.ts';

/** @param entry Gives the line parsed; asked only when a pattern must be tried. */
export type LinePredicate = (line: LogLine, entry: () => LogEntry) => boolean;

/** @throws MaildError `params.invalid` for a bad `grep`. */
export function compileFilter(filter: LogFilter): LinePredicate {
  const least = gravity[filter.level ?? 'trace'];
  const categories = filter.categories === undefined ? null : new Set(filter.categories);
  const since = filter.since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(filter.since);
  const pattern = filter.grep === undefined ? null : compileGrep(filter.grep);
  const { sessionId, queueId } = filter;
  return (line, entry) =>
    gravity[line.level] <= least &&
    (categories === null || categories.has(line.category)) &&
    (sessionId === undefined || line.sessionId === sessionId) &&
    (queueId === undefined || line.queueId === queueId) &&
    line.at >= since &&
    (pattern === null || pattern.test(timedLogText(entry()).slice(0, maxGreppedChars)));
}
