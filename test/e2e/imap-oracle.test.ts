/**
 * Dovecot as the oracle: the same mail in both servers by APPEND, the same commands to both, and the same answers but for
 * what is listed here with its reason. Quoted or literal, upper or lower case of a name of an item, is the same answer.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dovecot, dovecot } from '../helpers/dovecot.ts';
import { ImapTestClient } from '../helpers/imap-test-client.ts';
import { fetchedItems, type ImapValue } from '../helpers/imap-values.ts';
import { type MailServer, password, startMailServer } from '../helpers/mail-server.ts';
import { oddMail } from '../helpers/odd-mail.ts';

const corpus = oddMail(300);
const user = 'ann@example.org';
const dates = ['01-Feb-2024 12:00:00 +0000', '29-Feb-2024 12:00:00 +0000', '01-Mar-2024 12:00:00 +0000'];

let ours: ImapTestClient;
let theirs: ImapTestClient;
let maild: MailServer;
let other: Dovecot;

async function filled(port: number): Promise<ImapTestClient> {
  const client = await ImapTestClient.connect(port);
  await client.ok(`LOGIN ${user} ${password}`);
  for (const [n, text] of corpus.entries()) {
    const tag = client.send(`APPEND INBOX "${dates[n % dates.length]}" {${text.length}+}`);
    client.write(`${text}\r\n`);
    expect((await client.until(tag)).at(-1)).toMatch(/^OK/);
  }
  await client.ok('SELECT INBOX');
  return client;
}

/** Items of each message. */
async function fetched(client: ImapTestClient, set: string, items: string) {
  const found = (await client.ok(`FETCH ${set} ${items}`)).map(fetchedItems);
  return new Map(
    found.flatMap((message) => (message === null ? [] : [[message.seq, message.items] as const])),
  );
}

interface Difference {
  readonly seq: number;
  readonly item: string;
  readonly ours: ImapValue | undefined;
  readonly theirs: ImapValue | undefined;
}

/** What differs in spite of all reasons to. */
async function differences(
  items: string,
  set = '1:*',
  right: (difference: Difference) => boolean = () => false,
): Promise<Difference[]> {
  const [mine, yours] = [await fetched(ours, set, items), await fetched(theirs, set, items)];
  expect(mine.size).toBe(yours.size);
  expect(mine.size).toBeGreaterThan(0);
  const found: Difference[] = [];
  for (const [seq, values] of yours) {
    expect([...(mine.get(seq)?.keys() ?? [])].sort()).toEqual([...values.keys()].sort());
    for (const [item, value] of values) {
      const difference = { seq, item, ours: mine.get(seq)?.get(item), theirs: value };
      if (JSON.stringify(difference.ours) === JSON.stringify(value) || right(difference)) continue;
      found.push(difference);
    }
  }
  return found;
}

/** The end of a header that is right before a boundary: it belongs to the boundary for them, to the header for us. */
const headerAtBoundary = ({ item, ours: mine, theirs: yours }: Difference): boolean =>
  /^BODY\[[\d.]+\.(MIME|HEADER)]$/.test(item) && mine === `${yours || '"'}\r\n`;
/** `1.1` of a part that has no parts: there is none for us, it is the part for them. */
const noSuchPart = ({ item, ours: mine }: Difference): boolean =>
  /^BODY\[[\d.]+\.1(\.MIME)?](<\d+>)?$/.test(item) && mine === '"';

describe.skipIf(dovecot === null)('as Dovecot', () => {
  beforeAll(async () => {
    [maild, other] = await Promise.all([
      startMailServer([user]),
      Dovecot.start({ users: [user], password, until: 'stopped' }),
    ]);
    [ours, theirs] = await Promise.all([filled(maild.imap), filled(other.imapPort)]);
  }, 120_000);
  afterAll(async () => {
    ours?.close();
    theirs?.close();
    await Promise.all([maild?.stop(), other?.stop()]);
  });

  it.each(['RFC822.SIZE', 'INTERNALDATE', 'ENVELOPE', 'BODY', 'BODYSTRUCTURE'])('%s', async (item) => {
    expect(await differences(item)).toEqual([]);
  });

  it.each([
    '(BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] RFC822.HEADER)',
    '(BODY.PEEK[HEADER.FIELDS (SUBJECT To)] BODY.PEEK[HEADER.FIELDS.NOT (Subject TO X-NR)])',
    '(BODY.PEEK[]<0.10> BODY.PEEK[]<10.20> BODY.PEEK[HEADER]<5.1000> BODY.PEEK[TEXT]<100000.20>)',
  ])('whole messages: %s', async (items) => {
    expect(await differences(items)).toEqual([]);
  });

  it('parts', async () => {
    const parts = [
      '1',
      '2',
      '3',
      '4',
      '1.1',
      '1.2',
      '2.1',
      '2.2',
      '1.1.1',
      '1.2.1',
      '2.1.1',
      '2.1.2',
      '1.1.1.1',
    ];
    const texts = [
      '',
      '.MIME',
      '.HEADER',
      '.TEXT',
      '.HEADER.FIELDS (Subject)',
      '.HEADER.FIELDS.NOT (Subject)',
    ];
    const right = (difference: Difference): boolean => headerAtBoundary(difference) || noSuchPart(difference);
    for (const text of texts) {
      const items = parts.map((part) => `BODY.PEEK[${part}${text}]`);
      expect(await differences(`(${items.join(' ')})`, '1:*', right)).toEqual([]);
    }
    const partial = parts.map((part) => `BODY.PEEK[${part}]<3.7>`);
    expect(await differences(`(${partial.join(' ')})`, '1:*', right)).toEqual([]);
  });

  it('flags, and \\Seen by reading', async () => {
    for (const client of [ours, theirs]) {
      await client.ok('STORE 1:50 +FLAGS.SILENT (\\Flagged)');
      await client.ok('STORE 20:60 +FLAGS.SILENT ($Label \\Answered)');
      await client.ok('STORE 10:30 -FLAGS.SILENT (\\Flagged)');
      await client.ok('FETCH 5:8 BODY[1]');
      await client.ok('STORE 1:3 FLAGS.SILENT (\\Draft)');
    }
    const flags = async (client: ImapTestClient) =>
      [...(await fetched(client, '1:*', 'FLAGS'))].map(([seq, items]) => {
        const list = items.get('FLAGS');
        return `${seq} ${Array.isArray(list) ? [...list].sort().join(' ') : ''}`;
      });
    expect(await flags(ours)).toEqual(await flags(theirs));
  });
});
