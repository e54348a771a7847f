/**
 * One attempt on one job: finds the destination, tries its hosts in their order, and says what became of each
 * recipient (RFC 5321 5.1, 4.2). What that means for the queue and the sender is decided in `outcome.ts`.
 *
 * All recipients of the job go in one transaction, up to {@link MAX_RECIPIENTS}. An 8-bit body goes as it is to a
 * server without 8BITMIME, as most servers do: in practice all take it, and a conversion would break signatures.
 */
import { createReadStream } from 'node:fs';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import { RoutingError } from '../net/mx.ts';
import type { DeliveryJob, JobRecipient } from '../queue/message.ts';
import type { DeliveryPort } from '../queue/queue-port.ts';
import { ConnectionFailure } from './connection-failure.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { isPermanent, isPositive, type Reply } from './reply.ts';
import type { Destination, Routes, Target } from './routes.ts';
import type { SmtpClient, Transaction } from './smtp-client.ts';
import { needsUtf8 } from './utf8.ts';

/** What one attempt came to for one recipient. */
export interface RecipientAttempt {
  readonly recipient: JobRecipient;
  readonly kind: 'delivered' | 'temporary' | 'permanent';
  readonly host: string | null;
  readonly address: string | null;
  readonly durationMs: number;
  readonly code: number | null;
  readonly enhancedCode: string | null;
  readonly reply: string;
  readonly tls: string | null;
  readonly sessionId: number | null;
  /** Whether the remote server took over the sender's wish for reports (RFC 3461 5.2.2). */
  readonly dsn: boolean;
}

export interface JobAttempt {
  readonly recipients: readonly RecipientAttempt[];
  /** No host of the destination could be talked to. */
  readonly unreachable: boolean;
  /** An operator ended the session, or the server stops: nothing was learnt of the remote server. */
  readonly interrupted: 'killed' | 'stopping' | null;
  /** It was not tried: it waits until its connection is connected. */
  readonly waits?: boolean;
  /** The connection that it goes by; null for another way. */
  readonly connection?: string | null;
  readonly durationMs: number;
}

/** What is going on, for those who look. */
export type Progress = (detail: string, sessionId: number | null) => void;
export type StoredContent = Awaited<ReturnType<DeliveryPort['content']>>;

/** RFC 5321 4.5.3.1.8: what every server must take in one transaction. */
const MAX_RECIPIENTS = 100;
/** A domain with a row of dead addresses holds a slot for so many connection timeouts, not for all of them. */
const MAX_ADDRESSES = 10;
/** Servers that answer, and refuse for now: a second opinion, not a survey. */
const MAX_SESSIONS = 2;

export interface DelivererNeeds {
  readonly queue: Pick<DeliveryPort, 'content'>;
  readonly routes: Routes;
  readonly pool: ConnectionPool;
  readonly clock: Clock;
}

export class Deliverer {
  readonly #needs: DelivererNeeds;
  readonly #attemptTimeoutMs: number;

  constructor(config: Pick<Config['delivery'], 'attemptTimeoutMs'>, needs: DelivererNeeds) {
    this.#attemptTimeoutMs = config.attemptTimeoutMs;
    this.#needs = needs;
  }

  /** Never throws for what a remote server does. */
  async deliver(job: DeliveryJob, progress: Progress): Promise<JobAttempt> {
    const attempt = new Attempt(job, this.#needs, this.#attemptTimeoutMs, progress);
    await attempt.run();
    return attempt.result();
  }
}

class Attempt {
  readonly #job: DeliveryJob;
  readonly #needs: DelivererNeeds;
  readonly #progress: Progress;
  readonly #startedAt: number;
  readonly #deadline: number;
  readonly #results = new Map<number, RecipientAttempt>();
  #content: StoredContent | null = null;
  #sessions = 0;
  #interrupted: JobAttempt['interrupted'] = null;
  #connection: string | null = null;
  /** Set when trying another host could make a duplicate, or was not wanted. */
  #over = false;
  #unreachable = false;

  constructor(job: DeliveryJob, needs: DelivererNeeds, timeoutMs: number, progress: Progress) {
    this.#job = job;
    this.#needs = needs;
    this.#progress = progress;
    this.#startedAt = needs.clock.monotonic();
    this.#deadline = this.#startedAt + timeoutMs;
  }

