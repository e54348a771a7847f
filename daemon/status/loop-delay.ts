/** The longest time that the event loop was held, over the last minute. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, Timer } from '../clock.ts';

/** Ticks of the measuring timer: fine enough to see what a mail client would notice, and next to no work. */
const resolutionMs = 50;
const windowMs = 10_000;
const windows = 6;

export class LoopDelay {
  readonly #clock: Clock;
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #timer: Timer;
  /** Longest of each window that is over. */
  #past: readonly number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#histogram.enable();
    this.#timer = this.#roll();
  }

  get longestMs(): number {
    return Math.max(0, this.#current(), ...this.#past);
  }

  close(): void {
    this.#timer.cancel();
    this.#histogram.disable();
  }

  #roll(): Timer {
    return this.#clock.after(windowMs, () => {
      this.#past = [...this.#past, this.#current()].slice(1 - windows);
      this.#histogram.reset();
      this.#timer = this.#roll();
    });
  }

  /** The histogram has the time from tick to tick, in ns, so the wait for the timer is part of it. */
  #current(): number {
    return Math.max(0, Math.round(this.#histogram.max / 1e6 - resolutionMs));
  }
}
