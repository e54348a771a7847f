import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authenticationResults, pretendsToBeOurs } from '../../../daemon/scan/authentication-results.ts';
import { fieldValue, readMessageHead } from '../../../daemon/scan/message-head.ts';
import { scanHeaders } from '../../../daemon/scan/scan-headers.ts';
import { testFolder } from '../../helpers/test-store.ts';

const inline = (text: string) => ({
  sizeBytes: text.length,
  inline: Buffer.from(text, 'latin1'),
  path: null,
});
const namesOf = async (text: string) => (await readMessageHead(inline(text)))?.fields.map(({ name }) => name);

describe('the header of a message', () => {
  it('has each field with its folded lines', async () => {
    const text = 'From: a@b\r\nSubject: one\r\n two\r\n\tthree\r\nX-Y : z\r\n\r\nbody: no\r\n';
    const head = await readMessageHead(inline(text));
    expect(head?.fields.map(({ name }) => name)).toEqual(['from', 'subject', 'x-y']);
    expect(head?.fields.map(fieldValue)).toEqual(['a@b', 'one two\tthree'.replace('\t', ' '), 'z']);
    expect(head?.endsAt).toBe(text.indexOf('\r\n\r\n') + 2);
  });

  it('is put together again byte for byte, whatever stands in it', async () => {
    for (const text of [
      '',
      '\r\n',
      'body only',
      'no field\r\n: x\r\n\r\nb',
      ' folded first\r\nA: b\r\n\r\n',
      'A: b',
    ]) {
      const head = await readMessageHead(inline(text));
      const put =
        Buffer.concat(head?.fields.map(({ raw }) => raw) ?? []).toString() + text.slice(head?.endsAt);
      expect(put).toBe(text);
    }
    expect(await namesOf('\r\nFrom: x\r\n\r\n')).toEqual([]);
  });

  it('is read from a file, and not when it is too long', async () => {
    const path = join(await testFolder(), 'm.eml');
    const text = `From: a@b\r\nX: ${'y'.repeat(5_000)}\r\n\r\nbody`;
    writeFileSync(path, text);
    const content = { sizeBytes: text.length, inline: null, path };
    expect((await readMessageHead(content))?.fields).toHaveLength(2);
    expect(await readMessageHead(content, 1_000)).toBeNull();
  });
});

describe('Authentication-Results', () => {
  const pretends = async (field: string): Promise<boolean> => {
    const [first] = (await readMessageHead(inline(`${field}\r\n\r\n`)))?.fields ?? [];
    return first !== undefined && pretendsToBeOurs(first, 'mx.example.org');
  };

  it.each([
    'Authentication-Results: mx.example.org; dkim=pass',
    'authentication-results : MX.Example.ORG 1; spf=pass',
    'Authentication-Results:\r\n (a (nested) \\) comment)\r\n "mx.example.org"; dkim=pass',
    'Authentication-Results: "mx\\.example.org"; dkim=pass',
    'Authentication-Results: (without end; mx.example.org',
    `Authentication-Results: (${'x'.repeat(2_000)}) mx.example.org; dkim=pass`,
    'Authentication-Results:',
  ])('that pretend to be ours are known: %s', async (field) => {
    expect(await pretends(field)).toBe(true);
  });

  it.each([
    'Authentication-Results: other.example.org; dkim=pass',
    'Authentication-Results: (mx.example.org) other.example.org; dkim=pass',
    'ARC-Authentication-Results: i=1; mx.example.org; dkim=pass',
    'X-Authentication-Results: mx.example.org; dkim=pass',
  ])('of others are left alone: %s', async (field) => {
    expect(await pretends(field)).toBe(false);
  });

  it('cannot be made to begin a header of their own', () => {
    const header = authenticationResults('mx.example.org', [
      'spf=pass smtp.mailfrom=a\r\nX-Evil: 1',
      'dkim=none',
    ]);
    expect(header).toBe(
      'Authentication-Results: mx.example.org;\r\n\tspf=pass smtp.mailfrom=a X-Evil: 1;\r\n\tdkim=none\r\n',
    );
    const long = authenticationResults('mx.example.org', [`spf=fail smtp.mailfrom="${'x'.repeat(1_000)}"`]);
    expect(long).toBe('Authentication-Results: mx.example.org;\r\n\tspf=fail\r\n');
    expect(authenticationResults('mx.example.org', [])).toContain('; none'.replace('; ', ';\r\n\t'));
  });
});

describe('the headers of scanners', () => {
  it('say what was found, and what was not looked at', () => {
    const headers = (...args: Parameters<typeof scanHeaders>) => scanHeaders(...args).join('');
    expect(headers('clamd', { kind: 'clean' }, 'mx')).toBe(
      'X-Virus-Scanned: clamd at mx\r\nX-Virus-Status: Clean\r\n',
    );
    expect(headers('clamd', { kind: 'virus', name: 'Evil)\r\nX: y' }, 'mx')).toContain(
      'Infected (Evil???X: y)\r\n',
    );
    expect(headers('clamd', { kind: 'unavailable', reason: 'secret' }, 'mx')).toBe(
      'X-Virus-Status: Not scanned (scanner unavailable)\r\n',
    );
    expect(headers('spamd', { kind: 'spam', score: 7.5, required: 5, tests: ['A', 'B'] }, 'mx')).toBe(
      'X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=7.5 required=5\r\n\tscanner=spamd tests=A,B\r\n',
    );
    const many = Array.from({ length: 30 }, (_, n) => `RULE_NUMBER_${n}`);
    const folded = headers('rspamd', { kind: 'ham', score: 0, required: 15, tests: many }, 'mx');
    expect(Math.max(...folded.split('\r\n').map((line) => line.length))).toBeLessThan(100);
    expect(folded.replace(/\r\n\t/g, '')).toContain(many.join(','));
  });
});
