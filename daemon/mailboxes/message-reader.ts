/**
 * Reads messages of a mailbox in batches, one ahead of what the caller has taken: while it writes to its client, SQLite
 * reads on. A batch is bounded in number and bytes; a large message is a file that is not read here.
 */
import { deliveryHeaders } from '../queue/delivery-headers.ts';
import type { Reader } from '../store/store-port.ts';
import { keywordsOf } from './flag-change.ts';
import type { ReadOptions, StoredMessage } from './mailboxes-port.ts';
import { cutToBatches, type MessageRow, readHeads, readWhole } from './message-store.ts';
import type { MessageStructure } from './structure/message-structure.ts';
import { rising } from './uid-set.ts';

/** What makes structures, or has them. */
export interface StructureSource {
  /** Contents have come into mailboxes, and are on disk. */
  contentsStored(contentIds: readonly number[]): void;
  /** In the order of these contents, as many of the first as can be held at once, at least one; null: it has gone. */
  structuresOf(contents: readonly StructureWish[]): Promise<readonly (MessageStructure | null)[]>;
}

export interface StructureWish {
  readonly contentId: number;
  readonly sizeBytes: number;
  /** When it has been read anyway. */
  readonly inline: Buffer | null;
}

export interface MessageReaderNeeds {
  readonly store: Reader;
  readonly structures: StructureSource;
  /** Where the file of a content lies. */
  readonly filePath: (file: string) => string;
}

const maxHeads = 1_000;
const maxBatch = { messages: 128, bytes: 256 * 1024 };

export class MessageReader {
  readonly #needs: MessageReaderNeeds;

  constructor(needs: MessageReaderNeeds) {
    this.#needs = needs;
  }

  async *read(
    mailboxId: number,
    uids: readonly number[],
    options: ReadOptions,
  ): AsyncGenerator<readonly StoredMessage[]> {
    const batches = this.#batches(mailboxId, rising(uids), options);
    let left: readonly number[] = [];
    const next = async (): Promise<readonly StoredMessage[]> => {
      for (;;) {
        if (left.length === 0) left = (await batches.next()).value ?? [];
        if (left.length === 0) return [];
        const rows = await this.#rows(mailboxId, left, options);
        const messages = rows.length === 0 ? [] : await this.#messages(rows, options);
        const last = messages.at(-1);
        left = last === undefined ? [] : left.slice(left.indexOf(last.uid) + 1);
        // One that goes while it is looked into is as one that had gone before.
        const there = options.structure ? messages.filter(({ structure }) => structure !== null) : messages;
        if (there.length > 0) return there;
      }
    };
    let coming = next();
    for (;;) {
      const batch = await coming;
      if (batch.length === 0) return;
      coming = next();
      // Whoever stops reading leaves one batch that nobody waits for.
      coming.catch(() => undefined);
      yield batch;
    }
  }

  /** None of them empty. */
  async *#batches(
    mailboxId: number,
    wanted: readonly number[],
    { content }: ReadOptions,
  ): AsyncGenerator<readonly number[], undefined> {
    for (let at = 0; at < wanted.length; at += maxHeads) {
      const some = wanted.slice(at, at + maxHeads);
      // For one there is nothing to cut.
      if (!content || some.length === 1) yield some;
      else yield* await cutToBatches(this.#needs.store, mailboxId, some, maxBatch);
    }
    return undefined;
  }

  #rows(mailboxId: number, uids: readonly number[], { content }: ReadOptions): Promise<MessageRow[]> {
    const { store } = this.#needs;
    return content ? readWhole(store, mailboxId, uids) : readHeads(store, mailboxId, uids);
  }

  async #messages(
    rows: readonly MessageRow[],
    { structure }: ReadOptions,
  ): Promise<readonly StoredMessage[]> {
    const messages = rows.map((row) => this.#message(row));
    if (!structure) return messages;
    const structures = await this.#needs.structures.structuresOf(
      messages.map(({ contentId, content: { sizeBytes, inline } }) => ({ contentId, sizeBytes, inline })),
    );
    // Those beyond come with the next batch.
    return messages
      .slice(0, structures.length)
      .map((message, index) => ({ ...message, structure: structures[index] ?? null }));
  }

  #message(row: MessageRow): StoredMessage {
    const headers = deliveryHeaders(row.returnPath, row.deliveredTo);
    const { file } = row;
    return {
      uid: row.uid,
      bits: row.flags,
      keywords: keywordsOf(row.keywords),
      modseq: row.modseq,
      sizeBytes: row.size,
      internalDate: row.internalDate,
      headers,
      contentId: row.contentId,
      content: {
        sizeBytes: row.size - headers.length,
        inline: row.body,
        path: file === null ? null : this.#needs.filePath(file),
      },
      structure: null,
    };
  }
}
