/** What operators know of and do not want to be warned of for a time. Holds at once; the table is for the next start. */
import type { Acknowledgement } from '../../shared/api/doctor.ts';
import { type Clock, isoTime } from '../clock.ts';
import type { FindingsStore } from './findings-store.ts';

export class Acknowledgements {
  readonly #store: FindingsStore;
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(store: FindingsStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async load(): Promise<void> {
    for (const { code, subject, until } of await this.#store.acknowledgements()) {
      this.#until.set(key(code, subject), until);
    }
  }

  /** `subject` null: whatever it is about. Throws StoreError; then nothing has changed. */
  async add(code: string, subject: string | null, forMs: number): Promise<Acknowledgement> {
    const now = this.#clock.now();
    const until = now + forMs;
    await this.#store.acknowledge({ code, subject: subject ?? '', until }, now);
    this.#until.set(key(code, subject ?? ''), until);
    return { code, subject, until: isoTime(until) };
  }

  /** Until when; null when nobody has taken note of it. */
  until(code: string, subject: string): string | null {
    const until = Math.max(this.#until.get(key(code, subject)) ?? 0, this.#until.get(key(code, '')) ?? 0);
    return until > this.#clock.now() ? isoTime(until) : null;
  }
}

const key = (code: string, subject: string): string => `${code} ${subject}`;
