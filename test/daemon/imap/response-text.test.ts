import { describe, expect, it } from 'vitest';
import { flagsText, imapString, imapStringOrNil } from '../../../daemon/imap/response-text.ts';
import { flagBits } from '../../../daemon/mailboxes/message-flags.ts';

describe('strings of responses', () => {
  it('are quoted, with quotes and backslashes in them escaped', () => {
    expect(imapString('a "b" \\c', false)).toBe('"a \\"b\\" \\\\c"');
    expect(imapString('', false)).toBe('""');
    expect(imapStringOrNil(null, false)).toBe('NIL');
  });

  it('are literals, counted in bytes, where they hold a line end or more than ASCII', () => {
    expect(imapString('a\r\nb', true)).toBe('{4}\r\na\r\nb');
    expect(imapString('Jürgen', false)).toBe('{7}\r\nJürgen');
    expect(imapString('Jürgen', true)).toBe('"Jürgen"');
  });

  it('never hold NUL', () => {
    expect(imapString('a\0b', false)).toBe('"ab"');
  });
});

describe('flags', () => {
  it('stand in brackets: system flags, keywords, \\Recent', () => {
    expect(flagsText({ bits: 0, keywords: [] }, false)).toBe('()');
    expect(flagsText({ bits: 0, keywords: [] }, true)).toBe('(\\Recent)');
    const { seen, answered } = flagBits;
    expect(flagsText({ bits: seen | answered, keywords: ['$Forwarded'] }, true)).toBe(
      '(\\Answered \\Seen $Forwarded \\Recent)',
    );
  });
});
