/**
 * The server: listeners and workers, which start and stop while the service goes on answering the control API.
 *
 * Starts and stops run one after another, whoever asks for them. What the parts do is theirs; this only says when.
 */
import type { ServerState } from '../shared/api/server.ts';
import { type Clock, isoTimeOrNull } from './clock.ts';
import { errorText } from './errors.ts';
import { EventSource } from './events.ts';
import type { ListenerSet } from './lifecycle/listener-set.ts';
import type { Worker } from './lifecycle/worker.ts';
import type { Logger } from './log/logger.ts';

export interface MailServerNeeds {
  readonly listeners: ListenerSet;
  readonly workers: readonly Worker[];
  /** Called when the server starts: counters since the start of the server begin anew. */
  readonly started: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ServerChange {
  readonly state: ServerState;
  readonly changed: boolean;
}

/**
 * A message in transit and a delivery in flight have this long to end. A call of the control API waits 60 s at most,
 * systemd 90 s.
 */
export const drainMs = 30_000;

export class MailServer {
  readonly changed = new EventSource<ServerState>();
  readonly #needs: MailServerNeeds;
  #state: ServerState = 'stopped';
  #startedAt: number | null = null;
  /** The start or stop that is going on, or the last one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(needs: MailServerNeeds) {
    this.#needs = needs;
  }

  get state(): ServerState {
    return this.#state;
  }

  get startedAt(): string | null {
    return isoTimeOrNull(this.#startedAt);
  }

  /** Listeners that cannot listen are no failure: see the status. */
  start(): Promise<ServerChange> {
    return this.#next(async () => {
      if (this.#state === 'running') return false;
      const { listeners, workers, started, clock, log } = this.#needs;
      this.#enter('starting');
      await this.#attempt('counters', started);
      this.#startedAt = clock.now();
      for (const worker of workers) await this.#attempt(worker.name, () => worker.start());
      await listeners.open();
      this.#enter('running');
      log.info('server started');
      return true;
    });
  }

  /** New clients are refused at once; messages in transit and deliveries in flight have `withinMs` to end. */
  stop(reason?: string, withinMs = drainMs): Promise<ServerChange> {
    return this.#next(async () => {
      if (this.#state === 'stopped') return false;
      const { listeners, workers, log } = this.#needs;
      this.#enter('stopping');
      log.info('server stopping', { reason });
      await Promise.all([
        this.#attempt('listeners', () => listeners.close(withinMs)),
        ...workers.map((worker) => this.#attempt(worker.name, () => worker.stop(withinMs))),
      ]);
      this.#startedAt = null;
      this.#enter('stopped');
      log.info('server stopped', { reason });
      return true;
    });
  }

  /** One part that fails must not leave the server half started or half stopped. */
  async #attempt(part: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#needs.log.error('part of the server failed', { part, error: errorText(error) });
    }
  }

  #next(change: () => Promise<boolean>): Promise<ServerChange> {
    const result = this.#last.then(async () => ({ changed: await change(), state: this.#state }));
    this.#last = result.catch(() => undefined);
    return result;
  }

  #enter(state: ServerState): void {
    this.#state = state;
    this.changed.emit(state);
  }
}
