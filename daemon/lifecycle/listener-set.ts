/**
 * The listeners of the server: opened, closed, changed by a reload, and tried again when one cannot listen.
 *
 * One that fails does not stop the others: what is wrong with it stands in the status until it listens.
 */
import type { ListenerStatus } from '../../shared/api/server.ts';
import { type Clock, isoTime, type Timer } from '../clock.ts';
import type { ListenerConfig } from '../config/config.ts';
import { errorCode, errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

export interface OpenListener {
  /** The port that was bound; differs from the configured one when that is 0. */
  readonly port: number;
  /** Takes no more clients at once, gives those it has `drainMs` to end, then ends them. */
  close(drainMs: number): Promise<void>;
}

/** Resolves when it listens. Throws the error of the system, or {@link ListenerUnavailableError}. */
export type ListenerOpener = (config: ListenerConfig) => Promise<OpenListener>;

/** This version has no server for the protocol: trying again is of no use. */
export class ListenerUnavailableError extends MaildError {
  constructor(protocol: string) {
    super('listener.unavailable', `${protocol} is not available in this version`);
  }
}

export interface ListenerFailure {
  readonly listener: ListenerStatus;
  readonly error: string;
  readonly since: string;
  /** Whether it is tried again by itself. */
  readonly retried: boolean;
}

interface Slot {
  readonly config: ListenerConfig;
  open: OpenListener | null;
  error: { readonly text: string; readonly since: number; readonly retried: boolean } | null;
  retry: Timer | null;
}

/** An address may come with the network, a port be freed by another program. */
const retryMs = 30_000;

export class ListenerSet {
  readonly #opener: ListenerOpener;
  readonly #clock: Clock;
  readonly #log: Logger;
  #slots: Slot[];
  #running = false;

  constructor(configs: readonly ListenerConfig[], opener: ListenerOpener, clock: Clock, log: Logger) {
    this.#opener = opener;
    this.#clock = clock;
    this.#log = log;
    this.#slots = configs.map(newSlot);
  }

  /** Resolves when each of them listens or has failed. */
  async open(): Promise<void> {
    this.#running = true;
    await Promise.all(this.#slots.map((slot) => this.#open(slot)));
  }

  async close(drainMs: number): Promise<void> {
    this.#running = false;
    await Promise.all(this.#slots.map((slot) => this.#close(slot, drainMs)));
  }

  /** Closes those that are gone from the configuration, opens those that are new, leaves the others alone. */
  async change(configs: readonly ListenerConfig[], drainMs: number): Promise<void> {
    const kept = new Set<Slot>();
    const next = configs.map((config) => {
      const same = this.#slots.find((slot) => !kept.has(slot) && sameConfig(slot.config, config));
      if (same !== undefined) kept.add(same);
      return same ?? newSlot(config);
    });
    const gone = this.#slots.filter((slot) => !kept.has(slot));
    this.#slots = next;
    const closed = gone.map((slot) => this.#close(slot, drainMs));
    if (this.#running) {
      await Promise.all(next.filter((slot) => !kept.has(slot)).map((slot) => this.#open(slot)));
    }
    await Promise.all(closed);
  }

  status(): ListenerStatus[] {
    return this.#slots.map(statusOf);
  }

  failures(): ListenerFailure[] {
    return this.#slots.flatMap((slot) =>
      slot.error === null
        ? []
        : [
            {
              listener: statusOf(slot),
              error: slot.error.text,
              since: isoTime(slot.error.since),
              retried: slot.error.retried,
            },
          ],
    );
  }

  async #open(slot: Slot): Promise<void> {
    const { protocol, address, port, tls } = slot.config;
    try {
      const open = await this.#opener(slot.config);
      // The server may have been stopped, or the listener removed, while this one was opening.
      if (!this.#running || !this.#slots.includes(slot)) {
        await open.close(0);
        return;
      }
      slot.open = open;
      slot.error = null;
    } catch (error) {
      const text = reasonText(error);
      const retried = !(error instanceof ListenerUnavailableError);
      if (slot.error?.text !== text) {
        this.#log.error('listener failed', { protocol, address, port, tls, error: text });
        slot.error = { text, since: this.#clock.now(), retried };
      }
      if (this.#running && retried) this.#retryLater(slot);
    }
  }

  #retryLater(slot: Slot): void {
    slot.retry = this.#clock.after(retryMs, () => {
      slot.retry = null;
      if (this.#running && this.#slots.includes(slot)) void this.#open(slot);
    });
  }

  async #close(slot: Slot, drainMs: number): Promise<void> {
    slot.retry?.cancel();
    slot.retry = null;
    slot.error = null;
    const { open } = slot;
    slot.open = null;
    await open?.close(drainMs);
  }
}

const newSlot = (config: ListenerConfig): Slot => ({ config, open: null, error: null, retry: null });

const sameConfig = (a: ListenerConfig, b: ListenerConfig): boolean =>
  a.protocol === b.protocol && a.address === b.address && a.port === b.port && a.tls === b.tls;

const statusOf = ({ config, open, error }: Slot): ListenerStatus => ({
  ...config,
  port: open?.port ?? config.port,
  error: open === null ? (error?.text ?? 'stopped') : null,
});

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use by another program',
  EACCES: 'not permitted: a port below 1024 needs root or CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine does not have the address',
};

function reasonText(error: unknown): string {
  const cause = error instanceof MaildError ? (error.cause ?? error) : error;
  return reasons[errorCode(cause) ?? ''] ?? errorText(error);
}
