/**
 * The entries of a mailbox in memory, in the order of their UIDs, a few bytes each: what all views of it share.
 *
 * Entries are added at the end and never in the middle. A removal makes new lists and leaves the old ones as they are, so
 * that a view that must not lose its sequence numbers yet keeps those.
 */
import { bitsOf, type EntrySlice, uidOf } from './entry-store.ts';
import { flagBits, type MessageFlags } from './message-flags.ts';

const least = 8;
/** Almost every message has no keywords: its flags are one of these. */
const plainFlags: readonly MessageFlags[] = Array.from({ length: 32 }, (_, bits) => ({ bits, keywords: [] }));

export class EntryTable {
  #uids = new Uint32Array(least);
  #bits = new Uint8Array(least);
  // Numbers of changes outgrow 32 bits after four thousand million of them.
  #modseqs: Uint32Array | Float64Array = new Uint32Array(least);
  /** At which change here, counted from 1, the flags of an entry became what they are; made with the first one. */
  #versions: Uint32Array | null = null;
  readonly #keywords = new Map<number, readonly string[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }
  /** Of this moment: what comes later may be added to it beyond `count`, or stand in others. */
  get uids(): Uint32Array {
    return this.#uids;
  }
  get bits(): Uint8Array {
    return this.#bits;
  }
  get lastUid(): number {
    return this.#count === 0 ? 0 : (this.#uids[this.#count - 1] ?? 0);
  }

  /** Those that are not there yet, which have larger UIDs than all that are. Answers how many. */
  add({ entries, modseqs, keywords }: EntrySlice): number {
    const { lastUid } = this;
    let from = 0;
    while (from < entries.length && uidOf(entries[from] ?? 0) <= lastUid) from += 1;
    this.#reserve(this.#count + entries.length - from);
    for (let i = from; i < entries.length; i++) {
      const entry = entries[i] ?? 0;
      this.#uids[this.#count] = uidOf(entry);
      this.#bits[this.#count] = bitsOf(entry);
      this.#setModseq(this.#count, modseqs[i] ?? 0);
      this.#count += 1;
    }
    for (const [uid, words] of keywords) if (uid > lastUid) this.#keywords.set(uid, words);
    return entries.length - from;
  }

  /** Index of an entry; -1 when there is none. */
  indexOf(uid: number): number {
    return indexOf(this.#uids, this.#count, uid);
  }

  /** Index of the first entry with this UID or a larger one. */
  lowerBound(uid: number): number {
    return lowerBound(this.#uids, this.#count, uid);
  }

  flagsAt(index: number): MessageFlags {
    const bits = this.#bits[index] ?? 0;
    const keywords = this.#keywords.size === 0 ? undefined : this.#keywords.get(this.#uids[index] ?? 0);
    return keywords === undefined ? (plainFlags[bits] ?? { bits, keywords: [] }) : { bits, keywords };
  }

  modseqAt(index: number): number {
    return this.#modseqs[index] ?? 0;
  }

  versionAt(index: number): number {
    return this.#versions?.[index] ?? 0;
  }

  setFlags(index: number, { bits, keywords }: MessageFlags, modseq: number, version: number): void {
    const uid = this.#uids[index] ?? 0;
    this.#bits[index] = bits;
    if (keywords.length > 0) this.#keywords.set(uid, keywords);
    else this.#keywords.delete(uid);
    this.#setModseq(index, modseq);
    this.#versions ??= new Uint32Array(this.#uids.length);
    this.#versions[index] = version;
  }

  /** Answers how many of them were there. The lists of before stay as they are. */
  remove(uids: readonly number[]): number {
    const going = new Set(uids);
    const [oldUids, oldBits, count] = [this.#uids, this.#bits, this.#count];
    this.#uids = new Uint32Array(oldUids.length);
    this.#bits = new Uint8Array(oldBits.length);
    let to = 0;
    for (let from = 0; from < count; from++) {
      const uid = oldUids[from] ?? 0;
      if (going.has(uid)) {
        this.#keywords.delete(uid);
        continue;
      }
      this.#uids[to] = uid;
      this.#bits[to] = oldBits[from] ?? 0;
      // No view keeps these two: they are moved in place.
      this.#modseqs[to] = this.#modseqs[from] ?? 0;
      if (this.#versions !== null) this.#versions[to] = this.#versions[from] ?? 0;
      to += 1;
    }
    this.#versions?.fill(0, to, count);
    this.#count = to;
    return count - to;
  }

  firstUnseen(count: number): number {
    for (let i = 0; i < count; i++) if (((this.#bits[i] ?? 0) & flagBits.seen) === 0) return i + 1;
    return 0;
  }

  /** Keywords that entries have. */
  allKeywords(): Iterable<readonly string[]> {
    return this.#keywords.values();
  }

  #setModseq(index: number, modseq: number): void {
    if (modseq > 0xffffffff && this.#modseqs instanceof Uint32Array) {
      this.#modseqs = Float64Array.from(this.#modseqs);
    }
    this.#modseqs[index] = modseq;
  }

  #reserve(count: number): void {
    const capacity = this.#uids.length;
    if (count <= capacity) return;
    // A mailbox that is loaded in one go takes what it needs; one that grows doubles only while it is small.
    const length = Math.max(count + least, Math.min(count + 1_024, capacity * 2));
    this.#uids = grown(this.#uids, length);
    this.#bits = grown(this.#bits, length);
    this.#modseqs = grown(this.#modseqs, length);
    if (this.#versions !== null) this.#versions = grown(this.#versions, length);
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(list: T, length: number): T {
  if (list.length >= length) return list;
  const larger = new (list.constructor as new (length: number) => T)(length);
  larger.set(list);
  return larger;
}

/** Index of the first of `count` rising numbers that is not less than `uid`. */
export function lowerBound(uids: Uint32Array, count: number, uid: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function indexOf(uids: Uint32Array, count: number, uid: number): number {
  const index = lowerBound(uids, count, uid);
  return index < count && uids[index] === uid ? index : -1;
}
