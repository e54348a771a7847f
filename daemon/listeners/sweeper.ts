/** One look a second at all clients of a listener: a timer for each of them costs more than their commands. */
import type { Clock, Timer } from '../clock.ts';

/** All time limits are exact to this much. */
const SWEEP_MS = 1_000;

interface Swept {
  /** `now` by the monotonic clock. */
  sweep(now: number): void;
}

export class Sweeper {
  readonly #clock: Clock;
  readonly #clients: () => Iterable<Swept>;
  #timer: Timer | null = null;

  constructor(clock: Clock, clients: () => Iterable<Swept>) {
    this.#clock = clock;
    this.#clients = clients;
  }

  start(): void {
    this.#timer = this.#clock.after(SWEEP_MS, () => {
      const now = this.#clock.monotonic();
      for (const client of this.#clients()) client.sweep(now);
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
