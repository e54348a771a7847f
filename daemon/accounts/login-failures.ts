/**
 * Remembers failed logins, for all protocols in one place: how long the next answer is to wait, and when an address
 * has guessed enough.
 *
 * Failures on an account slow down wrong answers only. If they kept right ones out, anybody could lock out anybody.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';

export interface AuthSettings {
  /** Wait after the first failure; doubles with each further one. */
  readonly delayMs: number;
  /** Failures from one address after which it is refused for `banMs`. */
  readonly maxFailures: number;
  readonly banMs: number;
}

/** Longer waits only hold our own connections open. */
const maxDelayMs = 15_000;
/** Failures are forgotten when nothing followed for this long. */
const rememberMs = 60 * 60_000;
/** Guessers with many addresses must not fill the memory. */
const maxRemembered = 20_000;

export class LoginFailures {
  readonly #byAddress: LRUCache<string, number>;
  readonly #byUser: LRUCache<string, number>;
  readonly #byBoth: LRUCache<string, number>;

  constructor(clock: Clock) {
    const counts = () =>
      new LRUCache<string, number>({
        max: maxRemembered,
        ttl: rememberMs,
        // Not cached between calls, and never 0, which means "no time" there.
        ttlResolution: 0,
        perf: { now: () => clock.monotonic() + 1 },
      });
    this.#byAddress = counts();
    this.#byUser = counts();
    this.#byBoth = counts();
  }

  suspected(address: string): boolean {
    return this.#byAddress.has(address);
  }

  /** Notes a failure; says how long to wait with the answer, and whether the address has had its last chance. */
  failed(address: string, user: string, settings: AuthSettings): { delayMs: number; ban: boolean } {
    const fromAddress = raise(this.#byAddress, address, 1);
    const onUser = raise(this.#byUser, user, 1);
    raise(this.#byBoth, both(address, user), 1);
    const ban = fromAddress >= settings.maxFailures;
    if (ban) this.#byAddress.delete(address);
    const doublings = Math.min(Math.max(fromAddress, onUser) - 1, 30);
    return { delayMs: Math.min(settings.delayMs * 2 ** doublings, maxDelayMs), ban };
  }

  /** Who has mistyped and then got it right was no guesser; what the address did to other accounts stays. */
  succeeded(address: string, user: string): void {
    const failures = this.#byBoth.get(both(address, user));
    if (failures === undefined) return;
    this.#byBoth.delete(both(address, user));
    raise(this.#byAddress, address, -failures);
    raise(this.#byUser, user, -failures);
  }
}

const both = (address: string, user: string): string => `${address} ${user}`;

function raise(counts: LRUCache<string, number>, key: string, n: number): number {
  const count = (counts.get(key) ?? 0) + n;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
  return count;
}
