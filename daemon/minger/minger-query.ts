/**
 * A Minger query, from the bytes of a line to what is asked: `mailbox [d=digest] [tag=value ...]`.
 * draft-hathcock-minger-06. Pure; every input has an outcome.
 */
import { parseAddress } from '../../shared/address.ts';

/** Without the end of the line. An address, a digest and a few tags need less. */
export const maxQueryBytes = 1_024;

export interface MingerQuery {
  /** As it was sent: it is what the digest was made of, and what the answer begins with. */
  readonly mailbox: string;
  /** Base64 of 16 bytes; null: the query is anonymous. */
  readonly digest: string | null;
}

/** `echo`: what the answer to something that is no query begins with; no longer than the query. */
export type ParsedQuery = MingerQuery | { readonly echo: string };

export const isQuery = (parsed: ParsedQuery): parsed is MingerQuery => 'mailbox' in parsed;

/** A quoted local part may have spaces in it. */
const queryPattern = /^("(?:[^"\\]|\\.)*"@[^ ]+|[^ ]+)((?: +[^ ]+)*) *$/;
/** What would be of use to forge a line or to hide in one. */
const unprintable = /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]/;
const tagPattern = /^([^=]+)=(.*)$/;
const digestPattern = /^[A-Za-z0-9+/]{22}==$/;

/** `line` without its end. */
export function parseQuery(line: Buffer): ParsedQuery {
  const text = line.toString('utf8');
  const malformed = { echo: echoOf(line) };
  if (line.length > maxQueryBytes || unprintable.test(text)) return malformed;
  const [, mailbox, rest = ''] = queryPattern.exec(text) ?? [];
  if (mailbox === undefined || parseAddress(mailbox) === null) return malformed;
  let digest: string | null = null;
  for (const word of rest.split(' ').filter((one) => one !== '')) {
    const [, name, value = ''] = tagPattern.exec(word) ?? [];
    if (name === undefined) return malformed;
    // Tags that we do not know mean nothing to us and are no fault.
    if (name.toLowerCase() !== 'd') continue;
    if (digest !== null || !digestPattern.test(value)) return malformed;
    digest = value;
  }
  return { mailbox, digest };
}

/** The first word with what cannot be shown replaced byte by byte, so that it has no more bytes than were sent. */
function echoOf(line: Buffer): string {
  const end = line.indexOf(0x20);
  const word = line.toString('latin1', 0, Math.min(maxQueryBytes, end === -1 ? line.length : end));
  return word.replace(/[^\x21-\x7e]/g, '?');
}
