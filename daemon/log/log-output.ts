/** The log on standard output: for systemd-journald, for a person at a terminal, or as JSON for a collector. */
import { fstatSync } from 'node:fs';
import type { LogEntry } from '../../shared/api/log.ts';
import type { Clock } from '../clock.ts';
import { LineWriter, type LossReport } from './line-writer.ts';
import type { LogLine } from './log-line.ts';
import { journalText, timedLogText } from './log-text.ts';

export type OutputFormat = 'text' | 'journal' | 'json' | 'none';

/**
 * What standard output wants. systemd names the journal's socket in JOURNAL_STREAM (systemd.exec(5)); INVOCATION_ID
 * alone is also inherited by shells of a user's session, so it does not count on a terminal.
 */
export function outputFormat(
  wanted: 'text' | 'json' | 'none',
  environment: Readonly<Record<string, string | undefined>>,
  descriptor: number,
  isTerminal: boolean,
): OutputFormat {
  if (wanted !== 'text' || isTerminal) return wanted;
  const stream = environment.JOURNAL_STREAM;
  if (stream === undefined) return environment.INVOCATION_ID === undefined ? 'text' : 'journal';
  return stream === streamName(descriptor) ? 'journal' : 'text';
}

/** Device and inode, as JOURNAL_STREAM has them. */
function streamName(descriptor: number): string | null {
  try {
    const { dev, ino } = fstatSync(descriptor);
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

export class LogOutput {
  readonly #format: OutputFormat;
  readonly #writer: LineWriter;

  constructor(
    format: OutputFormat,
    descriptor: number,
    clock: Clock,
    recovered: (report: LossReport) => void,
  ) {
    this.#format = format;
    this.#writer = new LineWriter(descriptor, clock, recovered);
  }

  write(line: LogLine, entry: LogEntry): void {
    if (this.#format === 'json') this.#writer.write(line.json);
    else if (this.#format === 'journal') this.#writer.write(journalText(entry));
    else if (this.#format === 'text') this.#writer.write(timedLogText(entry));
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  flushSync(): void {
    this.#writer.flushSync();
  }

  end(): Promise<void> {
    return this.#writer.end();
  }
}
