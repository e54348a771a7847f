/**
 * Reads an mbox message by message, whatever its size; quoting is that of mboxrd. A message begins at a `From ` line with
 * a date that stands at the beginning or behind an empty line.
 */
import { createReadStream } from 'node:fs';
import { dateOfFromLine, takeMboxFields, unquoteFrom } from './mbox-lines.ts';
import { maxMessageBytes, problem, type SourceItem } from './source-message.ts';

export interface MboxMessage {
  /** Of its `From ` line, in bytes; `end` is where the next one begins. */
  readonly start: number;
  readonly end: number;
  readonly receivedAt: number;
  /** What stands between, one character per byte. */
  readonly text: string;
}

const lf = 0x0a;
const fromBytes = Buffer.from('From ');
/** A line that is longer is none that begins a message. */
const maxFromLine = 1_000;

export async function* readMbox(file: string, folder: string | null): AsyncGenerator<SourceItem> {
  yield { kind: 'folder', folder };
  let number = 0;
  try {
    for await (const { text, receivedAt } of mboxMessages(file)) {
      number += 1;
      const origin = `${file}, message ${number}`;
      const { flags, message } = fromMbox(text);
      yield {
        kind: 'message',
        origin,
        folder,
        flags,
        receivedAt,
        read: async () => Buffer.from(message, 'latin1'),
      };
    }
  } catch (error) {
    yield problem(file, error);
  }
}

/** What stands behind a `From ` line: the message as it was before it was put there. */
export function fromMbox(text: string) {
  const unix = text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
  const end = unix.startsWith('\n') ? 0 : unix.indexOf('\n\n') + 1;
  const { header, ...fields } = takeMboxFields(
    end === 0 && !unix.startsWith('\n') ? unix : unix.slice(0, end),
  );
  const body = end === 0 && !unix.startsWith('\n') ? '' : unix.slice(end);
  // The empty line before the next `From ` is not the message's.
  const whole = `${header}${body}`.replace(/\n\n$/, '\n');
  return { ...fields, message: unquoteFrom(whole) };
}

/** @throws Error when the file begins with something else. */
export async function* mboxMessages(file: string): AsyncGenerator<MboxMessage> {
  let pending: Buffer = Buffer.alloc(0);
  /** Of `pending`, in the file. */
  let base = 0;
  /** Where in `pending` the search goes on. */
  let searched = 0;
  let current: { start: number; bodyStart: number; receivedAt: number } | null = null;
  const message = (end: number): MboxMessage | null => {
    if (current === null) return null;
    const { start, bodyStart, receivedAt } = current;
    return { start, end: base + end, receivedAt, text: pending.toString('latin1', bodyStart - base, end) };
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const at = nextFrom(pending, searched, base === 0);
      if (at === -1) {
        searched = Math.max(searched, pending.length - fromBytes.length - 2);
        break;
      }
      const lineEnd = pending.indexOf(lf, at);
      if (lineEnd === -1 && pending.length - at < maxFromLine) {
        searched = at;
        break;
      }
      const line = pending.toString('latin1', at, lineEnd === -1 ? at + maxFromLine : lineEnd);
      const receivedAt = dateOfFromLine(line);
      searched = at + 1;
      if (receivedAt === null) continue;
      const before = message(at);
      if (before !== null) yield before;
      pending = pending.subarray(at);
      base += at;
      searched = 1;
      current = { start: base, bodyStart: base + lineEnd - at + 1, receivedAt };
    }
    if (current === null && pending.length > maxFromLine)
      throw new Error('not an mbox: no "From " line at its beginning');
    if (pending.length > maxMessageBytes) throw new Error('a message in it is too large');
  }
  const last = message(pending.length);
  if (last !== null) yield last;
  else if (pending.length > 0) throw new Error('not an mbox: no "From " line at its beginning');
}

/** Place of the next `From ` at the beginning of the file or behind an empty line; -1 when there is none yet. */
function nextFrom(bytes: Buffer, from: number, first: boolean): number {
  for (let at = bytes.indexOf(fromBytes, from); at !== -1; at = bytes.indexOf(fromBytes, at + 1)) {
    if (at === 0) {
      if (first) return at;
    } else if (bytes[at - 1] === lf && isEmptyLineBefore(bytes, at)) return at;
  }
  return -1;
}

/** LF LF or LF CR LF before it. */
const isEmptyLineBefore = (bytes: Buffer, at: number): boolean =>
  at === 1 || bytes[at - 2] === lf || (bytes[at - 2] === 0x0d && (at === 2 || bytes[at - 3] === lf));
