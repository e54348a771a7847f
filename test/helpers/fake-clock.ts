/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../../daemon/clock.ts';

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #timers = new Set<Pending>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#wall = now;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): Timer {
    const timer = { at: this.#monotonic + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; null without one. */
  get next(): number | null {
    const times = [...this.#timers].map((timer) => timer.at - this.#monotonic);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Lets time pass: timers that come due on the way are called in their order, each at its own moment. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#pass(due.at - this.#monotonic);
      due.callback();
    }
    this.#pass(end - this.#monotonic);
  }

  /** Somebody sets the wall clock: no time passes. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #pass(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }
}
