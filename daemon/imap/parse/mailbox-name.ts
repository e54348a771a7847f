/**
 * Names of mailboxes between the wire and us: modified UTF-7 (RFC 3501 5.1.3), or UTF-8 once the client has enabled it (RFC
 * 6855 3). Here they are UTF-8 in NFC, with INBOX in capitals. Which names can exist is the mailboxes' business.
 */
import { CommandFault, utf8Of } from './tokens.ts';

/** Bytes of a name from a client, in a latin1 string. Throws a {@link CommandFault}. */
export function nameFromWire(bytes: string, utf8: boolean): string {
  const name = decoded(bytes, utf8)?.normalize('NFC');
  if (name === undefined) throw new CommandFault('Not a valid mailbox name', 'CANNOT', 'NO');
  // RFC 3501 5.1: INBOX is the same whatever its case; what is below it goes along.
  return /^inbox(?:\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name;
}

/** As a name, but it may hold wildcards, and one that no name can be like is left as it is: it fits none. */
export function patternFromWire(bytes: string, utf8: boolean): string {
  return (decoded(bytes, utf8) ?? bytes).normalize('NFC');
}

function decoded(bytes: string, utf8: boolean): string | undefined {
  const text = utf8Of(bytes);
  return (text === null || utf8 ? text : decodeModifiedUtf7(text)) ?? undefined;
}

/** Null when it is not what it ought to be. UTF-8 in it is left alone: programs send it unasked. */
export function decodeModifiedUtf7(text: string): string | null {
  if (!text.includes('&')) return text;
  let result = '';
  let at = 0;
  for (let shift = text.indexOf('&'); shift !== -1; shift = text.indexOf('&', at)) {
    const end = text.indexOf('-', shift);
    if (end === -1) return null;
    const decoded = decodeShifted(text.slice(shift + 1, end));
    if (decoded === null) return null;
    result += text.slice(at, shift) + decoded;
    at = end + 1;
  }
  return result + text.slice(at);
}

function decodeShifted(base64: string): string | null {
  if (base64 === '') return '&';
  if (!/^[A-Za-z0-9+,]+$/.test(base64)) return null;
  const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
  if (bytes.length === 0 || bytes.length % 2 !== 0) return null;
  const text = bytes.swap16().toString('utf16le');
  // Half a surrogate pair has no UTF-8.
  return /\p{Surrogate}/u.test(text) ? null : text;
}

export function encodeModifiedUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replaceAll('/', ',').replace(/=+$/, '')}-`;
  });
}
