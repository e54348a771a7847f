/** What a collected message's header says of who sent it and whom it is for. RFC 5322 3.6.3, 3.6.6, 3.6.7. */
import addressparser from 'nodemailer/lib/addressparser';
import { normaliseAddress } from '../../shared/address.ts';

export interface CollectedHeaders {
  /** Of Return-Path; empty when there is none, as nothing else tells who gets a report. */
  readonly returnPath: string;
  /** Whom the server had it for: Delivered-To, X-Original-To, Envelope-To. */
  readonly deliveredTo: readonly string[];
  /** Whom the sender named: To, Cc, and Bcc where it was left in; those of a resent message instead (RFC 5322 3.6.6). */
  readonly addressedTo: readonly string[];
}

/** A header that is longer is read no further. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** More than this many is no letter to people here. */
const MAX_ADDRESSES = 500;
const field =
  /^(return-path|delivered-to|x-original-to|envelope-to|to|cc|bcc|resent-to|resent-cc)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/gim;

/** `head` is the first part of a message, with CRLF for line ends. */
export function collectedHeaders(head: Buffer): CollectedHeaders {
  const end = head.indexOf('\r\n\r\n');
  const text = head.toString('utf8', 0, Math.min(end === -1 ? head.length : end, MAX_HEAD_BYTES));
  const values = new Map<string, string[]>();
  for (const [, name = '', value = ''] of text.matchAll(field)) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value.replace(/\r\n[ \t]+/g, ' ')]);
  }
  const all = (...names: readonly string[]): readonly string[] =>
    addresses(names.flatMap((name) => values.get(name) ?? []));
  const resent = all('resent-to', 'resent-cc');
  return {
    returnPath: addresses(values.get('return-path')?.slice(0, 1) ?? [])[0] ?? '',
    deliveredTo: all('delivered-to', 'x-original-to', 'envelope-to'),
    addressedTo: resent.length > 0 ? resent : all('to', 'cc', 'bcc'),
  };
}

/** Each once, in their order. */
function addresses(values: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const value of values) {
    for (const { address } of addressparser(value, { flatten: true })) {
      const normalised = normaliseAddress(address);
      if (normalised !== null) found.add(normalised);
      if (found.size >= MAX_ADDRESSES) return [...found];
    }
  }
  return [...found];
}
