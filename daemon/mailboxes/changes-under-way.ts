/**
 * Changes of messages that have been begun and have not come into memory yet. What is read of a mailbox meanwhile may count
 * them already, or not: nobody may be told that it knows all up to the mod-sequence that was read (RFC 7162 3.2).
 */
export class ChangesUnderWay {
  /** By mailbox, in the order in which they were begun. */
  readonly #running = new Map<number, Set<number>>();
  #last = 0;

  /** `work` ends when the change is in memory; `settled` is told then. */
  async run<T>(mailboxId: number, work: () => Promise<T>, settled: () => void): Promise<T> {
    const running = this.#running.get(mailboxId) ?? new Set();
    this.#running.set(mailboxId, running);
    this.#last += 1;
    const number = this.#last;
    running.add(number);
    try {
      return await work();
    } finally {
      running.delete(number);
      if (running.size === 0) this.#running.delete(mailboxId);
      settled();
    }
  }

  /** Number of the one that was begun last; 0 when there is none under way. */
  last(mailboxId: number): number {
    return this.#running.has(mailboxId) ? this.#last : 0;
  }

  /** Number of the one that was begun first; infinite when there is none under way. */
  first(mailboxId: number): number {
    const [first = Number.POSITIVE_INFINITY] = this.#running.get(mailboxId) ?? [];
    return first;
  }
}
