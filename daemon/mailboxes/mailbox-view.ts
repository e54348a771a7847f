/**
 * One session's picture of a mailbox. While nothing was removed it is a number: how many of the entries that all views
 * share it has been told of. After a removal it keeps the list of before until its session may be told (RFC 3501 7.4.1).
 */
import { EventSource } from '../events.ts';
import { indexOf, lowerBound } from './entry-table.ts';
import type { MailboxState } from './mailbox-state.ts';
import type { MailboxView, ViewChange } from './mailboxes-port.ts';
import { type MessageFlags, noFlags } from './message-flags.ts';

/** UIDs from `first` up to, not with, `end`. */
interface RecentRange {
  readonly first: number;
  end: number;
}

/** Two sessions that take turns make many ranges; those of long ago are not recent any more. */
const maxRecentRanges = 100;

export class MailboxViewState implements MailboxView {
  readonly readOnly: boolean;
  readonly news = new EventSource<void>();
  readonly #state: MailboxState;
  readonly #closed: () => void;
  #count: number;
  /** Messages from this UID on are new to it. */
  #uidNext: number;
  #generation: number;
  /** Lists of before a removal, with what came to be known since; null while it is in step. */
  #kept: { uids: Uint32Array; bits: Uint8Array; modseqBefore: number } | null = null;
  #told: number;
  /** UIDs of which its session knows the flags of that version already. */
  #silent: Map<number, number> | null = null;
  readonly #recent: RecentRange[] = [];

  constructor(state: MailboxState, readOnly: boolean, closed: () => void) {
    this.#state = state;
    this.readOnly = readOnly;
    this.#closed = closed;
    this.#count = state.table.count;
    this.#uidNext = state.uidNext;
    this.#generation = state.generation;
    this.#told = state.version;
    this.#takeRecent();
    state.views.add(this);
  }

