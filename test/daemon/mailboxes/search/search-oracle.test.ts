/** SEARCH beside the simplest program that does the same: whatever the tree of keys, whatever is in the mailbox. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SearchKey } from '../../../../daemon/mailboxes/search/search-key.ts';
import type { UidRange } from '../../../../daemon/mailboxes/uid-set.ts';
import { contentScript } from '../../../helpers/content-thread.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { searchedMailboxes } from '../../../helpers/searched-mailboxes.ts';

const script = contentScript();
const now = Date.UTC(2024, 5, 15, 12);
const dayMs = 86_400_000;
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const word = fc.constantFrom('red', 'green', 'blue', 'REDDER', 'grün');
const message = fc.record({
  bits: fc.nat(31),
  keywords: fc.subarray(['$A', 'b']),
  daysAgo: fc.nat(6),
  sentDaysAgo: fc.option(fc.nat(6)),
  subject: fc.option(word),
  from: fc.option(word),
  mark: fc.option(word),
  body: word,
  padding: fc.nat(40),
});
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

const range = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)),
    fc.integer({ min: 1, max: 20 }),
  )
  .map(([a, b]): UidRange => (a === Number.POSITIVE_INFINITY ? [b, a] : [Math.min(a, b), Math.max(a, b)]));
const day = fc.nat(7).map((ago) => isoDay(now - ago * dayMs));
const leaf: fc.Arbitrary<SearchKey> = fc.oneof(
  fc.constant({ key: 'all' } as const),
  fc.record({ key: fc.constant('flag' as const), bit: fc.constantFrom(1, 2, 4, 8, 16), set: fc.boolean() }),
  fc.record({
    key: fc.constant('keyword' as const),
    keyword: fc.constantFrom('$a', 'B', 'c'),
    set: fc.boolean(),
  }),
  fc.record({
    key: fc.constantFrom('sequence' as const, 'uid' as const),
    ranges: fc.array(range, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    key: fc.constantFrom('larger' as const, 'smaller' as const),
    bytes: fc.integer({ min: 10, max: 120 }),
  }),
  fc.record({
    key: fc
      .constantFrom('before', 'on', 'since', 'sentbefore', 'senton', 'sentsince')
      .map((key) => key as 'on'),
    day,
  }),
  fc.record({ key: fc.constantFrom('younger' as const, 'older' as const), seconds: fc.nat(600_000) }),
  fc.record({
    key: fc.constant('header' as const),
    name: fc.constantFrom('subject', 'from', 'x-mark', 'to'),
    text: fc.oneof(word, fc.constant('')),
  }),
  fc.record({ key: fc.constantFrom('body' as const, 'text' as const), text: word }),
);
const { tree } = fc.letrec<{ tree: SearchKey }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.record({ key: fc.constant('not' as const), of: tie('tree') }),
    fc.record({
      key: fc.constant('and' as const),
      keys: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ key: fc.constant('or' as const), keys: fc.tuple(tie('tree'), tie('tree')) }),
  ),
}));

const internalDate = ({ daysAgo }: Message): number => now - daysAgo * dayMs - 3_600_000;

function textOf({ subject, from, mark, sentDaysAgo, body, padding }: Message): string {
  const lines = [
    ...(sentDaysAgo === null ? [] : [`Date: ${new Date(now - sentDaysAgo * dayMs).toUTCString()}`]),
    ...(subject === null ? [] : [`Subject: ${subject}`]),
    ...(from === null ? [] : [`From: ${from} <x@y>`]),
    ...(mark === null ? [] : [`X-Mark: ${mark}`]),
    '',
    `${body}${'.'.repeat(padding)}`,
  ];
  return lines.join('\r\n');
}

const has = (text: string | null, wanted: string): boolean =>
  text?.toLowerCase().includes(wanted.toLowerCase()) ?? false;

/** What RFC 3501 says, a message at a time. */
function fits(key: SearchKey, message: Message, seq: number, count: number): boolean {
  const uid = seq;
  switch (key.key) {
    case 'all':
      return true;
    case 'not':
      return !fits(key.of, message, seq, count);
    case 'and':
      return key.keys.every((one) => fits(one, message, seq, count));
    case 'or':
      return key.keys.some((one) => fits(one, message, seq, count));
    case 'flag':
      return ((message.bits & key.bit) !== 0) === key.set;
    case 'keyword':
      return message.keywords.some((one) => one.toLowerCase() === key.keyword.toLowerCase()) === key.set;
    case 'sequence':
    case 'uid':
      return key.ranges.some((ends) => {
        const [a, b] = ends.map((end) => (end === Number.POSITIVE_INFINITY ? count : end)) as [
          number,
          number,
        ];
        return uid >= Math.min(a, b) && uid <= Math.max(a, b);
      });
    case 'larger':
      return Buffer.byteLength(textOf(message)) > key.bytes;
    case 'smaller':
      return Buffer.byteLength(textOf(message)) < key.bytes;
    case 'before':
      return isoDay(internalDate(message)) < key.day;
    case 'on':
      return isoDay(internalDate(message)) === key.day;
    case 'since':
      return isoDay(internalDate(message)) >= key.day;
    case 'sentbefore':
    case 'senton':
    case 'sentsince': {
      const sent = message.sentDaysAgo === null ? '1970-01-01' : isoDay(now - message.sentDaysAgo * dayMs);
      return key.key === 'senton' ? sent === key.day : sent < key.day === (key.key === 'sentbefore');
    }
    case 'younger':
      return now - internalDate(message) <= key.seconds * 1_000;
    case 'older':
      return now - internalDate(message) > key.seconds * 1_000;
    case 'header': {
      const value =
        { subject: message.subject, from: message.from, 'x-mark': message.mark }[key.name] ?? null;
      return key.text === '' ? value !== null : has(value, key.text);
    }
    case 'body':
      return has(message.body, key.text);
    case 'text':
      return [message.subject, message.from, message.mark, message.body].some((text) => has(text, key.text));
    default:
      throw new Error(`no oracle for ${key.key}`);
  }
}

describe('SEARCH', () => {
  it('finds what a look at each message finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 12 }),
        fc.array(tree, { minLength: 20, maxLength: 20 }),
        async (messages, trees) => {
          const { search, append, accountId } = await searchedMailboxes(script, {
            clock: new FakeClock(now),
          });
          for (const one of messages)
            await append(accountId, 'INBOX', {
              body: textOf(one),
              flags: { bits: one.bits, keywords: one.keywords },
              internalDate: internalDate(one),
            });
          for (const key of trees) {
            const expected = messages.flatMap((one, i) =>
              fits(key, one, i + 1, messages.length) ? [i + 1] : [],
            );
            expect(await search(key), JSON.stringify(key)).toEqual(expected);
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});
