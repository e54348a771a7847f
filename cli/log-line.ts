/**
 * One event of the log as a line for people: time, level, category, ids, message, then the event's own fields.
 * `14:02:31.114 warn  delivery    Q42 S98113  deferred  host=mx1.example.net reply="451 4.7.1 try again"`
 */
import type { LogEntry, LogLevel } from '../shared/api/log.ts';
import { visible } from '../shared/terminal-text.ts';
import type { View } from './columns/column.ts';
import { localClock, localDate } from './columns/time.ts';
import type { Paint, Tone } from './style.ts';

const levelTones: Readonly<Record<LogLevel, Tone | null>> = {
  error: 'bad',
  warn: 'waiting',
  info: null,
  debug: 'old',
  trace: 'old',
};
/** Of whatever calls itself a level. */
export const levelTone = (level: unknown): Tone | null => levelTones[level as LogLevel] ?? null;
/** The longest category. */
const categoryWidth = 'housekeeper'.length;
const shownBefore = new Set(['seq', 'time', 'level', 'category', 'message', 'sessionId', 'queueId']);
/** Values that need no quotes to be told from what stands around them. */
const plainValue = /^[^\s"=]+$/;

/** Without a line break; safe to show. */
export function logLine(entry: LogEntry, view: View, paint: Paint): string {
  const { level, category, message } = entry;
  return [
    paint('old', logTime(entry.time, view)),
    paint(levelTones[level], visible(level).padEnd(5)),
    paint('accent', visible(category).padEnd(categoryWidth)),
    `${paint('title', idsText(entry))}${paint(levelTones[level], visible(message))}${paint('old', fieldsText(entry))}`,
  ].join(' ');
}

/** `Q42 S98113 `: message and session that the event is about. Ends with a blank, or is empty. */
export function idsText({ queueId, sessionId }: Pick<LogEntry, 'queueId' | 'sessionId'>): string {
  const message = queueId === undefined ? '' : `Q${queueId} `;
  return sessionId === undefined ? message : `${message}S${sessionId} `;
}

/** A line between events of different days; only on a terminal, where a time has no date. */
export const dayLine = (time: string): string => `-- ${localDate(new Date(time))} --`;

/** `14:02:31.114` on a terminal, in full in a pipe. */
export function logTime(time: string, { kind }: View): string {
  if (kind === 'plain') return visible(time);
  const at = new Date(time);
  return `${localClock(at)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** The event's own fields: ` host=mx1.example.net`. Begins with a blank, or is empty. */
export function fieldsText(entry: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name in entry)
    if (!shownBefore.has(name) && entry[name] !== undefined && entry[name] !== null)
      text += ` ${visible(name)}=${valueText(entry[name])}`;
  return text;
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && plainValue.test(value)) return visible(value);
  return visible(JSON.stringify(value) ?? '');
}
