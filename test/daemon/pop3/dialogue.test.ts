import { afterEach, describe, expect, it } from 'vitest';
import { type Harness, startListener } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const one = 'Subject: one\r\n\r\nfirst\r\n';
const two = 'Subject: two\r\n\r\n.\r\n..dots\r\nlast\r\n';
const three = `Subject: three\r\nX: y\r\n\r\n${'line\r\n'.repeat(10)}`;

describe('the maildrop', () => {
  it('is counted, listed and fetched as it is', async () => {
    harness = await startListener();
    await harness.fill(one, two, three);
    const client = await harness.ready();
    expect(await client.say('STAT')).toBe(`+OK 3 ${one.length + two.length + three.length}`);
    expect(await client.listing('LIST')).toEqual([
      '+OK 3 messages',
      `1 ${one.length}`,
      `2 ${two.length}`,
      `3 ${three.length}`,
    ]);
    expect(await client.say('LIST 2')).toBe(`+OK 2 ${two.length}`);
    expect(await client.say('RETR 1')).toBe(`+OK ${one.length} octets`);
    expect(await client.body()).toBe(one);
    expect(await client.say('RETR 3')).toBe(`+OK ${three.length} octets`);
    expect(await client.body()).toBe(three);
    expect(await client.say('QUIT')).toBe('+OK Bye');
    await client.end();
  });

  it('is empty without messages', async () => {
    harness = await startListener();
    const client = await harness.ready();
    expect(await client.say('STAT')).toBe('+OK 0 0');
    expect(await client.listing('LIST')).toEqual(['+OK 0 messages']);
    expect(await client.listing('UIDL')).toEqual(['+OK 0 messages']);
    expect(await client.say('RETR 1')).toMatch(/^-ERR/);
  });

  it('sends no line that is a dot alone', async () => {
    harness = await startListener();
    await harness.fill(two);
    const client = await harness.ready();
    expect(await client.say('RETR 1')).toBe(`+OK ${two.length} octets`);
    expect(await client.body()).toBe('Subject: two\r\n\r\n..\r\n...dots\r\nlast\r\n');
  });

  it('ends the last line of a message that does not', async () => {
    harness = await startListener();
    await harness.fill('Subject: x\r\n\r\nno end');
    const client = await harness.ready();
    await client.say('RETR 1');
    expect(await client.body()).toBe('Subject: x\r\n\r\nno end\r\n');
  });

  it('has ids that are the same in every session, and never used again', async () => {
    harness = await startListener();
    await harness.fill(one, two);
    const first = await harness.ready();
    const before = await first.listing('UIDL');
    expect(before).toHaveLength(3);
    expect(before[1]).toMatch(/^1 [\x21-\x7e]{1,70}$/);
    expect(await first.say('UIDL 2')).toBe(`+OK ${before[2]}`);
    await first.say('DELE 1');
    await first.say('QUIT');
    await harness.fill(three);
    const second = await harness.ready();
    const after = await second.listing('UIDL');
    expect(after[1]).toBe(before[2]?.replace('2 ', '1 '));
    expect(before.join()).not.toContain(after[2]?.slice(2));
  });

  it('stays as it was at the login, whatever else happens to the INBOX', async () => {
    harness = await startListener();
    const [uid = 0] = await harness.fill(one, two);
    const client = await harness.ready();
    await harness.fill(three);
    const inbox = await harness.store.mailboxes.find(harness.alice, 'INBOX');
    await harness.store.mailboxes.removeMessages(inbox?.id ?? 0, [uid]);
    expect(await client.say('STAT')).toBe(`+OK 2 ${one.length + two.length}`);
    expect(await client.say('RETR 1')).toBe('-ERR Message is not there any more');
    expect(await client.say('RETR 2')).toMatch(/^\+OK/);
    await client.body();
    expect(await client.say('RETR 3')).toBe('-ERR No such message');
  });

  it('answers pipelined commands in their order', async () => {
    harness = await startListener();
    await harness.fill(...Array.from({ length: 300 }, (_, i) => `Subject: ${i}\r\n\r\nbody ${i}\r\n`));
    const client = await harness.ready();
    client.write(
      `${Array.from({ length: 300 }, (_, i) => `RETR ${i + 1}\r\nNOOP\r\n`).join('')}STAT\r\nQUIT\r\n`,
    );
    for (let i = 0; i < 300; i += 1) {
      expect(await client.line()).toMatch(/^\+OK \d+ octets$/);
      expect(await client.body()).toBe(`Subject: ${i}\r\n\r\nbody ${i}\r\n`);
      expect(await client.line()).toBe('+OK');
    }
    expect(await client.line()).toMatch(/^\+OK 300 /);
    expect(await client.line()).toBe('+OK Bye');
  });

  it('answers commands wherever TCP cuts them', async () => {
    harness = await startListener();
    await harness.fill(one);
    const client = await harness.ready();
    for (const byte of 'RETR 1\r\nSTAT\r\n') {
      client.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.line()).toBe(`+OK ${one.length} octets`);
    expect(await client.body()).toBe(one);
    expect(await client.line()).toBe(`+OK 1 ${one.length}`);
  });

  it('serves messages in whatever order they are asked for, more than once', async () => {
    harness = await startListener();
    const bodies = Array.from({ length: 40 }, (_, i) => `Subject: ${i}\r\n\r\n${'x'.repeat(i * 997)}\r\n`);
    await harness.fill(...bodies);
    const client = await harness.ready();
    for (const n of [40, 1, 2, 3, 3, 20, 21, 22, 5, 6, 40, 39, 38, 1, 2]) {
      expect(await client.say(`RETR ${n}`)).toMatch(/^\+OK/);
      expect(await client.body()).toBe(bodies[n - 1]);
    }
  });
});

