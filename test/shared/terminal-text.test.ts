import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cut,
  measureAscii,
  measureFor,
  pad,
  visible,
  visibleJson,
  visibleLines,
} from '../../shared/terminal-text.ts';

/** What may never reach a terminal: controls, bidirectional overrides, no width, half of a pair. */
const dangerous =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;

describe('visible', () => {
  it.each([
    ['plain text stays', 'plain text stays'],
    ['Grüße, 日本語, emoji 🎉 stay', 'Grüße, 日本語, emoji 🎉 stay'],
    ['\x1b]52;c;aGk=\x07', '\\x1b]52;c;aGk=\\x07'],
    ['\x9b2J', '\\x9b2J'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\x00\x7f', '\\x00\\x7f'],
    ['exe.\u202etxt', 'exe.\\u202etxt'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['half \ud83d pair', 'half \\ud83d pair'],
    ['half \udc00', 'half \\udc00'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
    ['line\u2028separator', 'line\\u2028separator'],
  ])('shows %j as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves nothing dangerous in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(dangerous);
      }),
    );
  });

  it('leaves text that is harmless as it is, and changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(visible(visible(text))).toBe(visible(text));
      }),
    );
  });
});

it('keeps the breaks and tabs of several lines', () => {
  expect(visibleLines('a\tb\r\nc\x1b[2J\nd\re')).toBe('a\tb\nc\\x1b[2J\nd\\re');
});

it('makes JSON safe without changing its value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (value) => {
      const json = visibleJson(JSON.stringify(value));
      expect(json).not.toMatch(dangerous);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

describe('width', () => {
  it('is measured without string-width when all is ASCII', async () => {
    expect(await measureFor(['a', 'b c'])).toBe(measureAscii);
  });

  it('counts columns, not characters', async () => {
    const measure = await measureFor(['日本']);
    expect([measure('日本'), measure('é'), measure('e\u0301'), measure('🎉'), measure('abc')]).toEqual([
      4, 1, 1, 2, 3,
    ]);
  });

  it('cuts to the columns there are and never through a character', async () => {
    const measure = await measureFor(['日本']);
    expect(cut('日本語です', 6, measure)).toBe('日本…');
    expect(cut('日本語です', 10, measure)).toBe('日本語です');
    expect(cut('abcdef', 4, measure)).toBe('abc…');
    expect(cut('abcdef', 1, measure)).toBe('…');
    expect(cut('abcdef', 0, measure)).toBe('');
  });

  it('pads by columns on the side asked for', async () => {
    const measure = await measureFor(['日本']);
    expect(pad('日本', 6, measure)).toBe('日本  ');
    expect(pad('7', 3, measure, 'right')).toBe('  7');
    expect(pad('wide', 2, measure)).toBe('wide');
  });
});
