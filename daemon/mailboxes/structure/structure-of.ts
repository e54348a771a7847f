/**
 * The MIME structure of a message from its bytes, in one pass, as they come: RFC 5322, 2045, 2046, and what is sent in
 * their name (line ends without carriage return, boundaries that never end, headers without an empty line).
 *
 * Never throws. Takes time for each byte that does not depend on what came before it, and memory for the header fields
 * that are kept, the parts that are open, and the parts found. Beyond its limits a message is shown less deep: what lies
 * deeper is one part of no known type, and parts after the last that is counted belong to that one.
 */
import { BoundaryTree, boundaryLineBytes } from './boundary-tree.ts';
import type { HeaderBudget, HeaderFields } from './header-fields.ts';
import type { MessageStructure } from './message-structure.ts';
import { OpenPart, type PartPlace, type Place } from './open-part.ts';

/** Parts within parts; a mail program recurses into them. */
const maxDepth = 100;
const maxParts = 5_000;
/** Bytes of header fields and addresses that are kept of a message, those of messages within it included. */
const maxHeaderBytes = 512 * 1024;
const maxAddresses = 10_000;
const [lineFeed, carriageReturn, dash] = [0x0a, 0x0d, 0x2d];

/** Of a message that is there as a whole. */
export function structureOf(message: Uint8Array): MessageStructure {
  const parser = new StructureParser();
  parser.write(message);
  return parser.end();
}

export class StructureParser {
  readonly #budget: HeaderBudget = { bytes: maxHeaderBytes, addresses: maxAddresses };
  readonly #boundaries = new BoundaryTree<OpenPart>();
  readonly #root: OpenPart;
  /** Parts whose end has not come, each within the one before it; the message first. */
  readonly #open: OpenPart[] = [];
  #parts = 1;
  /** Where the next byte stands, and the line feeds before it. */
  #at: Place = { offset: 0, lines: 0 };
  /** Where the line begins that is being read, and how long the end of the line before it was. */
  #line: Place = this.#at;
  #endBefore = 0;
  /** Whether the line is looked at; most lines of bodies are only counted. */
  #wanted = true;
  readonly #head = Buffer.alloc(boundaryLineBytes);
  #headLength = 0;
  /** The line, as far as it is kept, in a header. */
  #text = '';
  #lastByte = 0;

  constructor() {
    this.#root = new OpenPart({ start: 0, isMessage: true, inDigest: false }, this.#budget);
    this.#open.push(this.#root);
  }

