/**
 * The newest lines of the log that match a filter, live. The daemon filters; what it had to drop for us is counted.
 * A reader who pauses keeps the lines as they were: see {@link LogStore.freeze}.
 */
import type { LogEntry, LogFilter } from '../../../shared/api/log.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Feed } from './feed.ts';
import { type FrameClock, Observable } from './observable.ts';

/** Lines kept, as many as the daemon gives at once. */
export const maxLogLines = 5_000;
/** Taking lines away one by one would copy the list at every line. */
const slack = 1_000;

export class LogStore extends Observable {
  known = false;
  filter: LogFilter = {};
  /** Lines that have come since the start; with it a frozen view knows how many are new. */
  received = 0;
  /** Lines that the daemon could not keep for us. */
  dropped = 0;
  error: unknown = null;
  #entries: LogEntry[] = [];
  /** The lines as they stood when the reader paused. */
  #frozen: { readonly entries: readonly LogEntry[]; readonly received: number } | null = null;
  readonly #feed: Feed;
  readonly #frames: FrameClock;

  constructor(link: DaemonLink, frames: FrameClock) {
    super();
    this.#frames = frames;
    this.#feed = new Feed({
      link,
      params: () => ({ topics: ['log'], log: this.filter, logLines: maxLogLines }),
      onSnapshot: ({ log = [] }) => this.#begin(log),
      onEvent: (event) => {
        if (event.topic !== 'log') return;
        this.dropped += event.skipped ?? 0;
        this.#entries.push(event.data);
        this.received += 1;
        if (this.#entries.length > maxLogLines + slack) this.#entries = this.#entries.slice(-maxLogLines);
        this.#frames.request(this);
      },
      onError: (error) => {
        this.error = error;
        frames.request(this);
      },
    });
  }

  start(): void {
    this.#feed.start();
  }

  stop(): void {
    this.#feed.stop();
  }

  /** A reader who comes back with the same filter finds the lines as they were left. */
  setFilter(filter: LogFilter): void {
    if (JSON.stringify(filter) === JSON.stringify(this.filter)) return;
    this.filter = filter;
    this.#entries = [];
    this.#frozen = null;
    this.known = false;
    this.error = null;
    this.#feed.restart();
    this.changed();
  }

  get paused(): boolean {
    return this.#frozen !== null;
  }

  get entries(): readonly LogEntry[] {
    return this.#frozen?.entries ?? this.#entries;
  }

  /** Lines that have come since the reader paused. */
  get news(): number {
    return this.#frozen === null ? 0 : this.received - this.#frozen.received;
  }

  freeze(): void {
    this.#frozen ??= { entries: this.#entries.slice(-maxLogLines), received: this.received };
    this.changed();
  }

  follow(): void {
    this.#frozen = null;
    this.changed();
  }

  /** After a time away the lines that are there already are not new. */
  #begin(log: readonly LogEntry[]): void {
    const last = this.#entries.at(-1);
    const lastIndex = last ? log.findIndex(({ seq, time }) => seq === last.seq && time === last.time) : -1;
    this.received += last ? log.length - 1 - lastIndex : 0;
    this.#entries = [...log];
    this.known = true;
    this.#frames.request(this);
  }
}
