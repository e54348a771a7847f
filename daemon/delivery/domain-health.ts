/**
 * What is known of how domains take mail: how many deliveries one may have at a time, and whether it rests.
 *
 * The rules, in the order in which they matter:
 * - A domain begins with {@link FIRST_LIMIT} deliveries at a time; each one that reaches a server allows one more, up
 *   to the configured limit; one that reaches none takes it back to one. So dead domains hold few slots.
 * - After an attempt that reached no host, the domain rests for as long as that attempt took, at most
 *   {@link MAX_REST_MS}: what is due meanwhile is deferred with the same reason, without waiting out the same timeout
 *   again. A connection that is refused at once costs nothing, and so brings no rest.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';

const FIRST_LIMIT = 2;
/** Bounds how long a host that came back has to wait for a domain with slow timeouts. */
const MAX_REST_MS = 30_000;
/** A rest shorter than this defers nothing that would not be tried just as fast. */
const MIN_REST_MS = 250;
/** Domains remembered; a forgotten one begins anew. */
const MAX_DOMAINS = 10_000;

export interface Rest {
  /** Monotonic, in ms. */
  readonly until: number;
  readonly reply: string;
  readonly enhancedCode: string | null;
}

interface State {
  readonly limit: number;
  readonly failing: boolean;
  readonly rest: Rest | null;
  readonly lastReply: string | null;
}

export class DomainHealth {
  readonly #states = new LRUCache<string, State>({ max: MAX_DOMAINS });
  readonly #max: number;
  readonly #clock: Clock;

  constructor(maxPerDomain: number, clock: Clock) {
    this.#max = maxPerDomain;
    this.#clock = clock;
  }

  /** Deliveries that it may have at a time. */
  limit(domain: string): number {
    return this.#state(domain).limit;
  }

  /** Its last attempt reached no host. */
  failing(domain: string): boolean {
    return this.#state(domain).failing;
  }

  lastReply(domain: string): string | null {
    return this.#state(domain).lastReply;
  }

  rest(domain: string): Rest | null {
    const { rest } = this.#state(domain);
    return rest !== null && rest.until > this.#clock.monotonic() ? rest : null;
  }

  /** Domains that rest now. */
  resting(): readonly string[] {
    return [...this.#states.keys()].filter((domain) => this.rest(domain) !== null);
  }

  answered(domain: string, lastReply: string): void {
    const limit = Math.min(this.#max, this.limit(domain) + 1);
    this.#states.set(domain, { limit, failing: false, rest: null, lastReply });
  }

  unreachable(domain: string, reply: string, enhancedCode: string | null, tookMs: number): void {
    const restMs = Math.min(tookMs, MAX_REST_MS);
    const until = this.#clock.monotonic() + restMs;
    const rest = restMs < MIN_REST_MS ? null : { until, reply, enhancedCode };
    this.#states.set(domain, { limit: 1, failing: true, rest, lastReply: reply });
  }

  /** Somebody asked for an attempt now: rests end. */
  wake(): void {
    for (const domain of this.resting()) this.#states.set(domain, { ...this.#state(domain), rest: null });
  }

  #state(domain: string): State {
    const first = { limit: Math.min(FIRST_LIMIT, this.#max), failing: false, rest: null, lastReply: null };
    return this.#states.get(domain) ?? first;
  }
}
