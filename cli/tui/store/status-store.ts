/** The daemon's status, live, and what of it has a history: counts by time, for sparklines and rates. */
import type { LogEntry } from '../../../shared/api/log.ts';
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
/** As many as the tallest screen has rows. */
const maxActivity = 100;

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
  /** What has happened since the program began; a status has the last events only. */
  activity: LogEntry[] = [];
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
    const last = restarted ? null : this.activity.at(-1);
    const news = last ? status.activity.filter(({ seq }) => seq > last.seq) : status.activity;
    this.activity = [...(restarted ? [] : this.activity), ...news].slice(-maxActivity);
    this.#frames.request(this);
  }
}
