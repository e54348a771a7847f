import { isIPv4 } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { isLoopback } from '../../../daemon/net/network.ts';
import { ownAddresses } from '../../../daemon/selftest/exposure.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { Pop3TestClient } from '../../helpers/pop3-test-client.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, startListener } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const alice = 'alice@example.com';

describe('USER and PASS', () => {
  it('log in', async () => {
    harness = await startListener();
    const client = await harness.connect();
    expect(await client.say(`user ${alice}`)).toBe('+OK Password, please');
    expect(await client.say('pass secret')).toBe('+OK 0 messages');
    expect(harness.registry.last.user).toBe(alice);
  });

  it('take a password with spaces, exactly', async () => {
    harness = await startListener();
    harness.directory.passwords.set(alice, ' two  words ');
    const client = await harness.connect();
    expect(await client.logIn(alice, 'two  words')).toMatch(/^-ERR \[AUTH\]/);
    expect(await client.logIn(alice, ' two  words ')).toMatch(/^\+OK/);
  });

  it('take what is not ASCII', async () => {
    harness = await startListener();
    harness.directory.passwords.set(alice, 'päßword');
    const client = await harness.connect();
    await client.say(`USER ${alice}`);
    client.write(Buffer.from('PASS päßword\r\n'));
    expect(await client.line()).toMatch(/^\+OK/);
  });

  it('say the same of an unknown user, a wrong password and a disabled account', async () => {
    harness = await startListener();
    const client = await harness.connect();
    const replies = [await client.logIn('nobody@example.com', 'x'), await client.logIn(alice, 'x')];
    harness.directory.loginResult = { ok: false, reason: 'disabled' };
    replies.push(await client.logIn(alice, 'secret'));
    expect(new Set(replies)).toEqual(new Set(['-ERR [AUTH] User name or password is wrong']));
    harness.directory.loginResult = null;
    expect(await client.logIn(alice, 'secret')).toMatch(/^\+OK/);
  });

  it('have to be sent both, each time', async () => {
    harness = await startListener();
    const client = await harness.connect();
    expect(await client.say('PASS secret')).toBe('-ERR Send USER first');
    await client.logIn(alice, 'wrong');
    expect(await client.say('PASS secret')).toBe('-ERR Send USER first');
    expect(harness.directory.logins).toHaveLength(1);
  });

  it('can be sent at once', async () => {
    harness = await startListener();
    const client = await harness.connect();
    client.write(`USER ${alice}\r\nPASS secret\r\nSTAT\r\nQUIT\r\n`);
    expect(await client.line()).toMatch(/^\+OK/);
    expect(await client.line()).toBe('+OK 0 messages');
    expect(await client.line()).toBe('+OK 0 0');
    expect(await client.line()).toBe('+OK Bye');
  });
});

describe('AUTH', () => {
  it('takes PLAIN with its initial response', async () => {
    harness = await startListener();
    const client = await harness.connect();
    expect(await client.say(`AUTH PLAIN ${base64(`\0${alice}\0secret`)}`)).toBe('+OK 0 messages');
  });

  it('takes PLAIN in two steps', async () => {
    harness = await startListener();
    const client = await harness.connect();
    expect(await client.say('AUTH PLAIN')).toBe('+ ');
    expect(await client.say(base64(`\0${alice}\0secret`))).toBe('+OK 0 messages');
  });

  it('takes LOGIN', async () => {
    harness = await startListener();
    const client = await harness.connect();
    expect(await client.say('AUTH LOGIN')).toBe(`+ ${base64('Username:')}`);
    expect(await client.say(base64(alice))).toBe(`+ ${base64('Password:')}`);
    expect(await client.say(base64('secret'))).toBe('+OK 0 messages');
  });

  it('takes an answer that is longer than a command may be', async () => {
    harness = await startListener();
    const password = 'x'.repeat(900);
    harness.directory.passwords.set(alice, password);
    const first = await harness.connect();
    expect(await first.say(`AUTH PLAIN ${base64(`\0${alice}\0${password}`)}`)).toBe('+OK 0 messages');
    await first.say('QUIT');
    const second = await harness.connect();
    await second.say('AUTH PLAIN');
    expect(await second.say(base64(`\0${alice}\0${password}`))).toBe('+OK 0 messages');
  });

  it('can be cancelled, and is refused when it is nonsense', async () => {
    harness = await startListener();
    const client = await harness.connect();
    await client.say('AUTH PLAIN');
    expect(await client.say('*')).toBe('-ERR Login was cancelled');
    expect(await client.say('AUTH PLAIN %%%')).toBe('-ERR Answer is not valid');
    expect(await client.say('AUTH PLAIN a b')).toBe('-ERR Wrong arguments');
    expect(await client.say(`AUTH PLAIN ${base64(`bob@example.com\0${alice}\0secret`)}`)).toMatch(
      /^-ERR \[AUTH\]/,
    );
    expect(await client.say('AUTH CRAM-MD5')).toBe('-ERR Mechanism is not supported');
    expect(harness.directory.logins).toEqual([]);
    expect(await client.listing('AUTH')).toEqual(['+OK', 'PLAIN', 'LOGIN']);
  });
});

