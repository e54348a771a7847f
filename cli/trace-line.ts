/** One event of a trace as a line for people: as the log's lines, with where it is known from in place of the level. */
import type { TraceEvent } from '../shared/api/trace.ts';
import { visible } from '../shared/terminal-text.ts';
import type { View } from './columns/column.ts';
import { fieldsText, idsText, levelTone, logTime } from './log-line.ts';
import type { Paint, Tone } from './style.ts';

/** The longest category of the log. */
const sourceWidth = 'housekeeper'.length;

/** Without a line break; safe to show. */
export function traceLine(event: TraceEvent, view: View, paint: Paint): string {
  const { time, source, message, queueId, sessionId, category, level, ...fields } = event;
  const from = source === 'log' && typeof category === 'string' ? category : source;
  return [
    paint('old', logTime(time, view)),
    paint('accent', visible(from).padEnd(sourceWidth)),
    `${paint('title', idsText(event))}${paint(toneOf(event), visible(message))}${paint('old', fieldsText(fields))}`,
  ].join(' ');
}

function toneOf({ source, level, outcome, message, host }: TraceEvent): Tone | null {
  // A mailbox of ours gives no reply by SMTP: what is tried there has been delivered.
  if (source === 'attempt') return /^2/.test(message) || host === 'local' ? 'good' : 'waiting';
  if (source === 'quarantine') return 'bad';
  if (source === 'audit') return outcome === 'done' ? null : 'bad';
  return levelTone(level);
}
