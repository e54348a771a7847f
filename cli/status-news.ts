/** The lower part of the status: what an operator should know, and what has happened last; as much as there is room for. */
import type { Status, Warning } from '../shared/api/server.ts';
import { formatCount } from '../shared/units.ts';
import type { View } from './columns/column.ts';
import { logLine } from './log-line.ts';
import { left, type SpanLine, span } from './spans.ts';
import type { Tone } from './style.ts';

const severityTones: Readonly<Record<Warning['severity'], Tone | null>> = {
  error: 'bad',
  warning: 'waiting',
  notice: null,
};
/** Events are worth as many rows at least, before a fourth warning is. */
const activityRowsKept = 5;

/** `room` in rows; infinite in a pipe. */
export function warningLines({ warnings }: Status, room: number): readonly SpanLine[] {
  const counts = [
    countText(warnings.errors, 'error'),
    countText(warnings.warnings, 'warning'),
    countText(warnings.notices, 'notice'),
  ].filter((text) => text !== '');
  const worst = warnings.errors > 0 ? 'bad' : warnings.warnings > 0 ? 'waiting' : null;
  const head: SpanLine = [
    left('Warnings', 13, 'title'),
    counts.length === 0 ? span('none', 'good') : span(counts.join(', '), worst),
  ];
  const rows = Math.max(1, room - 1 - activityRowsKept);
  const shown = warnings.list.slice(0, rows);
  const unshown = warnings.list.length - shown.length;
  const lines = shown.map(({ severity, subject, evidence, remedy }): SpanLine => {
    const tone = severityTones[severity];
    return [
      left(`  ${severity.toUpperCase()}`, 11, tone),
      span(`${subject}: ${evidence}`),
      span(`  ${remedy}`, 'old'),
    ];
  });
  const [first = head, ...others] = [head, ...lines];
  const more = span(`   ${formatCount(unshown)} more: mailctl status --json`, 'old');
  return [unshown > 0 ? [...first, more] : first, ...others];
}

function countText(count: number, noun: string): string {
  if (count === 0) return '';
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function activityLines({ activity }: Status, view: View, room: number): readonly SpanLine[] {
  const headRows = 2;
  const rows = Math.max(0, Math.min(activity.length, room - headRows));
  if (rows === 0) return [];
  return [
    [],
    [span('Activity', 'title')],
    ...activity.slice(-rows).map((entry): SpanLine => {
      const tone: Tone | null = entry.level === 'error' ? 'bad' : entry.level === 'warn' ? 'waiting' : null;
      return [
        span('  '),
        span(
          logLine(entry, view, (_tone, text) => text),
          tone,
        ),
      ];
    }),
  ];
}
