/**
 * What the rest of the daemon knows of the log: one category each, constant messages, fields.
 *
 * error = an operator must act; warn = may have to; info = one line per business event; debug = decisions;
 * trace = the wire, secrets masked. Fields never carry a password; text of the peer goes in as it is and is
 * made visible where it is shown.
 */
import type { LogCategory, LogLevel } from '../../shared/api/log.ts';

export interface LogFields {
  readonly sessionId?: number | undefined;
  readonly queueId?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly user?: string | undefined;
  readonly [field: string]: unknown;
}

export interface Logger {
  /** Whether a line of this level would be kept: to save the making of costly fields. */
  enabled(level: LogLevel): boolean;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
}

/** Hands out the logger of each category. */
export interface LoggerSource {
  for(category: LogCategory): Logger;
}

const silent: Logger = {
  enabled: () => false,
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  trace: () => {},
};
/** Keeps nothing: for tests of parts whose log is not the matter. */
export const nullLog: LoggerSource = { for: () => silent };
