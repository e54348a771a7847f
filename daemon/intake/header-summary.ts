/**
 * The few facts that intake wants from a message's header: hops, Subject, Message-ID. RFC 5322 2.2.
 *
 * No parser of mail: what does not look like a header is passed over, and nothing here makes a message be refused
 * for its form. Works on a bounded head of the message.
 */
import { decodeHeaderText } from './encoded-words.ts';

/** Trace headers stand at the top; a header that is longer than this is read no further. */
export const MAX_HEADER_BYTES = 64 * 1024;
const MAX_SUBJECT_CHARACTERS = 200;
/** Enough for a Subject of 200 characters in any encoding; decoding is not free. */
const MAX_ENCODED_SUBJECT = 4_000;
/** RFC 5322 2.1.1: a line has at most 998 characters. */
const MAX_MESSAGE_ID = 998;

export interface HeaderSummary {
  /** Received headers, that is hops so far. */
  readonly hops: number;
  /** Those of them that this host wrote. */
  readonly ownHops: number;
  /** Addresses of Delivered-To headers, in lower case. */
  readonly deliveredTo: readonly string[];
  readonly subject: string | null;
  readonly messageId: string | null;
}

const field = /^(received|subject|message-id|delivered-to)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/gim;
const END_OF_HEADER = Buffer.from('\r\n\r\n');

/** `head` is the first part of a message as it came, without what we put before it. */
export function summariseHeader(head: Buffer, hostname: string): HeaderSummary {
  // A message that begins with an empty line has no header at all.
  const empty = head[0] === 0x0d;
  const end = empty ? 0 : head.indexOf(END_OF_HEADER);
  const text = head.toString('latin1', 0, Math.min(end === -1 ? head.length : end, MAX_HEADER_BYTES));
  const by = ` by ${hostname.toLowerCase()} `;
  let hops = 0;
  let ownHops = 0;
  const deliveredTo: string[] = [];
  let subject: string | null = null;
  let messageId: string | null = null;
  for (const match of text.matchAll(field)) {
    const value = match[2] ?? '';
    switch (match[1]?.toLowerCase()) {
      case 'received':
        hops += 1;
        if (unfold(value).toLowerCase().includes(by)) ownHops += 1;
        break;
      case 'delivered-to':
        deliveredTo.push(unfold(value).trim().toLowerCase());
        break;
      case 'subject':
        subject ??= decodeSubject(value);
        break;
      default:
        messageId ??= /<[^<>\s]+>/.exec(value)?.[0].slice(0, MAX_MESSAGE_ID) ?? null;
    }
  }
  return { hops, ownHops, deliveredTo, subject, messageId };
}

const unfold = (value: string): string => (value.includes('\n') ? value.replace(/\r\n[ \t]+/g, ' ') : value);

function decodeSubject(value: string): string {
  const text = decodeHeaderText(unfold(value).trim().slice(0, MAX_ENCODED_SUBJECT));
  if (text.length <= MAX_SUBJECT_CHARACTERS) return text;
  const cut = text.slice(0, MAX_SUBJECT_CHARACTERS);
  // Not in the middle of a character outside the Basic Multilingual Plane.
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
