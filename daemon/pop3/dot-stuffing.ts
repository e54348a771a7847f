/** Bytes of a message as they stand in an answer of several lines: no line of it may be a dot alone. RFC 1939 3. */

const DOT = 0x2e;
const LF = 0x0a;
const lineWithDot = Buffer.from('\n.');

export class DotStuffing {
  /** Whether what came last ended a line: the first byte to come begins one. */
  #atLineStart = true;

  /** Nearly always the chunk itself. */
  take(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk;
    const atStart = this.#atLineStart && chunk[0] === DOT;
    this.#atLineStart = chunk[chunk.length - 1] === LF;
    if (!atStart && !chunk.includes(lineWithDot)) return chunk;
    return stuffed(chunk, atStart);
  }

  /** What ends the answer: the last line first, when the message has not done that. */
  end(): string {
    return this.#atLineStart ? '.\r\n' : '\r\n.\r\n';
  }
}

/** A byte after the other: of chunks full of dots, which somebody sends one day, a search for each costs far more. */
function stuffed(chunk: Buffer, atStart: boolean): Buffer {
  const out = Buffer.allocUnsafe(Math.ceil(chunk.length * 1.5) + 1);
  let length = 0;
  let lineStart = atStart;
  for (const byte of chunk) {
    if (lineStart && byte === DOT) {
      out[length] = DOT;
      length += 1;
    }
    out[length] = byte;
    length += 1;
    lineStart = byte === LF;
  }
  return out.subarray(0, length);
}
