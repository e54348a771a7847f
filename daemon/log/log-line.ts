/**
 * One line of the log: made from a message and its fields, rendered to JSON once, whoever reads it afterwards.
 *
 * In charge of the bounds of a line and of keeping secrets out of it (see `secrets.ts`). What the line looks like
 * to a person is `log-text.ts`'s matter.
 */
import type { LogCategory, LogEntry, LogLevel } from '../../shared/api/log.ts';
import { isoTime } from '../clock.ts';
import type { LogFields } from './logger.ts';
import { isSecretField, mask, maskSecrets } from './secrets.ts';

/** Longer strings are cut: text of a peer must not fill the log. */
const maxStringChars = 2_000;
/** A line of more than this loses the fields that are its event's own. */
const maxLineChars = 16_384;
const maxDepth = 3;
const maxItems = 50;
/** Verdicts on field names are remembered; the names are constants of the code, so there are few. */
const maxRememberedNames = 2_000;

/** What filters look at stands beside the text, so that no filter has to parse it. */
export interface LogLine {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: LogLevel;
  readonly category: LogCategory;
  readonly sessionId: number | undefined;
  readonly queueId: number | undefined;
  /** The entry as one JSON object, without a line break. */
  readonly json: string;
}

type Verdict = 'keep' | 'mask' | 'drop';

export class LineMaker {
  #seq = 0;
  readonly #verdicts = new Map<string, Verdict>();

  make(
    at: number,
    level: LogLevel,
    category: LogCategory,
    message: string,
    fields: LogFields | undefined,
  ): { readonly line: LogLine; readonly entry: LogEntry } {
    this.#seq += 1;
    const entry: LogEntry = {
      seq: this.#seq,
      time: isoTime(at),
      level,
      category,
      message: cut(message),
    };
    // The wire is logged at `trace`, and there a command may carry credentials.
    if (fields !== undefined) this.#addFields(entry, fields, level === 'trace' ? maskSecrets : asItIs);
    let json = JSON.stringify(entry);
    let kept = entry;
    if (json.length > maxLineChars) {
      kept = withoutOwnFields(entry);
      json = JSON.stringify(kept);
    }
    const { sessionId, queueId } = kept;
    return { line: { seq: this.#seq, at, level, category, sessionId, queueId, json }, entry: kept };
  }

  #addFields(entry: Record<string, unknown>, fields: Record<string, unknown>, clean: Clean): void {
    for (const name in fields) {
      const value = fields[name];
      if (value === undefined) continue;
      const verdict = this.#verdict(name);
      if (verdict === 'mask') entry[name] = mask;
      else if (verdict === 'keep') entry[name] = plain(value, 0, clean);
    }
  }

  #verdict(name: string): Verdict {
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = reserved.has(name) ? 'drop' : isSecretField(name) ? 'mask' : 'keep';
    if (this.#verdicts.size < maxRememberedNames) this.#verdicts.set(name, verdict);
    return verdict;
  }
}

type Clean = (text: string) => string;
const asItIs: Clean = (text) => text;

/** The value as JSON can hold it, bounded and without secrets. */
function plain(value: unknown, depth: number, clean: Clean): unknown {
  switch (typeof value) {
    case 'string':
      return cut(clean(value));
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : plainObject(value, depth, clean);
    case 'bigint':
      return value.toString();
    default:
      return undefined;
  }
}

function plainObject(value: object, depth: number, clean: Clean): unknown {
  if (value instanceof Error) return cut(value.stack ?? value.message);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (depth >= maxDepth) return '...';
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => plain(item, depth + 1, clean));
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value).slice(0, maxItems)) {
    if (name === '__proto__') continue;
    copy[name] = isSecretField(name) ? mask : plain(item, depth + 1, clean);
  }
  return copy;
}

/** An event's own fields never stand in for those of every line. */
const reserved: ReadonlySet<string> = new Set(['seq', 'time', 'level', 'category', 'message', '__proto__']);

const cut = (text: string): string =>
  text.length > maxStringChars ? `${text.slice(0, maxStringChars)}...` : text;

function withoutOwnFields(entry: LogEntry): LogEntry {
  const { seq, time, level, category, message, sessionId, queueId, remoteAddress, user } = entry;
  return { seq, time, level, category, message, sessionId, queueId, remoteAddress, user, truncated: true };
}
