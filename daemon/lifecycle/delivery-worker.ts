/**
 * Delivery as a worker of the server: a run of it begins with each start and with each change of its configuration,
 * and it rests while delivering is paused. What the queue asks of deliveries it answers for the run that is going on.
 */
import type { Delivery } from '../delivery/delivery.ts';
import type { ActiveDeliveries } from '../queue/queue-port.ts';
import type { Worker } from './worker.ts';

export class DeliveryWorker implements Worker, ActiveDeliveries {
  readonly name = 'delivery';
  readonly #make: () => Delivery;
  readonly #paused: () => boolean;
  /** Null while stopped. */
  #run: Delivery | null = null;
  /** Starts, stops and renewals come one after another. */
  #last: Promise<void> = Promise.resolve();

  /** `make` reads the configuration as it is then. */
  constructor(make: () => Delivery, paused: () => boolean) {
    this.#make = make;
    this.#paused = paused;
  }

  start(): Promise<void> {
    return this.#next(async () => this.#begin());
  }

  stop(drainMs: number): Promise<void> {
    return this.#next(() => this.#end(drainMs));
  }

  /**
   * The configuration of deliveries has changed. Those in flight end first, under the old one: two runs at once would
   * both take the same messages.
   */
  renew(drainMs: number): Promise<void> {
    return this.#next(async () => {
      if (this.#run === null) return;
      await this.#end(drainMs);
      this.#begin();
    });
  }

  /** Delivering has been paused or resumed. */
  obeyPause(): void {
    if (this.#paused()) this.#run?.pause();
    else this.#run?.resume();
  }

  /** Something may have become due. */
  wake(): void {
    this.#run?.wake();
  }

  /** An operator wants an attempt now, whatever was found out about a domain. */
  sendNow(): void {
    this.#run?.sendNow();
  }

  /** Null while the server is stopped. */
  get run(): Delivery | null {
    return this.#run;
  }

  ids(): readonly number[] {
    return this.#run === null ? [] : [...this.#run.active().keys()];
  }

  quiesce<T>(work: () => Promise<T>): Promise<T> {
    return this.#run === null ? work() : this.#run.quiesce(work);
  }

  #begin(): void {
    if (this.#run !== null) return;
    this.#run = this.#make();
    if (this.#paused()) this.#run.pause();
    this.#run.start();
  }

  async #end(drainMs: number): Promise<void> {
    try {
      await this.#run?.stop({ drainMs });
    } finally {
      this.#run = null;
    }
  }

  #next(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
