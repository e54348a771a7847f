/**
 * Mail programs at work on folders, and one that fetches and deletes, while mail comes in, and maild killed in the midst of it, again and again:
 * `MAILD_FAULT_ROUNDS` times. What they were told is done is done, what they were not told of is done or not, as a whole; a
 * UID stands for one message for ever.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SqliteConnection } from '../../daemon/store/sqlite-connection.ts';
import { databaseFaults } from '../helpers/database-check.ts';
import { ImapTestClient } from '../helpers/imap-test-client.ts';
import { ann, annsPassword, startMailSystem } from '../helpers/mail-system.ts';
import { Pop3TestClient } from '../helpers/pop3-test-client.ts';
import { Random } from '../helpers/random.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const rounds = Number(process.env.MAILD_FAULT_ROUNDS ?? 8);
const programs = 6;
const mostPerLife = 150;
const mostDelayMs = 20;
/** Above the limit to which messages are kept in the database. */
const large = `${'x'.repeat(70)}\r\n`.repeat(1_000);

/** Where a message may be after what its client was told: one place, or two while an answer is outstanding. */
type Place = 'INBOX' | 'Other' | "bob's INBOX" | 'nowhere';

const bob = 'bob@example.org';
const bobs = "bob's INBOX";

class Work {
  readonly places = new Map<string, readonly Place[]>();
  /** `INBOX 7`: the word of the message that has or had this UID. */
  readonly uids = new Map<string, string>();
  acknowledged = 0;
  /** What a POP3 session wanted to be rid of when it said QUIT last, and was not told of. */
  leaving: readonly string[] = [];
  readonly #random: Random;
  #words = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A mail program that works until the connection breaks. */
  async program(port: number): Promise<void> {
    let client: ImapTestClient | null = null;
    try {
      client = await ImapTestClient.connect(port);
      await client.ok(`LOGIN ${ann} "${annsPassword}"`);
      await client.ok('SELECT INBOX');
      for (;;) await this.#one(client);
    } catch (error) {
      if (!/closed after|ECONN/.test(String(error))) throw error;
    } finally {
      client?.close();
    }
  }

  /** Another that fetches and deletes, a few at a time. */
  async fetcher(port: number): Promise<void> {
    try {
      for (;;) await this.#fetch(port);
    } catch (error) {
      if (!/closed after|ECONN/.test(String(error))) throw error;
    }
  }

  async #fetch(port: number): Promise<void> {
    const client = await Pop3TestClient.ready(port);
    expect(await client.logIn(bob, annsPassword)).toMatch(/^\+OK/);
    const ids = (await client.listing('UIDL')).slice(1, 1 + this.#random.below(20));
    const words: string[] = [];
    for (const id of ids) {
      const [n, uid = ''] = id.split(' ');
      const word = /^Subject: (word-\d+-)/m.exec((await client.listing(`TOP ${n} 0`)).join('\n'))?.[1] ?? '?';
      this.noteUid(bobs, Number(uid.split('.')[1]), word);
      expect(await client.say(`DELE ${n}`)).toMatch(/^\+OK/);
      words.push(word);
    }
    for (const word of words) this.places.set(word, [bobs, 'nowhere']);
    this.leaving = words;
    expect(await client.say('QUIT')).toMatch(/^\+OK/);
    for (const word of words) this.#done(word, 'nowhere');
    this.leaving = [];
    await client.end();
  }

  async sender(port: number, to: string, place: Place): Promise<void> {
    let client: SmtpTestClient | null = null;
    try {
      client = await SmtpTestClient.ready(port);
      for (;;) {
        const word = this.#word();
        await client.envelope('sender@elsewhere.example', [to]);
        this.places.set(word, ['nowhere', place]);
        const { code } = await client.message(`Subject: ${word}\r\n\r\nshort\r\n`);
        if (code === 250) this.#done(word, place);
      }
    } catch {
      client?.close();
    }
  }

  async #one(client: ImapTestClient): Promise<void> {
    const word = this.#word();
    const text = `Subject: ${word}\r\n\r\n${this.#random.chance(0.05) ? large : 'short\r\n'}`;
    const uid = await this.#append(client, word, text);
    if (this.#random.chance(0.5)) await this.#move(client, word, uid);
    else if (this.#random.chance(0.6)) await this.#expunge(client, word, uid);
  }

  async #append(client: ImapTestClient, word: string, text: string): Promise<number> {
    this.places.set(word, ['nowhere', 'INBOX']);
    const tag = client.send(`APPEND INBOX {${text.length}}`);
    const go = await client.line();
    if (go?.startsWith('+') !== true) throw new Error(`closed after ${go}`);
    client.write(`${text}\r\n`);
    const answer = (await client.until(tag)).at(-1) ?? '';
    const uid = Number(/^OK \[APPENDUID \d+ (\d+)\]/.exec(answer)?.[1]);
    expect(uid, answer).toBeGreaterThan(0);
    this.#done(word, 'INBOX');
    this.noteUid('INBOX', uid, word);
    return uid;
  }

