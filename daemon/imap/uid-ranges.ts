/** Sets of UIDs as ranges, never counted out: a client may name four billion of them. */
import type { MailboxView } from '../mailboxes/mailboxes-port.ts';
import type { UidRange } from '../mailboxes/uid-set.ts';

/** In order, joined where they meet, `*` for what it is. */
export function sortedRanges(ranges: readonly UidRange[], last: number): UidRange[] {
  const star = (uid: number): number => (uid === Number.POSITIVE_INFINITY ? last : uid);
  const sorted = ranges
    .map(([a, b]): [number, number] => [Math.min(star(a), star(b)), Math.max(star(a), star(b))])
    .sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const range of sorted) {
    const before = joined.at(-1);
    if (before !== undefined && range[0] <= before[1] + 1) before[1] = Math.max(before[1], range[1]);
    else joined.push(range);
  }
  return joined;
}

/** What is in both. Both are sorted. */
export function commonRanges(a: readonly UidRange[], b: readonly UidRange[]): UidRange[] {
  const common: UidRange[] = [];
  for (let i = 0, k = 0; i < a.length && k < b.length; ) {
    const [firstA, lastA] = a[i] ?? [0, 0];
    const [firstB, lastB] = b[k] ?? [0, 0];
    const range: UidRange = [Math.max(firstA, firstB), Math.min(lastA, lastB)];
    if (range[0] <= range[1]) common.push(range);
    if (lastA < lastB) i += 1;
    else k += 1;
  }
  return common;
}

/** UIDs below `uidNext` that no message of the view has. */
export function gapsOf(view: MailboxView): UidRange[] {
  const gaps: UidRange[] = [];
  let next = 1;
  for (let seq = 1; seq <= view.count; seq += 1) {
    const uid = view.uidAt(seq);
    if (uid > next) gaps.push([next, uid - 1]);
    next = uid + 1;
  }
  if (next < view.uidNext) gaps.push([next, view.uidNext - 1]);
  return gaps;
}

export function isInRanges(ranges: readonly UidRange[], uid: number): boolean {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const [first, last] = ranges[middle] ?? [0, 0];
    if (uid < first) high = middle - 1;
    else if (uid > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** `1:3,7` */
export const rangesText = (ranges: readonly UidRange[]): string =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',');

/** UIDs, rising, as ranges. */
export function rangesOf(uids: readonly number[]): UidRange[] {
  return sortedRanges(
    uids.map((uid): UidRange => [uid, uid]),
    0,
  );
}
