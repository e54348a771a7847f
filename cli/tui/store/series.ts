/**
 * A number by time, in buckets of a few seconds: what was added to a counter in each, or how high a level stood.
 * Kept for as long as the widest screen can show.
 */

/** Long enough to even out single messages, short enough that a person sees something happen. */
export const bucketMs = 5_000;
const maxBuckets = 240;

export class Series {
  readonly #values: number[] = [];
  /** Number of the newest bucket since 1970; null before the first value. */
  #bucket: number | null = null;
  #counted: number | null = null;

  /** A counter that only rises, until its service starts anew. */
  count(now: number, value: number, restarted = false): void {
    const before = restarted ? 0 : (this.#counted ?? value);
    this.#counted = value;
    this.#advance(now, 0);
    this.#add(Math.max(0, value - before));
  }

  /** A level stays what it is until it is told anew. */
  level(now: number, value: number): void {
    this.#advance(now, this.#values.at(-1) ?? value);
    this.#values[this.#values.length - 1] = value;
  }

  /** The newest `length` buckets, oldest first; `fill` for those in which nothing has been told. */
  last(length: number, now: number, fill: 'zero' | 'hold' = 'zero'): readonly number[] {
    const missed = this.#bucket === null ? 0 : Math.max(0, Math.floor(now / bucketMs) - this.#bucket);
    const silence = Array.from({ length: Math.min(missed, length) }, () =>
      fill === 'hold' ? (this.#values.at(-1) ?? 0) : 0,
    );
    const known = [...this.#values, ...silence].slice(-length);
    return [...Array.from({ length: length - known.length }, () => 0), ...known];
  }

  /** Sum of the last minute. */
  perMinute(now: number): number {
    return this.last(60_000 / bucketMs, now).reduce((sum, value) => sum + value, 0);
  }

  #advance(now: number, fill: number): void {
    const bucket = Math.floor(now / bucketMs);
    const missed = this.#bucket === null ? 1 : Math.min(bucket - this.#bucket, maxBuckets);
    for (let n = 0; n < missed; n++) this.#values.push(fill);
    this.#bucket = Math.max(bucket, this.#bucket ?? bucket);
    this.#values.splice(0, this.#values.length - maxBuckets);
  }

  #add(value: number): void {
    const last = this.#values.length - 1;
    this.#values[last] = (this.#values[last] ?? 0) + value;
  }
}
