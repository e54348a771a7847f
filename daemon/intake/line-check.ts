/**
 * Watches the bytes of a message for what no message may have: a CR or LF that stands alone, NUL, a line without end.
 *
 * Alone-standing CR and LF are how a second message is smuggled inside a first (each host takes another one of them for a
 * line end); we refuse them rather than repair, so that what is signed and stored is what was sent. RFC 5321 2.3.8.
 */
import type { ContentProblem } from './content-error.ts';

const LF = 0x0a;
const CR = 0x0d;

export class LineCheck {
  readonly #maxLineBytes: number;
  #problem: ContentProblem | null = null;
  #afterCr = false;
  /** Bytes since the last LF, in chunks before. */
  #lineBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The first thing that was wrong. */
  get problem(): ContentProblem | null {
    return this.#problem;
  }

  check(chunk: Buffer): void {
    if (this.#problem === null && chunk.length > 0) this.#problem = this.#look(chunk);
  }

  /**
   * Two searches by the runtime are faster than one loop over the bytes; each finds what the other takes for granted: no
   * LF without a CR before it, no CR without an LF behind it.
   */
  #look(chunk: Buffer): ContentProblem | null {
    if (this.#afterCr && chunk[0] !== LF) return 'bare_line_end';
    let lineStart = -this.#lineBytes;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) {
      if (at === 0 ? !this.#afterCr : chunk[at - 1] !== CR) return 'bare_line_end';
      if (at - lineStart > this.#maxLineBytes) return 'line_too_long';
      lineStart = at + 1;
    }
    this.#lineBytes = chunk.length - lineStart;
    if (this.#lineBytes > this.#maxLineBytes) return 'line_too_long';
    for (let at = chunk.indexOf(CR); at !== -1; at = chunk.indexOf(CR, at + 2)) {
      if (at + 1 < chunk.length && chunk[at + 1] !== LF) return 'bare_line_end';
    }
    this.#afterCr = chunk[chunk.length - 1] === CR;
    return chunk.includes(0) ? 'nul' : null;
  }
}
