/** Does a piece of work again and again, never twice at a time. What it throws is logged, and it is tried again. */
import type { Clock, Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

export class Periodic {
  readonly #work: () => Promise<unknown>;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  #timer: Timer | null = null;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(work: () => Promise<unknown>, everyMs: number, clock: Clock, log: Logger) {
    this.#work = work;
    this.#everyMs = everyMs;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#timer = this.#clock.after(this.#everyMs, () => {
      this.#running = this.#once();
    });
  }

  /** Resolves when the work that is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #once(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      this.#log.warn('periodic work failed', { error: errorText(error) });
    }
    if (!this.#closed) this.start();
  }
}
