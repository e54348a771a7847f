/**
 * Messages of a maildrop one by one, read ahead in batches when a client fetches one after the other, as nearly all do: so
 * that no answer waits for a trip to the database of its own.
 */
import type { StoredMessage } from '../mailboxes/mailboxes-port.ts';

type Read = (uids: readonly number[]) => AsyncIterable<readonly StoredMessage[]>;

/** Read ahead at most: UIDs are cheap, but not a hundred thousand of them for each jump. */
const AHEAD = 2_000;

export class MessageSource {
  readonly #read: Read;
  #batches: AsyncIterator<readonly StoredMessage[]> | null = null;
  #batch = new Map<number, StoredMessage>();
  /** The highest UID that the batches have come to, and the one that they end with. */
  #upTo = 0;
  #last = 0;
  /** The index that continues what was read: whoever asks for it gets batches. */
  #next = -1;

  constructor(read: Read) {
    this.#read = read;
  }

  /** The message with the UID at `index`. Undefined: it is not there. */
  async read(uids: Uint32Array, index: number): Promise<StoredMessage | undefined> {
    const uid = uids[index] ?? 0;
    const found = this.#batch.get(uid);
    const continues = index === this.#next;
    this.#next = index + 1;
    if (found !== undefined) return found;
    if (this.#batches === null || uid <= this.#upTo || uid > this.#last) {
      this.close();
      const ahead = continues ? AHEAD : 1;
      const wanted = Array.from(uids.subarray(index, index + ahead));
      this.#last = wanted.at(-1) ?? 0;
      this.#batches = this.#read(wanted)[Symbol.asyncIterator]();
    }
    try {
      while (this.#batches !== null && this.#upTo < uid) await this.#advance(this.#batches);
    } catch (error) {
      this.close();
      throw error;
    }
    return this.#batch.get(uid);
  }

  /** Lets go of what is in memory. */
  close(): void {
    const batches = this.#batches;
    this.#batches = null;
    this.#batch = new Map();
    this.#upTo = 0;
    // What it was reading is of no use to anybody any more.
    batches?.return?.().catch(() => undefined);
  }

  async #advance(batches: AsyncIterator<readonly StoredMessage[]>): Promise<void> {
    const { done, value } = await batches.next();
    // The maildrop may have let go of it meanwhile.
    if (this.#batches !== batches) return;
    if (done === true) {
      this.#upTo = this.#last;
      this.#batches = null;
      this.#batch = new Map();
      return;
    }
    this.#batch = new Map(value.map((message) => [message.uid, message]));
    this.#upTo = value.at(-1)?.uid ?? this.#upTo;
  }
}
