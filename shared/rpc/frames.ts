/**
 * Frames of the control API: one JSON value per line, UTF-8, ended by LF. Cuts a stream of bytes into lines.
 *
 * Lines come out one by one when asked for (`next`), so that a reader that has enough to do can stop in the
 * middle of a chunk. What a line holds is the reader's matter.
 */

/** Longest line that the daemon takes from a client. The largest sane one is a batch of verbs with 10,000 ids each. */
export const maxRequestBytes = 8 * 1024 * 1024;
/** Longest line that a client takes from its daemon: a guard against talking to something else, not a budget. */
export const maxAnswerBytes = 256 * 1024 * 1024;

export class FrameTooLongError extends Error {
  override readonly name = 'FrameTooLongError';
}

const lf = 0x0a;
const empty: Buffer = Buffer.alloc(0);
/** Least room for the beginning of a line, and what a line may have more than the one before. */
const slack = 16 * 1024;

export class FrameSplitter {
  readonly #limitBytes: number;
  /** Beginning of a line whose end has not come. Grows by doubling: a peer may send it byte by byte. */
  #head = empty;
  #headLength = 0;
  /** Pages of a listing are alike: room for the one before saves the doubling. */
  #lastLength = 0;
  /** Bytes not looked at yet. */
  #rest = empty;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of a line that has begun and not ended. Says so only after `next` has answered null. */
  get partialBytes(): number {
    return this.#headLength;
  }

  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
  }

  /**
   * The next line without its LF, valid until the next `push`; null when more bytes are needed.
   * Throws FrameTooLongError, after which the stream is of no more use.
   */
  next(): Buffer | null {
    const end = this.#rest.indexOf(lf);
    const length = this.#headLength + (end === -1 ? this.#rest.length : end);
    if (length > this.#limitBytes) throw new FrameTooLongError(`line of more than ${this.#limitBytes} bytes`);
    if (end === -1) {
      this.#keep(this.#rest);
      this.#rest = empty;
      return null;
    }
    const tail = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end + 1);
    if (this.#headLength === 0) return tail;
    this.#keep(tail);
    const line = this.#head.subarray(0, this.#headLength);
    this.#lastLength = line.length;
    this.#head = empty;
    this.#headLength = 0;
    return line;
  }

  #keep(bytes: Buffer): void {
    const needed = this.#headLength + bytes.length;
    if (needed > this.#head.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#head.length * 2, this.#lastLength + slack));
      this.#head.copy(larger, 0, 0, this.#headLength);
      this.#head = larger;
    }
    bytes.copy(this.#head, this.#headLength);
    this.#headLength = needed;
  }
}
