/** When a delivery is tried again, and when it is given up. */
import type { Clock } from '../clock.ts';

/** Share of an interval by which it is made longer or shorter: what failed together must not come back together. */
export const JITTER = 0.1;

/**
 * Milliseconds until the next attempt, after `attempts` of them (1 or more). The last interval of the schedule
 * repeats. `random`: 0 to 1.
 */
export function retryDelay(scheduleMs: readonly number[], attempts: number, random: () => number): number {
  const interval = scheduleMs[Math.min(attempts, scheduleMs.length) - 1] ?? 60_000;
  return Math.round(interval * (1 - JITTER + 2 * JITTER * random()));
}

/** A difference between the clocks that a leap second or slewing does not make. */
const JUMP_MS = 60_000;
/** For so long a wall clock that was moved is not believed where mail would be given up for it. */
export const DISBELIEF_MS = 60 * 60_000;

/**
 * The time for decisions that cannot be taken back. A wall clock that somebody sets years ahead must not end all mail
 * that waits: for an hour of monotonic time the time before the jump goes on; then the new time is believed.
 */
export class CautiousTime {
  readonly #clock: Clock;
  /** Wall time minus monotonic time, as believed. */
  #offset: number;
  #disbelievedSince: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.now() - clock.monotonic();
  }

  now(): number {
    const monotonic = this.#clock.monotonic();
    const offset = this.#clock.now() - monotonic;
    if (Math.abs(offset - this.#offset) <= JUMP_MS) this.#believe(offset);
    else {
      this.#disbelievedSince ??= monotonic;
      if (monotonic - this.#disbelievedSince >= DISBELIEF_MS) this.#believe(offset);
    }
    return monotonic + this.#offset;
  }

  #believe(offset: number): void {
    this.#offset = offset;
    this.#disbelievedSince = null;
  }
}
