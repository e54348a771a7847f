import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyTextOf } from '../../../../daemon/mailboxes/search/body-text.ts';
import { QuotedPrintable } from '../../../../daemon/mailboxes/search/quoted-printable.ts';
import { TextFinder } from '../../../../daemon/mailboxes/search/text-finder.ts';
import { structureOf } from '../../../../daemon/mailboxes/structure/structure-of.ts';

/** In pieces of so many bytes. */
function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function textOf(type: string, encoding: string, body: Buffer, size = 1_000): string | null {
  const header = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  const { root } = structureOf(Buffer.from(header));
  const text = bodyTextOf(root, pieces(body, size));
  return text === null ? null : [...text].join('');
}

describe('the text of a part', () => {
  it.each([
    ['text/plain', '8bit', 'Caf\u00c3\u00a9', 'café'],
    ['text/plain; charset=us-ascii', '7bit', 'Caf\u00c3\u00a9', 'café'],
    ['text/plain; charset=iso-8859-1', '8bit', 'Caf\u00e9', 'café'],
    ['text/plain; charset=nobody-knows', '8bit', 'Caf\u00c3\u00a9', 'café'],
    ['text/plain; charset=windows-1251', '8bit', '\u00cf\u00f0', 'пр'],
    ['text/plain; charset=iso-2022-jp', '7bit', '\u001b$B$"\u001b(B', 'あ'],
    ['text/html; charset=utf-8', 'quoted-printable', '<b>=C3=\r\n=A9</b>', '<b>é</b>'],
    ['text/plain', 'BASE64', 'aGVs\r\nbG8g!d29y\r\nbGQ=', 'hello world'],
    ['message/delivery-status', '7bit', 'Action: failed', 'action: failed'],
  ])('%s in %s', (type, encoding, body, expected) => {
    for (const size of [1, 2, 3, 5, 1_000])
      expect(textOf(type, encoding, Buffer.from(body, 'latin1'), size)).toBe(expected.normalize('NFKD'));
  });

  it('is none where nobody can tell', () => {
    expect(textOf('image/png', '7bit', Buffer.from('x'))).toBeNull();
    expect(textOf('text/plain', 'x-secret', Buffer.from('x'))).toBeNull();
    expect(textOf('text', '7bit', Buffer.from('x'))).toBeNull();
    expect(textOf('', '7bit', Buffer.from('x'))).toBeNull();
  });
});

describe('quoted-printable', () => {
  const decode = (text: string, size = 1_000): string => {
    const decoder = new QuotedPrintable();
    const out = [...pieces(Buffer.from(text, 'latin1'), size)].map((piece) => decoder.decode(piece));
    return Buffer.concat([...out, decoder.end()]).toString('latin1');
  };

  it.each([
    ['a=3Db', 'a=b'],
    ['a=\r\nb', 'ab'],
    ['a=\nb', 'ab'],
    ['a  \r\nb', 'a\r\nb'],
    ['a b', 'a b'],
    ['a=20\r\nb', 'a \r\nb'],
    ['a=zz=4', 'a=zz=4'],
    ['a=', 'a'],
    ['a=\rb', 'a=\rb'],
    ['a  ', 'a  '],
  ])('%j is %j', (text, expected) => {
    for (const size of [1, 2, 3, 1_000]) expect(decode(text, size)).toBe(expected);
  });

  it('keeps no more than a line of white space, and loses none of it', () => {
    const spaces = ' '.repeat(5_000);
    expect(decode(`${spaces}x`)).toBe(`${spaces}x`);
  });

  it('does not mind where it is cut', () => {
    const text = fc
      .array(fc.constantFrom('=', '4', 'A', ' ', '\r', '\n', 'x', '=\r\n'), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (encoded, size) => {
        expect(decode(encoded, size)).toBe(decode(encoded));
      }),
    );
  });
});

describe('a search for several texts in one that comes in pieces', () => {
  it('finds those that are in it, wherever it is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 6 }),
        fc.array(letters, { minLength: 1, maxLength: 4 }),
        (parts, wanted) => {
          const finder = new TextFinder(wanted.map((text, i) => [i, text]));
          for (const part of parts) finder.add(part);
          const whole = parts.join('');
          const expected = wanted.flatMap((text, i) => (whole.includes(text) ? [i] : []));
          expect(finder.found.toSorted()).toEqual(expected);
        },
      ),
    );
  });

  it('does not find what goes over a cut', () => {
    const finder = new TextFinder([[0, 'ab']]);
    finder.add('a');
    finder.cut();
    finder.add('b');
    expect(finder.found).toEqual([]);
  });
});