describe('TOP', () => {
  it.each([
    [0, 'Subject: three\r\nX: y\r\n\r\n'],
    [2, 'Subject: three\r\nX: y\r\n\r\nline\r\nline\r\n'],
    [10, three],
    [9_999_999_999, three],
  ])('gives the headers and %i lines', async (lines, expected) => {
    harness = await startListener();
    await harness.fill(three);
    const client = await harness.ready();
    expect(await client.say(`TOP 1 ${lines}`)).toBe('+OK');
    expect(await client.body()).toBe(expected);
  });

  it('gives all of a message that is nothing but headers', async () => {
    harness = await startListener();
    await harness.fill('Subject: x\r\nY: z\r\n');
    const client = await harness.ready();
    await client.say('TOP 1 5');
    expect(await client.body()).toBe('Subject: x\r\nY: z\r\n');
  });
});

describe('DELE', () => {
  it('is undone by RSET, and by an end without QUIT', async () => {
    harness = await startListener();
    await harness.fill(one, two);
    const client = await harness.ready();
    expect(await client.say('DELE 1')).toBe('+OK');
    expect(await client.say('DELE 1')).toBe('-ERR Message is deleted');
    expect(await client.say('RETR 1')).toBe('-ERR Message is deleted');
    expect(await client.say('LIST 1')).toBe('-ERR Message is deleted');
    expect(await client.listing('LIST')).toEqual(['+OK 1 messages', `2 ${two.length}`]);
    expect(await client.say('STAT')).toBe(`+OK 1 ${two.length}`);
    expect(await client.say('RSET')).toBe('+OK');
    expect(await client.say('STAT')).toBe(`+OK 2 ${one.length + two.length}`);
    await client.say('DELE 1');
    client.close();
    const next = await harness.ready();
    expect(await next.say('STAT')).toBe(`+OK 2 ${one.length + two.length}`);
  });

  it('is done at QUIT', async () => {
    harness = await startListener();
    await harness.fill(one, two, three);
    const client = await harness.ready();
    await client.say('DELE 1');
    await client.say('DELE 3');
    expect(await client.say('QUIT')).toBe('+OK Bye');
    expect(await harness.store.contents(harness.alice, 'INBOX')).toEqual([`2: ${two}`]);
    expect(harness.log).toContainEqual(expect.stringMatching(/^info messages removed .*"messages":2/));
  });
});

