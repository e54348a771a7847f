/** The `status` topic: asks once a second while somebody listens, and tells when something has changed. */
import type { Status } from '../../shared/api/server.ts';
import type { Clock, Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import { EventSource, type Unsubscribe } from '../events.ts';
import type { Logger } from '../log/logger.ts';

export interface StatusTick {
  readonly json: string;
  /** The same as long as nothing changed that is worth an event. */
  readonly mark: string;
}

const intervalMs = 1_000;

export class StatusTicker {
  readonly #get: () => Promise<Status>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #ticks = new EventSource<StatusTick>();
  #timer: Timer | null = null;

  constructor(get: () => Promise<Status>, clock: Clock, log: Logger) {
    this.#get = get;
    this.#clock = clock;
    this.#log = log;
  }

  on(listener: (tick: StatusTick) => void): Unsubscribe {
    const off = this.#ticks.on(listener);
    if (!this.#timer) this.#arm();
    return () => {
      off();
      if (!this.#ticks.idle) return;
      this.#timer?.cancel();
      this.#timer = null;
    };
  }

  #arm(): void {
    const timer = this.#clock.after(intervalMs, async () => {
      await this.#tick();
      // Nobody listens any more, or somebody began anew while this one was asking.
      if (this.#timer === timer) this.#arm();
    });
    this.#timer = timer;
  }

  async #tick(): Promise<void> {
    try {
      const status = await this.#get();
      this.#ticks.emit({ json: JSON.stringify(status), mark: statusMark(status) });
    } catch (error) {
      this.#log.debug('status not available', { error: errorText(error) });
    }
  }
}

/** The status without what never stands still. */
export const statusMark = (status: Status): string =>
  JSON.stringify({ ...status, service: { ...status.service, memoryBytes: 0, loopDelayMs: 0 } });
