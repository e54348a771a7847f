/** What programs that stay connected do, told with imapflow: 1,000 messages, and two of them on one folder. */
import { readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { appendAll } from '../helpers/append-all.ts';
import { expectCorpus } from '../helpers/kept-mail.ts';
import { mailCorpus } from '../helpers/mail-corpus.ts';
import { type MailServer, noServer, password, startMailServer } from '../helpers/mail-server.ts';
import { until } from '../helpers/until.ts';

const user = 'ann@example.org';
const corpus = mailCorpus(1_000);
let server: MailServer;

async function login({ implicit = false } = {}): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: 'localhost',
    port: implicit ? server.imaps : server.imap,
    secure: implicit,
    ...(!implicit && { doSTARTTLS: true }),
    tls: { ca: readFileSync(server.certificate) },
    auth: { user, pass: password },
    logger: false,
    qresync: true,
  });
  await client.connect();
  onTestFinished(() => client.close());
  return client;
}

describe.skipIf(noServer)('imapflow', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    server = await startMailServer([user]);
    await appendAll(server.imap, user, corpus);
  }, 60_000);
  afterAll(() => server.stop());

  it('reads 1,000 messages, and the second time only what has changed', async () => {
    const first = await login({ implicit: true });
    const opened = await first.mailboxOpen('INBOX');
    expect(opened).toMatchObject({ exists: 1_000, uidNext: 1_001 });
    const messages = await first.fetchAll('1:*', { uid: true, source: true, size: true });
    for (const { source, size } of messages) expect(source?.length).toBe(size);
    const sources = messages.map(({ source }) => source?.toString('latin1') ?? '');
    expectCorpus(sources, corpus);
    expect(sources).toEqual(corpus);
    await first.logout();

    const second = await login();
    const again = await second.mailboxOpen('INBOX');
    expect(again.uidValidity).toBe(opened.uidValidity);
    const since = opened.highestModseq ?? 0n;
    const changes = () => second.fetchAll('1:*', { uid: true, flags: true }, { changedSince: since });
    expect(await changes()).toEqual([]);
    expect(await second.messageFlagsAdd('7', ['\\Flagged', '$Label1'], { uid: true })).toBe(true);
    expect(await changes()).toMatchObject([{ uid: 7, flags: new Set(['\\Flagged', '$Label1']) }]);
  });

  it('is told in IDLE what another does', async () => {
    const [watcher, worker] = [await login(), await login({ implicit: true })];
    const seen: string[] = [];
    watcher.on('exists', ({ count }) => seen.push(`exists ${count}`));
    watcher.on('flags', ({ uid, seq, flags }) => seen.push(`flags ${uid ?? seq} ${[...flags].join(' ')}`));
    watcher.on('expunge', (event) => seen.push(`expunge ${'seq' in event ? event.seq : event.uid}`));
    await worker.mailboxCreate('Shared');
    await worker.append('Shared', 'Subject: one\r\n\r\n1\r\n');
    await watcher.mailboxOpen('Shared');
    const idle = watcher.idle();
    await worker.mailboxOpen('Shared');
    await worker.append('Shared', 'Subject: two\r\n\r\n2\r\n');
    await until(() => seen.includes('exists 2'), 'EXISTS in IDLE');
    await worker.messageFlagsAdd('2', ['\\Seen']);
    await until(() => seen.some((line) => /^flags 2 .*\\Seen/.test(line)), 'FETCH of flags in IDLE');
    await worker.messageDelete('1');
    await until(() => seen.some((line) => line === 'expunge 1'), 'EXPUNGE in IDLE');
    // Whatever ends the IDLE, the watcher's next command has to see the mailbox as it is.
    expect(await watcher.search({ all: true }, { uid: true })).toEqual([2]);
    await idle;
  });

  it('files, finds, moves and throws away', async () => {
    const client = await login();
    await client.mailboxCreate('Projects');
    await client.mailboxOpen('INBOX');
    const found = await client.search({ subject: 'minutes', smaller: 100_000 }, { uid: true });
    const wanted = corpus.flatMap((text, i) =>
      /^Subject: minutes/m.test(text) && text.length < 100_000 ? [i + 1] : [],
    );
    expect(found).toEqual(wanted);
    const copied = await client.messageCopy(wanted, 'Projects', { uid: true });
    expect(copied).toMatchObject({ destination: 'Projects' });
    const moved = await client.messageMove('1:10', 'Projects', { uid: true });
    if (copied === false || moved === false) throw new Error('not copied or not moved');
    expect([...(copied.uidMap?.keys() ?? [])]).toEqual(wanted);
    expect([...(moved.uidMap?.keys() ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await client.status('INBOX', { messages: true, uidNext: true })).toMatchObject({
      messages: 990,
      uidNext: 1_001,
    });
    await client.mailboxOpen('Projects');
    const filed = await client.fetchAll('1:*', { uid: true, source: true, envelope: true });
    expect(filed).toHaveLength(wanted.length + 10);
    for (const [from, to] of copied.uidMap ?? [])
      expect(filed.find(({ uid }) => uid === to)?.source?.toString('latin1')).toBe(corpus[from - 1]);
    expect(filed[0]?.envelope?.from).toEqual([
      { name: 'Joe, "the" Sender', address: 'joe@elsewhere.example' },
    ]);
    expect(await client.messageDelete('1:*')).toBe(true);
    expect(await client.search({ all: true })).toEqual([]);
    await client.mailboxRename('Projects', ['Archive', '2026']);
    const names = (await client.list()).map(({ path, delimiter }) => path.split(delimiter).join('/'));
    expect(names).toContain('Archive/2026');
    expect(names).not.toContain('Projects');
    await client.mailboxClose();
    await client.mailboxDelete((await client.list()).find(({ path }) => /2026/.test(path))?.path ?? '');
  });
});