  get mailbox(): MailboxView['mailbox'] {
    return this.#state;
  }
  get count(): number {
    return this.#count;
  }
  get recent(): number {
    const uids = this.#uids;
    return this.#recent.reduce(
      (sum, { first, end }) =>
        sum + lowerBound(uids, this.#count, end) - lowerBound(uids, this.#count, first),
      0,
    );
  }
  get uidNext(): number {
    return this.#state.uidNext;
  }
  get highestModseq(): number {
    return this.#state.highestModseq;
  }
  get wholeUpTo(): number | null {
    const { highestModseq, seenModseq } = this.#state;
    const known = Math.min(this.#kept?.modseqBefore ?? highestModseq, highestModseq);
    return known < seenModseq ? known : null;
  }
  get keywords(): readonly string[] {
    return this.#state.keywords;
  }
  get gone(): boolean {
    return this.#state.gone;
  }
  get firstUnseen(): number {
    const { table } = this.#state;
    if (this.#kept === null) return table.firstUnseen(this.#count);
    for (let seq = 1; seq <= this.#count; seq++) if ((this.flagsAt(seq).bits & 1) === 0) return seq;
    return 0;
  }
  get pending(): boolean {
    const state = this.#state;
    return (
      state.gone ||
      this.#generation !== state.generation ||
      this.#told !== state.version ||
      this.#uidNext <= state.table.lastUid
    );
  }

  uidAt(seq: number): number {
    return seq < 1 || seq > this.#count ? 0 : (this.#uids[seq - 1] ?? 0);
  }

  seqOf(uid: number): number {
    return indexOf(this.#uids, this.#count, uid) + 1;
  }

  /** Of one that has been removed, as they were. */
  flagsAt(seq: number): MessageFlags {
    if (seq < 1 || seq > this.#count) return noFlags;
    const { table } = this.#state;
    if (this.#kept === null) return table.flagsAt(seq - 1);
    const index = table.indexOf(this.#kept.uids[seq - 1] ?? 0);
    return index === -1 ? { bits: this.#kept.bits[seq - 1] ?? 0, keywords: [] } : table.flagsAt(index);
  }

  modseqAt(seq: number): number {
    const { table } = this.#state;
    const index = this.#kept === null ? seq - 1 : table.indexOf(this.uidAt(seq));
    return index < 0 || index >= table.count ? 1 : table.modseqAt(index);
  }

  isRecent(seq: number): boolean {
    const uid = this.uidAt(seq);
    return uid !== 0 && this.#recent.some(({ first, end }) => uid >= first && uid < end);
  }

  sync({ expunges }: { readonly expunges: boolean }): ViewChange[] {
    const changes: ViewChange[] = [];
    const known = { told: this.#told, uidNext: this.#uidNext };
    if (expunges) this.#syncRemovals(changes);
    this.#syncExists(changes);
    this.#syncFlags(changes, known);
    return changes;
  }

  close(): void {
    if (!this.#state.views.delete(this)) return;
    this.#closed();
  }

  /** The entries are about to be removed from, by the change of this number: sequence numbers stay. */
  keepNumbers(modseq: number): void {
    const { uids, bits } = this.#state.table;
    this.#kept ??= { uids, bits, modseqBefore: modseq - 1 };
    this.#kept.modseqBefore = Math.min(this.#kept.modseqBefore, modseq - 1);
  }

  /** Its session knows all there is to know of flags. */
  caughtUp(): void {
    this.#told = this.#state.version;
    this.#silent = null;
  }

  /** Its session is told of this change of flags elsewhere; not, though, of an earlier one that it has not heard of. */
  silence(uid: number, before: number, version: number): void {
    if (before > this.#told && this.#silent?.get(uid) !== before) return;
    this.#silent ??= new Map();
    this.#silent.set(uid, version);
  }

  get #uids(): Uint32Array {
    return this.#kept?.uids ?? this.#state.table.uids;
  }

  /** Both lists rise: what is in the kept one only has gone. */
  #syncRemovals(changes: ViewChange[]): void {
    const { table, generation } = this.#state;
    if (this.#kept !== null) {
      const { uids } = this.#kept;
      let left = 0;
      for (let i = 0; i < this.#count; i++) {
        const uid = uids[i] ?? 0;
        if (left < table.count && table.uids[left] === uid) left += 1;
        else changes.push({ kind: 'expunged', seq: left + 1, uid });
      }
      this.#count = left;
      this.#kept = null;
    }
    this.#generation = generation;
  }

  #syncExists(changes: ViewChange[]): void {
    const { table, uidNext } = this.#state;
    const from = table.lowerBound(this.#uidNext);
    const added = table.count - from;
    this.#uidNext = Math.max(this.#uidNext, uidNext);
    if (added === 0) return;
    if (this.#kept !== null) {
      const uids = new Uint32Array(this.#count + added);
      uids.set(this.#kept.uids.subarray(0, this.#count));
      uids.set(table.uids.subarray(from, table.count), this.#count);
      const bits = new Uint8Array(this.#count + added);
      bits.set(this.#kept.bits.subarray(0, this.#count));
      bits.set(table.bits.subarray(from, table.count), this.#count);
      this.#kept = { uids, bits, modseqBefore: this.#kept.modseqBefore };
    }
    this.#count += added;
    this.#takeRecent();
    changes.push({ kind: 'exists', count: this.#count, recent: this.recent });
  }

  #syncFlags(changes: ViewChange[], known: { readonly told: number; readonly uidNext: number }): void {
    const state = this.#state;
    const { table } = state;
    if (known.told !== state.version) {
      // What is new to it has been told of with EXISTS.
      const end = table.lowerBound(known.uidNext);
      for (let index = 0; index < end; index++) {
        const version = table.versionAt(index);
        if (version <= known.told) continue;
        const uid = table.uids[index] ?? 0;
        if (this.#silent?.get(uid) === version) continue;
        const seq = this.#kept === null ? index + 1 : this.seqOf(uid);
        if (seq === 0) continue;
        const { bits, keywords } = table.flagsAt(index);
        changes.push({ kind: 'flags', seq, state: { uid, bits, keywords, modseq: table.modseqAt(index) } });
      }
    }
    this.caughtUp();
  }

  #takeRecent(): void {
    const { firstRecent, uidNext } = this.#state;
    // A look without a hand on it leaves them recent for the next (RFC 3501 6.3.2).
    const first = this.readOnly ? firstRecent : this.#state.claimRecent();
    const last = this.#recent.at(-1);
    if (last !== undefined && first <= last.end) last.end = Math.max(last.end, uidNext);
    else if (first < uidNext) this.#recent.push({ first, end: uidNext });
    if (this.#recent.length > maxRecentRanges) this.#recent.shift();
  }
}
