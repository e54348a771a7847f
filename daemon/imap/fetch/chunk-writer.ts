/**
 * Joins many short responses into few writes: a system call for each of 10,000 flags costs more than the flags. What is
 * large goes out as it is.
 */
import { setImmediate } from 'node:timers/promises';
import type { ResponseSink } from '../response-sink.ts';

const CHUNK_BYTES = 64 * 1024;
/** Not worth a copy. */
const LARGE_BYTES = 32 * 1024;

export class ChunkWriter {
  readonly #out: ResponseSink;
  #parts: (string | Buffer)[] = [];
  #text = '';
  /** Of the text a lower bound, which is good enough. */
  #bytes = 0;

  constructor(out: ResponseSink) {
    this.#out = out;
  }

  /** Enough has gathered: the caller flushes before it goes on. */
  get full(): boolean {
    return this.#bytes >= CHUNK_BYTES;
  }

  text(text: string): void {
    this.#text += text;
    this.#bytes += text.length;
  }

  /** A character for each byte. */
  latin1(text: string): void {
    if (/[\x80-\xff]/.test(text)) this.bytes(Buffer.from(text, 'latin1'));
    else this.text(text);
  }

  /** Few bytes, which must not change any more. */
  bytes(bytes: Buffer): void {
    this.#endText();
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Any number of bytes, which must not change any more. */
  async stream(bytes: Buffer): Promise<void> {
    if (bytes.length < LARGE_BYTES) {
      this.bytes(bytes);
      if (this.full) await this.flush();
      return;
    }
    if (this.#bytes > 0) await this.end();
    await (this.#out.write(bytes) ?? setImmediate());
  }

  /** Lets the rest of the server have its turn, however fast the client is. */
  async flush(): Promise<void> {
    await (this.#out.write(this.#take()) ?? setImmediate());
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    if (this.#bytes > 0) await this.#out.write(this.#take());
  }

  #take(): Buffer {
    this.#endText();
    const parts = this.#parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
    this.#parts = [];
    this.#bytes = 0;
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  #endText(): void {
    if (this.#text === '') return;
    this.#parts.push(this.#text);
    this.#text = '';
  }
}