describe('secrets', () => {
  it('are in no log and no record', async () => {
    harness = await startListener();
    harness.directory.passwords.set(alice, 'hunter2 x');
    const plain = base64(`\0${alice}\0hunter2 x`);
    const client = await harness.connect();
    await client.logIn(alice, 'hunter2');
    await client.say('hunter2 x');
    await client.say(`AUTH PLAIN ${plain}x`);
    await client.say(`AUTH hunter2`);
    await client.say('AUTH LOGIN');
    await client.say(base64(alice));
    await client.say(base64('hunter2'));
    await client.say(base64('hunter2 x'));
    await client.say('PASS hunter2 x');
    await client.logIn(alice, 'hunter2 x');
    const next = await harness.connect();
    await next.say('QUIT');
    const kept = [...harness.log, ...harness.registry.all.flatMap((session) => session.lines)].join('\n');
    expect(kept).not.toContain('hunter2');
    expect(kept).not.toContain(plain);
    expect(kept).not.toContain(base64('hunter2'));
    expect(kept).not.toContain(base64('hunter2 x'));
    expect(kept).toContain(`USER ${alice}`);
  });
});

describe('TLS', () => {
  it('by STLS secures the dialogue, which begins anew', async () => {
    harness = await startListener();
    const client = await harness.connect();
    await client.say(`USER ${alice}`);
    await client.startTls();
    expect(await client.say('PASS secret')).toBe('-ERR Send USER first');
    expect(harness.registry.last.tls).toBe('TLSv1.3');
    expect(await client.say('STLS')).toBe('-ERR TLS is not available');
    expect(await client.logIn(alice, 'secret')).toBe('+OK 0 messages');
  });

  it('never runs what was injected before it', async () => {
    harness = await startListener();
    await harness.fill('Subject: x\r\n\r\nx\r\n');
    const client = await harness.connect();
    client.write(`STLS\r\nUSER ${alice}\r\nPASS secret\r\nDELE 1\r\nQUIT\r\n`);
    expect(await client.line()).toBe('+OK Begin TLS');
    await until(() => harness.registry.last.lines.includes('> +OK Begin TLS'));
    expect(harness.directory.logins).toEqual([]);
    expect(harness.registry.last.lines.join()).not.toContain('DELE');
  });

  it('from the start', async () => {
    harness = await startListener({ listener: { tls: 'implicit' } });
    const client = await harness.connect({ tls: true });
    expect(await client.logIn(alice, 'secret')).toBe('+OK 0 messages');
  });
});

const elsewhere = ownAddresses().find((address) => isIPv4(address) && !isLoopback(address));

describe.skipIf(elsewhere === undefined)('beyond loopback', () => {
  it('nobody logs in without TLS', async () => {
    harness = await startListener({ listener: { address: '0.0.0.0' } });
    const client = await Pop3TestClient.connect(harness.port, elsewhere);
    await client.line();
    const refused = '-ERR [SYS/PERM] Use TLS before logging in';
    expect(await client.say(`USER ${alice}`)).toBe(refused);
    expect(await client.say('PASS secret')).toBe(refused);
    expect(await client.say(`AUTH PLAIN ${base64(`\0${alice}\0secret`)}`)).toBe(refused);
    expect(await client.say('AUTH LOGIN')).toBe(refused);
    const offered = await client.listing('CAPA');
    expect(offered).toContain('STLS');
    expect(offered.filter((line) => /^(USER|SASL)/.test(line))).toEqual([]);
    await client.startTls();
    expect(await client.listing('CAPA')).toContain('USER');
    expect(await client.logIn(alice, 'secret')).toBe('+OK 0 messages');
    expect(harness.directory.logins).toHaveLength(1);
    client.close();
  });
});

