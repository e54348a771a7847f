/** Sets of UIDs or sequence numbers, as ranges: what `1:3,7,9:*` comes to. */

/** Both ends belong to it, `first <= last`, except that either may be Infinity for `*`, in any order. */
export type UidRange = readonly [first: number, last: number];
