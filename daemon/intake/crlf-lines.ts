/**
 * Makes every line end of a message CRLF, and takes NUL out: for what lies in a mailbox already, here or elsewhere, and was
 * accepted there, so that refusing it would only leave it there for ever. Signatures over such lines are broken already:
 * RFC 6376 5.3 has them made over CRLF.
 */
const LF = 0x0a;
const CR = 0x0d;
const crlf = Buffer.from('\r\n');
const noBytes = Buffer.alloc(0);

export class CrlfLines {
  readonly #complete: boolean;
  /** The last byte was a CR that is not passed on yet: what follows says what it is. */
  #heldCr = false;
  #endsLine = true;

  /** @param complete Whether a last line that has no end gets one. */
  constructor(complete = true) {
    this.#complete = complete;
  }

  /** The next bytes; nothing is copied when there is nothing to change. */
  take(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk;
    const data = this.#heldCr ? Buffer.concat([crlf.subarray(0, 1), chunk]) : chunk;
    this.#heldCr = data[data.length - 1] === CR;
    const whole = this.#heldCr ? data.subarray(0, -1) : data;
    if (whole.length > 0) this.#endsLine = whole[whole.length - 1] === LF;
    return isClean(whole) ? whole : repaired(whole);
  }

  /** What is left at the end. */
  rest(): Buffer {
    return this.#heldCr || (this.#complete && !this.#endsLine) ? crlf : noBytes;
  }
}

/** A chunk never begins behind a CR nor ends with one: each CRLF is whole in it. */
function isClean(data: Buffer): boolean {
  for (let at = data.indexOf(LF); at !== -1; at = data.indexOf(LF, at + 1)) {
    if (data[at - 1] !== CR) return false;
  }
  for (let at = data.indexOf(CR); at !== -1; at = data.indexOf(CR, at + 2)) {
    if (data[at + 1] !== LF) return false;
  }
  return !data.includes(0);
}

const repaired = (data: Buffer): Buffer =>
  Buffer.from(
    data
      .toString('latin1')
      .replaceAll('\0', '')
      .replace(/\r\n|\r|\n/g, '\r\n'),
    'latin1',
  );
