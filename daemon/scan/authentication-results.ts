/** The Authentication-Results header (RFC 8601): ours, written; those of others that pretend to be ours, recognised. */
import { fieldValue, type HeaderField } from './message-head.ts';

/** A strange domain is quoted in a result; it must not make a line that nobody takes. */
const MAX_RESULT = 400;
const MAX_RESULTS = 20;
/** An id stands at the beginning; who hides it behind a long comment means no good. */
const MAX_BEFORE_ID = 1_000;

/** `results` as `dkim=pass header.i=@example.org`, without folding. */
export function authenticationResults(hostname: string, results: readonly string[]): string {
  const lines = results
    .slice(0, MAX_RESULTS)
    .map((result) => result.replace(/[^\x20-\x7e]+/g, ' ').trim())
    // Cut in the middle a quoted string or comment would be open, and swallow what follows.
    .map((result) => (result.length > MAX_RESULT ? (/^\w+=\w+/.exec(result)?.[0] ?? '') : result))
    .filter((result) => result !== '');
  return `Authentication-Results: ${[hostname, ...(lines.length === 0 ? ['none'] : lines)].join(';\r\n\t')}\r\n`;
}

/** Whether a field of a stranger speaks in our name (RFC 8601 5): then it must go. */
export function pretendsToBeOurs(field: HeaderField, hostname: string): boolean {
  if (field.name !== 'authentication-results') return false;
  const id = authservId(fieldValue(field).slice(0, MAX_BEFORE_ID));
  return id === null || id === hostname.toLowerCase();
}

/** The id, in lower case; null when what stands there cannot be read. RFC 8601 2.2. */
function authservId(value: string): string | null {
  const text = withoutComments(value);
  if (text === null) return null;
  const [, quoted, plain] = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/.exec(text) ?? [];
  return (quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '').toLowerCase() || null;
}

/** Null when one does not end. */
function withoutComments(value: string): string | null {
  let text = '';
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at] ?? '';
    if (character === '\\' && (quoted || depth > 0)) {
      if (depth === 0) text += character + (value[at + 1] ?? '');
      at += 1;
    } else if (quoted || depth === 0) {
      if (character === '"') quoted = !quoted;
      if (character === '(' && !quoted) depth = 1;
      else text += character;
    } else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
  }
  return depth > 0 ? null : text;
}
