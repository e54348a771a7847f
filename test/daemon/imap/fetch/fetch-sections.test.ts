/** Which bytes of a message a section is, from memory and from a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeFolder } from './fake-folder.ts';
import { fetched, inner, nested, pieces, text } from './nested-message.ts';

describe('sections', () => {
  const headers = 'Delivered-To: a@b\r\n';
  const header = headers + pieces[0];
  const body = pieces.slice(1).join('');
  const cases: readonly (readonly [string, string | null])[] = [
    ['BODY[]', headers + text],
    ['RFC822', headers + text],
    ['BODY[HEADER]', header],
    ['RFC822.HEADER', header],
    ['BODY[TEXT]', body],
    ['RFC822.TEXT', body],
    ['BODY[HEADER.FIELDS (x-a DELIVERED-TO)]', 'Delivered-To: a@b\r\nX-A: 1\r\n 2\r\n\r\n'],
    ['BODY[HEADER.FIELDS.NOT (x-a Delivered-To)]', 'Subject: outer\r\nTo: b\r\n\r\n'],
    ['BODY[HEADER.FIELDS (None)]', '\r\n'],
    ['BODY[1]', 'text'],
    ['BODY[1.MIME]', pieces[2] ?? ''],
    ['BODY[1.1]', null],
    ['BODY[1.HEADER]', null],
    ['BODY[2]', inner],
    ['BODY[2.MIME]', pieces[5] ?? ''],
    ['BODY[2.HEADER]', 'Subject: inner\r\n\r\n'],
    ['BODY[2.HEADER.FIELDS (SUBJECT)]', 'Subject: inner\r\n\r\n'],
    ['BODY[2.TEXT]', 'hello\r\n'],
    ['BODY[2.1]', 'hello\r\n'],
    ['BODY[2.1.MIME]', 'Subject: inner\r\n\r\n'],
    ['BODY[2.2]', null],
    ['BODY[3]', null],
    ['BODY[3.1.4]', null],
    ['BODY[TEXT]<0>', body],
    ['BODY[]<5>', (headers + text).slice(5)],
    ['BODY[1]<4>', ''],
    ['BODY[1]<5>', ''],
  ];
  const asked = (name: string): string =>
    name.replace(/<(\d+)>$/, '<$1.1000>').replace('BODY[', 'BODY.PEEK[');
  const answer = (name: string, content: string | null): string =>
    `* 1 FETCH (${name} ${!content ? '""' : `{${content.length}}\r\n${content}`})\r\n`;

  it.each(cases)('%s', async (name, content) => {
    expect((await fetched(nested({ headers }), asked(name))).text).toBe(answer(name, content));
  });

  it('are the same from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fetch-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'message');
    writeFileSync(path, text);
    for (const [name, content] of cases) {
      expect((await fetched(nested({ headers, path }), asked(name))).text).toBe(answer(name, content));
    }
    await expect(fetched(nested({ path: join(folder, 'none') }), 'BODY[]')).rejects.toThrow(/ENOENT/);
    writeFileSync(path, text.slice(1));
    await expect(fetched(nested({ path }), 'BODY[]')).rejects.toMatchObject({ code: 'imap.content_cut' });
  });

  it('of a message of which nothing is header or body', async () => {
    const flat = (all: string) => new FakeFolder([{ uid: 1, text: all, bits: 1 }]);
    expect((await fetched(flat('A: b\r\n'), '(BODY[HEADER] BODY[TEXT])')).text).toBe(
      '* 1 FETCH (BODY[HEADER] {6}\r\nA: b\r\n BODY[TEXT] "")\r\n',
    );
    expect((await fetched(flat('\r\nx'), '(BODY[HEADER] BODY[TEXT])')).text).toBe(
      '* 1 FETCH (BODY[HEADER] {2}\r\n\r\n BODY[TEXT] {1}\r\nx)\r\n',
    );
    expect((await fetched(flat('A: b\n\nx\r\n\r\ny'), 'BODY[TEXT]')).text).toContain('{6}\r\nx\r\n\r\ny');
  });

  it('hold no NUL, and are no shorter for it', async () => {
    const folder = new FakeFolder([{ uid: 1, text: 'a\0b', bits: 1 }]);
    expect((await fetched(folder, 'BODY[]')).text).toBe('* 1 FETCH (BODY[] {3}\r\na\x80b)\r\n');
  });

  it('of a large file stream, and hold no more than the client has taken', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fetch-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'message');
    const large = Buffer.alloc(3_000_000, 'line\r\n');
    writeFileSync(path, large);
    const { chunks, text: told } = await fetched(
      new FakeFolder([{ uid: 1, text: large, path }]),
      'BODY.PEEK[]',
    );
    expect(told).toBe(`* 1 FETCH (BODY[] {${large.length}}\r\n${large.toString('latin1')})\r\n`);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
  });
});
