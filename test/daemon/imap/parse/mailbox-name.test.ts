/** Names of mailboxes on the wire. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeModifiedUtf7,
  encodeModifiedUtf7,
  nameFromWire,
  patternFromWire,
} from '../../../../daemon/imap/parse/mailbox-name.ts';

describe('modified UTF-7', () => {
  it.each([
    ['Entw\u00fcrfe', 'Entw&APw-rfe'],
    ['~peter/mail/\u65e5\u672c\u8a9e/\u53f0\u5317', '~peter/mail/&ZeVnLIqe-/&U,BTFw-'],
    ['R&D', 'R&-D'],
    ['\u{1f4e8}', '&2D3c6A-'],
    ['plain', 'plain'],
  ])('%s', (name, wire) => {
    expect(encodeModifiedUtf7(name)).toBe(wire);
    expect(decodeModifiedUtf7(wire)).toBe(name);
  });

  it('gives back every name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(decodeModifiedUtf7(encodeModifiedUtf7(name))).toBe(name);
        expect(encodeModifiedUtf7(name)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'&-+,A2z= \u00e9') }), (text) => {
        const name = decodeModifiedUtf7(text);
        if (name !== null) expect(Buffer.from(name).toString()).toBe(name);
      }),
    );
  });

  it('that is broken is none', () => {
    for (const wire of ['&', 'a&b', '&A-', '&AP-', '&2D0-', '&AP=-'])
      expect(decodeModifiedUtf7(wire)).toBeNull();
  });
});

describe('a name', () => {
  it('is INBOX in any case, also where something is below it', () => {
    expect(['inbox', 'InBox/x', 'inboxes'].map((name) => nameFromWire(name, false))).toEqual([
      'INBOX',
      'INBOX/x',
      'inboxes',
    ]);
    expect(patternFromWire('inbox%', false)).toBe('inbox%');
  });

  it('is in NFC, and UTF-8 where that is enabled or sent all the same', () => {
    const bytes = Buffer.from('e\u0301 & &APw-').toString('latin1');
    expect(nameFromWire(bytes, true)).toBe('\u00e9 & &APw-');
    expect(nameFromWire(Buffer.from('\u00e9').toString('latin1'), false)).toBe('\u00e9');
    expect(() => nameFromWire('\xff', true)).toThrow('Not a valid');
  });
});
