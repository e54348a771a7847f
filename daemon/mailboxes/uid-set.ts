/** Sets of UIDs or sequence numbers, as ranges: what `1:3,7,9:*` comes to. */

/** Both ends belong to it, `first <= last`, except that either may be Infinity for `*`, in any order. */
export type UidRange = readonly [first: number, last: number];

/** In their order, each once. */
export function rising(uids: readonly number[]): readonly number[] {
  const sorted = uids.every((uid, index) => index === 0 || uid > (uids[index - 1] ?? 0));
  return sorted ? uids : [...new Set(uids)].sort((a, b) => a - b);
}
