/** POP3 as people and their programs use it: the real maild, curl, Python's poplib, our own collector, an operator. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ann, annsPassword, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { Pop3TestClient } from '../helpers/pop3-test-client.ts';
import { runProgram } from '../helpers/run-program.ts';
import { program } from '../helpers/tools.ts';
import { until } from '../helpers/until.ts';

const curl = program('curl');
const python = findPython();

/** A python3 that runs, and has poplib. */
function findPython(): string | null {
  const found = program('python3');
  try {
    if (found !== null) execFileSync(found, ['-c', 'import poplib'], { stdio: 'ignore' });
    return found;
  } catch {
    return null;
  }
}

async function withMail(count: number, config = ''): Promise<MailSystem> {
  const system = await startMailSystem({ config });
  for (let n = 1; n <= count; n += 1) {
    await system.send({ to: [ann], subject: `letter ${n}`, body: `number ${n}\r\n..dotted\r\n` });
  }
  await until(async () => (await system.inbox()).length === count, `${count} messages`);
  return system;
}

const logIn = async (system: MailSystem): Promise<Pop3TestClient> => {
  const client = await Pop3TestClient.ready(system.maild.ports.pop3);
  expect(await client.logIn(ann, annsPassword)).toMatch(/^\+OK/);
  return client;
};

describe.skipIf(curl === null)('curl', () => {
  it('lists, fetches and deletes, in TLS', async () => {
    const system = await withMail(2);
    const url = `pop3://127.0.0.1:${system.maild.ports.pop3}/`;
    const run = (...args: string[]) =>
      runProgram(curl, ['-s', '--ssl-reqd', '-k', '-u', `${ann}:${annsPassword}`, ...args]);
    expect((await run(url)).output).toMatch(/^1 \d+\r\n2 \d+\r\n$/);
    const { output } = await run(`${url}2`);
    expect(output).toMatch(
      /^Return-Path: <sender@elsewhere.example>\r\nDelivered-To: ann@example.org\r\nReceived: /,
    );
    expect(output).toMatch(/Subject: letter 2\r\n\r\nnumber 2\r\n\.dotted\r\n/);
    const [, size] = /2 (\d+)/.exec((await run(url)).output) ?? [];
    expect(output.length).toBe(Number(size));
    expect((await run(`${url}1`, '-X', 'DELE', '-I')).code).toBe(0);
    expect((await system.inbox()).map(({ uid }) => uid)).toEqual([2]);
  });

  it('is told a wrong password', async () => {
    const system = await withMail(0);
    const { code } = await runProgram(curl, [
      ...['-s', '-u', `${ann}:wrong`, `pop3://127.0.0.1:${system.maild.ports.pop3}/`],
    ]);
    // CURLE_LOGIN_DENIED
    expect(code).toBe(67);
  });
});

describe.skipIf(python === null)('poplib', () => {
  it('uses every command that it has', async () => {
    const system = await withMail(3);
    const script = `
import poplib, ssl, sys
context = ssl._create_unverified_context()
box = poplib.POP3('127.0.0.1', ${system.maild.ports.pop3})
assert 'STLS' in box.capa()
box.stls(context)
assert 'STLS' not in box.capa()
assert box.utf8().startswith(b'+OK')
box.user('${ann}')
box.pass_('${annsPassword}')
count, size = box.stat()
assert count == 3, count
assert sum(int(row.split()[1]) for row in box.list()[1]) == size
uids = [row.split()[1] for row in box.uidl()[1]]
assert len(set(uids)) == 3
assert box.uidl(2).split()[2] == uids[1]
for n in (1, 2, 3):
    reply, lines, octets = box.retr(n)
    assert b'Subject: letter %d' % n in lines, lines
    assert b'.dotted' in lines
    assert sum(len(line) + 2 for line in lines) == int(box.list(n).split()[2])
top = box.top(1, 1)[1]
assert top[-1] == b'number 1', top
assert box.noop().startswith(b'+OK')
box.dele(1)
box.rset()
box.dele(2)
print(box.quit())
`;
    const { code, output } = await runProgram(python, ['-c', script]);
    expect({ code, output }).toEqual({ code: 0, output: "b'+OK Bye'\n" });
    expect((await system.inbox()).map(({ uid }) => uid)).toEqual([1, 3]);
  });
});

