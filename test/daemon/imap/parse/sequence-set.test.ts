/** Sets of messages: what a view has of them, and how they are written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SequenceSet } from '../../../../daemon/imap/parse/imap-command.ts';
import { formatSet, uidsIn } from '../../../../daemon/imap/parse/sequence-set.ts';
import { FakeFolder } from '../fetch/fake-folder.ts';

const star = Number.POSITIVE_INFINITY;
const view = (...uids: number[]) => new FakeFolder(uids.map((uid) => ({ uid, text: '' }))).view();

describe('a set of sequence numbers', () => {
  const five = view(2, 4, 6, 8, 10);

  it.each<readonly [SequenceSet, readonly number[] | null]>([
    [[[1, 3]], [2, 4, 6]],
    [[[star, star]], [10]],
    [[[4, star]], [8, 10]],
    [[[9, star]], [10]],
    [
      [
        [3, 4],
        [1, 3],
        [3, 3],
      ],
      [2, 4, 6, 8],
    ],
    [[[5, 6]], null],
    [[[6, 6]], null],
  ])('%j', (set, uids) => {
    expect(uidsIn(five, set, false)).toEqual(uids);
  });
});

describe('a set of UIDs', () => {
  const five = view(2, 4, 6, 8, 10);

  it.each<readonly [SequenceSet, readonly number[]]>([
    [[[1, 5]], [2, 4]],
    [[[3, 3]], []],
    [[[star, star]], [10]],
    [[[7, star]], [8, 10]],
    [[[99, star]], [10]],
    [[[1, 4_294_967_295]], [2, 4, 6, 8, 10]],
    [
      [
        [8, 8],
        [2, 2],
        [2, 8],
      ],
      [2, 4, 6, 8],
    ],
  ])('%j', (set, uids) => {
    expect(uidsIn(five, set, true)).toEqual(uids);
  });
});

describe('of an empty mailbox', () => {
  it('everything is nothing, and any number is wrong', () => {
    expect(uidsIn(view(), [[1, star]], false)).toEqual([]);
    expect(uidsIn(view(), [[star, star]], true)).toEqual([]);
    expect(uidsIn(view(), [[1, 1]], false)).toBeNull();
    expect(uidsIn(view(), [[1, 1]], true)).toEqual([]);
  });
});

describe('the same thing ten thousand times', () => {
  it('costs no more than once', () => {
    const all = view(...Array.from({ length: 500 }, (_, i) => i + 1));
    const set: SequenceSet = Array.from({ length: 10_000 }, () => [1, star] as const);
    expect(uidsIn(all, set, false)).toHaveLength(500);
  });
});

describe('numbers as a set', () => {
  it('keep their order', () => {
    expect(formatSet([1, 2, 3, 7, 9, 10])).toBe('1:3,7,9:10');
    expect(formatSet([5, 6, 1, 2])).toBe('5:6,1:2');
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), (numbers) => {
        const back = formatSet(numbers)
          .split(',')
          .flatMap((range) => {
            const [first = 0, last = first] = range.split(':').map(Number);
            return Array.from({ length: last - first + 1 }, (_, i) => first + i);
          });
        expect(back).toEqual(numbers);
      }),
    );
  });
});
