/**
 * The delivery worker: everything that takes mail from the queue to other servers, wired together.
 *
 * Local mailboxes are no matter of its own: mail for them never comes here.
 */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { LoggerSource } from '../log/logger.ts';
import { MxLookup } from '../net/mx.ts';
import { isOwnAddress } from '../net/own-addresses.ts';
import type { DnsResolver } from '../net/resolver.ts';
import type { DeliveryJob } from '../queue/message.ts';
import type { DeliveryPort, IntakePort } from '../queue/queue-port.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Deliverer, type JobAttempt, type Progress } from './deliver.ts';
import { DomainHealth } from './domain-health.ts';
import type { ActiveJob } from './lane.ts';
import { Recorder } from './recorder.ts';
import { Reporter } from './reporter.ts';
import { Routes } from './routes.ts';
import { Scheduler } from './scheduler.ts';
import { noSenders, type Senders } from './senders-port.ts';

export interface DeliveryNeeds {
  readonly queue: DeliveryPort;
  /** For the ids of reports. */
  readonly ids: Pick<IntakePort, 'nextId'>;
  readonly directory: Pick<DirectoryPort, 'resolve'>;
  readonly sessions: SessionRegistryPort;
  readonly resolver: DnsResolver;
  /** The relays of connections; without it there are none. */
  readonly senders?: Senders;
  readonly clock: Clock;
  readonly log: LoggerSource;
  /** 0 to 1; for jitter and the order among equal mail hosts. */
  readonly random?: () => number;
}

export type DeliveryConfig = Pick<Config, 'hostname' | 'listeners' | 'routes' | 'delivery'>;

export interface DomainState {
  readonly domain: string;
  readonly active: number;
  /** ms since 1970: until then its mail is deferred without a try, because none of its hosts could be reached. */
  readonly backoffUntil: number | null;
  readonly lastReply: string | null;
}

/** One run of the worker, from {@link start} to {@link stop}; a server that is started again makes a new one. */
export class Delivery {
  readonly #clock: Clock;
  readonly #senders: Senders;
  readonly #routes: Routes;
  readonly #health: DomainHealth;
  readonly #pool: ConnectionPool;
  readonly #deliverer: Deliverer;
  readonly #recorder: Recorder;
  readonly #scheduler: Scheduler<JobAttempt>;

