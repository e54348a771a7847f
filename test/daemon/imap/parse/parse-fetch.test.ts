/** FETCH as data. */
import { describe, expect, it } from 'vitest';
import { command } from './read-commands.ts';

describe('FETCH', () => {
  const section = {
    item: 'section',
    name: 'BODY',
    peek: false,
    part: [],
    text: null,
    fields: [],
    partial: null,
  };
  const items = (text: string) => {
    const parsed = command(`FETCH 1 ${text}`);
    return parsed.name === 'FETCH' ? parsed.items : null;
  };

  it('knows macros', () => {
    const fast = [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }];
    expect(items('fast')).toEqual(fast);
    expect(items('ALL')).toEqual([...fast, { item: 'ENVELOPE' }]);
    expect(items('FULL')).toEqual([...fast, { item: 'ENVELOPE' }, { item: 'BODY' }]);
    expect(() => items('(FAST)')).toThrow(/^BAD/);
  });

  it('knows items, each once', () => {
    expect(items('(UID flags UID BodyStructure MODSEQ BODY)')).toEqual([
      { item: 'UID' },
      { item: 'FLAGS' },
      { item: 'BODYSTRUCTURE' },
      { item: 'MODSEQ' },
      { item: 'BODY' },
    ]);
    expect(items('RFC822.HEADER')).toEqual([
      { ...section, name: 'RFC822.HEADER', peek: true, text: 'HEADER' },
    ]);
  });

  it('knows sections', () => {
    expect(items('BODY[]')).toEqual([section]);
    expect(items('body.peek[1.2.mime]<10.20>')).toEqual([
      { ...section, peek: true, part: [1, 2], text: 'MIME', partial: { offset: 10, length: 20 } },
    ]);
    expect(items('(BODY[3] BODY[HEADER] BODY[4.TEXT])')).toEqual([
      { ...section, part: [3] },
      { ...section, text: 'HEADER' },
      { ...section, part: [4], text: 'TEXT' },
    ]);
    expect(items('BODY.PEEK[HEADER.FIELDS (From "x y")]')).toEqual([
      { ...section, peek: true, text: 'HEADER.FIELDS', fields: ['From', 'x y'] },
    ]);
    expect(items('BODY[1.HEADER.FIELDS.NOT (A)]')).toEqual([
      { ...section, part: [1], text: 'HEADER.FIELDS.NOT', fields: ['A'] },
    ]);
  });

  it('knows modifiers', () => {
    expect(command('UID FETCH 1:* FLAGS (CHANGEDSINCE 9 VANISHED)')).toMatchObject({
      uid: true,
      changedSince: 9,
      vanished: true,
    });
    expect(() => command('FETCH 1 FLAGS (CHANGEDSINCE 9 VANISHED)')).toThrow(/^BAD/);
  });

  it.each([
    '()',
    'BODY[',
    'BODY[1.]',
    'BODY[1TEXT]',
    'BODY[MIME]',
    'BODY[0]',
    'BODY[X]',
    'BODY.PEEK',
    'BODY[]<1>',
    'BODY[]<1.0>',
    'BODY[HEADER.FIELDS ()]',
    'BODY[HEADER.FIELDS]',
    'FOO',
    '(FLAGS',
    '(FLAGS  UID)',
  ])('not %s', (text) => {
    expect(() => items(text)).toThrow(/^BAD/);
  });

  it('has limits', () => {
    expect(items(`(${'BODY[] '.repeat(1_000)}UID)`)).toHaveLength(2);
    const different = Array.from({ length: 1_000 }, (_, i) => `BODY[${i + 1}]`).join(' ');
    expect(() => items(`(${different})`)).toThrow(/^BAD \[LIMIT]/);
    expect(() => items(`BODY[${'1.'.repeat(1_000)}1]`)).toThrow(/^BAD \[LIMIT]/);
  });
});
