/**
 * Joins what is written to a socket in one turn of the event loop: a hundred answers to a hundred pipelined commands are
 * one packet, and one record of TLS.
 */
import type { Socket } from 'node:net';

/** Handed to the socket at once; also how much a client may be behind before the writer has to wait for it. */
const FULL_BYTES = 64 * 1024;
/** From this size on a copy costs more than a write of its own. */
const LARGE_BYTES = 16 * 1024;
/** After so much in one turn the others have theirs: a fast client takes all that there is, and would never be waited for. */
const TURN_BYTES = 256 * 1024;

export class JoinedWriter {
  readonly #socket: Socket;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #turnBytes = 0;
  #turnEnd: NodeJS.Immediate | null = null;
  #waiting: (() => void)[] = [];
  /** What the socket had not been rid of when it was looked at last, and since when that has not become less. */
  #taken = 0;
  #takenSeen = -1;
  #stalledSince: number | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** False: the client is behind, or others should have their turn. Wait for {@link drained}. */
  write(data: Uint8Array): boolean {
    this.#turnBytes += data.length;
    this.#turnEnd ??= setImmediate(() => this.#endTurn());
    if (data.length >= LARGE_BYTES) {
      this.flush();
      this.#send(data);
    } else {
      this.#parts.push(data);
      this.#bytes += data.length;
      if (this.#bytes >= FULL_BYTES) this.flush();
    }
    return this.#turnBytes < TURN_BYTES && this.#bytes + this.#socket.writableLength < FULL_BYTES;
  }

  flush(): void {
    if (this.#bytes === 0) return;
    const [first, ...others] = this.#parts;
    const data = others.length === 0 && first !== undefined ? first : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    this.#send(data);
  }

  /** Resolves when the socket has nothing left of what was written, or is closed; not before the next turn. */
  drained(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      if (this.#socket.writableLength === 0 || !this.#socket.writable) setImmediate(resolve);
      else this.#waiting.push(resolve);
    });
  }

  /** For how long the client has taken nothing of what waits for it; 0 when nothing waits. To be asked again and again. */
  stalledMs(now: number): number {
    if (this.#socket.writableLength === 0) this.#stalledSince = null;
    else if (this.#stalledSince === null || this.#taken !== this.#takenSeen) this.#stalledSince = now;
    this.#takenSeen = this.#taken;
    return this.#stalledSince === null ? 0 : now - this.#stalledSince;
  }

  close(): void {
    if (this.#turnEnd !== null) clearImmediate(this.#turnEnd);
    this.#turnEnd = null;
    this.#parts = [];
    this.#bytes = 0;
    this.#wake();
  }

  #endTurn(): void {
    this.#turnEnd = null;
    this.#turnBytes = 0;
    this.flush();
  }

  #send(data: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#socket.write(data, () => {
      this.#taken += 1;
      if (this.#socket.writableLength === 0) this.#wake();
    });
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
