/** FETCH responses: what is read for them, what others change meanwhile, and \Seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchMessages } from '../../../../daemon/imap/fetch/fetch-messages.ts';
import { until } from '../../../helpers/until.ts';
import { FakeFolder } from './fake-folder.ts';
import { envelope, fetched, inner, innerPart, nested, structure, text } from './nested-message.ts';

describe('what the view knows', () => {
  it('is told without reading', async () => {
    const folder = new FakeFolder([
      { uid: 3, text: 'x', bits: 3, keywords: ['$Junk'] },
      { uid: 9, text: 'y' },
    ]);
    expect((await fetched(folder, 'FLAGS', { recent: [9] })).text).toBe(
      '* 1 FETCH (FLAGS (\\Answered \\Seen $Junk))\r\n* 2 FETCH (FLAGS (\\Recent))\r\n',
    );
    expect((await fetched(folder, 'FLAGS', { uid: true })).text).toContain('* 2 FETCH (UID 9 FLAGS ())\r\n');
    expect((await fetched(folder, '(FLAGS UID)', { uid: true })).text).toContain(
      '* 2 FETCH (FLAGS () UID 9)\r\n',
    );
    expect((await fetched(folder, '(MODSEQ UID)')).text).toContain('* 2 FETCH (MODSEQ (1) UID 9)\r\n');
    expect(folder.reads).toEqual([]);
  });

  it('goes out in few writes', async () => {
    const folder = new FakeFolder(Array.from({ length: 5_000 }, (_, i) => ({ uid: i + 1, text: '' })));
    const { chunks, text } = await fetched(folder, '(UID FLAGS)');
    expect(text.split('\r\n')).toHaveLength(5_001);
    expect(chunks.length).toBeLessThan(6);
  });
});

describe('keywords that others set meanwhile', () => {
  it('are told before a response that has them, and never inside one', async () => {
    const folder = new FakeFolder([
      { uid: 1, text: 'a'.repeat(100_000), bits: 1 },
      { uid: 2, text: 'b', bits: 1, keywords: ['new'] },
    ]);
    const told = async (items: string) => {
      const news = ['', '* FLAGS (new)\r\n'];
      const { text: all } = await fetched(folder, items, { newKeywords: () => news.shift() ?? '' });
      return all.replace(/a{100000}/, 'a').split('\r\n');
    };
    expect(await told('FLAGS')).toEqual([
      '* 1 FETCH (FLAGS (\\Seen))',
      '* FLAGS (new)',
      '* 2 FETCH (FLAGS (\\Seen new))',
      '',
    ]);
    expect(await told('(BODY.PEEK[] FLAGS)')).toEqual([
      '* 1 FETCH (BODY[] {100000}',
      'a FLAGS (\\Seen))',
      '* FLAGS (new)',
      '* 2 FETCH (BODY[] {1}',
      'b FLAGS (\\Seen new))',
      '',
    ]);
    expect(await told('UID')).not.toContain('* FLAGS (new)');
  });
});

describe('what is stored', () => {
  it('is read as far as it is needed', async () => {
    const folder = nested();
    await fetched(folder, '(MODSEQ INTERNALDATE RFC822.SIZE)');
    await fetched(folder, 'BODY.PEEK[HEADER]');
    await fetched(folder, 'ENVELOPE');
    await fetched(folder, 'BODY.PEEK[1]');
    expect(folder.reads.map(({ content, structure }) => [content, structure])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it('has dates, sizes and numbers', async () => {
    const { text: told } = await fetched(
      nested({ headers: 'Return-Path: <>\r\n', modseq: 5 }),
      '(MODSEQ INTERNALDATE RFC822.SIZE)',
    );
    expect(told).toBe(
      `* 1 FETCH (MODSEQ (5) INTERNALDATE "03-Feb-2024 04:05:06 +0000" RFC822.SIZE ${text.length + 17})\r\n`,
    );
  });

  it('has an envelope', async () => {
    expect((await fetched(nested(), 'ENVELOPE')).text).toBe(
      '* 1 FETCH (ENVELOPE ("Mon" "a \\"b\\"" ((NIL NIL "ann" "example.org")) (("A\\\\n" NIL "ann" "example.org")) NIL ' +
        '((NIL NIL "team" NIL)(NIL NIL "bob" "x")(NIL NIL NIL NIL)) NIL NIL NIL "<1@x>"))\r\n',
    );
  });

  it('has a structure, in which nothing breaks the line', async () => {
    const envelopeText = (await fetched(nested(), 'ENVELOPE')).text.slice('* 1 FETCH (ENVELOPE '.length, -3);
    const plain = '("TEXT" "PLAIN" NIL NIL NIL "7BIT"';
    const size = innerPart.bodyEnd - innerPart.bodyStart;
    expect((await fetched(nested(), 'BODY')).text).toBe(
      `* 1 FETCH (BODY (${plain} 4 1)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" ${inner.length} ${envelopeText} ${plain} ${size} 1) 1) "MIXED"))\r\n`,
    );
    expect((await fetched(nested(), 'BODYSTRUCTURE')).text).toBe(
      `* 1 FETCH (BODYSTRUCTURE (${plain} 4 1 NIL NIL ("en" "de") NIL)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" ${inner.length} ` +
        `${envelopeText} ${plain} ${size} 1 NIL NIL NIL NIL) 1 NIL ("attachment" ("filename" {11}\r\ngr\u00fc\u00dfe\r\n.txt)) NIL NIL) ` +
        '"MIXED" ("BOUNDARY" "b") NIL NIL NIL))\r\n',
    );
  });

  it('may have gone', async () => {
    const folder = new FakeFolder([
      { uid: 1, text: 'a' },
      { uid: 2, text: 'b' },
    ]);
    folder.gone.add(1);
    expect(await fetched(folder, 'BODY.PEEK[]')).toMatchObject({
      text: '* 2 FETCH (BODY[] {1}\r\nb)\r\n',
      missing: 1,
    });
  });
});

describe('a client that does not take what it asked for', () => {
  it('is not read for any further', async () => {
    const home = mkdtempSync(join(tmpdir(), 'fetch-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    const path = join(home, 'message');
    writeFileSync(path, Buffer.alloc(3_000_000, 'line\r\n'));
    const folder = new FakeFolder([{ uid: 1, text: Buffer.alloc(3_000_000), path, bits: 1 }]);
    let written = 0;
    let leave: (error: Error) => void = () => {};
    const gone = new Promise<void>((_, reject) => {
      leave = reject;
    });
    const fetching = fetchMessages({
      view: folder.view(),
      mailboxes: folder,
      uids: [1],
      items: [{ item: 'section', name: 'BODY', peek: true, part: [], text: null, fields: [], partial: null }],
      uid: false,
      condstore: false,
      utf8: false,
      newKeywords: () => '',
      out: {
        write: ({ length }) => {
          written += length;
          return written < 300_000 ? undefined : gone;
        },
      },
      signal: new AbortController().signal,
    });
    await until(() => written >= 300_000, 'the first bytes');
    leave(new Error('the client has gone'));
    await expect(fetching).rejects.toThrow('the client has gone');
    expect(written).toBeLessThan(400_000);
  });
});

describe('with UTF8=ACCEPT', () => {
  it('strings are quoted UTF-8, and what is none is a literal still', async () => {
    const bytes = Buffer.from('gr\u00fc\u00dfe').toString('latin1');
    const told = async (subject: string, utf8: boolean) => {
      const folder = nested({ structure: { ...structure, envelope: { ...envelope, subject } } });
      return (await fetched(folder, 'ENVELOPE', { utf8 })).text;
    };
    expect(await told(bytes, true)).toContain(`ENVELOPE ("Mon" "${bytes}" `);
    expect(await told(bytes, false)).toContain(`ENVELOPE ("Mon" {7}\r\n${bytes} `);
    expect(await told('gr\u00fc\u00dfe', true)).toContain('ENVELOPE ("Mon" {5}\r\ngr\u00fc\u00dfe ');
  });
});

describe('\\Seen', () => {
  const unseen = () =>
    new FakeFolder([
      { uid: 1, text: 'a', bits: 4 },
      { uid: 2, text: 'b', bits: 1 },
    ]);

  it('is set by what reads a message, and told with it', async () => {
    const folder = unseen();
    expect((await fetched(folder, 'BODY[]')).text).toBe(
      '* 1 FETCH (BODY[] {1}\r\na FLAGS (\\Flagged \\Seen))\r\n* 2 FETCH (BODY[] {1}\r\nb)\r\n',
    );
    expect(folder.messages.map(({ bits }) => bits)).toEqual([5, 1]);
  });

  it('is told in its place, and with MODSEQ when CONDSTORE is on', async () => {
    expect((await fetched(unseen(), '(FLAGS RFC822.TEXT)')).text).toContain(
      '* 1 FETCH (FLAGS (\\Flagged \\Seen) RFC822.TEXT',
    );
    expect((await fetched(unseen(), 'BODY[]', { condstore: true })).text).toContain(
      'FLAGS (\\Flagged \\Seen) MODSEQ (101))',
    );
    expect((await fetched(unseen(), '(MODSEQ BODY[])', { condstore: true })).text).toContain(
      '* 1 FETCH (MODSEQ (101) BODY[] {1}\r\na FLAGS (\\Flagged \\Seen))',
    );
  });

  it('is left alone by PEEK, RFC822.HEADER, ENVELOPE, and in a mailbox that is read only', async () => {
    for (const items of ['BODY.PEEK[]', 'RFC822.HEADER', '(ENVELOPE BODY BODYSTRUCTURE)']) {
      const folder = unseen();
      expect((await fetched(folder, items)).text).not.toContain('FLAGS');
      expect(folder.messages[0]?.bits).toBe(4);
    }
    const folder = unseen();
    await fetched(folder, 'BODY[]', { readOnly: true });
    expect(folder.messages[0]?.bits).toBe(4);
  });
});
