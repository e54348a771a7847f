/**
 * The queue as its screen sees it: rows around the reader, kept true by events. At most twice a second what is shown is
 * asked for anew, however many messages change.
 */
import type { QueueEvent } from '../../../shared/api/events.ts';
import type { QueuedMessage } from '../../../shared/api/queue.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Feed } from './feed.ts';
import { type FrameClock, Observable } from './observable.ts';
import { type QueueOrder, QueuePages } from './queue-pages.ts';

const refreshMs = 500;

export interface QueueMatches {
  readonly messages: number;
  readonly bytes: number;
}

export class QueueStore extends Observable {
  /** False before the first rows. */
  known = false;
  /** What matches the filter; null before it has been counted. */
  matches: QueueMatches | null = null;
  error: unknown = null;
  readonly #link: DaemonLink;
  readonly #feed: Feed;
  readonly #frames: FrameClock;
  #pages: QueuePages;
  #window = { from: 0, to: 0 };
  #busy = false;
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #lastRefresh = Number.NEGATIVE_INFINITY;
  /** Events by message, of those that somebody has asked about. */
  readonly #changes = new Map<number, number>();

  constructor(link: DaemonLink, frames: FrameClock) {
    super();
    this.#link = link;
    this.#frames = frames;
    this.#pages = this.#newPages({ filter: {}, sort: 'age', descending: false, from: 'start' });
    this.#feed = new Feed({
      link,
      params: () => ({ topics: ['queue'] }),
      onSnapshot: () => this.#changed(),
      onEvent: (event) => event.topic === 'queue' && this.#changed(event.data),
    });
  }

  start(): void {
    this.#feed.start();
  }

  stop(): void {
    this.#feed.stop();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get order(): QueueOrder {
    return this.#pages.order;
  }

  setOrder(order: QueueOrder): void {
    const sameMatches = order.filter === this.#pages.order.filter;
    this.#pages = this.#newPages(order);
    this.#window = { from: 0, to: this.#window.to - this.#window.from };
    this.known = false;
    this.error = null;
    if (!sameMatches) this.matches = null;
    this.changed();
    void this.#refresh();
  }

  row(index: number): QueuedMessage | null {
    return this.#pages.row(index);
  }

  find(id: number): number | null {
    return this.#pages.find(id);
  }

  /** Rises when the message has changed, or may have. */
  changesOf(id: number): number {
    const count = this.#changes.get(id);
    // Only of the one that is looked at.
    if (count === undefined) this.#changes.clear();
    this.#changes.set(id, count ?? 0);
    return count ?? 0;
  }

  /** The highest row that can be gone to, as far as is known. */
  get lastIndex(): number {
    const known = this.#pages.length ?? this.matches?.messages ?? 0;
    return Math.max(0, known - 1);
  }

  /** What the screen shows now; fetches what of it is missing. */
  show(from: number, to: number): void {
    this.#window = { from: Math.max(0, from), to };
    if (this.known && !this.#pages.has(this.#window.from, to)) void this.#load();
  }

  #newPages(order: QueueOrder): QueuePages {
    return new QueuePages(order, (params) => this.#link.call('queue.list', params));
  }

  #changed(event?: QueueEvent): void {
    for (const [id, count] of this.#changes)
      if (!event || event.many || event.ids.includes(id)) this.#changes.set(id, count + 1);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        void this.#refresh();
      },
      Math.max(0, this.#lastRefresh + refreshMs - performance.now()),
    );
  }

  #load(): Promise<void> {
    return this.#alone((pages) => pages.load(this.#window.from, this.#window.to));
  }

  #refresh(): Promise<void> {
    this.#lastRefresh = performance.now();
    return this.#alone(async (pages) => {
      await pages.refresh(this.#window.from, this.#window.to);
      const matches = await this.#link.call('queue.count', { filter: pages.order.filter });
      if (pages === this.#pages) this.matches = matches;
    });
  }

  /** One request after another; what is asked for meanwhile is done once, afterwards. */
  async #alone(work: (pages: QueuePages) => Promise<void>): Promise<void> {
    if (this.#busy) {
      this.#stale = true;
      return;
    }
    this.#busy = true;
    try {
      const pages = this.#pages;
      await work(pages);
      if (pages === this.#pages) {
        this.known = true;
        this.error = null;
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.#busy = false;
      this.#frames.request(this);
    }
    if (!this.#stale) return;
    this.#stale = false;
    await this.#refresh();
  }
}
