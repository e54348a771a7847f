/** The small texts of the full-screen program: command lines, filters, wrapped lines, painted lines, messages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipped } from '../../../cli/clipped.ts';
import { span } from '../../../cli/spans.ts';
import { commandText, idsText, splitWords } from '../../../cli/tui/command-text.ts';
import { Series } from '../../../cli/tui/store/series.ts';
import { decodedMessage } from '../../../cli/tui/text/decoded-message.ts';
import { editKeys, inserted } from '../../../cli/tui/text/edited-text.ts';
import { queueFilterOf, sessionFilterOf } from '../../../cli/tui/text/filters.ts';
import { decodedWords } from '../../../cli/tui/text/mime.ts';
import { paintedLines } from '../../../cli/tui/text/painted-lines.ts';
import { sessionMatcher } from '../../../cli/tui/text/session-match.ts';
import { wrapped } from '../../../cli/wrapped.ts';
import { measureFor } from '../../../shared/terminal-text.ts';
import { sampleSession } from '../../helpers/api-samples.ts';

const measure = await measureFor(['ä']);
const textOf = (lines: readonly (readonly { readonly text: string }[])[]): readonly string[] =>
  lines.map((line) => line.map(({ text }) => text).join(''));

describe('command lines', () => {
  it('are quoted as a shell needs it, and read back the same', () => {
    expect(commandText('queue', 'remove', '--to', '*@example.net')).toBe(
      "mailctl queue remove --to '*@example.net'",
    );
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
        expect(splitWords(commandText(...words)).slice(1)).toEqual(words);
      }),
    );
  });

  it('name a few ids, and the number of many', () => {
    expect(idsText([1, 2, 3])).toBe('1 2 3');
    expect(idsText(Array.from({ length: 212 }, (_, n) => n + 1))).toBe('1 2 3 4 5 ... (212 ids)');
  });
});

describe('filters', () => {
  it('take the options of the command line, short names and bare words', () => {
    expect(queueFilterOf('larger:5M connection:isp')).toEqual({
      largerThanBytes: 5_242_880,
      connection: 'isp',
    });
    expect(queueFilterOf('held ann@*')).toEqual({ states: ['held'], to: 'ann@*' });
    expect(queueFilterOf("'over quota'")).toEqual({ error: 'over quota' });
    expect(sessionFilterOf('smtp 192.0.2.0/24 ann')).toEqual({
      type: ['smtp'],
      ip: '192.0.2.0/24',
      user: 'ann',
    });
  });

  it.each([
    ['older:2x', 'older-than: "2x" is not a duration: write it as 90s, 15m, 2h or 3d'],
    ['colour:red', 'there is no filter "colour"'],
    ['id:x', 'id: "x" is not an id: ids are whole numbers from 1 on'],
    ["to:'x", "a ' is not closed"],
  ])('say what is wrong with %s', (text, message) => {
    expect(() => queueFilterOf(text)).toThrow(message);
  });

  it('match sessions as the daemon does', () => {
    const matches = (text: string): boolean =>
      sessionMatcher(sessionFilterOf(text))(
        sampleSession({ user: 'ann@example.org', remoteAddress: '2001:db8::25', activeSeconds: 31 }),
      );
    for (const text of [
      '',
      'user:ANN@*',
      'ip:2001:db8::/32',
      'ip:2001:db8::25',
      'older:30s',
      'type:smtp,imap',
    ])
      expect(matches(text), text).toBe(true);
    for (const text of ['user:bob*', 'ip:192.0.2.0/24', 'ip:2001:db8::/129', 'older:32s', 'type:imap'])
      expect(matches(text), text).toBe(false);
  });
});

describe('wrapping', () => {
  it('breaks between words, and within words that are too long', () => {
    expect(textOf(wrapped([span('one two three')], 8, measure))).toEqual(['one two', 'three']);
    expect(textOf(wrapped([span('a'.repeat(20))], 8, measure))).toEqual(['aaaaaaaa', 'aaaaaaaa', 'aaaa']);
    expect(textOf(wrapped([span('來週の會議')], 4, measure))).toEqual(['來週', 'の會', '議']);
  });

  it('loses nothing but blanks and is never wider than asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.integer({ min: 4, max: 40 }),
        (texts, width) => {
          const spans = texts.map((text) => span(text));
          const lines = textOf(wrapped(spans, width, measure));
          expect(lines.join('').replaceAll(' ', '')).toBe(
            spans
              .map(({ text }) => text)
              .join('')
              .replaceAll(' ', ''),
          );
          for (const line of lines) expect(measure(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('takes long hostile text in its stride', () => {
    const begin = performance.now();
    wrapped([span('e\u0301🍝'.repeat(20_000))], 80, measure);
    expect(performance.now() - begin).toBeLessThan(5_000);
    expect(clipped('x'.repeat(10_000), 10).length).toBeLessThan(50);
  });
});

describe('painted text', () => {
  it('keeps the colours of mailctl and makes everything else visible', () => {
    const [line] = paintedLines('\x1b[32mok\x1b[39m \x1b[5mblink\x1b]0;x\x07');
    expect(line).toEqual([
      { text: 'ok', tone: 'good' },
      { text: ' \\x1b[5mblink\\x1b]0;x\\x07', tone: null },
    ]);
  });
});

describe('a line that is edited', () => {
  const press = (start: string, ...keys: readonly string[]) =>
    keys.reduce(
      (text, key) => {
        const edit = editKeys.find((one) => one.keys.includes(key));
        return edit ? edit.change(text) : inserted(text, key);
      },
      { text: start, at: start.length },
    ).text;

  it('has the keys of a shell', () => {
    expect(press('from:ann', 'backspace', 'x')).toBe('from:anx');
    expect(press('one two', 'ctrl-w', 'three')).toBe('one three');
    expect(press('one two', 'ctrl-u')).toBe('');
    expect(press('one two', 'home', 'ctrl-k')).toBe('');
    expect(press('abc', 'left', 'left', 'delete')).toBe('ac');
    expect(press('a🍝', 'backspace')).toBe('a');
    expect(press('', 'pasted\r\nlines')).toBe('pasted lines');
  });
});

describe('a message that is read', () => {
  const read = (source: string): string => textOf(decodedMessage(Buffer.from(source, 'latin1'))).join('\n');

  it('has its words decoded', () => {
    expect(decodedWords('=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1?q?_aus_K=F6ln?=')).toBe('Grüße aus Köln');
    expect(decodedWords('=?utf-8?b?5p2l6YCx?=')).toBe('来週');
    expect(decodedWords('=?nonsense?q?x?= =?utf-8?z?y?=')).toBe('x =?utf-8?z?y?=');
  });

  it('shows its plain text, and names what else is in it', () => {
    const text = read(
      [
        'Subject: parts',
        'Content-Type: multipart/mixed; boundary="b 1"',
        '',
        'preamble',
        '--b 1',
        'Content-Type: multipart/alternative; boundary=b2',
        '',
        '--b2',
        'Content-Type: text/plain; charset=iso-8859-1',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        'K=F6ln =',
        'am Rhein',
        '--b2',
        'Content-Type: text/html',
        '',
        '<p>K&ouml;ln</p>',
        '--b2--',
        '--b 1',
        'Content-Type: application/pdf; name="plan.pdf"',
        'Content-Transfer-Encoding: base64',
        '',
        'AAAA',
        '--b 1--',
      ].join('\r\n'),
    );
    expect(text).toContain('Köln am Rhein');
    expect(text).toContain('[text/html');
    expect(text).toContain('[application/pdf "plan.pdf", 3 B]');
    expect(text).not.toContain('preamble');
  });

  it('reads HTML when there is no plain text', () => {
    const text = read('Content-Type: text/html\r\n\r\n<style>x{}</style><p>One &amp; two</p><p>three</p>');
    expect(text).toContain('One & two\nthree');
    expect(text).not.toContain('x{}');
  });

  it('is shown whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        decodedMessage(Buffer.from(`Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n${source}`));
      }),
    );
  });
});

describe('a history', () => {
  it('counts what was added by the minute, and forgets a restart', () => {
    const series = new Series();
    series.count(0, 100);
    series.count(5_000, 103);
    series.count(11_000, 110);
    expect(series.last(4, 11_000)).toEqual([0, 0, 3, 7]);
    expect(series.perMinute(11_000)).toBe(10);
    series.count(16_000, 2, true);
    expect(series.last(2, 16_000)).toEqual([7, 2]);
    expect(series.perMinute(120_000)).toBe(0);
  });

  it('holds a level until it is told anew', () => {
    const series = new Series();
    series.level(0, 5);
    series.level(15_000, 9);
    expect(series.last(5, 25_000, 'hold')).toEqual([5, 5, 9, 9, 9]);
  });
});