  /** Fields of the message's own header, once they are there. */
  get header(): HeaderFields {
    return this.#root.fields;
  }

  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#at.offset === this.#line.offset)
        this.#wanted = this.#inHeader || this.#mayBeBoundary(bytes[at]);
      at = this.#wanted ? this.#takeLine(bytes, at) : this.#passLines(bytes, at);
    }
  }

  end(): MessageStructure {
    if (this.#at.offset > this.#line.offset && this.#wanted) {
      this.#lineEnded(this.#head, 0, this.#headLength, this.#text);
    }
    this.#endHeaders(this.#at);
    while (this.#open.length > 0) this.#closeLast(this.#at);
    return { envelope: this.#root.envelope, root: this.#root.asPart() };
  }

  get #last(): OpenPart {
    return this.#open.at(-1) ?? this.#root;
  }
  get #inHeader(): boolean {
    return this.#last.inHeader;
  }
  #mayBeBoundary(first: number | undefined): boolean {
    return first === dash && !this.#boundaries.empty;
  }

  #takeLine(bytes: Buffer, from: number): number {
    const newline = bytes.indexOf(lineFeed, from);
    const end = newline === -1 ? bytes.length : newline + 1;
    const begun = this.#at.offset > this.#line.offset;
    const before = end - 2 >= from ? bytes[end - 2] : this.#lastByte;
    this.#lastByte = bytes[end - 1] ?? 0;
    const { offset, lines } = this.#at;
    this.#at = { offset: offset + end - from, lines: newline === -1 ? lines : lines + 1 };
    if (begun || newline === -1) this.#keep(bytes, from, end);
    if (newline !== -1) {
      if (begun) this.#lineEnded(this.#head, 0, this.#headLength, this.#text);
      else this.#lineEnded(bytes, from, end, null);
      this.#beginLine(before === carriageReturn ? 2 : 1);
    }
    return end;
  }

  /** A piece of a line whose end is not here. */
  #keep(bytes: Buffer, from: number, end: number): void {
    this.#headLength += bytes.copy(this.#head, this.#headLength, from, end);
    if (this.#inHeader && this.#text.length < maxHeaderBytes)
      this.#text += bytes.toString('latin1', from, end);
  }

  /** Counts lines of a body up to the next one that may be a boundary. */
  #passLines(bytes: Buffer, from: number): number {
    const watched = this.#boundaries.empty ? -1 : dash;
    let { lines } = this.#at;
    let newline = -1;
    let at = from;
    while (at < bytes.length) {
      if (bytes[at++] !== lineFeed) continue;
      lines += 1;
      newline = at - 1;
      if (bytes[at] === watched) break;
    }
    this.#at = { offset: this.#at.offset + at - from, lines };
    if (newline !== -1) {
      const before = newline > from ? bytes[newline - 1] : this.#lastByte;
      this.#beginLine(before === carriageReturn ? 2 : 1, at - newline - 1);
    }
    this.#lastByte = bytes[at - 1] ?? 0;
    return at;
  }

  /** @param read Bytes of the line that have been read already. */
  #beginLine(endBefore: number, read = 0): void {
    this.#endBefore = endBefore;
    this.#line = read === 0 ? this.#at : { offset: this.#at.offset - read, lines: this.#at.lines };
    this.#headLength = 0;
    this.#text = '';
  }

  /**
   * @param bytes The line from `from` to `end`, or the beginning of it.
   * @param text Of a line in a header; null: it is all of the bytes.
   */
  #lineEnded(bytes: Buffer, from: number, end: number, text: string | null): void {
    const boundary = bytes[from] === dash ? this.#boundaries.find(bytes, from, end) : null;
    if (boundary) {
      // Beyond the limit the parts that follow belong to the last one.
      if (boundary.last || this.#parts < maxParts) this.#boundary(boundary.owner, boundary.last);
    } else if (this.#inHeader) {
      const line = withoutEnd(text ?? bytes.toString('latin1', from, end));
      if (line === '') this.#endHeader(this.#at);
      else this.#last.fields.addLine(line);
    }
  }

  /** RFC 2046 5.1.1: the line end before a boundary belongs to the boundary, unless it is the end of a header. */
  #boundary(owner: OpenPart, last: boolean): void {
    const { offset, lines } = this.#line;
    this.#endHeaders(this.#line);
    const end =
      this.#last.bodyStart < offset ? { offset: offset - this.#endBefore, lines: lines - 1 } : this.#line;
    while (this.#last !== owner) this.#closeLast(end);
    if (last) this.#closeBoundary(owner);
    else this.#push({ start: this.#at.offset, isMessage: false, inDigest: owner.isDigest });
  }

  /** Ends the headers that have no empty line; that of a message goes on with the header of what is in it. */
  #endHeaders(end: Place): void {
    while (this.#inHeader) this.#endHeader(end);
  }

  #endHeader(end: Place): void {
    const part = this.#last;
    const room = this.#open.length < maxDepth && this.#parts < maxParts;
    part.endHeader(end, room);
    if (part.kind === 'message') this.#push({ start: end.offset, isMessage: true, inDigest: false });
    for (const boundary of part.boundaries) this.#boundaries.open(boundary, part);
  }

  #push(place: PartPlace): void {
    this.#parts += 1;
    this.#open.push(new OpenPart(place, this.#budget));
  }

  #closeLast(end: Place): void {
    const part = this.#open.pop();
    if (part === undefined) return;
    this.#closeBoundary(part);
    part.end(end);
    if (this.#open.length > 0) this.#last.add(part);
  }

  #closeBoundary(part: OpenPart): void {
    for (const boundary of part.boundaries) this.#boundaries.close(boundary, part);
    part.boundaries = [];
  }
}

function withoutEnd(line: string): string {
  let end = line.length;
  if (line.charCodeAt(end - 1) === lineFeed) end -= 1;
  if (line.charCodeAt(end - 1) === carriageReturn) end -= 1;
  return line.slice(0, end);
}
