/** When and from where people logged in last: gathered and written now and then, for it is not worth a sync each. */
import type { Clock, Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { AccountStore } from './account-store.ts';

const flushMs = 10_000;

export interface LastLogin {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly from: string;
}

export class LastLogins {
  readonly #store: AccountStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  #unwritten = new Map<number, LastLogin>();
  #timer: Timer | null = null;

  constructor(store: AccountStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  note(accountId: number, from: string): void {
    this.#unwritten.set(accountId, { at: this.#clock.now(), from });
    this.#timer ??= this.#clock.after(flushMs, () => {
      this.#timer = null;
      void this.flush();
    });
  }

  /** What is not in the database yet. */
  unwritten(accountId: number): LastLogin | undefined {
    return this.#unwritten.get(accountId);
  }

  /** Never rejects: what could not be written is given up, the next login writes anew. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#unwritten.size === 0) return;
    const logins = this.#unwritten;
    try {
      await this.#store.setLastLogins(logins);
    } catch (error) {
      this.#log.debug('last logins could not be written', { error: errorText(error) });
    }
    // Those that came meanwhile stay.
    this.#unwritten = new Map([...this.#unwritten].filter(([id, login]) => logins.get(id) !== login));
  }
}
