import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flagBits } from '../../../../daemon/mailboxes/message-flags.ts';
import type { SearchKey } from '../../../../daemon/mailboxes/search/search-key.ts';
import { contentScript, smallScript } from '../../../helpers/content-thread.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { searchedMailboxes } from '../../../helpers/searched-mailboxes.ts';

const script = contentScript();
const header = (name: string, text: string): SearchKey => ({ key: 'header', name, text });
const body = (text: string): SearchKey => ({ key: 'body', text });
const anywhere = (text: string): SearchKey => ({ key: 'text', text });
const not = (of: SearchKey): SearchKey => ({ key: 'not', of });
const and = (...keys: readonly SearchKey[]): SearchKey => ({ key: 'and', keys });
const crlf = (text: string): string => text.replace(/\n/g, '\r\n');
const day = (text: string): number => Date.parse(`${text}Z`);

/** A mailbox with these messages: UIDs count from 1. */
async function withMessages(...texts: readonly string[]) {
  const mail = await searchedMailboxes(script);
  for (const text of texts) await mail.append(mail.accountId, 'INBOX', { body: crlf(text) });
  return mail;
}

describe('SEARCH by what a view knows', () => {
  it('flags, keywords, numbers and their opposites', async () => {
    const { search, append, accountId } = await searchedMailboxes(script);
    const flags = [
      { bits: flagBits.seen, keywords: [] },
      { bits: flagBits.seen | flagBits.flagged, keywords: ['$Label', 'x'] },
      { bits: 0, keywords: ['X'] },
    ];
    for (const one of flags) await append(accountId, 'INBOX', { flags: one });
    const flag = (bit: number, set = true): SearchKey => ({ key: 'flag', bit, set });
    expect(await search({ key: 'all' })).toEqual([1, 2, 3]);
    expect(await search(flag(flagBits.seen))).toEqual([1, 2]);
    expect(await search(flag(flagBits.seen, false))).toEqual([3]);
    expect(await search(and(flag(flagBits.seen), not(flag(flagBits.flagged))))).toEqual([1]);
    expect(await search({ key: 'keyword', keyword: 'X', set: true })).toEqual([2, 3]);
    expect(await search({ key: 'keyword', keyword: '$label', set: false })).toEqual([1, 3]);
    expect(await search({ key: 'sequence', ranges: [[2, Number.POSITIVE_INFINITY]] })).toEqual([2, 3]);
    expect(
      await search({ key: 'or', keys: [flag(flagBits.flagged), { key: 'uid', ranges: [[3, 3]] }] }),
    ).toEqual([2, 3]);
    // RFC 3501 6.4.8: `9:*` has the last message, whatever its number.
    expect(await search({ key: 'uid', ranges: [[9, Number.POSITIVE_INFINITY]] })).toEqual([3]);
    expect(await search({ key: 'sequence', ranges: [[4, 9]] })).toEqual([]);
  });

  it('also of messages that have gone and that the view still counts; what is in them nobody knows', async () => {
    const { mailboxes, accountId } = await withMessages('Subject: a\n\nx\n', 'Subject: a\n\nx\n');
    const view = await mailboxes.open(accountId, 'INBOX', { readOnly: false });
    await mailboxes.removeMessages(view.mailbox.id, [1]);
    const found = (key: SearchKey) => mailboxes.search(view, key, {});
    const unseen: SearchKey = { key: 'flag', bit: flagBits.seen, set: false };
    const larger: SearchKey = { key: 'larger', bytes: 1_000 };
    expect(await found(unseen)).toEqual([1, 2]);
    expect(await found(not({ key: 'uid', ranges: [[2, 2]] }))).toEqual([1]);
    for (const key of [not(larger), not(header('subject', 'b')), not(body('y')), body('x')])
      expect(await found(key)).toEqual([2]);
    expect(await found({ key: 'or', keys: [larger, unseen] })).toEqual([1, 2]);
    view.close();
  });

  it('nothing in an empty mailbox', async () => {
    const { search } = await searchedMailboxes(script);
    for (const key of [
      { key: 'all' } as const,
      not(body('x')),
      { key: 'uid', ranges: [[1, Number.POSITIVE_INFINITY]] } as const,
    ])
      expect(await search(key)).toEqual([]);
  });
});

