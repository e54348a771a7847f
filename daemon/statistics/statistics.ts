/**
 * The counters of the status: since the start of the server, and in all.
 *
 * Since the start they are counted in memory. In all they stand in the database: the queue raises those of messages in
 * its own transactions, so that they are as true as the queue; the others are gathered here and written once a second,
 * for a rejected recipient is not worth a sync of its own.
 */
import type { CounterName, Counters } from '../../shared/api/server.ts';
import { type Clock, isoTime, type Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { CountersStore } from './counters-store.ts';
import type { StatisticsPort } from './statistics-port.ts';

const flushMs = 1_000;

/** Raised in the database by the transactions of the queue. */
const countedByQueue: ReadonlySet<CounterName> = new Set([
  'processedMessages',
  'deliveredMessages',
  'bouncedMessages',
]);

export class Statistics implements StatisticsPort {
  readonly #store: CountersStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  #since: number;
  #counts = new Map<CounterName, number>();
  /** Counted, and not yet on their way into the database. */
  #unwritten = new Map<CounterName, number>();
  /** On their way: a reader may or may not see them in the database yet. */
  #writing: Promise<void> | null = null;
  #timer: Timer | null = null;
  #closed = false;
  /** What the database said last, for when it cannot be asked. */
  #lastKnown: ReadonlyMap<string, number> = new Map();
  /** When the totals began; null until the database has said so. */
  #totalsSince: number | null = null;

  constructor(store: CountersStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#since = clock.now();
  }

  add(counter: CounterName, n = 1): void {
    raise(this.#counts, counter, n);
    if (countedByQueue.has(counter)) return;
    raise(this.#unwritten, counter, n);
    this.#flushLater();
  }

  /** The server has started: what is counted since then begins anew. */
  reset(): void {
    this.#since = this.#clock.now();
    this.#counts = new Map();
  }

  /** Since the start of the server. */
  counters(): Counters {
    return counters(this.#since, (name) => this.#counts.get(name) ?? 0);
  }

  /** Since the database was made. With a database that cannot be read: what was known last. */
  async totals(): Promise<Counters> {
    await this.#writing;
    try {
      this.#totalsSince ??= await this.#store.since(this.#clock.now());
      this.#lastKnown = await this.#store.totals();
    } catch (error) {
      this.#log.debug('counters could not be read', { error: errorText(error) });
    }
    return counters(
      this.#totalsSince ?? this.#since,
      (name) => (this.#lastKnown.get(name) ?? 0) + (this.#unwritten.get(name) ?? 0),
    );
  }

  /** Writes what is left. Counts that come later are lost. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#writing;
    await this.#flush();
  }

  #flushLater(): void {
    if (this.#closed) return;
    this.#timer ??= this.#clock.after(flushMs, () => {
      this.#timer = null;
      void this.#flush();
    });
  }

  /** Never rejects: what could not be written is tried again with what comes next. */
  #flush(): Promise<void> {
    if (this.#writing !== null || this.#unwritten.size === 0) return this.#writing ?? Promise.resolve();
    const counts = this.#unwritten;
    this.#unwritten = new Map();
    this.#writing = this.#store
      .add(counts)
      .catch((error: unknown) => {
        this.#log.debug('counters could not be written', { error: errorText(error) });
        for (const [name, n] of counts) raise(this.#unwritten, name, n);
      })
      .finally(() => {
        this.#writing = null;
        if (this.#unwritten.size > 0) this.#flushLater();
      });
    return this.#writing;
  }
}

function raise(counts: Map<CounterName, number>, name: CounterName, n: number): void {
  counts.set(name, (counts.get(name) ?? 0) + n);
}

function counters(since: number, count: (name: CounterName) => number): Counters {
  return {
    since: isoTime(since),
    processedMessages: count('processedMessages'),
    virusesDetected: count('virusesDetected'),
    spamMessages: count('spamMessages'),
    deliveredMessages: count('deliveredMessages'),
    bouncedMessages: count('bouncedMessages'),
    rejectedMessages: count('rejectedMessages'),
    collectedMessages: count('collectedMessages'),
  };
}