  async #move(client: ImapTestClient, word: string, uid: number): Promise<void> {
    this.places.set(word, ['INBOX', 'Other']);
    const told = await client.ok(`UID MOVE ${uid} Other`);
    const to = told.map((line) => /\[COPYUID \d+ \d+ (\d+)\]/.exec(line)?.[1]).find((found) => found);
    expect(told.at(-1)).toMatch(/^OK/);
    this.#done(word, 'Other');
    this.noteUid('Other', Number(to), word);
  }

  async #expunge(client: ImapTestClient, word: string, uid: number): Promise<void> {
    await client.ok(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
    this.places.set(word, ['INBOX', 'nowhere']);
    await client.ok(`UID EXPUNGE ${uid}`);
    this.#done(word, 'nowhere');
  }

  #word(): string {
    this.#words += 1;
    return `word-${this.#words}-`;
  }

  #done(word: string, place: Place): void {
    this.places.set(word, [place]);
    this.acknowledged += 1;
  }

  noteUid(mailbox: string, uid: number, word: string): void {
    const key = `${mailbox} ${uid}`;
    expect(this.uids.get(key) ?? word, `the message with UID ${key}`).toBe(word);
    this.uids.set(key, word);
  }
}

interface Row {
  readonly mailbox: Place;
  readonly uid: number;
  readonly head: string | null;
  readonly file: string | null;
}

/** Every message on disk, by its word. */
async function readPlaces(stateDir: string, work: Work): Promise<Map<string, Place[]>> {
  const database = await SqliteConnection.open(join(stateDir, 'maild.db'), 'read');
  try {
    const rows = await database.all<Row>(
      `SELECT iif(a.address = '${bob}', 'bob''s INBOX', b.name) AS mailbox, e.uid, substr(CAST(c.body AS TEXT), 1, 2000) AS head, c.file
         FROM mailbox_entries AS e JOIN mailboxes AS b ON b.id = e.mailbox_id JOIN contents AS c ON c.id = e.content_id
         JOIN accounts AS a ON a.id = b.account_id`,
    );
    const found = new Map<string, Place[]>();
    for (const { mailbox, uid, head, file } of rows) {
      const text = head ?? (await readFile(join(stateDir, file ?? ''), 'latin1'));
      const word = /^Subject: (word-\d+-)/m.exec(text)?.[1] ?? '?';
      work.noteUid(mailbox, uid, word);
      found.set(word, [...(found.get(word) ?? []), mailbox]);
    }
    return found;
  } finally {
    await database.close();
  }
}

it(`keeps what mail programs did through ${rounds} times kill -9`, { timeout: 600_000 }, async () => {
  const random = new Random();
  const system = await startMailSystem({ config: 'log.level = "warn"\nlog.levels = { server = "info" }' });
  const { maild } = system;
  const first = await ImapTestClient.connect(maild.ports.imap);
  await first.ok(`LOGIN ${ann} "${annsPassword}"`);
  await first.ok('CREATE Other');
  first.close();
  await maild.call('accounts.add', { address: bob, password: annsPassword });
  const work = new Work(random);
  let uncertain = 0;

  for (let round = 0; round < rounds; round += 1) {
    const busy = [
      work.sender(maild.ports.smtp, ann, 'INBOX'),
      work.sender(maild.ports.smtp, bob, bobs),
      work.fetcher(maild.ports.pop3),
      ...Array.from({ length: programs }, () => work.program(maild.ports.imap)),
    ];
    const enough = work.acknowledged + random.below(mostPerLife);
    await until(() => work.acknowledged >= enough, `${enough} acknowledged acts`, 60_000);
    await delay(random.below(mostDelayMs));
    await maild.kill9();
    await Promise.all(busy);
    await maild.start();
    const found = await readPlaces(maild.stateDir, work);
    for (const [word, allowed] of work.places) {
      const places = found.get(word) ?? ['nowhere'];
      expect(places, `${word}, which may be ${allowed.join(' or ')}`).toHaveLength(1);
      expect(allowed, `${word} is ${places}`).toContain(places[0]);
      if (allowed.length > 1) uncertain += 1;
      work.places.set(word, places);
    }
    const left = new Set(work.leaving.map((word) => work.places.get(word)?.[0]));
    expect(left.size, `of ${work.leaving.length} messages that QUIT was to delete`).toBeLessThanOrEqual(1);
    work.leaving = [];
  }
  expect(work.acknowledged).toBeGreaterThan(rounds * 10);
  expect(await databaseFaults(maild.stateDir)).toEqual([]);
  if (process.env.MAILD_FAULT_ROUNDS !== undefined)
    console.log(`${work.acknowledged} acts acknowledged and kept, ${uncertain} were on their way`);
});
