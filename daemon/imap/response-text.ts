/** Pieces of responses as text: strings and flags (RFC 3501 9). Sent as UTF-8. */
import { flagBits, type MessageFlags } from '../mailboxes/message-flags.ts';

/** What a quoted string cannot hold: NUL nothing can hold, so it is left out (RFC 3501 4.3). */
const notQuotable = /[\r\n]/;
const notAscii = /[^\x01-\x7f]/;

/** A quoted string, or a literal where that cannot be: line ends, or more than ASCII without UTF8=ACCEPT. */
export function imapString(text: string, utf8: boolean): string {
  const clean = text.includes('\0') ? text.replaceAll('\0', '') : text;
  if (notQuotable.test(clean) || (!utf8 && notAscii.test(clean))) {
    return `{${Buffer.byteLength(clean)}}\r\n${clean}`;
  }
  return `"${clean.replace(/["\\]/g, '\\$&')}"`;
}

export const imapStringOrNil = (text: string | null, utf8: boolean): string =>
  text === null ? 'NIL' : imapString(text, utf8);

const systemFlags: readonly (readonly [number, string])[] = [
  [flagBits.answered, '\\Answered'],
  [flagBits.flagged, '\\Flagged'],
  [flagBits.deleted, '\\Deleted'],
  [flagBits.seen, '\\Seen'],
  [flagBits.draft, '\\Draft'],
];

/** All that a mailbox may have, for FLAGS and PERMANENTFLAGS. */
export const allSystemFlags: readonly string[] = systemFlags.map(([, name]) => name);

/** Of each sum of bits: a folder of 100,000 messages has few different ones. */
const textOfBits: readonly string[] = Array.from({ length: 32 }, (_, bits) =>
  systemFlags
    .filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => name)
    .join(' '),
);

/** `(\Seen $Forwarded)` */
export function flagsText({ bits, keywords }: MessageFlags, recent: boolean): string {
  const system = textOfBits[bits & 31] ?? '';
  if (keywords.length === 0 && !recent) return `(${system})`;
  return `(${[...(system === '' ? [] : [system]), ...keywords, ...(recent ? ['\\Recent'] : [])].join(' ')})`;
}
