/** The bytes of a client to lines, however TCP has cut them; bounded. RFC 1939 3: a command ends with CRLF. */

const LF = 0x0a;
const CR = 0x0d;
const nothing = Buffer.alloc(0);

export class CommandLines {
  #bytes: Buffer = nothing;
  /** Where in `#bytes` the next line begins. */
  #at = 0;

  /** Bytes that have not been taken as lines yet. */
  get waiting(): number {
    return this.#bytes.length - this.#at;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.waiting === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /**
   * The next line without its end, which may be a bare LF from a person with telnet. Null: it has not come yet.
   * `too_long`: it is longer than `maxBytes`, or will be.
   */
  next(maxBytes: number): string | null | 'too_long' {
    const end = this.#bytes.indexOf(LF, this.#at);
    if ((end === -1 ? this.#bytes.length : end + 1) - this.#at > maxBytes) return 'too_long';
    if (end === -1) {
      this.#keepOwn();
      return null;
    }
    const from = this.#at;
    this.#at = end + 1;
    const last = end > from && this.#bytes[end - 1] === CR ? end - 1 : end;
    return this.#bytes.toString('utf8', from, last);
  }

  /** Whether the next line begins like this, in whatever case. ASCII only. */
  startsWith(text: string): boolean {
    const begin = this.#bytes.toString('latin1', this.#at, this.#at + text.length);
    return begin.toUpperCase() === text;
  }

  /** Forgets what has not been taken. */
  clear(): void {
    this.#bytes = nothing;
    this.#at = 0;
  }

  /** An idle session holds a few bytes, not the packet of 64 KiB that they came in. */
  #keepOwn(): void {
    this.#bytes = this.waiting === 0 ? nothing : Buffer.from(this.#bytes.subarray(this.#at));
    this.#at = 0;
  }
}
