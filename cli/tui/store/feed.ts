/** One subscription, kept alive: subscribed anew with every client, and when what is wanted changes. */
import type { Params, Result } from '../../../shared/api/index.ts';
import type { TopicEvent } from '../../client.ts';
import type { DaemonClient, DaemonLink } from './daemon-link.ts';

export interface FeedOptions {
  readonly link: DaemonLink;
  readonly params: () => Params<'events.subscribe'>;
  readonly onSnapshot: (snapshot: Result<'events.subscribe'>['snapshot']) => void;
  readonly onEvent: (event: TopicEvent) => void;
  /** The daemon does not know what is asked for, such as a session that has ended. */
  readonly onError?: (error: unknown) => void;
}

export class Feed {
  readonly #options: FeedOptions;
  #unlisten: (() => void) | null = null;
  #end: (() => Promise<unknown>) | null = null;
  /** Rises with each subscription; what belongs to an earlier one is not listened to any more. */
  #generation = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#unlisten ??= this.#options.link.each((client) => void this.#subscribe(client));
  }

  stop(): void {
    this.#unlisten?.();
    this.#unlisten = null;
    this.#drop();
  }

  /** With the parameters of now. */
  restart(): void {
    if (this.#unlisten === null) return;
    this.stop();
    this.start();
  }

  async #subscribe(client: DaemonClient): Promise<void> {
    this.#drop();
    const generation = this.#generation;
    const { params, onSnapshot, onEvent, onError } = this.#options;
    const current = (): boolean => generation === this.#generation;
    try {
      const subscription = await client.subscribe(params(), (event) => {
        if (current()) onEvent(event);
      });
      if (!current()) return await subscription.end();
      this.#end = () => subscription.end();
      onSnapshot(subscription.snapshot);
    } catch (error) {
      if (current()) onError?.(error);
    }
  }

  #drop(): void {
    this.#generation += 1;
    // With the daemon away there is nothing left to end.
    this.#end?.().catch(() => undefined);
    this.#end = null;
  }
}
