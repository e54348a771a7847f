/** The lower part of the status: what an operator should know, and what has happened last; as much as there is room for. */
import type { LogEntry } from '../shared/api/log.ts';
import type { Status, Warning } from '../shared/api/server.ts';
import { formatCount } from '../shared/units.ts';
import type { View } from './columns/column.ts';
import { localClock } from './columns/time.ts';
import { fieldsText, idsText } from './log-line.ts';
import { left, type Span, type SpanLine, span } from './spans.ts';
import { labelWidth } from './status-facts.ts';
import type { Tone } from './style.ts';

const severityTones: Readonly<Record<Warning['severity'], Tone | null>> = {
  error: 'bad',
  warning: 'waiting',
  notice: null,
};
/** Events are worth as many rows, before a second warning is. */
const activityRowsKept = 3;

/** `1 error, 2 warnings`; null when there is nothing to warn of. */
export function warningCounts({ warnings }: Status): Span | null {
  const { errors, warnings: lesser, notices } = warnings;
  const counts = [countText(errors, 'error'), countText(lesser, 'warning'), countText(notices, 'notice')];
  const text = counts.filter((count) => count !== '').join(', ');
  if (text === '') return null;
  return span(text, errors > 0 ? 'bad' : lesser > 0 ? 'waiting' : null);
}

function countText(count: number, noun: string): string {
  if (count === 0) return '';
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `room` in rows; infinite in a pipe. */
export function warningLines({ warnings }: Status, room: number): readonly SpanLine[] {
  const rows = Math.max(1, Math.min(warnings.list.length, room - activityRowsKept));
  const shown = warnings.list.slice(0, warnings.list.length > rows ? Math.max(1, rows - 1) : rows);
  const unshown = warnings.list.length - shown.length;
  const lines = shown.map(({ severity, subject, evidence, remedy }) => [
    span(severity.toUpperCase().padEnd(8), severityTones[severity]),
    span(`${subject}: ${evidence}. `),
    span(remedy, 'old'),
  ]);
  if (unshown > 0 && rows > 1) lines.push([span(`and ${formatCount(unshown)} more: mailctl doctor`, 'old')]);
  return labelled('Warnings', lines.length === 0 ? [[span('none', 'good')]] : lines);
}

/** The newest last. */
export function activityLines({ activity }: Status, view: View, room: number): readonly SpanLine[] {
  const rows = Math.max(0, Math.min(activity.length, room));
  if (rows === 0) return [];
  return labelled(
    'Activity',
    activity.slice(-rows).map((entry) => activityLine(entry, view)),
  );
}

const levelTones: Readonly<Partial<Record<LogEntry['level'], Tone>>> = { error: 'bad', warn: 'waiting' };

function activityLine(entry: LogEntry, view: View): SpanLine {
  const { level, category, message, time } = entry;
  const tone = levelTones[level] ?? null;
  return [
    span(`${view.kind === 'plain' ? time : localClock(new Date(time))} `, 'old'),
    ...(tone === null ? [] : [span(`${level.toUpperCase()} `, tone)]),
    span(`${category} `, 'accent'),
    span(idsText(entry)),
    span(message, tone),
    span(fieldsText(entry), 'old'),
  ];
}

const labelled = (label: string, lines: readonly SpanLine[]): readonly SpanLine[] =>
  lines.map((line, index) => [left(index === 0 ? label : '', labelWidth, 'title'), ...line]);
