/** Lets other work of the event loop come in between the rounds of a long calculation. */
import { setImmediate } from 'node:timers/promises';

/** Longest time at a stretch, in milliseconds. */
const stretchMs = 2;
/** Rounds between two looks at the clock. */
const roundsBetween = 64;

export class Breather {
  #until = performance.now() + stretchMs;

  /** To be called, and waited for when it answers something, after each round. */
  after(round: number): Promise<void> | null {
    if (round % roundsBetween !== 0 || performance.now() < this.#until) return null;
    return this.#breathe();
  }

  async #breathe(): Promise<void> {
    await setImmediate();
    this.#until = performance.now() + stretchMs;
  }
}
