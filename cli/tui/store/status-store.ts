/** The daemon's status, live, and what of it has a history: counts by time, for sparklines and rates. */
import type { CounterName, Status } from '../../../shared/api/server.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Feed } from './feed.ts';
import { type FrameClock, Observable } from './observable.ts';
import { Series } from './series.ts';

const counterSeries = [
  'processedMessages',
  'deliveredMessages',
  'rejectedMessages',
  'bouncedMessages',
] as const;
export type TrafficName = (typeof counterSeries)[number] & CounterName;

export class StatusStore extends Observable {
  /** Null before the first answer. */
  status: Status | null = null;
  readonly traffic: Readonly<Record<TrafficName, Series>> = {
    processedMessages: new Series(),
    deliveredMessages: new Series(),
    rejectedMessages: new Series(),
    bouncedMessages: new Series(),
  };
  readonly queueTotal = new Series();
  readonly #feed: Feed;
  readonly #frames: FrameClock;
  readonly #now: () => number;

  constructor(link: DaemonLink, frames: FrameClock, now: () => number) {
    super();
    this.#frames = frames;
    this.#now = now;
    this.#feed = new Feed({
      link,
      params: () => ({ topics: ['status'] }),
      onSnapshot: ({ status }) => status && this.#take(status),
      onEvent: (event) => event.topic === 'status' && this.#take(event.data),
    });
  }

  start(): void {
    this.#feed.start();
  }

  stop(): void {
    this.#feed.stop();
  }

  #take(status: Status): void {
    const restarted = this.status !== null && this.status.counters.since !== status.counters.since;
    this.status = status;
    const now = this.#now();
    for (const name of counterSeries) this.traffic[name].count(now, status.counters[name], restarted);
    this.queueTotal.level(now, status.queue.total);
    this.#frames.request(this);
  }
}