  result(): JobAttempt {
    return {
      recipients: [...this.#results.values()],
      unreachable: this.#unreachable && this.#sessions === 0,
      interrupted: this.#interrupted,
      connection: this.#connection,
      durationMs: this.#elapsed,
    };
  }

  async run(): Promise<void> {
    const destination = this.#needs.routes.find(this.#job.domain);
    this.#connection = destination.connection;
    this.#progress(`Looking up ${destination.via}`, null);
    try {
      this.#content = await this.#read();
      if (await this.#onIdle(destination)) return;
      await this.#onNew(destination, await destination.targets());
    } catch (error) {
      this.#failed(error);
    }
  }

  async #read(): Promise<StoredContent> {
    const { messageId, sizeBytes, inline } = this.#job;
    return inline ? { sizeBytes, inline, path: null } : this.#needs.queue.content(messageId);
  }

  get #elapsed(): number {
    return Math.round(this.#needs.clock.monotonic() - this.#startedAt);
  }

  get #pending(): readonly JobRecipient[] {
    return this.#job.recipients.filter(({ n }) => {
      const kind = this.#results.get(n)?.kind;
      return kind === undefined || kind === 'temporary';
    });
  }

  get #done(): boolean {
    return this.#over || this.#pending.length === 0;
  }

  /** The way that costs nothing: a connection that waits. True when that settled the job for this attempt. */
  async #onIdle(destination: Destination): Promise<boolean> {
    for (let client = this.#needs.pool.take(destination.key); client !== null; ) {
      if (await this.#converse(client, destination)) return this.#done;
      client = this.#needs.pool.take(destination.key);
    }
    return false;
  }

  async #onNew(destination: Destination, targets: readonly Target[]): Promise<void> {
    const tried = targets.slice(0, MAX_ADDRESSES);
    for (const [i, target] of tried.entries()) {
      if (this.#done || this.#sessions >= MAX_SESSIONS) return;
      const left = this.#deadline - this.#needs.clock.monotonic();
      if (left <= 0) return;
      this.#progress(`Connecting to ${target.host} [${target.address}]`, null);
      // A host that hangs may have half of the time, so that the next one gets its turn.
      const client = await this.#open(target, i < tried.length - 1 ? left / 2 : left);
      if (client !== null) await this.#converse(client, destination);
    }
  }

  async #open(target: Target, timeoutMs: number): Promise<SmtpClient | null> {
    try {
      return await this.#needs.pool.open(target, timeoutMs);
    } catch (error) {
      if (!(error instanceof ConnectionFailure)) throw error;
      this.#unreachable = true;
      this.#all(this.#pending, this.#ofFailure(error, target, null));
      return null;
    }
  }

  /** False when a connection that had been idle turned out to be dead: nothing is lost, and another one is due. */
  async #converse(client: SmtpClient, destination: Destination): Promise<boolean> {
    const reused = client.transactions > 0;
    this.#progress(`Delivering to ${client.target.host}`, client.sessionId);
    let waiting = this.#acceptable(client);
    while (waiting.length > 0 && client.usable && !this.#over) {
      const batch = waiting.slice(0, MAX_RECIPIENTS);
      const transaction = await this.#send(client, batch);
      if (reused && wasDead(transaction)) return false;
      this.#absorb(client, batch, transaction);
      waiting = [...surplus(batch, transaction), ...waiting.slice(MAX_RECIPIENTS)];
    }
    this.#sessions += 1;
    this.#needs.pool.release(destination.key, client);
    return true;
  }

  #send(client: SmtpClient, recipients: readonly JobRecipient[]): Promise<Transaction> {
    const { messageId, envelope } = this.#job;
    const { sizeBytes, inline, path } = this.#content ?? {
      sizeBytes: 0,
      inline: Buffer.alloc(0),
      path: null,
    };
    const content = inline ?? createReadStream(path ?? '');
    const left = Math.max(1, this.#deadline - this.#needs.clock.monotonic());
    return client.send({ messageId, envelope, recipients, sizeBytes, content }, left);
  }

  /** Those whom this server can take, by what it said in EHLO. The others fail for good. */
  #acceptable(client: SmtpClient): readonly JobRecipient[] {
    const { connection, target } = client;
    const { sizeBytes } = this.#job;
    const refuse = (recipients: readonly JobRecipient[], enhancedCode: string, reply: string) =>
      this.#all(recipients, { ...this.#at(client), kind: 'permanent', code: null, enhancedCode, reply });
    const pending = this.#pending;
    if (connection.maxSizeBytes > 0 && sizeBytes > connection.maxSizeBytes) {
      const limit = `${target.host} takes at most ${connection.maxSizeBytes} bytes; the message has ${sizeBytes}`;
      refuse(pending, '5.3.4', limit);
      return [];
    }
    if (connection.supports('SMTPUTF8')) return pending;
    const needs = needsUtf8(this.#job.envelope, this.#content);
    const international = pending.filter((recipient) => needs(recipient.address));
    refuse(international, '5.6.7', `${target.host} does not take internationalised mail (SMTPUTF8)`);
    return pending.filter((recipient) => !international.includes(recipient));
  }

  #absorb(client: SmtpClient, batch: readonly JobRecipient[], { recipients, end }: Transaction): void {
    for (const [i, recipient] of batch.entries()) {
      const own = recipients[i];
      if (own !== undefined && !isPositive(own)) this.#all([recipient], this.#ofReply(own, client));
      else if (end instanceof ConnectionFailure) {
        this.#all([recipient], this.#ofFailure(end, client.target, client));
      } else this.#all([recipient], this.#ofReply(end, client));
    }
  }

  #ofReply(reply: Reply, client: SmtpClient): Omit<RecipientAttempt, 'recipient'> {
    const kind = isPositive(reply) ? 'delivered' : isPermanent(reply) ? 'permanent' : 'temporary';
    const text = reply.code === null ? `${client.target.host} answered no SMTP: ${reply.text}` : reply.text;
    const { code, enhancedCode } = reply;
    return { ...this.#at(client), kind, code, enhancedCode, reply: text };
  }

  #ofFailure(
    failure: ConnectionFailure,
    target: Target,
    client: SmtpClient | null,
  ): Omit<RecipientAttempt, 'recipient'> {
    // RFC 5321 4.5.3.2.6: the server may have taken it. Another host now would be sure to make a duplicate.
    if (failure.stage === 'dot') this.#over = true;
    if (failure.code === 'delivery.killed') this.#interrupted = 'killed';
    if (failure.code === 'delivery.stopping') this.#interrupted = 'stopping';
    if (this.#interrupted !== null) this.#over = true;
    const unknown = failure.stage === 'dot' ? ' (outcome unknown: it may have been delivered)' : '';
    return {
      ...(client === null ? { tls: null, sessionId: null, dsn: false } : this.#at(client)),
      durationMs: this.#elapsed,
      host: target.host,
      address: target.address,
      kind: 'temporary',
      code: failure.reply?.code ?? null,
      enhancedCode: failure.enhancedCode,
      reply: `${failure.message}${unknown}`,
    };
  }

  #at(client: SmtpClient) {
    const { target, tls, sessionId, connection } = client;
    const { host, address } = target;
    return { host, address, tls, sessionId, durationMs: this.#elapsed, dsn: connection.supports('DSN') };
  }

  /** Before any host was reached: no route, or the content cannot be read. */
  #failed(error: unknown): void {
    const routing = error instanceof RoutingError ? error : null;
    const cause = routing?.cause === undefined ? '' : `: ${errorText(routing.cause)}`;
    this.#unreachable = routing?.temporary ?? false;
    this.#all(this.#pending, {
      kind: routing !== null && !routing.temporary ? 'permanent' : 'temporary',
      host: null,
      address: null,
      durationMs: this.#elapsed,
      code: null,
      enhancedCode: routing?.enhancedCode ?? '4.3.0',
      reply: `${errorText(error)}${cause}`,
      tls: null,
      sessionId: null,
      dsn: false,
    });
  }

  #all(recipients: readonly JobRecipient[], what: Omit<RecipientAttempt, 'recipient'>): void {
    for (const recipient of recipients) this.#results.set(recipient.n, { recipient, ...what });
  }
}

/** The server had closed it while it was idle, or does so instead of an answer. */
function wasDead({ recipients, end }: Transaction): boolean {
  if (recipients.length > 0) return false;
  if (!(end instanceof ConnectionFailure)) return end.code === 421;
  return end.stage === 'envelope' && (end.code === 'delivery.lost' || end.reply?.code === 421);
}

/** RFC 5321 4.5.3.1.10: a server that has enough recipients takes the others in the next transaction. */
function surplus(batch: readonly JobRecipient[], { recipients, end }: Transaction): readonly JobRecipient[] {
  const some = recipients.some(isPositive) && !(end instanceof ConnectionFailure) && isPositive(end);
  return some ? batch.filter((_, i) => recipients[i]?.code === 452) : [];
}
