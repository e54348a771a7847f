/** The bytes of a message as a mailbox keeps them, and what its header says: in one place for both ways. */
import { createHash } from 'node:crypto';
import { hashKey, messageIdOf, messageKey } from '../../shared/message-key.ts';

/** Longer ones are not looked through to their end. */
const maxHeaderBytes = 16 * 1024 * 1024;
const nul = 0;
const lf = 0x0a;
const cr = 0x0d;

/** Lines end with CRLF, the last one too; NUL, which no message may have (RFC 5322 2.2), is left out. */
export function toCrlf(bytes: Buffer): Buffer {
  if (isCrlf(bytes)) return bytes;
  const text = bytes
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/\r\n|\r|\n/g, '\r\n');
  return Buffer.from(text.endsWith('\n') ? text : `${text}\r\n`, 'latin1');
}

/** Lines end with LF, as in the files of Unix. */
export const toLf = (bytes: Buffer): string => bytes.toString('latin1').replaceAll('\r\n', '\n');

function isCrlf(bytes: Buffer): boolean {
  if (bytes.length < 2 || bytes[bytes.length - 1] !== lf || bytes.includes(nul)) return false;
  for (let at = bytes.indexOf(lf); at !== -1; at = bytes.indexOf(lf, at + 1))
    if (bytes[at - 1] !== cr) return false;
  for (let at = bytes.indexOf(cr); at !== -1; at = bytes.indexOf(cr, at + 1))
    if (bytes[at + 1] !== lf) return false;
  return true;
}

/** The header, one character per byte, unfolded. */
function headerOf(bytes: Buffer): string {
  const end = bytes.indexOf('\r\n\r\n');
  const length = bytes.indexOf('\r\n') === 0 ? 0 : end === -1 ? bytes.length : end;
  return bytes.toString('latin1', 0, Math.min(length, maxHeaderBytes)).replace(/\r\n(?=[ \t])/g, '');
}

/** The last one, where there are several: so ENVELOPE has it, too. */
function fieldOf(header: string, name: string): string | null {
  const values = [...header.matchAll(new RegExp(`^${name}[ \\t]*:(.*)$`, 'gim'))];
  return values.at(-1)?.[1]?.replace(/\r$/, '').trim() ?? null;
}

/** What tells it from others; the daemon makes the same of it. */
export function keyOf(message: Buffer): string {
  const id = messageIdOf(fieldOf(headerOf(message), 'message-id'));
  if (id !== null) return messageKey(id, message.length);
  return hashKey(createHash('sha256').update(message).digest('hex'), message.length);
}

/** Milliseconds since 1970 by its Date field; null when that is none. */
export function sentAt(message: Buffer): number | null {
  const text = fieldOf(headerOf(message), 'date');
  const at = text === null ? Number.NaN : Date.parse(text.replace(/\([^()]*\)/g, ''));
  return Number.isNaN(at) ? null : at;
}

/** Null: it can be a message. */
export function faultOf(message: Buffer): string | null {
  if (message.length <= 2) return 'it is empty';
  const first = message.toString('latin1', 0, 1_000);
  if (/^(?:[!-9;-~]+[ \t]*:|>?From |\r\n)/.test(first)) return null;
  return 'it does not begin with a header';
}
