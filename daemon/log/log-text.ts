/**
 * A line of the log as people read it: on a terminal, in the journal, and as `grep` sees it.
 *
 * Whatever a stranger sent is in there, so it is made visible: one event is one line, and nothing reaches a terminal
 * as a command.
 */
import type { LogEntry, LogLevel } from '../../shared/api/log.ts';
import { visible } from '../../shared/terminal-text.ts';

const common = new Set(['seq', 'time', 'level', 'category', 'message']);
/** Values that need no quotes to be told from what stands around them. */
const plainValue = /^[^\s"=]+$/;

/** syslog's severities, as systemd reads them from the start of a line (sd-daemon(3)). */
const priorities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7, trace: 7 };

/** `smtp: message accepted queueId=7 from=a@example.org`. */
export function logText(entry: LogEntry): string {
  let text = `${entry.category}: ${visible(entry.message)}`;
  for (const name in entry) {
    if (!common.has(name) && entry[name] !== undefined) text += ` ${visible(name)}=${valueText(entry[name])}`;
  }
  return text;
}

/** With time and level, for a terminal or a file; this is what `grep` is tried on. */
export const timedLogText = (entry: LogEntry): string =>
  `${entry.time} ${entry.level.padEnd(5)} ${logText(entry)}`;

/** For systemd-journald, which adds time and unit itself. */
export const journalText = (entry: LogEntry): string => `<${priorities[entry.level]}>${logText(entry)}`;

function valueText(value: unknown): string {
  if (typeof value === 'string')
    return plainValue.test(value) ? visible(value) : visible(JSON.stringify(value));
  return visible(JSON.stringify(value) ?? '');
}
