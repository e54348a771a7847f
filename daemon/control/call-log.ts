/**
 * Each call in the log: changes at info, reads at debug, failures with their reason.
 *
 * Parameters go in briefly and without secrets: the log is read by people who may not know passwords.
 */
import type { MethodName } from '../../shared/api/index.ts';
import type { Access } from '../../shared/api/method.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

export interface Call {
  readonly method: MethodName;
  readonly access: Access;
  readonly client: string;
  readonly params: unknown;
}

/**
 * A password under whatever name a method gives it, now or later; the text of a configuration, which may hold some; and the
 * data of messages, which are nobody's business.
 */
const secretName = /pass|secret|token|^text$|^data$/i;
const maxTextLength = 80;
const maxItems = 10;
const maxBriefLength = 500;

export class CallLog {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  begun(call: Call): void {
    const level = call.access === 'write' ? 'info' : 'debug';
    if (!this.#log.enabled(level)) return;
    this.#log[level]('call', { method: call.method, client: call.client, params: brief(call.params) });
  }

  failed(call: Call, error: unknown): void {
    const fields = { method: call.method, client: call.client };
    if (error instanceof MaildError) {
      const level = call.access === 'write' ? 'info' : 'debug';
      this.#log[level]('call refused', { ...fields, code: error.code, reason: error.message });
      return;
    }
    this.#log.error('call failed', { ...fields, ...facts(error) });
  }

  /** The handler did its work and what it answered is no JSON: a bug of ours. */
  unworded(method: string, error: unknown): void {
    this.#log.error('answer not sent', { method, ...facts(error) });
  }
}

const facts = (error: unknown) => ({
  error: errorText(error),
  stack: error instanceof Error ? error.stack : undefined,
});

/** Parameters as short JSON text, secrets masked, long texts and lists cut. */
export function brief(params: unknown): string {
  const text =
    JSON.stringify(params, (name, value: unknown) => {
      if (secretName.test(name) && typeof value === 'string') return '********';
      if (typeof value === 'string' && value.length > maxTextLength)
        return `${value.slice(0, maxTextLength)}...`;
      if (Array.isArray(value) && value.length > maxItems) {
        return [...value.slice(0, maxItems), `... ${value.length} in all`];
      }
      return value;
    }) ?? '';
  return text.length > maxBriefLength ? `${text.slice(0, maxBriefLength)}...` : text;
}