describe('two programs on one mailbox', () => {
  it('have it one after the other, and an operator can make room', async () => {
    const system = await withMail(1);
    const first = await logIn(system);
    await first.say('RETR 1');
    await first.body();
    const second = await Pop3TestClient.ready(system.maild.ports.pop3);
    expect(await second.logIn(ann, annsPassword)).toMatch(/^-ERR \[IN-USE\] /);
    await second.end();

    const [session, ...more] = jsonLines(await system.told('sessions', '--type', 'pop3', '--json'));
    expect(more).toEqual([]);
    expect(session).toMatchObject({ user: ann, state: 'transaction', detail: 'Waiting', messages: 1 });
    expect((await system.maild.call('status.get', {})).sessions.pop3).toBe(1);
    await system.told('sessions', 'kill', String(session?.id));
    expect(await first.line()).toMatch(/^-ERR \[SYS\/TEMP\] Session ended: /);
    await first.end();
    await until(async () => (await system.maild.call('status.get', {})).sessions.pop3 === 0);
    const third = await logIn(system);
    expect(await third.say('STAT')).toMatch(/^\+OK 1 /);
  });
});

describe('a crash', () => {
  it.each([
    ['before it is answered: all that was marked is deleted, or nothing', false],
    ['after it: all is', true],
  ])('in the midst of QUIT, %s', async (_, answered) => {
    const system = await withMail(10);
    const client = await logIn(system);
    for (let n = 1; n <= 8; n += 1) await client.say(`DELE ${n}`);
    client.write('QUIT\r\n');
    if (answered) expect(await client.line()).toBe('+OK Bye');
    await system.maild.kill9();
    const left = (await system.inbox()).map(({ uid }) => uid);
    expect([[9, 10], ...(answered ? [] : [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]])]).toContainEqual(left);
    await system.maild.restart();
    const next = await logIn(system);
    expect(await next.say('STAT')).toMatch(new RegExp(`^\\+OK ${left.length} `));
  });
});

describe('our own collector', () => {
  it('fetches from our own server, in TLS, and leaves nothing behind', async () => {
    const system = await withMail(30);
    await system.maild.call('accounts.add', { address: 'bob@example.org', password: 'bobs' });
    const { code, stderr } = await system.mailctlWith(
      { stdin: `${annsPassword}\n` },
      ...[
        'connections',
        'add',
        'self',
        '--pop3',
        `127.0.0.1:${system.maild.ports.pop3}`,
        '--tls',
        'starttls',
      ],
      ...['--user', ann, '--deliver-to', 'bob@example.org', '--password-stdin', '--delete'],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await system.told('connect-now', 'self', '--follow')).toMatch(/30 collected, 30 deleted there/);
    expect(await system.inbox()).toEqual([]);
    expect(
      (await system.inbox('bob@example.org')).map(({ content }) => /letter \d+/.exec(content)?.[0]),
    ).toEqual(Array.from({ length: 30 }, (_, i) => `letter ${i + 1}`));
  });
});

describe('an account', () => {
  it('is not read by who has guessed at its password too often', async () => {
    const system = await withMail(0, '[auth]\ndelay = "0s"\nmax_failures = 3\n');
    const client = await Pop3TestClient.ready(system.maild.ports.pop3);
    for (let n = 0; n < 3; n += 1) await client.logIn(ann, 'wrong');
    expect(await client.logIn(ann, annsPassword)).toMatch(/^-ERR \[SYS\/TEMP\]/);
    await client.end();
    expect(
      jsonLines(await system.told('log', '-n', '50', '--category', 'pop3', '--json')).length,
    ).toBeGreaterThan(0);
  });
});
