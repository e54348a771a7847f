/**
 * A message as a client gets it, by ranges of its bytes: the headers of its delivery, then its content, which is at hand or
 * in a file. Of a file no more than a piece is in memory.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { MaildError } from '../../errors.ts';
import type { StoredMessage } from '../../mailboxes/mailboxes-port.ts';
import { headerEndIn } from './header-lines.ts';

/** Code of the error that leaves a response unfinished. */
export const CONTENT_CUT = 'imap.content_cut';
const PIECE_BYTES = 64 * 1024;
const NUL = 0;

/** From `start` up to, not with, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export class MessageBytes {
  readonly sizeBytes: number;
  readonly #headers: Buffer;
  readonly #inline: Buffer | null;
  readonly #path: string | null;
  #file: FileHandle | null = null;
  #headerEnd: number | null = null;

  constructor({ headers, content }: StoredMessage) {
    this.#headers = headers;
    this.#inline = content.inline;
    this.#path = content.path;
    // What is at hand cannot be announced longer than it is.
    this.sizeBytes = headers.length + (content.inline?.length ?? content.sizeBytes);
  }

  /** Offsets of a structure are those of the content. */
  get contentStart(): number {
    return this.#headers.length;
  }

  /** To be done before anything of it is written: a file that has gone is found out here. The caller closes. */
  async open(): Promise<void> {
    if (this.#path !== null && this.#file === null) this.#file = await open(this.#path, 'r');
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  /**
   * The bytes in pieces. NUL, which no literal may hold (RFC 3501 9: CHAR8), is passed on as 0x80, as Dovecot does.
   * Throws `imap.content_cut` when the file ends too early.
   */
  async *read({ start, end }: ByteRange): AsyncGenerator<Buffer> {
    const inContent = this.contentStart;
    if (start < inContent) yield this.#headers.subarray(start, Math.min(end, inContent));
    if (end <= inContent) return;
    const [from, to] = [Math.max(0, start - inContent), end - inContent];
    if (this.#inline !== null) yield withoutNul(this.#inline.subarray(from, to));
    else yield* this.#readFile(from, to);
  }

  /** The same at once, when all of it is in memory; null: it is not. */
  atHand({ start, end }: ByteRange): readonly Buffer[] | null {
    const inContent = this.contentStart;
    if (end <= inContent) return [this.#headers.subarray(start, end)];
    if (this.#inline === null) return null;
    const content = withoutNul(this.#inline.subarray(Math.max(0, start - inContent), end - inContent));
    return start >= inContent ? [content] : [this.#headers.subarray(start), content];
  }

  /** Where the body begins: behind the first empty line. */
  async bodyStart(): Promise<number> {
    this.#headerEnd ??= this.#inline === null ? await this.#searchHeaderEnd() : headerEndIn(this.#inline);
    return this.contentStart + (this.#headerEnd ?? this.sizeBytes - this.contentStart);
  }

  async #searchHeaderEnd(): Promise<number | null> {
    let at = 0;
    let before = Buffer.alloc(0);
    for await (const piece of this.#readFile(0, this.sizeBytes - this.contentStart)) {
      const joined = Buffer.concat([before, piece]);
      const found = headerEndIn(joined, at === 0);
      if (found !== null) return at - before.length + found;
      at += piece.length;
      before = Buffer.from(joined.subarray(-3));
    }
    return null;
  }

  async *#readFile(from: number, to: number): AsyncGenerator<Buffer> {
    for (let at = from; at < to; ) {
      const length = Math.min(PIECE_BYTES, to - at);
      // A piece of its own each: the socket may keep it.
      const { bytesRead = 0, buffer } =
        (await this.#file?.read(Buffer.allocUnsafe(length), 0, length, at)) ?? {};
      if (bytesRead === 0 || buffer === undefined) {
        throw new MaildError(CONTENT_CUT, 'the file of a message ends before its end', {
          details: { path: this.#path },
        });
      }
      at += bytesRead;
      yield withoutNul(buffer.subarray(0, bytesRead));
    }
  }
}

function withoutNul(bytes: Buffer): Buffer {
  if (!bytes.includes(NUL)) return bytes;
  return Buffer.from(bytes.map((byte) => (byte === NUL ? 0x80 : byte)));
}
