/** A queue in memory for tests of delivery: what is due, what was recorded, and switches to make it fail or wait. */
import type {
  DeliveryJob,
  Envelope,
  EnvelopeRecipient,
  JobRecipient,
  RecipientResult,
} from '../../daemon/queue/message.ts';
import type { DeliveryPort, JobOutcome, NewMessage } from '../../daemon/queue/queue-port.ts';

interface Waiting {
  readonly id: number;
  readonly envelope: Envelope;
  readonly content: {
    readonly bytes: Buffer | null;
    readonly path: string | null;
    readonly sizeBytes: number;
  };
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly recipients: (JobRecipient & { domain: string; dueAt: number; state: 'pending' | 'done' })[];
}

export interface Given {
  readonly from?: string;
  readonly to: readonly (string | Partial<EnvelopeRecipient>)[];
  readonly body?: string | Buffer;
  /** A file instead of a body. */
  readonly path?: string;
  readonly sizeBytes?: number;
  readonly envelope?: Partial<Envelope>;
  readonly createdAt?: number;
  readonly expiresAt?: number;
  readonly dueAt?: number;
}

const DAY_MS = 86_400_000;
const DEFAULT_BODY = 'Subject: hello\r\n\r\nhi\r\n';

export class FakeDeliveryQueue implements DeliveryPort {
  readonly outcomes: JobOutcome[] = [];
  readonly reports: NewMessage[] = [];
  /** Calls of each question. */
  readonly calls = { dueDomains: 0, dueJobs: 0, nextDueAt: 0 };
  /** Awaited by `record` before anything is written. */
  beforeRecord: (() => Promise<void>) | null = null;
  /** Awaited by `dueJobs` after the answer was made. */
  afterDueJobs: (() => Promise<void>) | null = null;
  readonly #now: () => number;
  readonly #messages = new Map<number, Waiting>();
  #lastId = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Puts a message in, due at once unless said otherwise; returns its id. */
  add(given: Given): number {
    const id = this.nextId();
    const createdAt = given.createdAt ?? this.#now();
    const bytes = given.path === undefined ? Buffer.from(given.body ?? DEFAULT_BODY) : null;
    const recipients = given.to.map((to, n) => {
      const recipient = { address: '', notify: null, originalRecipient: null };
      const said = typeof to === 'string' ? { ...recipient, address: to } : { ...recipient, ...to };
      const domain = said.address.slice(said.address.lastIndexOf('@') + 1);
      const dueAt = given.dueAt ?? createdAt;
      return { ...said, n, attempts: 0, delayNotified: false, domain, dueAt, state: 'pending' as const };
    });
    this.#messages.set(id, {
      id,
      envelope: {
        from: given.from ?? 'sender@here.test',
        bodyType: '7bit',
        smtpUtf8: false,
        envelopeId: null,
        returnContent: null,
        ...given.envelope,
      },
      content: { bytes, path: given.path ?? null, sizeBytes: given.sizeBytes ?? bytes?.length ?? 0 },
      createdAt,
      expiresAt: given.expiresAt ?? createdAt + 5 * DAY_MS,
      recipients,
    });
    return id;
  }

  /** Ids of messages with recipients that are still to be delivered. */
  get waiting(): readonly number[] {
    return [...this.#messages.values()].filter((m) => m.recipients.some(isPending)).map((m) => m.id);
  }

  get results(): readonly RecipientResult[] {
    return this.outcomes.flatMap((outcome) => outcome.results);
  }

  resultsOf(id: number): readonly RecipientResult[] {
    return this.outcomes.filter((outcome) => outcome.messageId === id).flatMap((outcome) => outcome.results);
  }

  /** Sets when a message is due. */
  postpone(id: number, dueAt: number): void {
    for (const recipient of this.#message(id).recipients) recipient.dueAt = dueAt;
  }

  async dueDomains(now: number, except: readonly string[], limit: number): Promise<readonly string[]> {
    this.calls.dueDomains += 1;
    const left = new Set(except);
    const domains = new Set<string>();
    for (const message of this.#messages.values()) {
      for (const recipient of message.recipients) {
        if (isPending(recipient) && recipient.dueAt <= now && !left.has(recipient.domain)) {
          domains.add(recipient.domain);
        }
        if (domains.size === limit) return [...domains];
      }
    }
    return [...domains];
  }

  async dueJobs(domain: string, now: number, except: readonly number[], limit: number) {
    this.calls.dueJobs += 1;
    const left = new Set(except);
    const jobs: DeliveryJob[] = [];
    // As the real one: the limit is one of recipients, and a job has all of its own.
    let recipients = 0;
    for (const message of this.#messages.values()) {
      if (recipients >= limit) break;
      if (left.has(message.id)) continue;
      const due = message.recipients.filter((r) => r.domain === domain && isPending(r) && r.dueAt <= now);
      if (due.length > 0) jobs.push(job(message, domain, due));
      recipients += due.length;
    }
    await this.afterDueJobs?.();
    return jobs;
  }

  async nextDueAt(): Promise<number | null> {
    this.calls.nextDueAt += 1;
    const times = [...this.#messages.values()].flatMap((m) =>
      m.recipients.filter(isPending).map((r) => r.dueAt),
    );
    const later = times.filter((at) => at > this.#now());
    return later.length === 0 ? null : Math.min(...later);
  }

  async content(id: number) {
    const { bytes, path, sizeBytes } = this.#message(id).content;
    return { sizeBytes, inline: bytes, path };
  }

  async record(outcome: JobOutcome, reports: readonly NewMessage[]): Promise<void> {
    await this.beforeRecord?.();
    const message = this.#message(outcome.messageId);
    for (const result of outcome.results) {
      const recipient = message.recipients.find(({ n }) => n === result.n);
      if (recipient === undefined) throw new Error(`no recipient ${result.n}`);
      if (result.outcome === 'deferred') {
        const attempts = recipient.attempts + 1;
        const delayNotified = recipient.delayNotified || result.delayNotified;
        Object.assign(recipient, { attempts, delayNotified, dueAt: result.nextAttemptAt ?? 0 });
      } else recipient.state = 'done';
    }
    // As the real one: what is finished is no longer walked over.
    if (!message.recipients.some(isPending)) this.#messages.delete(message.id);
    this.outcomes.push(outcome);
    this.reports.push(...reports);
  }

  #message(id: number): Waiting {
    const message = this.#messages.get(id);
    if (message === undefined) throw new Error(`no message ${id}`);
    return message;
  }
}

const isPending = (recipient: { readonly state: 'pending' | 'done' }): boolean =>
  recipient.state === 'pending';

function job(message: Waiting, domain: string, recipients: readonly JobRecipient[]): DeliveryJob {
  const { id, envelope, content, createdAt, expiresAt } = message;
  const source = { sessionId: null, remoteAddress: null, user: null };
  return {
    messageId: id,
    domain,
    envelope,
    recipients: recipients.map((recipient) => ({ ...recipient })),
    sizeBytes: content.sizeBytes,
    createdAt,
    expiresAt,
    source,
  };
}
