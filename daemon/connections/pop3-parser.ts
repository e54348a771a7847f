/**
 * Bytes of a POP3 server to status lines and bodies, however they are cut into packets. RFC 1939 3.
 *
 * Bodies go on as slices of what came, the dots of RFC 1939 3 taken out; only CRLF.CRLF ends one. A body of bare LFs
 * is passed through as it is: to take one of them for a line end would let a message end another one.
 */

export type Pop3Token =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'body'; readonly chunk: Buffer }
  | { readonly kind: 'end' };

/** RFC 1939 3 says 512; some servers put a sentence or two into an error. */
const MAX_LINE_BYTES = 4_096;
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const lineAndDot = Buffer.from('\r\n.');
const endOfBody: Pop3Token = { kind: 'end' };

export class LineTooLongError extends Error {}

export class Pop3Parser {
  /** What came and was not looked at yet. */
  #data: Buffer = Buffer.alloc(0);
  #inBody = false;
  #atLineStart = false;

  push(chunk: Buffer): void {
    this.#data = this.#data.length === 0 ? chunk : Buffer.concat([this.#data, chunk]);
  }

  /** Bytes that wait: after the answer to STLS there must be none. */
  get waiting(): number {
    return this.#data.length;
  }

  /** The line that was just read has a body behind it. */
  expectBody(): void {
    this.#inBody = true;
    this.#atLineStart = true;
  }

  /** Null when more bytes are needed. Throws LineTooLongError. */
  next(): Pop3Token | null {
    return this.#inBody ? this.#body() : this.#line();
  }

  #line(): Pop3Token | null {
    const end = this.#data.indexOf(LF);
    if ((end === -1 ? this.#data.length : end) > MAX_LINE_BYTES) {
      throw new LineTooLongError(`a line of more than ${MAX_LINE_BYTES} bytes`);
    }
    if (end === -1) return null;
    const line = this.#data.toString('utf8', 0, this.#data[end - 1] === CR ? end - 1 : end);
    this.#data = this.#data.subarray(end + 1);
    return { kind: 'line', line };
  }

  #body(): Pop3Token | null {
    if (this.#atLineStart && !this.#passDot()) return null;
    if (!this.#inBody) return endOfBody;
    const found = this.#data.indexOf(lineAndDot);
    if (found !== -1) {
      this.#atLineStart = true;
      return this.#take(found + 2);
    }
    // What may be the begin of CRLF and a dot waits for what follows.
    const last = this.#data.length - 1;
    const kept = this.#data[last] === CR ? 1 : this.#data[last] === LF && this.#data[last - 1] === CR ? 2 : 0;
    return this.#data.length === kept ? null : this.#take(this.#data.length - kept);
  }

  /** At the begin of a line: false when it cannot be told yet what its dot means. */
  #passDot(): boolean {
    const [first, second, third] = this.#data;
    if (first === undefined) return false;
    if (first === DOT) {
      if (second === undefined || (second === CR && third === undefined)) return false;
      if (second === CR && third === LF) {
        this.#inBody = false;
        this.#data = this.#data.subarray(3);
      } else this.#data = this.#data.subarray(1);
    }
    this.#atLineStart = false;
    return true;
  }

  #take(length: number): Pop3Token {
    const chunk = this.#data.subarray(0, length);
    this.#data = this.#data.subarray(length);
    return { kind: 'body', chunk };
  }
}
