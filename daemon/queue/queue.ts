/**
 * The queue: takes messages, hands out what is due, records what became of it, and answers the operator.
 *
 * It is the front of the stores in this folder and holds no messages itself; what is being delivered at this moment it
 * asks of those who deliver. Not in charge of when and where to deliver (delivery), nor of who may send (smtp).
 */
import type { QueueEvent } from '../../shared/api/events.ts';
import type { CheckedParams, Result } from '../../shared/api/index.ts';
import type { MessageDetail, VerbResult } from '../../shared/api/queue.ts';
import type { Status } from '../../shared/api/server.ts';
import { type Clock, isoTimeOrNull } from '../clock.ts';
import { MaildError } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import type { Part } from '../store/group-writer.ts';
import type { Store } from '../store/store.ts';
import { acceptPart } from './accept-program.ts';
import { ContentFiles } from './content-files.ts';
import { readContentSlice } from './content-slice.ts';
import { readDueDomains, readDueJobs, readNextDueAt, readPendingJobs } from './delivery-store.ts';
import { readContent, readDetail } from './detail-store.ts';
import { listQueue } from './list-store.ts';
import type { DeliveryJob } from './message.ts';
import { readOperations } from './operation-store.ts';
import type { ActiveDeliveries, DeliveryPort, IntakePort, JobOutcome, NewMessage } from './queue-port.ts';
import { changeOf, QueueVerbs, type VerbParams } from './queue-verbs.ts';
import { recordPart } from './record-program.ts';
import { deleteMessages, readExpired, readLastId } from './retention-store.ts';
import { countActive, countMatching, readCounts, summarise } from './summary-store.ts';
import { readMissing, readSelected, type SelectedMessage, type StoredVerb } from './verb-store.ts';

export interface QueueOptions {
  readonly store: Store;
  readonly stateDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly active: ActiveDeliveries;
  /** How long a message is tried, in ms. */
  readonly expireAfterMs: () => number;
  readonly undoMs: () => number;
  readonly historyMs: () => number;
}

/** Finished messages taken away in one transaction. */
const purgeStep = 100;

export interface LocalDelivery {
  readonly contentId: number;
  readonly accountIds: readonly number[];
}

