/**
 * Who has which maildrop: one session each (RFC 1939 4), and how long ago the last one began (RFC 2449 6.5). Shared by all
 * POP3 listeners. In memory: a restart ends every session, and nobody minds one login that comes too early.
 */
import type { Clock } from '../clock.ts';

/** Gives the maildrop free. Harmless when called again. */
export type Unlock = () => void;

/** So many logins are remembered before those that do not matter any more are looked for. */
const SWEEP_AT = 1_000;

export class MaildropLocks {
  readonly #clock: Clock;
  readonly #held = new Set<number>();
  /** When the last login of an account was, by the monotonic clock; the oldest first. */
  readonly #logins = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param delayMs Least time since the last login; 0: none. */
  lock(accountId: number, delayMs: number): Unlock | 'in_use' | 'too_early' {
    if (this.#held.has(accountId)) return 'in_use';
    const now = this.#clock.monotonic();
    const last = this.#logins.get(accountId);
    if (last !== undefined && now - last < delayMs) return 'too_early';
    this.#note(accountId, now, delayMs);
    this.#held.add(accountId);
    let held = true;
    return () => {
      if (held) this.#held.delete(accountId);
      held = false;
    };
  }

  #note(accountId: number, now: number, delayMs: number): void {
    this.#logins.delete(accountId);
    if (delayMs > 0) this.#logins.set(accountId, now);
    if (this.#logins.size <= SWEEP_AT) return;
    for (const [account, at] of this.#logins) {
      if (now - at < delayMs) break;
      this.#logins.delete(account);
    }
  }
}
