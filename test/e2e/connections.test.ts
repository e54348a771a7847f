/** Mailboxes elsewhere collected, as an operator sets it up and watches it: mailctl, maild and Dovecot. */
import { describe, expect, it } from 'vitest';
import { databaseFaults } from '../helpers/database-check.ts';
import { Dovecot, dovecot, password } from '../helpers/dovecot.ts';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { until } from '../helpers/until.ts';

const letter = (n: number, to = ann): string =>
  `From: joe@elsewhere.example\r\nTo: ${to}\r\nSubject: letter ${n}\r\nMessage-ID: <${n}@elsewhere.example>\r\n\r\n` +
  `This is number ${n}.\r\n.with a dot\r\n`;
const letters = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, i) => letter(from + i));
const withoutTrace = (content: string): string => content.replace(/^Received:[\s\S]*?\r\n(?!\t)/, '');

const told = async (system: MailSystem, stdin: string, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await system.mailctlWith({ stdin }, ...args);
  expect({ code, stderr, args }).toMatchObject({ code: 0 });
  return stdout;
};

const addPop3 = (system: MailSystem, server: Dovecot, ...more: string[]) =>
  told(
    system,
    `${password}\n`,
    ...['connections', 'add', 'isp', '--pop3', `127.0.0.1:${server.pop3Port}`, '--tls', 'starttls'],
    ...['--user', 'ann', '--deliver-to', ann, '--password-stdin', ...more],
  );

const collected = async (system: MailSystem): Promise<string[]> =>
  (await system.inbox()).map(({ content }) => withoutTrace(content));

