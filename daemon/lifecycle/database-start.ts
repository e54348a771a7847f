/**
 * What must be done before mail is taken, such as finding the last id of a message. With a database that is full or out
 * of reach at the start it is done when that is over; until then mail is refused.
 */
import type { Clock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { EventSource } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import type { StoreHealth } from '../store/store.ts';

export interface StartStep {
  readonly name: string;
  run(): Promise<void>;
}

export interface WatchedStore {
  readonly health: StoreHealth;
  readonly onHealth: EventSource<StoreHealth>;
}

/** For what fails for another reason than the database, which tells when it is well again. */
const retryMs = 10_000;

export class DatabaseStart {
  readonly #store: WatchedStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  #left: readonly StartStep[];
  #running = false;

  constructor(store: WatchedStore, steps: readonly StartStep[], clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#left = steps;
    this.#log = log;
  }

  /** Resolves after the first try, whatever came of it. */
  async begin(): Promise<void> {
    this.#store.onHealth.on(({ state }) => {
      if (state === 'ok') void this.#run();
    });
    await this.#run();
  }

  /** Why no mail can be taken, as a code; null when it can. */
  problem(): { readonly code: string } | null {
    const { state } = this.#store.health;
    if (state !== 'ok') return { code: `store.${state}` };
    return this.#left.length > 0 ? { code: 'store.unavailable' } : null;
  }

  async #run(): Promise<void> {
    if (this.#running || this.#left.length === 0) return;
    this.#running = true;
    try {
      for (let step = this.#left[0]; step !== undefined; step = this.#left[0]) {
        await step.run();
        this.#left = this.#left.slice(1);
      }
    } catch (error) {
      const step = this.#left[0]?.name;
      this.#log.error('start not complete: no mail is taken', { step, error: errorText(error) });
      this.#clock.after(retryMs, () => void this.#run());
    } finally {
      this.#running = false;
    }
  }
}
