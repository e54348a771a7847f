import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { dialogue, runProgram } from '../helpers/run-program.ts';
import { program } from '../helpers/tools.ts';
import { until } from '../helpers/until.ts';

const swaks = program('swaks');
const curl = program('curl');
const openssl = program('openssl');
const python = findPython();

/** A python3 that runs, and has smtplib. */
function findPython(): string | null {
  const found = program('python3');
  try {
    if (found !== null) execFileSync(found, ['-c', 'import smtplib'], { stdio: 'ignore' });
    return found;
  } catch {
    return null;
  }
}

const letter =
  'From: <sender@elsewhere.example>\nTo: <ann@example.org>\nSubject: first mail\n\n.dots\nhello\n';

/** What must have happened wherever an operator looks. */
async function landed(system: MailSystem, expected: { type: 'smtp' | 'submission'; user?: string }) {
  const [entry, ...more] = await system.inbox();
  expect(more).toEqual([]);
  expect(entry?.content).toMatch(/^Received: from .*\r\n\tby maild\.test with /);
  expect(entry?.content).toContain('Subject: first mail\r\n');
  expect(entry?.content).toMatch(/\r\n\.dots\r\nhello\r\n/);
  expect(entry).toMatchObject({ uid: 1, deliveredTo: ann });

  const status = JSON.parse(await system.told('status', '--json'));
  expect(status.counters).toMatchObject({ processedMessages: 1, deliveredMessages: 1, rejectedMessages: 0 });
  expect(status.totals).toMatchObject({ processedMessages: 1, deliveredMessages: 1 });
  expect(status.queue).toMatchObject({ total: 0, oldestAt: null });
  expect(jsonLines(await system.told('accounts', '--json'))).toMatchObject([{ address: ann, messages: 1 }]);

  const log = jsonLines(await system.told('log', '--json', '-n', '100'));
  const accepted = log.filter(({ message }) => message === 'message accepted');
  expect(accepted).toMatchObject([
    { level: 'info', category: expected.type, queueId: expect.any(Number), sessionId: expect.any(Number) },
  ]);
  expect(accepted[0]?.user).toBe(expected.user);
  expect(await system.told('status')).toContain('message accepted');
}

describe('the first mail after an installation', () => {
  it.skipIf(swaks === null)('comes from swaks', async () => {
    const system = await startMailSystem();
    const { smtp } = system.maild.ports;
    const { code, output } = await runProgram(
      swaks,
      ['--server', `127.0.0.1:${smtp}`, '--from', 'sender@elsewhere.example', '--to', ann, '--data', '-'],
      { stdin: letter },
    );
    expect(output).toMatch(/^<- +250 2\.0\.0 Ok: queued as 1$/m);
    expect(code).toBe(0);
    await landed(system, { type: 'smtp' });
  });

  it.skipIf(swaks === null)('comes from swaks, logged in, in the clear on loopback', async () => {
    const system = await startMailSystem();
    const { submission } = system.maild.ports;
    const login = ['--auth', 'PLAIN', '--auth-user', ann, '--auth-password', annsPassword];
    const { code } = await runProgram(
      swaks,
      ['--server', `127.0.0.1:${submission}`, '--from', ann, '--to', ann, '--data', '-', ...login],
      { stdin: letter },
    );
    expect(code).toBe(0);
    await landed(system, { type: 'submission', user: ann });
    expect((await system.inbox())[0]?.content).toMatch(/ with ESMTPA /);
    expect(jsonLines(await system.told('accounts', '--json'))).toMatchObject([
      { lastLoginAt: expect.any(String), lastLoginFrom: '127.0.0.1' },
    ]);
    expect(system.maild.logs()).not.toContain(annsPassword);
  });

  it.skipIf(curl === null)('comes from curl', async () => {
    const system = await startMailSystem();
    const { code, output } = await runProgram(
      curl,
      [
        ...[
          '--silent',
          '--show-error',
          '--crlf',
          '--url',
          `smtp://127.0.0.1:${system.maild.ports.submission}`,
        ],
        ...['--ssl-reqd', '--insecure', '--user', `${ann}:${annsPassword}`],
        ...['--mail-from', ann, '--mail-rcpt', ann, '--upload-file', '-'],
      ],
      { stdin: letter },
    );
    expect({ code, output }).toEqual({ code: 0, output: '' });
    await landed(system, { type: 'submission', user: ann });
  });

  it.skipIf(python === null)("comes from Python's smtplib", async () => {
    const system = await startMailSystem();
    const script = `import smtplib, sys
with smtplib.SMTP("127.0.0.1", ${system.maild.ports.smtp}) as client:
    client.starttls()
    client.login("${ann}", "${annsPassword}")
    print(client.sendmail("${ann}", ["${ann}"], sys.stdin.read(), rcpt_options=["NOTIFY=NEVER"]))`;
    const { code, output } = await runProgram(python, ['-c', script], { stdin: letter });
    expect({ code, output }).toEqual({ code: 0, output: '{}\n' });
    await landed(system, { type: 'smtp', user: ann });
  });

  it.skipIf(openssl === null)('comes typed into openssl s_client', async () => {
    const system = await startMailSystem();
    const said = [
      'EHLO typed.example\n',
      'MAIL FROM:<sender@elsewhere.example>\n',
      `rcpt to:<${ann}>\n`,
      'DATA\n',
      'Subject: first mail\n\n..dots\nhello\n.\n',
      'quit\n',
    ];
    const { code, output } = await dialogue(
      openssl,
      [
        ...['s_client', '-connect', `127.0.0.1:${system.maild.ports.smtp}`],
        ...['-starttls', 'smtp', '-crlf', '-quiet', '-ign_eof'],
      ],
      said,
    );
    expect(code, output).toBe(0);
    expect(output).toMatch(/^250 2\.0\.0 Ok: queued as 1\r?$/m);
    await landed(system, { type: 'smtp' });
  });

  it('to a folder by the address goes there, and to INBOX when there is none', async () => {
    const system = await startMailSystem();
    const filed = await system.send({ to: ['Ann+archive@example.org'] });
    await system.send({ to: ['ann+nothing@example.org'] });
    await system.send({ to: ['ann+archive@example.org', ann] });
    expect(await system.inbox(ann, 'Archive')).toMatchObject([{ deliveredTo: ann }]);
    expect(await system.inbox()).toHaveLength(2);
    expect(await system.told('queue', 'show', String(filed))).toContain('delivered to Archive');
  });

  it('to two accounts and somebody elsewhere is stored once and goes to all of them', async () => {
    const system = await startMailSystem();
    await system.maild.call('accounts.add', { address: 'ben@example.org', password: 'something else' });
    const id = await system.send({ to: [ann, 'ben@example.org', 'bob@example.net'], subject: 'for three' });
    await until(() => system.remote.messages.length === 1, 'the letter at the other server');
    await system.queueEmpty();
    expect(await system.inbox()).toMatchObject([{ deliveredTo: ann }]);
    expect(await system.inbox('ben@example.org')).toMatchObject([{ deliveredTo: 'ben@example.org' }]);
    const shown = JSON.parse(await system.told('queue', 'show', String(id), '--json'));
    expect(shown).toMatchObject({ outcome: 'done' });
    const status = JSON.parse(await system.told('status', '--json'));
    expect(status.counters).toMatchObject({ processedMessages: 1, deliveredMessages: 1 });
  });
});
