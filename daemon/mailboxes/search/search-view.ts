/** Search keys that a view answers from memory: flags, keywords, numbers. */
import { setImmediate } from 'node:timers/promises';
import type { MailboxView } from '../mailboxes-port.ts';
import type { UidRange } from '../uid-set.ts';
import { MessageBits } from './message-bits.ts';
import type { SearchLeaf } from './search-tree.ts';

/** Messages between two breaths of the event loop. */
const step = 20_000;

export type ViewLeaf = Extract<
  SearchLeaf,
  { readonly key: 'all' | 'flag' | 'keyword' | 'recent' | 'sequence' | 'uid' }
>;

export function isViewLeaf(leaf: SearchLeaf): leaf is ViewLeaf {
  return ['all', 'flag', 'keyword', 'recent', 'sequence', 'uid'].includes(leaf.key);
}

/** @param uids Of all messages of the view, rising. */
export async function searchView(
  view: MailboxView,
  uids: Uint32Array,
  leaf: ViewLeaf,
  signal?: AbortSignal,
): Promise<MessageBits> {
  const size = uids.length;
  switch (leaf.key) {
    case 'all':
      return MessageBits.all(size);
    case 'sequence':
      return ranges(size, leaf.ranges, size, (seq) => seq - 1);
    case 'uid':
      return ranges(size, leaf.ranges, uids.at(-1) ?? 0, (uid) => lowerBound(uids, uid));
    case 'flag':
      return those(size, signal, (seq) => ((view.flagsAt(seq).bits & leaf.bit) === leaf.bit) === leaf.set);
    case 'recent':
      return those(size, signal, (seq) => view.isRecent(seq) === leaf.set);
    case 'keyword': {
      const wanted = leaf.keyword.toLowerCase();
      const has = (seq: number) =>
        view.flagsAt(seq).keywords.some((keyword) => keyword.toLowerCase() === wanted);
      return those(size, signal, (seq) => has(seq) === leaf.set);
    }
  }
}

async function those(
  size: number,
  signal: AbortSignal | undefined,
  fits: (seq: number) => boolean,
): Promise<MessageBits> {
  const found = MessageBits.none(size);
  for (let from = 0; from < size; from += step) {
    if (from > 0) await setImmediate();
    signal?.throwIfAborted();
    for (let index = from; index < Math.min(from + step, size); index++)
      if (fits(index + 1)) found.add(index);
  }
  return found;
}

/** @param last What `*` stands for. @param indexOf Index of the first message with this number or a larger one. */
function ranges(
  size: number,
  given: readonly UidRange[],
  last: number,
  indexOf: (number: number) => number,
): MessageBits {
  const found = MessageBits.none(size);
  if (size === 0) return found;
  for (const range of given) {
    const [a, b] = range.map((number) => (number === Number.POSITIVE_INFINITY ? last : number)) as [
      number,
      number,
    ];
    const first = Math.max(indexOf(Math.min(a, b)), 0);
    const end = Math.min(indexOf(Math.max(a, b) + 1), size);
    if (first < end) found.addRange(first, end);
  }
  return found;
}

/** Index of the first UID that is not smaller. */
export function lowerBound(uids: Uint32Array, uid: number): number {
  let [low, high] = [0, uids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] ?? 0) < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}
