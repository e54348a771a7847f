/** What is being said in one session: its last exchanges, then each new one, until it ends. */
import type { Exchange, Session } from '../../../shared/api/sessions.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Feed } from './feed.ts';
import { type FrameClock, Observable } from './observable.ts';

/** Exchanges kept of one session; it can be read back so far. */
const maxExchanges = 1_000;

export class DialogueStore extends Observable {
  /** As it was when it was asked for. */
  session: Session | null = null;
  exchanges: readonly Exchange[] = [];
  /** Earlier ones that are not kept. */
  dropped = 0;
  ended = false;
  #id: number | null = null;
  readonly #feed: Feed;
  readonly #frames: FrameClock;

  constructor(link: DaemonLink, frames: FrameClock) {
    super();
    this.#frames = frames;
    this.#feed = new Feed({
      link,
      params: () => ({ topics: ['session'], sessionId: this.#id ?? 0 }),
      onSnapshot: ({ session }) => {
        if (!session) return;
        this.session = session.session;
        this.exchanges = session.exchanges;
        this.dropped = session.dropped;
        frames.request(this);
      },
      onEvent: (event) => event.topic === 'session' && this.#hear(event.data),
      onError: () => this.#hear(null),
    });
  }

  /** Null: of none. */
  watch(id: number | null): void {
    if (id === this.#id) return;
    this.#feed.stop();
    this.#id = id;
    this.session = null;
    this.exchanges = [];
    this.dropped = 0;
    this.ended = false;
    if (id !== null) this.#feed.start();
  }

  #hear(exchange: Exchange | null): void {
    if (exchange === null) this.ended = true;
    else {
      const kept = this.exchanges.slice(-(maxExchanges - 1));
      this.dropped += this.exchanges.length - kept.length;
      this.exchanges = [...kept, exchange];
    }
    this.#frames.request(this);
  }
}
