/** What somebody wants traced, told from how it is written. Pure. */
import { isIP } from 'node:net';
import { normaliseAddress } from '../../shared/address.ts';
import { MaildError } from '../errors.ts';
import { plainAddress } from '../net/network.ts';

export type TraceSubject =
  | { readonly kind: 'message' | 'session'; readonly id: number }
  | { readonly kind: 'message-id' | 'address' | 'ip'; readonly text: string };

/** `Q42` and `S42` are how the log prints them; a bare number is a message. */
const numbered = /^([qs]?)(\d{1,15})$/i;

/** @throws MaildError `params.invalid` for what is none of them. */
export function traceSubject(written: string): TraceSubject {
  const text = written.trim();
  const [, letter, digits] = numbered.exec(text) ?? [];
  if (digits !== undefined && Number(digits) > 0) {
    return { kind: letter?.toLowerCase() === 's' ? 'session' : 'message', id: Number(digits) };
  }
  if (isIP(text) !== 0) return { kind: 'ip', text: plainAddress(text) };
  if (/^<[^\s<>]+>$/.test(text)) return { kind: 'message-id', text };
  const address = normaliseAddress(text);
  if (address !== null) return { kind: 'address', text: address };
  throw new MaildError(
    'params.invalid',
    'subject: neither an id (42, S42), a Message-ID (<id@host>), a mail address nor an IP address',
    { details: { path: 'subject' } },
  );
}