  constructor(config: DeliveryConfig, needs: DeliveryNeeds) {
    const { hostname, delivery } = config;
    const { queue, ids, directory, sessions, resolver, clock, random = Math.random } = needs;
    const log = needs.log.for('delivery');
    const mx = new MxLookup(resolver, { hostname, isOurs: ownServer(config), ipv6: delivery.ipv6, random });
    this.#clock = clock;
    this.#senders = needs.senders ?? noSenders;
    this.#routes = new Routes(config, mx, this.#senders);
    this.#health = new DomainHealth(delivery.concurrencyPerDomain, clock);
    this.#pool = new ConnectionPool(delivery, { hostname, sessions, clock, log });
    this.#deliverer = new Deliverer(delivery, { queue, routes: this.#routes, pool: this.#pool, clock });
    const reporter = new Reporter({ hostname, directory, ids, queue, clock, log });
    this.#recorder = new Recorder(delivery, { queue, reporter, clock, log, random });
    this.#scheduler = new Scheduler(delivery, {
      queue,
      health: this.#health,
      clock,
      log,
      work: {
        attempt: (job, progress) => this.#attempt(job, progress),
        record: (job, attempt) => this.#recorder.record(job, attempt),
      },
    });
  }

  start(): void {
    this.#scheduler.start();
  }

  /**
   * Starts no more deliveries, lets those in flight end for up to `drainMs`, then cuts them off: what had no answer
   * stays due. Resolves when all connections are told to close and all outcomes are written.
   */
  async stop({ drainMs }: { readonly drainMs: number }): Promise<void> {
    const cut = this.#clock.after(drainMs, () => {
      this.#pool.close();
      this.#recorder.stop();
    });
    await this.#scheduler.stop();
    cut.cancel();
    this.#pool.close();
  }

  /** Something was accepted. */
  wake(): void {
    this.#scheduler.wake();
  }

  /** An operator asked for an attempt now: domains that rest are tried all the same. */
  sendNow(): void {
    this.#health.wake();
    this.#scheduler.wake();
  }

  pause(): void {
    this.#scheduler.pause();
  }

  resume(): void {
    this.#scheduler.resume();
  }

  /** See {@link Scheduler.quiesce}: for verbs that change the queue. */
  quiesce<T>(work: () => Promise<T>): Promise<T> {
    return this.#scheduler.quiesce(work);
  }

  /** Messages being delivered at this moment, by id. */
  active(): ReadonlyMap<number, ActiveJob> {
    return this.#scheduler.active();
  }

  /** Domains with deliveries under way, and those that rest. */
  domains(): readonly DomainState[] {
    const busy = this.#scheduler.busyDomains();
    const names = new Set([...busy.keys(), ...this.#health.resting()]);
    return [...names].map((domain) => {
      const rest = this.#health.rest(domain);
      return {
        domain,
        active: busy.get(domain) ?? 0,
        backoffUntil: rest === null ? null : this.#clock.now() + rest.until - this.#clock.monotonic(),
        lastReply: this.#health.lastReply(domain),
      };
    });
  }

  /** Where mail for a domain would go now, for people: route or mail hosts, or why there is no way. */
  async via(domain: string): Promise<string> {
    const destination = this.#routes.find(domain);
    try {
      const targets = await destination.targets();
      const hosts = [...new Set(targets.map(({ host, port }) => `${host}:${port}`))];
      return `${destination.via}: ${hosts.join(', ')}`;
    } catch (error) {
      return `${destination.via}: ${errorText(error)}`;
    }
  }

  /** Why mail for a domain waits for its connection, and for which; null when it does not. */
  waits(domain: string): { readonly connection: string; readonly why: string } | null {
    const { connection, waits } = this.#routes.find(domain);
    return connection === null || waits === null ? null : { connection, why: waits };
  }

  async #attempt(job: DeliveryJob, progress: Progress): Promise<JobAttempt> {
    const { domain } = job;
    const { connection, waits } = this.#routes.find(domain);
    if (waits !== null)
      return { ...notTried(job, waits, '4.3.2'), unreachable: false, waits: true, connection };
    const rest = this.#health.rest(domain);
    if (rest !== null) {
      return notTried(job, `${rest.reply} (not tried again so soon)`, rest.enhancedCode);
    }
    const attempt = await this.#deliverer.deliver(job, progress);
    this.#noteSent(attempt);
    const last = attempt.recipients.at(-1);
    if (last === undefined || attempt.interrupted !== null) return attempt;
    if (attempt.unreachable) {
      this.#health.unreachable(domain, last.reply, last.enhancedCode, attempt.durationMs);
    } else this.#health.answered(domain, last.reply);
    return attempt;
  }

  #noteSent({ connection = null, recipients }: JobAttempt): void {
    if (connection === null || !recipients.some(({ kind }) => kind === 'delivered')) return;
    this.#senders.delivered(connection, 1);
  }
}

/** The reason is known, and not waited for again. */
function notTried(job: DeliveryJob, reply: string, enhancedCode: string | null): JobAttempt {
  const recipients = job.recipients.map((recipient) => ({
    recipient,
    kind: 'temporary' as const,
    host: null,
    address: null,
    durationMs: 0,
    code: null,
    enhancedCode,
    reply,
    tls: null,
    sessionId: null,
    dsn: false,
  }));
  return { recipients, unreachable: true, interrupted: null, durationMs: 0 };
}

/** An address of this host is ours only where this server listens: another one may live on the same machine. */
function ownServer({ listeners, delivery }: DeliveryConfig): (address: string) => boolean {
  const listening = listeners.some(({ protocol, port }) => protocol === 'smtp' && port === delivery.port);
  return (address) => listening && isOwnAddress(address);
}