describe('one session a maildrop', () => {
  const inUse = '-ERR [IN-USE] Another session has the mailbox';
  const ends: readonly (readonly [
    string,
    (client: Awaited<ReturnType<Harness['ready']>>) => Promise<void>,
  ])[] = [
    ['QUIT', async (client) => void (await client.say('QUIT'))],
    ['an end without a word', async (client) => void client.socket.end()],
    ['a reset', async (client) => void client.socket.resetAndDestroy()],
    [
      'a kill',
      async (client) => {
        harness.registry.all[0]?.kill('enough');
        expect(await client.line()).toBe('-ERR [SYS/TEMP] Session ended: enough');
      },
    ],
  ];

  it.each(ends)('is free after %s', async (_, end) => {
    harness = await startListener();
    const first = await harness.ready();
    const second = await harness.connect();
    expect(await second.logIn(alice, 'secret')).toBe(inUse);
    await second.end();
    await end(first);
    await until(() => harness.registry.live.length === 0);
    const third = await harness.ready();
    expect(await third.say('STAT')).toBe('+OK 0 0');
  });

  it('is free at once for who comes when QUIT is answered', async () => {
    harness = await startListener();
    await harness.fill(...Array.from({ length: 5 }, () => 'Subject: x\r\n\r\nx\r\n'));
    for (let n = 1; n <= 5; n += 1) {
      const client = await harness.ready();
      await client.say('DELE 1');
      expect(await client.say('QUIT')).toBe('+OK Bye');
    }
    expect(await harness.store.contents(harness.alice, 'INBOX')).toEqual([]);
  });

  it('is free when its client has gone in the middle of the login', async () => {
    harness = await startListener();
    const find = harness.mailboxes.find;
    let go = (): void => {};
    harness.mailboxes.find = async (...args) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return find(...args);
    };
    const client = await harness.connect();
    await client.say(`USER ${alice}`);
    client.write('PASS secret\r\n');
    await until(() => harness.registry.last.detail === 'Opening the mailbox');
    client.socket.resetAndDestroy();
    await until(() => harness.registry.last.ended);
    go();
    harness.mailboxes.find = find;
    await harness.ready();
  });

  it('is free when the mailbox could not be opened', async () => {
    harness = await startListener();
    const find = harness.mailboxes.find;
    harness.mailboxes.find = () => Promise.reject(new Error('disk'));
    const client = await harness.connect();
    expect(await client.logIn(alice, 'secret')).toMatch(/^-ERR \[SYS\/TEMP\]/);
    await client.end();
    harness.mailboxes.find = find;
    await until(() => harness.registry.live.length === 0);
    await harness.ready();
  });
});

describe('LOGIN-DELAY', () => {
  it('sends away who comes too early', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock, config: { pop3: { loginDelayMs: 60_000 } } });
    const first = await harness.ready();
    await first.say('QUIT');
    const early = await harness.connect();
    expect(await early.logIn(alice, 'secret')).toMatch(/^-ERR \[LOGIN-DELAY\]/);
    await early.end();
    clock.advance(60_000);
    await harness.ready();
  });
});

describe('who is refused', () => {
  it.each([
    ['blocked', /^-ERR \[SYS\/TEMP\] Too many failed logins/, true],
    ['busy', /^-ERR \[SYS\/TEMP\] Login cannot be checked now/, false],
  ] as const)('%s', async (reason, reply, closes) => {
    harness = await startListener();
    harness.directory.loginResult = { ok: false, reason };
    const client = await harness.connect();
    expect(await client.logIn(alice, 'secret')).toMatch(reply);
    if (closes) await client.end();
    else expect(await client.say('CAPA')).toBe('+OK');
  });

  it('when the login cannot be checked', async () => {
    harness = await startListener();
    harness.directory.login = () => Promise.reject(new Error('disk'));
    const client = await harness.connect();
    expect(await client.logIn(alice, 'secret')).toBe('-ERR [SYS/TEMP] Local error, try again later');
  });

  it('a blocked address, and a blocked user', async () => {
    harness = await startListener();
    harness.registry.blockedUsers.add(alice);
    const client = await harness.connect();
    expect(await client.logIn(alice, 'secret')).toMatch(/^-ERR \[SYS\/TEMP\]/);
    await client.end();
    harness.registry.blockedAddresses.add('127.0.0.1');
    const refused = await Pop3TestClient.connect(harness.port);
    expect(await refused.line()).toBe('-ERR [SYS/PERM] Access denied');
    await refused.end();
  });

  it('after so many wrong passwords', async () => {
    harness = await startListener({ config: { pop3: { maxErrors: 3 } } });
    const client = await harness.connect();
    await client.logIn(alice, 'x');
    await client.logIn(alice, 'x');
    expect(await client.logIn(alice, 'x')).toMatch(/^-ERR \[AUTH\]/);
    expect(await client.line()).toBe('-ERR Too many errors');
    await client.end();
  });
});
