/** The sessions that are open, live: the snapshot, then each one that opens, changes or closes. */
import type { Session } from '../../../shared/api/sessions.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Feed } from './feed.ts';
import { type FrameClock, Observable } from './observable.ts';

/** A session and when it was told of, so that its seconds go on between two changes. */
export interface LiveSession {
  readonly session: Session;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export class SessionsStore extends Observable {
  /** False before the first answer. */
  known = false;
  readonly #sessions = new Map<number, LiveSession>();
  readonly #feed: Feed;
  readonly #frames: FrameClock;
  readonly #now: () => number;

  constructor(link: DaemonLink, frames: FrameClock, now: () => number) {
    super();
    this.#frames = frames;
    this.#now = now;
    this.#feed = new Feed({
      link,
      params: () => ({ topics: ['sessions'] }),
      onSnapshot: ({ sessions = [] }) => this.#replace(sessions),
      onEvent: (event) => {
        if (event.topic !== 'sessions') return;
        // Who closed while we did not listen would stay for ever.
        if (event.skipped) this.#feed.restart();
        const { change, session } = event.data;
        if (change === 'closed') this.#sessions.delete(session.id);
        else this.#sessions.set(session.id, { session, at: this.#now() });
        this.#frames.request(this);
      },
    });
  }

  start(): void {
    this.#feed.start();
  }

  stop(): void {
    this.#feed.stop();
  }

  get(id: number): LiveSession | undefined {
    return this.#sessions.get(id);
  }

  /** With the seconds of now. */
  list(): readonly Session[] {
    const now = this.#now();
    return [...this.#sessions.values()].map((live) => asOf(live, now));
  }

  #replace(sessions: readonly Session[]): void {
    this.#sessions.clear();
    const at = this.#now();
    for (const session of sessions) this.#sessions.set(session.id, { session, at });
    this.known = true;
    this.#frames.request(this);
  }
}

export function asOf({ session, at }: LiveSession, now: number): Session {
  const passed = Math.max(0, now - at) / 1_000;
  return {
    ...session,
    activeSeconds: session.activeSeconds + passed,
    idleSeconds: session.idleSeconds + passed,
  };
}
