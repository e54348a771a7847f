/**
 * The part of the queue that goes out by connections: how much waits for one, making it due, and waiting until all of
 * it has been tried.
 */
import type { Clock } from '../clock.ts';

export interface OutboxQueue {
  /** Messages whose connection this is, in these states; all when none are named. */
  count(connection: string, states?: readonly ('ready' | 'active')[]): Promise<number>;
  /** Makes them due; answers how many there are. */
  sendNow(connection: string): Promise<number>;
}

export interface OutboxNeeds {
  readonly queue: OutboxQueue;
  /** Why nothing is delivered at this moment; null when it is. */
  readonly obstacle: () => string | null;
  readonly clock: Clock;
}

/** A relay that takes so long is left to the retries of the queue. */
const MAX_SENDING_MS = 30 * 60_000;
/** Looked at so often: an event for each message would have us count more often than they leave. */
const LOOK_MS = 100;

export class Outbox {
  readonly #needs: OutboxNeeds;

  constructor(needs: OutboxNeeds) {
    this.#needs = needs;
  }

  waiting(connection: string): Promise<number> {
    return this.#needs.queue.count(connection);
  }

  sendNow(connection: string): Promise<number> {
    return this.#needs.queue.sendNow(connection);
  }

  /**
   * Resolves when none of it is ready any more, or being delivered; with why some of it is still there, or null.
   * `progress` is called while it goes on.
   */
  async drained(connection: string, signal: AbortSignal, progress: () => void): Promise<string | null> {
    const { queue, obstacle, clock } = this.#needs;
    const until = clock.monotonic() + MAX_SENDING_MS;
    while ((await queue.count(connection, ['ready', 'active'])) > 0) {
      const why = obstacle();
      if (why !== null) return `messages wait: ${why}`;
      if (signal.aborted) return 'sending was ended: the server is stopping';
      if (clock.monotonic() > until) return 'messages wait: the relay is too slow';
      progress();
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
    const left = await queue.count(connection);
    return left === 0
      ? null
      : `${left} messages could not be sent: see mailctl queue --connection ${connection}`;
  }
}
