/**
 * The counters of the status: since the start of the server, and in all.
 *
 * In all they stand in the database: the queue raises those of messages in its own transactions, so that they are as
 * true as the queue; the others are gathered here and written once a second, for a rejected recipient is not worth a
 * sync of its own. Since the start is what has come on top of what was there then.
 */
import type { CounterName, Counters } from '../../shared/api/server.ts';
import { type Clock, isoTime, type Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { CountersStore } from './counters-store.ts';
import type { GatheredCounter, StatisticsPort } from './statistics-port.ts';

const flushMs = 1_000;

type Counts = ReadonlyMap<string, number>;

export class Statistics implements StatisticsPort {
  readonly #store: CountersStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** When the server started, in ms since 1970, and what had been counted by then. */
  #since: number;
  #base: Counts = new Map();
  /** Counted, and not yet on their way into the database. */
  #unwritten = new Map<CounterName, number>();
  /** On their way: a reader may or may not see them in the database yet. */
  #writing: Promise<void> | null = null;
  #timer: Timer | null = null;
  #closed = false;
  /** What the database said last, for when it cannot be asked. */
  #lastKnown: Counts = new Map();
  /** When the totals began; null until the database has said so. */
  #totalsSince: number | null = null;

  constructor(store: CountersStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#since = clock.now();
  }

  add(counter: GatheredCounter, n = 1): void {
    raise(this.#unwritten, counter, n);
    this.#flushLater();
  }

  /** The server starts: what is counted from now on is since its start. Before anything can be counted. */
  async reset(): Promise<void> {
    this.#base = await this.#all();
    this.#since = this.#clock.now();
  }

  /** With a database that cannot be read: what was known last. */
  async read(): Promise<{ readonly sinceStart: Counters; readonly inAll: Counters }> {
    const all = await this.#all();
    return {
      sinceStart: counters(this.#since, (name) => (all.get(name) ?? 0) - (this.#base.get(name) ?? 0)),
      inAll: counters(this.#totalsSince ?? this.#since, (name) => all.get(name) ?? 0),
    };
  }

  /** Writes what is left. Counts that come later are lost. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#writing;
    await this.#flush();
  }

  async #all(): Promise<Counts> {
    await this.#writing;
    try {
      this.#totalsSince ??= await this.#store.since(this.#clock.now());
      this.#lastKnown = await this.#store.totals();
    } catch (error) {
      this.#log.debug('counters could not be read', { error: errorText(error) });
    }
    const all = new Map(this.#lastKnown);
    for (const [name, n] of this.#unwritten) raise(all, name, n);
    return all;
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

function raise<Name extends string>(counts: Map<Name, number>, name: Name, n: number): void {
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