describe.skipIf(dovecot === null)(`with Dovecot (${dovecot ?? 'not installed'})`, () => {
  it('a POP3 mailbox is set up, tried, emptied, and watched while it is', async () => {
    const server = await Dovecot.start();
    server.deliver('ann', letters(30));
    const system = await startMailSystem();
    const { maild } = system;
    expect(await addPop3(system, server, '--delete')).toMatch(/^Connection isp was made; next poll: manual/);

    const tested = await system.told('connections', 'test', 'isp');
    expect(tested).toMatch(/^ok .*logged in, 30 messages \(TLSv1\.3/);
    expect(server.count('ann')).toBe(30);

    await maild.call('server.pause', { parts: ['collecting'] });
    const followed = await system.told('connect-now', 'isp', '--follow');
    expect(followed).toMatch(/Collected: pop3 127\.0\.0\.1 ann, 30 collected, 30 deleted there/);
    expect(followed).toMatch(/Finished: ok, 30 collected, 0 sent\n$/);

    expect(server.count('ann')).toBe(0);
    const status = await maild.call('status.get', {});
    expect(status.counters).toMatchObject({
      processedMessages: 30,
      collectedMessages: 30,
      deliveredMessages: 30,
    });
    expect(status.connection).toMatchObject({ state: 'idle', lastPollResult: 'ok', nextPollAt: null });
    const shown = await system.told('connections', 'show', 'isp');
    expect(shown).toMatch(/Totals +1 runs \(0 failed\), 30 collected/);
    expect(shown + (await system.told('connections', 'show', 'isp', '--json'))).not.toContain(password);
    expect(maild.logs()).not.toContain(password);
    expect(await collected(system)).toEqual(letters(30));
    expect((await system.inbox())[0]?.content).toMatch(
      /^Received: from 127\.0\.0\.1 \(\[127\.0\.0\.1\]\)\r\n\tby maild\.test with POP3 id \d+\r\n\t\(using TLSv1\.3\)/,
    );
  });

  it('what stays there is not collected again, not even after UIDs and UIDVALIDITY have changed', async () => {
    const server = await Dovecot.start();
    server.deliver('ann', letters(3));
    server.deliver('bob', letters(2, 11));
    server.deliver('bob', letters(2, 21), 'Lists');
    const system = await startMailSystem();
    await addPop3(system, server, '--keep');
    await told(
      system,
      `${password}\n`,
      ...[
        'connections',
        'add-collector',
        'isp',
        '--imap',
        `127.0.0.1:${server.imapPort}`,
        '--tls',
        'starttls',
      ],
      ...['--user', 'bob', '--folder', 'INBOX', '--folder', 'Lists', '--deliver-to', ann, '--password-stdin'],
    );
    const connect = () => system.told('connect-now', '--follow');
    expect(await connect()).toMatch(/Finished: ok, 7 collected/);
    expect(await connect()).toMatch(/Finished: ok, 0 collected/);
    await system.maild.restart();
    server.forgetUids('bob');
    server.forgetUids('bob', 'Lists');
    server.forgetUids('ann');
    server.deliver('bob', letters(1, 31), 'Lists');
    server.deliver('ann', letters(1, 41));
    expect(await connect()).toMatch(/Finished: ok, 2 collected/);
    const expected = [
      ...letters(3),
      ...letters(2, 11),
      ...letters(2, 21),
      ...letters(1, 31),
      ...letters(1, 41),
    ];
    expect((await collected(system)).toSorted()).toEqual(expected.toSorted());
    expect([server.count('ann'), server.count('bob'), server.count('bob', 'Lists')]).toEqual([4, 2, 3]);
  });

  it('folders of IMAP4 are emptied, large messages and all', async () => {
    const server = await Dovecot.start();
    const large = `Subject: large\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(20_000)}`;
    server.deliver('bob', [...letters(120), large], 'Lists');
    const system = await startMailSystem();
    await told(
      system,
      `${password}\n`,
      ...[
        'connections',
        'add',
        'isp',
        '--imap',
        `127.0.0.1:${server.imapPort}`,
        '--tls',
        'none',
        '--user',
        'bob',
      ],
      ...['--folder', 'Lists', '--delete', '--deliver-to', ann, '--password-stdin'],
    );
    expect(await system.told('connect-now', '--follow')).toMatch(/Finished: ok, 121 collected/);
    expect(server.count('bob', 'Lists')).toBe(0);
    expect(await collected(system)).toEqual(expect.arrayContaining([...letters(120), large]));
    expect(await databaseFaults(system.maild.stateDir)).toEqual([]);
  });

  it('one mailbox for many people goes to those whom the headers name', async () => {
    const server = await Dovecot.start();
    const system = await startMailSystem();
    await system.maild.call('accounts.add', { address: 'bob@example.org', password: 'whatever' });
    server.deliver('all', [
      letter(1, 'bob@example.org'),
      letter(2, `"Ann, A." <${ann}>, Bob <bob@example.org>, stranger@elsewhere.example`),
      `Delivered-To: bob@example.org\r\n${letter(3)}`,
      letter(4, 'nobody@example.org'),
      letter(5, 'undisclosed-recipients:;'),
    ]);
    await told(
      system,
      `${password}\n`,
      ...[
        'connections',
        'add',
        'all',
        '--pop3',
        `127.0.0.1:${server.pop3Port}`,
        '--tls',
        'none',
        '--user',
        'all',
      ],
      ...['--by-headers', '--deliver-to', ann, '--delete', '--password-stdin'],
    );
    expect(await system.told('connect-now', '--follow')).toMatch(/Finished: ok, 5 collected/);
    const numbers = async (account: string) =>
      (await system.inbox(account)).map(({ content }) => Number(/Subject: letter (\d)/.exec(content)?.[1]));
    expect(await numbers(ann)).toEqual([2, 4, 5]);
    expect(await numbers('bob@example.org')).toEqual([1, 2, 3]);
  });

  it('500 messages collected while maild is killed again and again: none lost, none twice, none deleted early', async () => {
    const server = await Dovecot.start();
    server.deliver('ann', letters(500));
    const system = await startMailSystem();
    const { maild } = system;
    await addPop3(system, server, '--delete');
    for (const kill of [40, 150, 333, 480]) {
      await maild.call('connections.connectNow', {});
      await until(async () => (await system.inbox()).length >= kill, `${kill} messages`).catch(
        () => undefined,
      );
      await maild.kill9();
      const here = new Set(await collected(system));
      // Each that is not there any more is here.
      expect(here.size + server.count('ann')).toBeGreaterThanOrEqual(500);
      await maild.restart();
    }
    await system.told('connect-now', '--follow');
    expect(await collected(system)).toHaveLength(500);
    expect((await collected(system)).toSorted()).toEqual(letters(500).toSorted());
    expect(server.count('ann')).toBe(0);
    expect((await maild.call('status.get', {})).totals.collectedMessages).toBe(500);
    expect(await databaseFaults(maild.stateDir)).toEqual([]);
  });

  it('a wrong password is a failure that says so, is counted, and is not tried again too soon', async () => {
    const server = await Dovecot.start();
    const system = await startMailSystem();
    await told(
      system,
      'wrong\n',
      ...[
        'connections',
        'add',
        'isp',
        '--pop3',
        `127.0.0.1:${server.pop3Port}`,
        '--tls',
        'starttls',
        '--user',
        'ann',
      ],
      ...['--schedule', 'every 10s', '--deliver-to', ann, '--password-stdin', '--disabled'],
    );
    expect((await system.mailctl('connections', 'test', 'isp')).code).toBe(1);
    await system.told('connections', 'enable', 'isp');
    await until(async () => {
      const { connections } = await system.maild.call('connections.list', {});
      return connections[0]?.lastPollResult === 'failed';
    });
    const [connection] = jsonLines(await system.told('connections', '--json'));
    expect(connection).toMatchObject({
      state: 'idle',
      lastError: expect.stringMatching(/127\.0\.0\.1 did not let ann in: \[AUTH\]/),
      nextPollReason: 'every 10s; put off because it failed',
    });
    const minutes = (Date.parse(String(connection?.nextPollAt)) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    const { warnings } = await system.maild.call('status.get', {});
    expect(warnings.list).toContainEqual(
      expect.objectContaining({ code: 'collector.failing', subject: 'isp: pop3 127.0.0.1 ann' }),
    );
    const followed = await system.mailctl('connect-now', 'isp', '--follow');
    expect(followed).toMatchObject({ code: 1, stdout: expect.stringMatching(/Finished: failed/) });
  });
});
