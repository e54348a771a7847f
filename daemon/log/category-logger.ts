/**
 * The logger of one category. Its level is a number to compare with, so that a line which is not wanted costs next to
 * nothing; errors are always wanted.
 */
import type { LogLevel } from '../../shared/api/log.ts';
import { gravity } from './log-levels.ts';
import type { LogFields, Logger } from './logger.ts';

type Sink = (level: LogLevel, message: string, fields: LogFields | undefined) => void;

export class CategoryLogger implements Logger {
  readonly #sink: Sink;
  #most = gravity.info;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  setLevel(level: LogLevel): void {
    this.#most = gravity[level];
  }

  enabled(level: LogLevel): boolean {
    return gravity[level] <= this.#most;
  }

  error(message: string, fields?: LogFields): void {
    this.#sink('error', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    if (this.#most >= gravity.warn) this.#sink('warn', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    if (this.#most >= gravity.info) this.#sink('info', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    if (this.#most >= gravity.debug) this.#sink('debug', message, fields);
  }

  trace(message: string, fields?: LogFields): void {
    if (this.#most >= gravity.trace) this.#sink('trace', message, fields);
  }
}