describe('SEARCH by sizes and dates', () => {
  it('has the internal date by its day in UTC, and by its age', async () => {
    const clock = new FakeClock(day('2024-03-10T12:00:00'));
    const { search, append, accountId } = await searchedMailboxes(script, { clock });
    for (const at of [
      '2024-03-08T23:59:59',
      '2024-03-09T00:00:00',
      '2024-03-09T23:59:59',
      '2024-03-10T11:59:00',
    ])
      await append(accountId, 'INBOX', { internalDate: day(at) });
    expect(await search({ key: 'before', day: '2024-03-09' })).toEqual([1]);
    expect(await search({ key: 'on', day: '2024-03-09' })).toEqual([2, 3]);
    expect(await search({ key: 'since', day: '2024-03-09' })).toEqual([2, 3, 4]);
    expect(await search({ key: 'younger', seconds: 60 })).toEqual([4]);
    expect(await search({ key: 'older', seconds: 60 })).toEqual([1, 2, 3]);
  });

  it('has the date that the message names, whatever its zone; one that names none is of long ago', async () => {
    const { search } = await withMessages(
      'Date: Fri, 8 Mar 2024 23:30:00 -0800\n\nx',
      'Date: 9 Mar 24 00:30 GMT\n\nx',
      'Subject: no date\n\nx',
    );
    expect(await search({ key: 'senton', day: '2024-03-08' })).toEqual([1]);
    expect(await search({ key: 'sentsince', day: '2024-03-08' })).toEqual([1, 2]);
    expect(await search({ key: 'sentbefore', day: '2024-03-09' })).toEqual([1, 3]);
  });

  it('has sizes strictly, and numbers of changes', async () => {
    const { search } = await withMessages('a'.repeat(9), 'a'.repeat(10), 'a'.repeat(11));
    expect(await search({ key: 'larger', bytes: 10 })).toEqual([3]);
    expect(await search({ key: 'smaller', bytes: 10 })).toEqual([1]);
    expect((await search({ key: 'modseq', least: 1 })).length).toBe(3);
    expect(await search({ key: 'modseq', least: 1_000 })).toEqual([]);
  });
});

describe('SEARCH of texts in headers', () => {
  it('decodes, and does not mind case or how letters are composed', async () => {
    const { search } = await withMessages(
      'Subject: =?utf-8?q?M=C3=BCller?= =?utf-8?q?_&_Co?=\n\nx',
      'Subject: =?iso-8859-1?b?TdxMTEVS?=\n\nx',
      'Subject: other\n folded  words\n\nx',
    );
    expect(await search(header('subject', 'MÜLLER'))).toEqual([1, 2]);
    expect(await search(header('subject', 'mu\u0308ller & co'))).toEqual([1]);
    expect(await search(header('subject', 'folded words'))).toEqual([3]);
    expect(await search(header('subject', '%'))).toEqual([]);
  });

  it('finds names and addresses as people write them', async () => {
    const { search } = await withMessages(
      'From: joe@example.org (Joe Public)\nTo: Friends: a@b, "C, D" <c@d>;\n\nx',
      'From: =?utf-8?q?J=C3=B6?= <j@x>\nCc: joe@example.org\n\nx',
    );
    expect(await search(header('from', 'joe public'))).toEqual([1]);
    expect(await search(header('from', 'jö <j@x>'))).toEqual([2]);
    expect(await search(header('to', 'friends: <a@b>, "c, d" <c@d>;'))).toEqual([1]);
    expect(await search(header('cc', 'JOE@'))).toEqual([2]);
  });

  it('an empty text asks whether the field is there', async () => {
    const { search } = await withMessages('Cc:\nX-Mark: y\n\nx', 'To: a@b\n\nx');
    expect(await search(header('cc', ''))).toEqual([1]);
    expect(await search(header('x-mark', ''))).toEqual([1]);
    expect(await search(header('bcc', ''))).toEqual([]);
  });

  it('looks into any other field, and those that a delivery puts in front', async () => {
    const mail = await withMessages('List-Id: Things\n <l.x>\n\nList-Id: body', 'X: y\n\nlist-id: no');
    expect(await mail.search(header('list-id', 'things <L.X>'))).toEqual([1]);
    await mail.add({
      local: [{ accountId: mail.accountId, address: 'ann@example.org' }],
      from: 'bob@example.net',
      to: [],
    });
    expect(await mail.search(header('delivered-to', 'ann@'))).toEqual([3]);
    expect(await mail.search(header('return-path', '<bob@example.net>'))).toEqual([3]);
    expect(await mail.search(anywhere('delivered-to: ann'))).toEqual([3]);
  });
});

