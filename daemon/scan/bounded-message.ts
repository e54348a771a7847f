/**
 * A message as mailauth gets it: with all that it needs for its checks, and without what would keep it busy for longer than
 * a message is worth, or fill the memory.
 */
import { MaildError } from '../errors.ts';
import { contentChunks } from './content-chunks.ts';
import { fieldValue, type HeaderField, type MessageHead } from './message-head.ts';
import type { ScanContent } from './scanner.ts';

const MAX_SIGNATURES = 10;
/** mailauth looks for each name that a signature lists among all fields. */
const MAX_FIELDS = 1_000;
/** Signatures have 1 to 2 KB. Its parsers of addresses and lists take a time that grows with the square of a field. */
const MAX_FIELD_BYTES = 8_192;
/**
 * An object is kept for each line of a run of blank ones until another line comes: with millions of them the process would
 * end for want of memory. No message that a person reads has as many.
 */
const MAX_BLANK_LINES = 10_000;
/** Smaller pieces than scanners get: each is worked through at one go, while everybody else waits. */
const CHUNK_BYTES = 16 * 1024;

const endOfHead = Buffer.from('\r\n');
const LF = 0x0a;
const blank: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0d, LF]);

/** The message cannot be checked; its text says why. */
export class MessageTooOddError extends MaildError {
  constructor(why: string) {
    super('verify.too_odd', why);
  }
}

/** Whether its author is too long to be read in good time; no letter has so many. */
export const hasEndlessAuthor = (head: MessageHead): boolean =>
  head.fields.reduce((sum, { name, raw }) => sum + (name === 'from' ? raw.length : 0), 0) > MAX_FIELD_BYTES;

/** What is left of a message that cannot be checked as a whole: whose it says to be. It counts as not signed. */
export async function* authorsOnly(head: MessageHead): AsyncGenerator<Buffer> {
  yield Buffer.concat([
    ...head.fields.filter(({ name }) => name === 'from').map(({ raw }) => raw),
    endOfHead,
  ]);
}

/** Throws {@link MessageTooOddError} on the way, and what the reading of the content throws. */
export async function* boundedMessage(content: ScanContent, head: MessageHead): AsyncGenerator<Buffer> {
  yield Buffer.concat(signaturesWorthChecking(head.fields).map(({ raw }) => raw));
  let at = 0;
  let blankLines = 0;
  for await (const chunk of contentChunks(content)) {
    const rest = at >= head.endsAt ? chunk : chunk.subarray(Math.min(chunk.length, head.endsAt - at));
    at += chunk.length;
    blankLines = blankLinesAfter(rest, blankLines);
    for (let from = 0; from < rest.length; from += CHUNK_BYTES) yield rest.subarray(from, from + CHUNK_BYTES);
  }
}

/** Fields that mailauth takes apart. */
const parsed = /^(?:dkim-signature|arc-.*|return-path|content-type|from)$/;

/**
 * All fields but signatures that are too many, too weak (RFC 8301 3.1), or for a part of the body only: what stands behind
 * that part is anybody's (RFC 6376 8.2), and each of them would have the body hashed once more.
 */
function signaturesWorthChecking(fields: readonly HeaderField[]): readonly HeaderField[] {
  if (fields.length > MAX_FIELDS) throw new MessageTooOddError('too many header fields');
  let signatures = 0;
  return fields.filter((field) => {
    if (parsed.test(field.name) && field.raw.length > MAX_FIELD_BYTES) return false;
    if (field.name !== 'dkim-signature') return true;
    if (/(?:^|;)\s*(?:a\s*=\s*rsa-sha1|l\s*=\s*\d+)\s*(?:;|$)/i.test(fieldValue(field))) return false;
    signatures += 1;
    return signatures <= MAX_SIGNATURES;
  });
}

/** How many blank lines in a row there are at the end of a piece, when there were `before` at its beginning. */
function blankLinesAfter(piece: Buffer, before: number): number {
  let lines = before;
  for (const byte of piece) {
    if (byte === LF) lines += 1;
    else if (!blank.has(byte)) lines = 0;
    if (lines > MAX_BLANK_LINES) throw new MessageTooOddError('too many blank lines');
  }
  return lines;
}
