/**
 * The header of a message, field by field and byte for byte, from memory or from its file. RFC 5322 2.2.
 *
 * No parser of mail: a line that is no field counts as a field without a name, so that nothing is lost when the parts are
 * put together again.
 */
import { open } from 'node:fs/promises';
import type { ScanContent } from './scanner.ts';

/** Far more than any mail program or list writes; a header beyond it cannot be looked through at once. */
export const MAX_HEAD_BYTES = 1024 * 1024;

export interface HeaderField {
  /** In lower case; empty when the line is no field. */
  readonly name: string;
  /** With its folded lines and line end. */
  readonly raw: Buffer;
}

export interface MessageHead {
  readonly fields: readonly HeaderField[];
  /** Where the empty line before the body begins, or the message ends. */
  readonly endsAt: number;
}

/** Null when the header is longer than `maxBytes`. */
export async function readMessageHead(
  content: ScanContent,
  maxBytes = MAX_HEAD_BYTES,
): Promise<MessageHead | null> {
  const start = content.inline ?? (await readStart(content, maxBytes));
  const endsAt = headEnd(start.subarray(0, maxBytes));
  if (endsAt === null && content.sizeBytes > maxBytes) return null;
  const end = endsAt ?? start.length;
  return { fields: splitFields(start.subarray(0, end)), endsAt: end };
}

async function readStart({ path, sizeBytes }: ScanContent, maxBytes: number): Promise<Buffer> {
  if (path === null) return Buffer.alloc(0);
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(maxBytes, sizeBytes));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

function headEnd(start: Buffer): number | null {
  if (start[0] === 0x0d && start[1] === 0x0a) return 0;
  const at = start.indexOf('\r\n\r\n');
  return at === -1 ? null : at + 2;
}

function splitFields(head: Buffer): HeaderField[] {
  const fields: HeaderField[] = [];
  let begin = 0;
  while (begin < head.length) {
    let end = lineEnd(head, begin);
    while (head[end] === 0x20 || head[end] === 0x09) end = lineEnd(head, end);
    const raw = head.subarray(begin, end);
    fields.push({ name: fieldName(raw), raw });
    begin = end;
  }
  return fields;
}

function lineEnd(head: Buffer, from: number): number {
  const at = head.indexOf(0x0a, from);
  return at === -1 ? head.length : at + 1;
}

/** White space before the colon is obsolete (RFC 5322 4.5) and seen. Real names have less than 80 characters. */
function fieldName(raw: Buffer): string {
  return (
    /^([\x21-\x39\x3b-\x7e]{1,80})[ \t]*:/.exec(raw.toString('latin1', 0, 160))?.[1] ?? ''
  ).toLowerCase();
}

/** What stands after the colon, unfolded, one character per byte. */
export function fieldValue({ raw }: HeaderField): string {
  const text = raw.toString('latin1');
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r?\n[ \t]/g, ' ')
    .trim();
}