export class Queue implements IntakePort, DeliveryPort {
  readonly changes = new EventSource<QueueEvent>();
  /** Something may have become due. */
  readonly due = new EventSource<void>();
  /** Mail is in mailboxes of these accounts, on disk. */
  readonly delivered = new EventSource<LocalDelivery>();
  readonly files: ContentFiles;
  readonly #options: QueueOptions;
  readonly #store: Store;
  readonly #verbs: QueueVerbs;
  #lastId = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#store = options.store;
    this.files = new ContentFiles(options.stateDir, options.store, options.log);
    this.#verbs = new QueueVerbs({
      store: options.store,
      clock: options.clock,
      active: options.active,
      changes: this.changes,
      newestId: () => this.#lastId,
      wake: () => this.due.emit(),
    });
  }

  /** Before mail is taken: finds the last id, completes what a crash cut short. Throws StoreError. */
  async start(): Promise<void> {
    this.#lastId = Math.max(this.#lastId, await readLastId(this.#store));
    const completed = await this.#verbs.completeUnfinished();
    if (completed > 0)
      this.#options.log.info('operations completed that were cut short', { operations: completed });
    await this.files.sweepOrphans();
    await this.files.collectGarbage();
  }

  nextId(): number {
    return ++this.#lastId;
  }

  async accept(message: NewMessage, also: readonly Part[] = []): Promise<void> {
    const now = this.#options.clock.now();
    await this.#store.submit([acceptPart(message, now, now + this.#options.expireAfterMs()), ...also]);
    this.announce(message);
  }

  dueDomains(now: number, except: readonly string[], limit: number): Promise<readonly string[]> {
    return readDueDomains(this.#store, now, except, limit);
  }
  dueJobs(
    domain: string,
    now: number,
    except: readonly number[],
    limit: number,
  ): Promise<readonly DeliveryJob[]> {
    return readDueJobs(this.#store, domain, now, except, limit);
  }
  nextDueAt(): Promise<number | null> {
    return readNextDueAt(this.#store, this.#options.clock.now());
  }

  /** Throws MaildError `queue.not_found` when the message has gone. */
  async content(
    messageId: number,
  ): Promise<{ sizeBytes: number; inline: Buffer | null; path: string | null }> {
    const content = await readContent(this.#store, messageId);
    if (!content) throw notFound(messageId, 'has no content any more');
    const path = content.file === null ? null : this.files.path(content.file);
    return { sizeBytes: content.sizeBytes, inline: content.inline, path };
  }

  async record(outcome: JobOutcome, reports: readonly NewMessage[]): Promise<void> {
    const now = this.#options.clock.now();
    const expiresAt = now + this.#options.expireAfterMs();
    const parts: Part[] = reports.map((report) => acceptPart(report, now, expiresAt));
    await this.#store.submit([...parts, recordPart(outcome)]);
    for (const report of reports) this.announce(report);
    if (!this.changes.idle) this.changes.emit(changeOf('changed', [outcome.messageId]));
  }

  /** The result of `queue.list` as JSON text. */
  list(params: CheckedParams<'queue.list'>): Promise<string> {
    return listQueue(this.#store, params, this.#options.active.ids(), this.#options.clock.now());
  }

  count(params: CheckedParams<'queue.count'>): Promise<Result<'queue.count'>> {
    return countMatching(
      this.#store,
      params.filter ?? {},
      this.#options.active.ids(),
      this.#options.clock.now(),
    );
  }

  summary(params: CheckedParams<'queue.summary'>): Promise<Result<'queue.summary'>> {
    return summarise(this.#store, params, this.#options.active.ids(), this.#options.clock.now());
  }

  async show(id: number): Promise<MessageDetail> {
    const detail = await readDetail(this.#store, id, this.#options.active.ids().includes(id));
    if (!detail) throw notFound(id, 'is not in the queue, nor in its history');
    return detail;
  }

  async contentSlice(id: number, offset: number, length: number): Promise<Result<'queue.content'>> {
    const slice = await readContentSlice(await this.content(id), offset, length);
    return { data: slice.data.toString('base64'), offset, sizeBytes: slice.sizeBytes };
  }

  verb(verb: StoredVerb, params: VerbParams, client: string): Promise<VerbResult> {
    return this.#verbs.run(verb, params, client);
  }

  undo(operation: number | undefined): Promise<Result<'queue.undo'>> {
    return this.#verbs.undo(operation);
  }

  async operations(): Promise<Result<'queue.operations'>> {
    return { operations: await readOperations(this.#store, this.#options.undoMs()) };
  }

  /** Messages of a filter after an id, for verbs that do more than the store can (bounce). */
  select(filter: VerbParams['filter'], afterId: number, limit: number): Promise<SelectedMessage[]> {
    const selection = { filter, newestId: this.#lastId };
    return readSelected(
      this.#store,
      selection,
      afterId,
      limit,
      this.#options.active.ids(),
      this.#options.clock.now(),
    );
  }

  /** Those of the ids that are not in the queue. */
  missing(ids: readonly number[]): Promise<readonly number[]> {
    return readMissing(this.#store, ids);
  }

  /** All that is pending of these messages, a job for each message and domain. */
  pendingJobs(ids: readonly number[]): Promise<readonly DeliveryJob[]> {
    return readPendingJobs(this.#store, ids);
  }

  async counts(): Promise<Status['queue']> {
    const { ready, deferred, held, bytes, oldestAt } = await readCounts(this.#store);
    const total = ready + deferred + held;
    // What is active is stored as ready or deferred; the state of each is asked only of those few.
    const ids = this.#options.active.ids();
    const active = await countActive(this.#store, ids);
    return {
      total,
      ready: ready - active.ready,
      active: active.ready + active.deferred,
      deferred: deferred - active.deferred,
      held,
      bytes,
      oldestAt: isoTimeOrNull(oldestAt),
    };
  }

  /** Takes away history and removed messages past their time, in short steps; answers how many. */
  async purge(): Promise<number> {
    const { clock, historyMs, undoMs } = this.#options;
    let purged = 0;
    for (;;) {
      const now = clock.now();
      const ids = await readExpired(this.#store, now - historyMs(), now - undoMs(), purgeStep);
      if (ids.length > 0) await this.#store.transaction((tx) => deleteMessages(tx, ids));
      purged += ids.length;
      if (ids.length < purgeStep) break;
    }
    await this.files.collectGarbage();
    return purged;
  }

  /** Tells mailboxes, the scheduler and those who watch of a message that has come to be on disk. */
  announce(message: NewMessage): void {
    if (message.local.length > 0) {
      const accountIds = message.local.map(({ accountId }) => accountId);
      this.delivered.emit({ contentId: message.id, accountIds });
    }
    if (message.remote.length === 0) return;
    this.due.emit();
    if (!this.changes.idle) this.changes.emit(changeOf('added', [message.id]));
  }
}

const notFound = (id: number, what: string): MaildError =>
  new MaildError('queue.not_found', `message ${id} ${what}`);
