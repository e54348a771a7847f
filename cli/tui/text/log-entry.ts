/** One event of the log: as a line of columns, and in full. */
import type { LogEntry, LogLevel } from '../../../shared/api/log.ts';
import { localClock } from '../../columns/time.ts';
import { fieldsText, idsText } from '../../log-line.ts';
import { type SpanLine, span } from '../../spans.ts';
import type { Tone } from '../../style.ts';

const levelTones: Readonly<Record<LogLevel, Tone | null>> = {
  error: 'bad',
  warn: 'waiting',
  info: null,
  debug: 'old',
  trace: 'old',
};
/** From here on milliseconds and whole names of categories have their room. */
const wideColumns = 100;
const narrowCategory = 8;
const wideCategory = 'housekeeper'.length;
/** Ids stand in a column of their own, so that messages begin at one place. */
const idsWidth = 12;

export function entrySpans(entry: LogEntry, width: number): SpanLine {
  const { level, category, message } = entry;
  const tone = levelTones[level];
  const wide = width >= wideColumns;
  const at = new Date(entry.time);
  const clock = wide ? `${localClock(at)}.${String(at.getMilliseconds()).padStart(3, '0')}` : localClock(at);
  const room = wide ? wideCategory : narrowCategory;
  return [
    span(`${clock} `, 'old'),
    // What is not out of the ordinary needs no word.
    span(level === 'info' ? '      ' : `${level.padEnd(5)} `, tone),
    span(`${category.slice(0, room).padEnd(room)} `, 'accent'),
    span(idsText(entry).padEnd(idsWidth), 'title'),
    span(message, tone),
    span(fieldsText(byWeight(entry)), 'old'),
  ];
}

/** What tells most comes first: the screen cuts the rest. */
const byWeight = (entry: LogEntry): LogEntry => {
  const { reply, to, from, recipient, remoteAddress, ...others } = entry;
  return Object.assign({}, { reply, recipient, to, from }, others, { remoteAddress }) as LogEntry;
};

/** Field by field, as the log has them. */
export const entryDetail = (entry: LogEntry): readonly SpanLine[] =>
  Object.entries(entry)
    .filter(([name, value]) => name !== 'seq' && value !== undefined && value !== null)
    .map(([name, value]) => [
      span(name.padEnd(15), 'old'),
      span(
        typeof value === 'string' ? value : JSON.stringify(value),
        name === 'level' ? levelTones[entry.level] : null,
      ),
    ]);
