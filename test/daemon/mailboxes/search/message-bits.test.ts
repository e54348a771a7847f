import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageBits } from '../../../../daemon/mailboxes/search/message-bits.ts';

const bitsOf = (size: number, members: Iterable<number>): MessageBits => {
  const bits = MessageBits.none(size);
  for (const member of members) bits.add(member);
  return bits;
};
const sets = fc.integer({ min: 0, max: 100 }).chain((size) => {
  const members = fc.uniqueArray(fc.nat(Math.max(0, size - 1)), { maxLength: size });
  return fc.tuple(fc.constant(size), members, members);
});

describe('a set of messages', () => {
  it('is what a set of numbers is', () => {
    fc.assert(
      fc.property(sets, ([size, a, b]) => {
        const [first, second] = [bitsOf(size, a), bitsOf(size, b)];
        const expected = (fits: (index: number) => boolean) =>
          Array.from({ length: size }, (_, index) => index).filter(fits);
        expect(first.indexes()).toEqual(a.toSorted((x, y) => x - y));
        expect(first.and(second).indexes()).toEqual(
          expected((index) => a.includes(index) && b.includes(index)),
        );
        expect(first.or(second).indexes()).toEqual(
          expected((index) => a.includes(index) || b.includes(index)),
        );
        expect(first.complement().indexes()).toEqual(expected((index) => !a.includes(index)));
        expect(first.empty).toBe(a.length === 0);
        expect([first.first, first.last]).toEqual(
          a.length === 0 ? [-1, -1] : [Math.min(...a), Math.max(...a)],
        );
      }),
    );
  });

  it('takes ranges', () => {
    const range = fc.tuple(fc.nat(100), fc.nat(100));
    fc.assert(
      fc.property(range, ([first, end]) => {
        const bits = MessageBits.none(100);
        bits.addRange(first, end);
        expect(bits.indexes()).toEqual(
          Array.from({ length: 100 }, (_, i) => i).filter((i) => i >= first && i < end),
        );
      }),
    );
  });
});
