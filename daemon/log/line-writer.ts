/**
 * Writes lines to an open file in the background: gathered for a moment, bounded in memory, never blocking.
 *
 * A disk that is full or broken costs log lines, not mail: what cannot be written is dropped and counted, and the
 * owner is told once when writing works again. Partial writes and EAGAIN of pipes are sonic-boom's matter.
 */
import { pino } from 'pino';
import type { Clock, Timer } from '../clock.ts';
import { errorCode, errorText } from '../errors.ts';

/** How long a line may wait for others to share its write. */
const gatherMs = 50;
/** This much is written without waiting for more. */
const gatherBytes = 65_536;
/** What may wait for a slow disk or a reader of our standard output that is asleep. */
const maxWaitingBytes = 4 * 1_048_576;

export interface LossReport {
  readonly lostLines: number;
  readonly since: number;
  /** `ENOSPC` or the like. */
  readonly reason: string;
}

type Destination = ReturnType<typeof pino.destination>;

export class LineWriter {
  readonly #clock: Clock;
  readonly #destination: Destination;
  readonly #recovered: (report: LossReport) => void;
  readonly #gathered: string[] = [];
  #gatheredChars = 0;
  #waitingBytes = 0;
  #readerGone = false;
  #timer: Timer | null = null;
  #failing: { since: number; reason: string; lostLines: number } | null = null;

  /** @param descriptor Of a file or pipe; closed by {@link end}, unless it is standard output. */
  constructor(descriptor: number, clock: Clock, recovered: (report: LossReport) => void) {
    this.#clock = clock;
    this.#recovered = recovered;
    this.#destination = pino.destination({
      dest: descriptor,
      sync: false,
      // One byte: a `flush` without callback then tries again what a full disk refused.
      minLength: 1,
      maxLength: maxWaitingBytes,
    });
    this.#destination.on('error', (error: unknown) => this.#failed(error));
    this.#destination.on('drop', (chunk: string) => this.#dropped(chunk));
    this.#destination.on('write', (bytes: number) => this.#wrote(bytes));
  }

  /** @param line Without its line break. */
  write(line: string): void {
    if (this.#readerGone) return;
    this.#gathered.push(line);
    this.#gatheredChars += line.length;
    if (this.#gatheredChars >= gatherBytes) this.#handOver();
    else this.#timer ??= this.#clock.after(gatherMs, () => this.#handOver());
  }

  /** Lines that were given up since the last time writing worked. */
  get lostLines(): number {
    return this.#failing?.lostLines ?? 0;
  }

  /** Resolves when what was written before has reached the file, or could not. Does not sync. */
  async flush(): Promise<void> {
    this.#handOver();
    if (this.#waitingBytes > 0 && !this.#readerGone) await this.#oneOf('drain', 'error');
  }

  /** For the last moments of a process that cannot wait. */
  flushSync(): void {
    this.#handOver();
    try {
      this.#destination.flushSync();
    } catch {
      // The disk is full or the pipe is gone: there is nowhere left to say so.
    }
  }

  /** Writes what is left and closes the file. Resolves also when the disk refuses it. */
  async end(): Promise<void> {
    this.#handOver();
    this.#timer?.cancel();
    // pino makes a destination deaf whose reader is gone, also to `end`.
    if (this.#readerGone) return;
    this.#destination.end();
    if ((await this.#oneOf('close', 'error')) === 'error') this.#destination.destroy();
  }

  /** Waits for the first of these and says which it was. */
  #oneOf<E extends string>(...events: E[]): Promise<E> {
    return new Promise((resolve) => {
      const listeners = events.map((event) => {
        const listener = () => {
          for (const other of listeners) this.#destination.removeListener(other.event, other.listener);
          resolve(event);
        };
        this.#destination.on(event, listener);
        return { event, listener };
      });
    });
  }

  #handOver(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#gathered.length > 0) {
      const chunk = `${this.#gathered.join('\n')}\n`;
      this.#gathered.length = 0;
      this.#gatheredChars = 0;
      this.#waitingBytes += Buffer.byteLength(chunk);
      this.#destination.write(chunk);
    }
    // A full buffer makes `write` drop without trying; this tries.
    if (this.#failing !== null) this.#destination.flush();
  }

  #failed(error: unknown): void {
    this.#readerGone ||= errorCode(error) === 'EPIPE';
    this.#failing ??= {
      since: this.#clock.now(),
      reason: errorCode(error) ?? errorText(error),
      lostLines: 0,
    };
  }

  #dropped(chunk: string): void {
    this.#waitingBytes -= Buffer.byteLength(chunk);
    this.#failing ??= { since: this.#clock.now(), reason: 'too slow', lostLines: 0 };
    this.#failing.lostLines += chunk.split('\n').length - 1;
  }

  #wrote(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#failing === null) return;
    const report = this.#failing;
    this.#failing = null;
    this.#recovered(report);
  }
}
