/**
 * The way to one client: collects the lines of a turn of the event loop and writes them at once, and knows how much
 * the client has not read.
 *
 * It bounds nothing by itself. Who makes lines asks `unreadBytes` first (limits.ts says how much is too much).
 */
import type { Socket } from 'node:net';

/** A line of this length goes straight to the socket: joining it with others would only copy it. */
const largeLineLength = 32 * 1024;

export class Outbox {
  readonly #socket: Socket;
  #lines: string[] = [];
  #bytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Lines of this turn and what the socket could not hand to the system yet. */
  get unreadBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  /** `line` without its LF. */
  send(line: string): void {
    if (!this.#socket.writable) return;
    if (line.length >= largeLineLength) {
      this.flush();
      this.#socket.write(Buffer.from(`${line}\n`));
      return;
    }
    if (this.#lines.length === 0) setImmediate(() => this.flush());
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line) + 1;
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#bytes = 0;
    if (this.#socket.writable) this.#socket.write(text);
  }
}
