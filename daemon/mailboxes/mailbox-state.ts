/**
 * A mailbox as it is now, in memory, and the views that look at it. Changes come in when they are on disk; in whatever order
 * they and what is read of the mailbox arrive, the result is the same: what is older than what is known changes nothing.
 *
 * What each session has been told is its view's matter (mailbox-view.ts), reading and writing that of others.
 */
import type { EntrySlice } from './entry-store.ts';
import { EntryTable } from './entry-table.ts';
import type { MailboxViewState } from './mailbox-view.ts';
import type { FlagState, Mailbox } from './mailboxes-port.ts';

/** All of them stand in each FLAGS that a client gets. */
const maxListed = 1_000;

export class MailboxState {
  readonly id: number;
  readonly accountId: number;
  readonly uidValidity: number;
  readonly table = new EntryTable();
  readonly views = new Set<MailboxViewState>();
  /** Rises with each removal: a view of an earlier one has sequence numbers of its own. */
  generation = 0;
  /** Rises with each change of flags. */
  version = 0;
  gone = false;
  #name: string;
  #uidNext = 1;
  #highestModseq = 0;
  #seenModseq = 0;
  /** What was read while changes were under way, with the number of the last of these. */
  readonly #unsettled: { readonly last: number; readonly modseq: number }[] = [];
  #firstRecent = 1;
  /** By their lower case; null until somebody asks. */
  #keywords: Map<string, string> | null = null;
  #keywordList: readonly string[] = [];
  readonly #claimed: (firstRecent: number) => void;

  /** `claimed` is told when messages are not recent for anybody else any more. */
  constructor(
    mailbox: Pick<Mailbox, 'id' | 'accountId' | 'name' | 'uidValidity'>,
    claimed: (uid: number) => void,
  ) {
    this.id = mailbox.id;
    this.accountId = mailbox.accountId;
    this.uidValidity = mailbox.uidValidity;
    this.#name = mailbox.name;
    this.#claimed = claimed;
  }

  get name(): string {
    return this.#name;
  }
  get uidNext(): number {
    return this.#uidNext;
  }
  get highestModseq(): number {
    return this.#highestModseq;
  }
  /** There is one of that number; not all changes before it need to be here. */
  get seenModseq(): number {
    return this.#seenModseq;
  }
  get firstRecent(): number {
    return this.#firstRecent;
  }

  /** In use, each as it was written first; the same list until there is a new one. */
  get keywords(): readonly string[] {
    if (this.#keywords === null) {
      this.#keywords = new Map();
      for (const words of this.table.allKeywords()) this.#noteKeywords(words);
    }
    return this.#keywordList;
  }

  /**
   * What was read: entries with UIDs from some point on, without a gap. `lastChange`: number of the last change that was
   * under way when it came, 0 when there was none.
   */
  add(slice: EntrySlice, lastChange = 0): void {
    const added = this.table.add(slice);
    this.#uidNext = Math.max(this.#uidNext, slice.uidNext);
    if (lastChange === 0) this.#allUpTo(slice.highestModseq);
    else this.#unsettled.push({ last: lastChange, modseq: slice.highestModseq });
    this.#seenModseq = Math.max(this.#seenModseq, slice.highestModseq);
    this.#firstRecent = Math.max(this.#firstRecent, slice.firstRecent);
    for (const [, words] of slice.keywords) this.#noteKeywords(words);
    if (added > 0) this.#tell();
  }

  /** `by` is told of it elsewhere. */
  changeFlags(states: readonly FlagState[], by?: MailboxViewState): void {
    const idle = by !== undefined && !by.pending;
    const version = this.version + 1;
    let changed = false;
    for (const state of states) {
      const index = this.table.indexOf(state.uid);
      this.#allUpTo(state.modseq);
      if (index === -1 || state.modseq <= this.table.modseqAt(index)) continue;
      changed = true;
      this.version = version;
      if (by !== undefined && !idle) by.silence(state.uid, this.table.versionAt(index), version);
      this.table.setFlags(index, state, state.modseq, version);
      this.#noteKeywords(state.keywords);
    }
    if (!changed) return;
    if (idle) by.caughtUp();
    this.#tell(idle ? by : undefined);
  }

  remove(uids: readonly number[], modseq: number): void {
    this.#allUpTo(modseq);
    if (!uids.some((uid) => this.table.indexOf(uid) !== -1)) return;
    for (const view of this.views) view.keepNumbers(modseq);
    this.table.remove(uids);
    this.generation += 1;
    this.#tell();
  }

  /** `first`: number of the first change that is still under way. */
  settled(first: number): void {
    for (let next = this.#unsettled[0]; next !== undefined && next.last < first; next = this.#unsettled[0]) {
      this.#allUpTo(next.modseq);
      this.#unsettled.shift();
    }
  }

  rename(name: string): void {
    this.#name = name;
  }

  end(): void {
    this.gone = true;
    this.#tell();
  }

  /** The first UID that nobody has been told of, which is taken: from now on there is none below `uidNext`. */
  claimRecent(): number {
    const first = this.#firstRecent;
    if (first < this.#uidNext) {
      this.#firstRecent = this.#uidNext;
      this.#claimed(this.#uidNext);
    }
    return first;
  }

  #allUpTo(modseq: number): void {
    this.#highestModseq = Math.max(this.#highestModseq, modseq);
    this.#seenModseq = Math.max(this.#seenModseq, modseq);
  }

  #noteKeywords(words: readonly string[]): void {
    for (const word of words) {
      const key = word.toLowerCase();
      if (this.#keywords === null || this.#keywords.has(key) || this.#keywords.size === maxListed) continue;
      this.#keywords.set(key, word);
      this.#keywordList = [...this.#keywordList, word];
    }
  }

  #tell(except?: MailboxViewState): void {
    for (const view of this.views) if (view !== except) view.news.emit();
  }
}
