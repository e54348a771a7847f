/** FETCH responses: what is read for them, which bytes they hold, and \Seen. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fetchMessages } from '../../../daemon/imap/fetch-messages.ts';
import type { MessageStructure, Part } from '../../../daemon/mailboxes/message-structure.ts';
import { until } from '../../helpers/until.ts';
import { FakeFolder, type FakeMessage } from './fake-folder.ts';
import { command } from './read-commands.ts';

interface Options {
  readonly readOnly?: boolean;
  readonly recent?: readonly number[];
  readonly uid?: boolean;
  readonly condstore?: boolean;
  readonly utf8?: boolean;
  readonly newKeywords?: () => string;
}

async function fetched(folder: FakeFolder, items: string, options: Options = {}) {
  const parsed = command(`FETCH 1 ${items}`);
  if (parsed.name !== 'FETCH') throw new Error('no FETCH');
  const chunks: Buffer[] = [];
  const { missing } = await fetchMessages({
    view: folder.view(options),
    mailboxes: folder,
    uids: folder.messages.map(({ uid }) => uid),
    items: parsed.items,
    uid: options.uid ?? false,
    condstore: options.condstore ?? false,
    utf8: options.utf8 ?? false,
    newKeywords: options.newKeywords ?? (() => ''),
    out: {
      write: (chunk) => {
        chunks.push(chunk);
        return undefined;
      },
    },
    signal: new AbortController().signal,
  });
  return { text: Buffer.concat(chunks).toString('latin1'), chunks, missing };
}

const base = {
  headerStart: 0,
  lines: 1,
  type: 'TEXT',
  subtype: 'PLAIN',
  parameters: [],
  id: null,
  description: null,
  encoding: '7BIT',
  md5: null,
  disposition: null,
  language: [],
  location: null,
} as const;
const envelope = {
  date: 'Mon',
  subject: 'a "b"',
  from: [{ name: null, route: null, mailbox: 'ann', host: 'example.org' }],
  sender: [{ name: 'A\\n', route: null, mailbox: 'ann', host: 'example.org' }],
  replyTo: [],
  to: [
    { name: null, route: null, mailbox: 'team', host: null },
    { name: null, route: null, mailbox: 'bob', host: 'x' },
    { name: null, route: null, mailbox: null, host: null },
  ],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: '<1@x>',
} as const;

/** A multipart with a text and a message in it. */
const inner = 'Subject: inner\r\n\r\nhello\r\n';
const pieces = [
  'Subject: outer\r\nX-A: 1\r\n 2\r\nTo: b\r\n\r\n',
  '--b\r\n',
  'Content-Language: en\r\n\r\n',
  'text',
  '\r\n--b\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  inner,
  '--b--\r\n',
];
const text = pieces.join('');
const startOf = (piece: number): number => pieces.slice(0, piece).join('').length;
const innerPart: Part = {
  ...base,
  kind: 'single',
  headerStart: startOf(6),
  bodyStart: startOf(6) + 18,
  bodyEnd: startOf(7),
};
const structure: MessageStructure = {
  envelope,
  root: {
    ...base,
    kind: 'multipart',
    subtype: 'MIXED',
    type: 'MULTIPART',
    parameters: [['BOUNDARY', 'b']],
    bodyStart: startOf(1),
    bodyEnd: text.length,
    parts: [
      {
        ...base,
        kind: 'single',
        headerStart: startOf(2),
        bodyStart: startOf(3),
        bodyEnd: startOf(4),
        language: ['en', 'de'],
      },
      {
        ...base,
        kind: 'message',
        type: 'MESSAGE',
        subtype: 'RFC822',
        headerStart: startOf(5),
        bodyStart: startOf(6),
        bodyEnd: startOf(7),
        envelope,
        content: innerPart,
        disposition: { type: 'attachment', parameters: [['filename', 'gr\u00fc\u00dfe\r\n.txt']] },
      },
    ],
  },
};
const nested = (more: Partial<FakeMessage> = {}) =>
  new FakeFolder([{ uid: 7, text, structure, bits: 1, ...more }]);

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