describe('what is wrong', () => {
  const wrong = [
    'LIST -1',
    'LIST 0',
    'LIST 3',
    'LIST 1 1',
    'LIST one',
    'LIST 1.0',
    'LIST 0x1',
    'LIST  1',
    'RETR',
    'RETR 99999999999',
    'RETR 18446744073709551617',
    'RETR 1 1',
    'TOP 1',
    'TOP 1 -1',
    'TOP 1 99999999999',
    'TOP -1 1',
    'TOP 3 1',
    'DELE',
    'DELE -1',
    'DELE 1e0',
    'UIDL -1',
    'STAT 1',
    'QUIT now',
    'RSET 1',
    'APOP alice c4c9334bac560ecc979e58001b3e22fb',
    'LAST',
    '',
    ' ',
    'constructor',
    '__proto__ 1',
    'RETR 1\x00',
    'RETR\t1',
    'USER alice@example.com',
    'PASS secret',
    'AUTH PLAIN',
    'STLS',
    'UTF8',
  ];

  it('is refused, and the next command is served', async () => {
    harness = await startListener({ config: { pop3: { maxErrors: 100 } } });
    await harness.fill(one, two);
    const client = await harness.ready();
    for (const line of wrong) {
      expect(await client.say(line), JSON.stringify(line)).toMatch(/^-ERR [A-Z]/);
      expect(await client.say('STAT'), JSON.stringify(line)).toMatch(/^\+OK 2 /);
    }
  });

  it('is all of it before a login', async () => {
    harness = await startListener();
    const client = await harness.connect();
    for (const line of ['STAT', 'LIST', 'RETR 1', 'DELE 1', 'NOOP', 'RSET', 'TOP 1 1', 'UIDL']) {
      expect(await client.say(line)).toBe('-ERR Not in this state');
    }
  });
});

describe('CAPA', () => {
  const capabilities = async (login: boolean, tls?: 'none' | 'starttls' | 'implicit'): Promise<string[]> => {
    harness = await startListener({ listener: { tls: tls ?? 'starttls' } });
    const client = await harness.connect({ tls: tls === 'implicit' });
    if (login) await client.logIn('alice@example.com', 'secret');
    return (await client.listing('CAPA')).slice(1);
  };
  const always = [
    'AUTH-RESP-CODE',
    'EXPIRE NEVER',
    'IMPLEMENTATION maild',
    'PIPELINING',
    'RESP-CODES',
    'TOP',
    'UIDL',
    'UTF8',
  ];

  it('tells what there is before a login', async () => {
    expect((await capabilities(false)).sort()).toEqual(
      [...always, 'SASL PLAIN LOGIN', 'STLS', 'USER'].sort(),
    );
  });

  it('offers no TLS inside TLS', async () => {
    expect((await capabilities(false, 'implicit')).sort()).toEqual(
      [...always, 'SASL PLAIN LOGIN', 'USER'].sort(),
    );
  });

  it('tells what there is after it', async () => {
    expect((await capabilities(true)).sort()).toEqual(always);
  });

  it('tells of LOGIN-DELAY in whole seconds', async () => {
    harness = await startListener({ config: { pop3: { loginDelayMs: 90_500 } } });
    const client = await harness.connect();
    expect(await client.listing('CAPA')).toContain('LOGIN-DELAY 91');
  });
});

describe('the session', () => {
  it('says what is going on, and counts messages', async () => {
    harness = await startListener();
    await harness.fill(one, two);
    const client = await harness.connect();
    const session = harness.registry.last;
    expect(session).toMatchObject({ type: 'pop3', state: 'authorization', detail: 'Waiting' });
    await client.logIn('alice@example.com', 'secret');
    expect(session).toMatchObject({ user: 'alice@example.com', state: 'transaction', detail: 'Waiting' });
    await client.say('RETR 1');
    await client.body();
    await client.say('RETR 2');
    await client.body();
    expect(session.messages).toBe(2);
    expect(session.lines).toContain('< RETR 1');
    expect(session.lines).toContain(`> +OK ${one.length} octets`);
    await client.say('QUIT');
    await client.end();
    expect(session.ended).toBe(true);
  });
});
