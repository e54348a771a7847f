/** One section of a message: which bytes it is, and what the answer calls it (RFC 3501 6.4.5, 7.4.2). */
import type { MessageStructure } from '../../mailboxes/structure/message-structure.ts';
import type { FetchSection } from '../parse/fetch-item.ts';
import { imapString } from '../response-text.ts';
import { findPart, messageIn } from './find-part.ts';
import { fieldsOf } from './header-lines.ts';
import type { ByteRange, MessageBytes } from './message-bytes.ts';

/** Fields are looked for in this much of a header; nobody has more. */
const MAX_FILTERED_BYTES = 4 * 1024 * 1024;

/** Whether a section needs the structure: the parts of a message, but not its own header and text. */
export const needsStructure = ({ part }: FetchSection): boolean => part.length > 0;

/** What is told: a range of the message, or bytes that were made of it; null: there is no such part. */
export type SectionContent = ByteRange | Buffer | null;

export async function sectionContent(
  section: FetchSection,
  message: MessageBytes,
  structure: MessageStructure | null,
): Promise<SectionContent> {
  const range = await rangeOf(section, message, structure);
  const { partial } = section;
  if (range === null) return null;
  if (section.text === 'HEADER.FIELDS' || section.text === 'HEADER.FIELDS.NOT') {
    const header = await collect(message, range);
    const fields = fieldsOf(header, section.fields, section.text === 'HEADER.FIELDS.NOT');
    return partial === null ? fields : fields.subarray(partial.offset, partial.offset + partial.length);
  }
  if (partial === null) return range;
  const start = Math.min(range.start + partial.offset, range.end);
  return { start, end: Math.min(start + partial.length, range.end) };
}

async function rangeOf(
  { part, text }: FetchSection,
  message: MessageBytes,
  structure: MessageStructure | null,
): Promise<ByteRange | null> {
  if (part.length === 0) {
    if (text === null) return { start: 0, end: message.sizeBytes };
    const bodyStart = await message.bodyStart();
    return text === 'TEXT' ? { start: bodyStart, end: message.sizeBytes } : { start: 0, end: bodyStart };
  }
  const found = structure === null ? null : findPart(structure, part);
  if (found === null) return null;
  const base = message.contentStart;
  // The headers of the delivery belong to the header of the message.
  const headerStart = (start: number): number => (start === 0 ? 0 : base + start);
  if (text === null) return { start: base + found.bodyStart, end: base + found.bodyEnd };
  if (text === 'MIME') return { start: headerStart(found.headerStart), end: base + found.bodyStart };
  const inner = messageIn(found)?.content;
  if (inner === undefined) return null;
  return text === 'TEXT'
    ? { start: base + inner.bodyStart, end: base + inner.bodyEnd }
    : { start: headerStart(inner.headerStart), end: base + inner.bodyStart };
}

async function collect(message: MessageBytes, { start, end }: ByteRange): Promise<Buffer> {
  const range = { start, end: Math.min(end, start + MAX_FILTERED_BYTES) };
  const atHand = message.atHand(range);
  if (atHand !== null) return Buffer.concat(atHand);
  const pieces: Buffer[] = [];
  for await (const piece of message.read(range)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** `BODY[1.HEADER.FIELDS (From)]<10>` */
export function sectionName({ name, part, text, fields, partial }: FetchSection): string {
  if (name !== 'BODY') return name;
  const words = [...part, ...(text === null ? [] : [text])].join('.');
  const list = fields.length === 0 ? '' : ` (${fields.map(fieldText).join(' ')})`;
  return `BODY[${words}${list}]${partial === null ? '' : `<${partial.offset}>`}`;
}

const fieldText = (field: string): string =>
  /^[A-Za-z0-9!#$&'+.^_`|~-]+$/.test(field) ? field : imapString(field, false);
