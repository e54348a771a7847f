/**
 * A session's maildrop: the INBOX as it was at the login (RFC 1939 4), with numbers and sizes that stay as they are
 * whatever else happens to the mailbox, and marks for what is to be deleted. Nothing is changed before {@link removeMarked}.
 */

import { MaildError } from '../errors.ts';
import type { MailboxesPort, StoredMessage } from '../mailboxes/mailboxes-port.ts';
import { flagBits } from '../mailboxes/message-flags.ts';
import { MessageSource } from './message-source.ts';

export class Maildrop {
  readonly #mailboxes: MailboxesPort;
  readonly #mailboxId: number;
  readonly #uidValidity: number;
  /** By message number, which begins at 1. */
  readonly #uids: Uint32Array;
  readonly #sizes: Uint32Array;
  readonly #source: MessageSource;
  readonly #marked = new Set<number>();
  /** 1 for those that were sent whole, by message number less 1: nothing that grows with each of them. */
  readonly #fetched: Uint8Array;
  #bytes: number;

  /** Rejects with what the mailboxes reject with. */
  static async open(mailboxes: MailboxesPort, accountId: number): Promise<Maildrop> {
    const inbox = await mailboxes.find(accountId, 'INBOX');
    if (inbox === undefined) throw new MaildError('mailbox.not_found', 'account has no INBOX');
    const { uids, sizes } = await mailboxes.sizes(inbox.id);
    return new Maildrop(mailboxes, inbox.id, inbox.uidValidity, uids, sizes);
  }

  private constructor(
    mailboxes: MailboxesPort,
    mailboxId: number,
    uidValidity: number,
    uids: readonly number[],
    sizes: readonly number[],
  ) {
    this.#mailboxes = mailboxes;
    this.#mailboxId = mailboxId;
    this.#uidValidity = uidValidity;
    this.#uids = Uint32Array.from(uids);
    this.#sizes = Uint32Array.from(sizes);
    this.#fetched = new Uint8Array(uids.length);
    this.#bytes = sizes.reduce((sum, size) => sum + size, 0);
    this.#source = new MessageSource((wanted) =>
      mailboxes.read(mailboxId, wanted, { content: true, structure: false }),
    );
  }

  /** Messages, those with a mark among them: the highest number. */
  get length(): number {
    return this.#uids.length;
  }

  /** Without those that have a mark. */
  get count(): number {
    return this.#uids.length - this.#marked.size;
  }

  /** Bytes of the messages without a mark. */
  get bytes(): number {
    return this.#bytes;
  }

  get markedCount(): number {
    return this.#marked.size;
  }

  has(message: number): boolean {
    return message >= 1 && message <= this.#uids.length;
  }

  isMarked(message: number): boolean {
    return this.#marked.has(message);
  }

  /** Bytes as they are sent, without what dot-stuffing adds. */
  sizeOf(message: number): number {
    return this.#sizes[message - 1] ?? 0;
  }

  /** RFC 1939 7: the same in every session, and never that of another message of this maildrop. */
  uniqueIdOf(message: number): string {
    return `${this.#uidValidity}.${this.#uids[message - 1] ?? 0}`;
  }

  /** Undefined: somebody else has removed it meanwhile. */
  read(message: number): Promise<StoredMessage | undefined> {
    return this.#source.read(this.#uids, message - 1);
  }

  noteFetched(message: number): void {
    this.#fetched[message - 1] = 1;
  }

  mark(message: number): void {
    this.#marked.add(message);
    this.#bytes -= this.sizeOf(message);
  }

  unmarkAll(): void {
    for (const message of this.#marked) this.#bytes += this.sizeOf(message);
    this.#marked.clear();
  }

  /** All that have a mark, or none when it rejects; on disk when it resolves. */
  async removeMarked(): Promise<void> {
    if (this.#marked.size === 0) return;
    await this.#mailboxes.removeMessages(this.#mailboxId, this.#uidsOf(this.#marked));
  }

  /** What was fetched and is still there is seen. */
  async markSeen(): Promise<void> {
    const left: number[] = [];
    for (let message = 1; message <= this.length; message += 1) {
      if (this.#fetched[message - 1] === 1 && !this.#marked.has(message)) left.push(message);
    }
    if (left.length === 0) return;
    const seen = { bits: flagBits.seen, keywords: [] };
    await this.#mailboxes.changeFlags(this.#mailboxId, this.#uidsOf(left), 'add', seen, {});
  }

  /** Lets go of what was read ahead. */
  rest(): void {
    this.#source.close();
  }

  #uidsOf(messages: Iterable<number>): number[] {
    return [...messages].sort((a, b) => a - b).map((message) => this.#uids[message - 1] ?? 0);
  }
}
