/**
 * The connections, live: their states and steps as the daemon tells them. What a step does not carry (last result, next
 * poll) is asked for when a run has ended or something was changed.
 */
import type { Connection, ConnectionEvent } from '../../../shared/api/connections.ts';
import type { Result } from '../../../shared/api/index.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Feed } from './feed.ts';
import { type FrameClock, Observable } from './observable.ts';

export interface Step {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** Steps kept of one connection; its runs are kept by the daemon. */
const maxSteps = 20;

export class ConnectionsStore extends Observable {
  known = false;
  connections: readonly Connection[] = [];
  /** Of the one that is looked at: its totals and last runs. */
  detail: Result<'connections.show'> | null = null;
  readonly #steps = new Map<string, readonly Step[]>();
  #watched: string | null = null;
  readonly #link: DaemonLink;
  readonly #frames: FrameClock;
  readonly #feed: Feed;
  readonly #now: () => number;

  constructor(link: DaemonLink, frames: FrameClock, now: () => number) {
    super();
    this.#link = link;
    this.#frames = frames;
    this.#now = now;
    this.#feed = new Feed({
      link,
      params: () => ({ topics: ['connections'] }),
      onSnapshot: ({ connections = [] }) => {
        this.connections = connections;
        this.known = true;
        frames.request(this);
      },
      onEvent: (event) => event.topic === 'connections' && this.#hear(event.data),
    });
  }

  start(): void {
    this.#feed.start();
  }

  stop(): void {
    this.#feed.stop();
  }

  /** What a connection is at, the newest last. */
  steps(name: string): readonly Step[] {
    return this.#steps.get(name) ?? [];
  }

  /** Null: none. */
  watch(name: string | null): void {
    if (name === this.#watched) return;
    this.#watched = name;
    this.detail = null;
    void this.#show();
  }

  #hear({ change, connection: name, run, state, text }: ConnectionEvent): void {
    if (change === 'started') this.#steps.set(name, []);
    if (change === 'started' || change === 'step' || change === 'finished')
      this.#steps.set(name, [...this.steps(name), { at: this.#now(), text }].slice(-maxSteps));
    this.connections = this.connections.map((one) =>
      one.name === name ? { ...one, state, detail: change === 'progress' ? text : one.detail } : one,
    );
    if (run === null || change === 'finished') void this.#list();
    this.#frames.request(this);
  }

  async #list(): Promise<void> {
    try {
      const { connections } = await this.#link.call('connections.list', {});
      this.connections = connections;
      this.#frames.request(this);
    } catch {
      // The daemon is away: its snapshot comes with the next client.
    }
    await this.#show();
  }

  async #show(): Promise<void> {
    const name = this.#watched;
    if (name === null) return;
    try {
      const detail = await this.#link.call('connections.show', { name });
      if (name === this.#watched) this.detail = detail;
    } catch {
      // Removed a moment ago, or the daemon is away.
      if (name === this.#watched) this.detail = null;
    }
    this.#frames.request(this);
  }
}