describe('SEARCH of texts in bodies', () => {
  const mixed = `Subject: outside
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

preamble
--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable
X-Part: about

caf=E9 =
au lait
--b
Content-Type: application/pdf

binary
--b
Content-Type: message/rfc822

Subject: inside

Content-Type: text/plain

deep
--b--
epilogue`;

  it('are decoded, of the text parts only, without headers', async () => {
    const { search } = await withMessages(
      mixed,
      `Content-Type: text/plain
Content-Transfer-Encoding: base64

Q2Fmw6kg
YXUgbGFpdA==`,
    );
    expect(await search(body('CAFÉ AU LAIT'))).toEqual([1, 2]);
    expect(await search(body('deep'))).toEqual([1]);
    for (const text of ['binary', 'outside', 'inside', 'about', 'preamble', 'epilogue', '=E9', 'Q2Fm'])
      expect(await search(body(text)), text).toEqual([]);
    expect(await search(body(''))).toEqual([1, 2]);
  });

  it('TEXT looks into all headers as well', async () => {
    const { search } = await withMessages(mixed);
    for (const text of ['subject: outside', 'inside', 'x-part: about', 'café', 'deep'])
      expect(await search(anywhere(text)), text).toEqual([1]);
    for (const text of ['binary', 'preamble']) expect(await search(anywhere(text)), text).toEqual([]);
  });

  it('are looked into in files too, wherever they are cut for reading', async () => {
    const { search, append, accountId, folder } = await searchedMailboxes(script);
    mkdirSync(join(folder, 'messages'), { recursive: true });
    // The text lies across the end of a piece of 256 KiB.
    const text = `Subject: x\r\n\r\n${'a'.repeat(256 * 1024 - 5)}needle${'b'.repeat(300_000)}`;
    writeFileSync(join(folder, 'messages', 'large'), text);
    await append(accountId, 'INBOX', { body: text, file: 'messages/large' });
    expect(await search(body('needle'))).toEqual([1]);
    expect(await search(body('needles'))).toEqual([]);
  });

  it('a file that cannot be read has nothing in it', async () => {
    const { search, append, accountId } = await searchedMailboxes(script);
    await append(accountId, 'INBOX', { body: 'x', file: 'messages/gone' });
    await append(accountId, 'INBOX', { body: '\r\nthere' });
    expect(await search(anywhere('there'))).toEqual([2]);
  });

  it('a content that the thread dies of is passed over, and no other', async () => {
    const searchScript = smallScript(`
      for (const { bytes } of job.contents) if (Buffer.from(bytes).includes('deadly')) process.exit(1);
      answer(job.contents.map(({ uid }) => ({ uid, matches: [0] })));`);
    const { search, append, accountId } = await searchedMailboxes(script, { searchScript });
    for (const text of ['one', 'deadly', 'three']) await append(accountId, 'INBOX', { body: text });
    expect(await search(body('x'))).toEqual([1, 3]);
  });
});

describe('SEARCH as a whole', () => {
  it('reads the contents of those messages only that nothing else decides', async () => {
    // It says of every content it is given that everything is in it, and nothing of others.
    const searchScript = smallScript(`
      answer(job.contents.map(({ uid }) => ({ uid, matches: job.contents.length === 1 ? [0] : [] })));`);
    const { search, append, accountId } = await searchedMailboxes(script, { searchScript });
    for (const text of ['Subject: a\r\n\r\n', 'Subject: b\r\n\r\n', 'Subject: a\r\n\r\nlonger'])
      await append(accountId, 'INBOX', { body: text });
    expect(await search(and(body('x'), header('subject', 'a'), { key: 'larger', bytes: 15 }))).toEqual([3]);
  });

  it('takes 1,000 nested NOTs, and refuses what would overflow the stack', async () => {
    const { search } = await withMessages('Subject: a\n\n', 'Subject: b\n\n');
    const nested = (depth: number): SearchKey => {
      let key = header('subject', 'a');
      for (let i = 0; i < depth; i += 1) key = not(key);
      return key;
    };
    expect(await search(nested(1_000))).toEqual([1]);
    expect(await search(nested(1_001))).toEqual([2]);
    await expect(search(nested(100_000))).rejects.toMatchObject({ code: 'search.too_deep' });
  });

  it('ends when it is told to', async () => {
    const { search } = await withMessages('Subject: a\n\nx');
    const controller = new AbortController();
    controller.abort(new Error('the client has gone'));
    await expect(search(body('x'), controller.signal)).rejects.toThrow('the client has gone');
  });
});
