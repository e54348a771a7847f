/**
 * The quarantine: keeps messages from everybody, shows them to operators, lets them go or removes them; and removes by
 * itself what has been in it for too long.
 */
import type { CheckedParams, Result } from '../../shared/api/index.ts';
import type { QuarantinedMessage } from '../../shared/api/quarantine.ts';
import { type Clock, isoTime } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { readContentSlice } from '../queue/content-slice.ts';
import type { NewMessage } from '../queue/queue-port.ts';
import type { Part } from '../store/group-writer.ts';
import { StoreError } from '../store/store-error.ts';
import type { Reader, Writer } from '../store/store-port.ts';
import {
  acceptQuarantined,
  deleteQuarantined,
  insertQuarantined,
  type ListedEntry,
  type QuarantineEntry,
  readQuarantine,
  readQuarantineCount,
  readQuarantined,
  readQuarantinedBefore,
  readQuarantinedContent,
  runPart,
} from './quarantine-store.ts';

export interface QuarantineNeeds {
  readonly store: Reader & Writer;
  /** Where a message file lies. */
  readonly filePath: (file: string) => string;
  /** Told of each message that went into the queue, after it is on disk. */
  readonly released: (message: NewMessage) => void;
  readonly keepMs: () => number;
  /** How long a message is tried, in ms. */
  readonly expireAfterMs: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

const defaultPage = 200;
const defaultSliceBytes = 262_144;
/** Messages removed in one transaction. */
const removeStep = 200;

export class Quarantine {
  readonly #needs: QuarantineNeeds;

  constructor(needs: QuarantineNeeds) {
    this.#needs = needs;
  }

  /** When it resolves the message is on disk, synced. Throws StoreError. */
  async keep(entry: Omit<QuarantineEntry, 'quarantinedAt'>, also: readonly Part[]): Promise<void> {
    const quarantinedAt = this.#needs.clock.now();
    await this.#needs.store.transaction(async (tx) => {
      await insertQuarantined(tx, { ...entry, quarantinedAt });
      for (const part of also) await runPart(tx, part);
    });
  }

  async list({
    limit = defaultPage,
    cursor,
  }: CheckedParams<'quarantine.list'>): Promise<Result<'quarantine.list'>> {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor);
    if (!Number.isSafeInteger(before)) {
      throw new MaildError('params.invalid', 'cursor: is not one of ours', { details: { path: 'cursor' } });
    }
    const entries = await readQuarantine(this.#needs.store, before, limit);
    const last = entries.length === limit ? entries.at(-1) : undefined;
    return {
      messages: entries.map((entry) => this.#view(entry)),
      next: last === undefined ? null : String(last.message.id),
    };
  }

  count(): Promise<Result<'quarantine.count'>> {
    return readQuarantineCount(this.#needs.store);
  }

  /** Throws MaildError `quarantine.not_found`. */
  async show(id: number): Promise<QuarantinedMessage> {
    const entry = await readQuarantined(this.#needs.store, id);
    if (entry === undefined) throw notFound(id);
    return this.#view(entry);
  }

  /** Throws MaildError `quarantine.not_found`. */
  async contentSlice(
    id: number,
    offset = 0,
    length = defaultSliceBytes,
  ): Promise<Result<'quarantine.content'>> {
    const content = await readQuarantinedContent(this.#needs.store, id);
    if (content === undefined) throw notFound(id);
    const { sizeBytes, inline, file } = content;
    const path = file === null ? null : this.#needs.filePath(file);
    const { data } = await readContentSlice({ sizeBytes, inline, path }, offset, length);
    return { data: data.toString('base64'), offset, sizeBytes };
  }

  async release(ids: readonly number[], client: string): Promise<Result<'quarantine.release'>> {
    const { store, clock, expireAfterMs, released, log } = this.#needs;
    const result = { released: 0, notFound: [] as number[], refused: [] as { id: number; reason: string }[] };
    for (const id of new Set(ids)) {
      try {
        const now = clock.now();
        const message = await store.transaction((tx) =>
          acceptQuarantined(tx, id, now, now + expireAfterMs()),
        );
        if (message === undefined) {
          result.notFound.push(id);
          continue;
        }
        result.released += 1;
        released(message);
        log.info('message released from the quarantine', { queueId: id, client });
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const reason = /account is gone/.test(errorText(error))
          ? 'an account that it is for is gone'
          : errorText(error);
        result.refused.push({ id, reason });
      }
    }
    return result;
  }

  /** Throws MaildError `params.invalid` when nothing is named. */
  async remove(
    { ids, all }: CheckedParams<'quarantine.remove'>,
    client: string,
  ): Promise<Result<'quarantine.remove'>> {
    if ((ids === undefined) === (all === undefined)) {
      throw new MaildError('params.invalid', 'name ids or all', { details: { path: 'ids' } });
    }
    if (ids === undefined) {
      const removed = await this.#removeBefore(Number.MAX_SAFE_INTEGER);
      this.#needs.log.info('quarantine emptied', { client, messages: removed });
      return { removed, notFound: [] };
    }
    const removed = new Set(await this.#needs.store.transaction((tx) => deleteQuarantined(tx, ids)));
    for (const id of removed)
      this.#needs.log.info('message removed from the quarantine', { queueId: id, client });
    return { removed: removed.size, notFound: ids.filter((id) => !removed.has(id)) };
  }

  /** Removes what has been kept long enough; answers how many. Their files go with the queue's garbage. */
  async purge(): Promise<number> {
    const removed = await this.#removeBefore(this.#needs.clock.now() - this.#needs.keepMs());
    if (removed > 0)
      this.#needs.log.info('messages left the quarantine: their time is over', { messages: removed });
    return removed;
  }

  async #removeBefore(time: number): Promise<number> {
    const { store } = this.#needs;
    let removed = 0;
    for (;;) {
      const ids = await readQuarantinedBefore(store, time, removeStep);
      if (ids.length > 0) removed += (await store.transaction((tx) => deleteQuarantined(tx, ids))).length;
      if (ids.length < removeStep) return removed;
    }
  }

  #view({ message, quarantinedAt, kind, scanner, reason }: ListedEntry): QuarantinedMessage {
    const { id, envelope, content, source, remote, local } = message;
    return {
      id,
      kind,
      scanner,
      reason,
      from: envelope.from,
      to: [...remote, ...local].map(({ address }) => address),
      sizeBytes: content.sizeBytes,
      subject: content.subject,
      messageId: content.messageId,
      quarantinedAt: isoTime(quarantinedAt),
      expiresAt: isoTime(quarantinedAt + this.#needs.keepMs()),
      source,
    };
  }
}

const notFound = (id: number): MaildError =>
  new MaildError('quarantine.not_found', `message ${id} is not in the quarantine`);
