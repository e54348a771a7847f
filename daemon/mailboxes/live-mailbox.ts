/**
 * Keeps the state of one mailbox true: reads it in slices, reads on when something was delivered, and applies changes. A
 * change that comes in while a slice is on its way is applied once more afterwards: the slice may be of before it.
 */
import { MaildError } from '../errors.ts';
import type { Reader } from '../store/store-port.ts';
import { readSlice, uidOf } from './entry-store.ts';
import type { MailboxState } from './mailbox-state.ts';

export type AppliedChange = (state: MailboxState) => void;

/** Entries read at once: a millisecond or two for the event loop. */
const sliceEntries = 20_000;

export class LiveMailbox {
  readonly state: MailboxState;
  readonly #store: Reader;
  readonly #lastChange: () => number;
  #meanwhile: AppliedChange[] = [];
  #reading: Promise<void> | null = null;
  #again = false;
  #loaded = false;
  #nextUid = 1;

  /** `lastChange`: as {@link MailboxState.add} wants it. */
  constructor(state: MailboxState, store: Reader, lastChange: () => number = () => 0) {
    this.state = state;
    this.#store = store;
    this.#lastChange = lastChange;
  }

  /** Whether all of it has been read, at some time. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** To be called when it is on disk. */
  apply(change: AppliedChange): void {
    change(this.state);
    if (this.#reading !== null) this.#meanwhile.push(change);
  }

  /**
   * When it resolves the state has all that was on disk when it was called. Throws MaildError `mailbox.not_found`, and what
   * the store throws.
   */
  refresh(): Promise<void> {
    if (this.#reading === null) {
      this.#reading = this.#read().finally(() => {
        this.#reading = null;
      });
      return this.#reading;
    }
    // What is being read may be of before.
    this.#again = true;
    return this.#reading;
  }

  async #read(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#readOn();
      } finally {
        const changes = this.#meanwhile;
        this.#meanwhile = [];
        for (const change of changes) change(this.state);
      }
    } while (this.#again);
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const slice = await readSlice(this.#store, this.state.id, this.#nextUid, sliceEntries);
      if (slice === undefined) throw new MaildError('mailbox.not_found', 'the mailbox has been removed');
      this.state.add(slice, this.#lastChange());
      const whole = slice.entries.length < sliceEntries;
      this.#nextUid = whole ? Math.max(this.#nextUid, slice.uidNext) : uidOf(slice.entries.at(-1) ?? 0) + 1;
      if (whole) {
        this.#loaded = true;
        return;
      }
    }
  }
}
