/**
 * How much one source may ask: a bucket of tokens for each, filled at an even rate and holding those of one second.
 *
 * An IPv6 host has a whole /64 to ask from, so that counts as one source. Sources are forgotten when too many come; who
 * is forgotten begins with a full bucket, which is a second's worth and no more.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { addressGroup } from '../net/address-group.ts';

const maxSources = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class RateLimit {
  readonly #clock: Clock;
  readonly #perSecond: () => number;
  readonly #buckets = new LRUCache<string, Bucket>({ max: maxSources });

  constructor(perSecond: () => number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** False: it has asked too much, and nothing is to be done for it. */
  take(remoteAddress: string): boolean {
    const bucket = this.#bucket(remoteAddress);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Makes what it asked last count `n` times more. It never has to wait longer than two seconds. */
  charge(remoteAddress: string, n: number): void {
    const bucket = this.#bucket(remoteAddress);
    bucket.tokens = Math.max(bucket.tokens - n, -this.#perSecond());
  }

  #bucket(remoteAddress: string): Bucket {
    const most = this.#perSecond();
    const now = this.#clock.monotonic();
    const source = addressGroup(remoteAddress);
    const bucket = this.#buckets.get(source) ?? { tokens: most, at: now };
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) / 1_000) * most);
    bucket.at = now;
    this.#buckets.set(source, bucket);
    return bucket;
  }
}
