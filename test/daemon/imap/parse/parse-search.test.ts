/** SEARCH as a tree. */
import { describe, expect, it } from 'vitest';
import { command } from './read-commands.ts';

const inf = Number.POSITIVE_INFINITY;

describe('SEARCH', () => {
  const key = (text: string) => {
    const parsed = command(`SEARCH ${text}`);
    return parsed.name === 'SEARCH' ? parsed.key : null;
  };

  it.each([
    ['all', { key: 'all' }],
    ['SEEN', { key: 'flag', bit: 1, set: true }],
    ['undeleted', { key: 'flag', bit: 8, set: false }],
    [
      'NEW',
      {
        key: 'and',
        keys: [
          { key: 'recent', set: true },
          { key: 'flag', bit: 1, set: false },
        ],
      },
    ],
    ['OLD', { key: 'recent', set: false }],
    ['UNKEYWORD $Junk', { key: 'keyword', keyword: '$Junk', set: false }],
    [
      '1:3,*',
      {
        key: 'sequence',
        ranges: [
          [1, 3],
          [inf, inf],
        ],
      },
    ],
    ['UID 4:*', { key: 'uid', ranges: [[4, inf]] }],
    ['LARGER 1000', { key: 'larger', bytes: 1000 }],
    ['SINCE 1-Feb-2024', { key: 'since', day: '2024-02-01' }],
    ['SENTBEFORE "29-FEB-2024"', { key: 'sentbefore', day: '2024-02-29' }],
    ['YOUNGER 3600', { key: 'younger', seconds: 3600 }],
    ['FROM "A b"', { key: 'header', name: 'from', text: 'A b' }],
    ['HEADER X-Foo ""', { key: 'header', name: 'x-foo', text: '' }],
    ['TEXT gr\u00fc\u00dfe', { key: 'text', text: 'gr\u00fc\u00dfe' }],
    ['MODSEQ 7', { key: 'modseq', least: 7 }],
    ['MODSEQ "/flags/\\\\Seen" all 7', { key: 'modseq', least: 7 }],
    [
      'NOT (SEEN BODY x)',
      {
        key: 'not',
        of: {
          key: 'and',
          keys: [
            { key: 'flag', bit: 1, set: true },
            { key: 'body', text: 'x' },
          ],
        },
      },
    ],
    [
      'OR SEEN OR 1 ALL',
      {
        key: 'or',
        keys: [
          { key: 'flag', bit: 1, set: true },
          { key: 'or', keys: [{ key: 'sequence', ranges: [[1, 1]] }, { key: 'all' }] },
        ],
      },
    ],
  ])('%s', (text, expected) => {
    expect(key(text)).toEqual(expected);
  });

  it('decodes charsets', () => {
    expect(key('CHARSET UTF-8 SUBJECT \u00e9')).toMatchObject({ text: '\u00e9' });
    // Its bytes are those of UTF-8.
    expect(key('CHARSET ISO-8859-1 SUBJECT \u00e9')).toMatchObject({ text: '\u00c3\u00a9' });
    expect(() => key('CHARSET X-NONE SUBJECT x')).toThrow(/^NO \[BADCHARSET \(US-ASCII UTF-8\)]/);
    expect(() => command('SEARCH CHARSET UTF-8 ALL', true)).toThrow(/^BAD/);
  });

  it('has RETURN', () => {
    expect(command('UID SEARCH RETURN (min Count) MODSEQ 1 ALL')).toMatchObject({
      uid: true,
      return: { min: true, max: false, all: false, count: true },
      modseq: true,
    });
    expect(command('SEARCH RETURN () ALL')).toMatchObject({ return: { all: true }, modseq: false });
    expect(command('SEARCH ALL')).toMatchObject({ return: null });
  });

  it.each([
    '',
    'FOO',
    'FROM',
    '(ALL',
    'ALL)',
    'NOT',
    'OR ALL',
    'SINCE 30-Feb-2024',
    'SINCE x',
    'YOUNGER 0',
    'KEYWORD \\Seen',
    'RETURN (SAVE) ALL',
  ])('not %s', (text) => {
    expect(() => key(text)).toThrow(/^BAD/);
  });

  it('has limits', () => {
    expect(() => key(`${'NOT '.repeat(1_000)}ALL`)).toThrow(/^BAD \[LIMIT]/);
    expect(() => key('('.repeat(10_000))).toThrow(/^BAD \[LIMIT]/);
    expect(() => key('ALL '.repeat(10_000))).toThrow(/^BAD \[LIMIT]/);
    expect(key(`${'OR FROM a '.repeat(100)}FROM b`)).toMatchObject({ key: 'or' });
  });
});
