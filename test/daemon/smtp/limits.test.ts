import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { liveMemory } from '../../helpers/live-memory.ts';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, type HarnessOptions, startListener } from './harness.ts';

let harness: Harness;
const start = async (options: HarnessOptions = {}) => {
  harness = await startListener(options);
  return SmtpTestClient.ready(harness.port);
};
afterEach(() => harness.close());

const texts = async (client: SmtpTestClient) => (await client.rest()).map((reply) => reply.text);
const tooMany = '421 4.7.0 Too many errors';

describe('errors', () => {
  it('end the connection at the limit', async () => {
    const client = await start({ config: { smtp: { maxErrors: 5 } } });
    for (let i = 0; i < 4; i++) await client.say('NONSENSE', 500);
    client.write('NONSENSE\r\n');
    expect(await texts(client)).toEqual(['500 5.5.1 Command not recognized', tooMany]);
    expect(harness.registry.last).toMatchObject({ state: 'closing', detail: 'Closing' });
  });

  it('are refused recipients too', async () => {
    const client = await start();
    await client.say('MAIL FROM:<a@b.example>', 250);
    client.write('RCPT TO:<nobody@example.com>\r\n'.repeat(100));
    const replies = await texts(client);
    expect(replies.slice(0, 20)).toEqual(Array(20).fill('550 5.1.1 No such recipient here'));
    expect(replies.slice(20)).toEqual([tooMany]);
    await until(() => harness.counts.get('rejectedMessages') === 1);
  });

  it('are wrong passwords too', async () => {
    const client = await start({ config: { smtp: { maxErrors: 3 } } });
    const wrong = Buffer.from('\0alice@example.com\0wrong').toString('base64');
    for (let i = 0; i < 3; i++) await client.say(`AUTH PLAIN ${wrong}`, 535);
    expect(await texts(client)).toEqual([tooMany]);
  });

  it('are forgotten when a message was taken', async () => {
    const client = await start({ config: { smtp: { maxErrors: 5 } } });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 4; i++) await client.say('NONSENSE', 500);
      await client.envelope();
      await client.message('x');
    }
    expect(harness.intake.messages.size).toBe(5);
  });

  it.each(['NOOP', 'RSET', 'VRFY a', 'HELP', 'EHLO x'])('are %s by the thousand', async (command) => {
    const client = await start();
    let sent = 0;
    const replies: number[] = [];
    while (!client.closed && sent < 10_000) {
      client.write(`${command}\r\n`);
      sent += 1;
      const reply = await client.reply();
      if (reply !== null) replies.push(reply.code);
    }
    expect(replies.at(-1)).toBe(421);
    expect(replies.length).toBeLessThan(130);
    expect(replies.length).toBeGreaterThan(100);
  });
});

describe('command lines', () => {
  it('that are too long are refused with 500, and the connection goes on', async () => {
    const client = await start();
    await client.say(`NOOP ${'x'.repeat(5_000)}`, 500);
    await client.say(`NOOP ${'x'.repeat(1_000_000)}`, 500);
    expect((await client.say('NOOP')).text).toBe('250 2.0.0 Ok');
  });

  it('without end cost no memory, and time runs out on them', async () => {
    const clock = new FakeClock();
    const client = await start({ clock });
    const before = liveMemory();
    for (let i = 0; i < 100; i++) {
      client.write(Buffer.alloc(1_000_000, 0x78));
      await until(() => client.socket.writableLength === 0);
    }
    await client.expect(500);
    expect(liveMemory() - before).toBeLessThan(40_000_000);
    clock.advance(harness.config.smtp.idleTimeoutMs + 2_000);
    await client.expect(421);
  });
});

describe('connections', () => {
  it('from one address have a limit, and others are served', async () => {
    harness = await startListener({ config: { limits: { connectionsPerAddress: 3 } } });
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await SmtpTestClient.ready(harness.port));
    const refused = await SmtpTestClient.connect(harness.port);
    expect(await texts(refused)).toEqual(['421 4.7.0 Too many connections from your address']);
    const other = await SmtpTestClient.connect(harness.port, { localAddress: '127.0.0.2' });
    await other.expect(220);
    clients[0]?.close();
    await until(() => harness.registry.live.length === 3);
    await SmtpTestClient.ready(harness.port);
  });

  it('of relay_networks are exempt from it', async () => {
    const config = { relayNetworks: ['127.0.0.0/8'], limits: { connectionsPerAddress: 1 } };
    harness = await startListener({ config });
    for (let i = 0; i < 5; i++) await SmtpTestClient.ready(harness.port);
  });

  it('in all have a limit for everybody', async () => {
    const config = { relayNetworks: ['127.0.0.0/8'], limits: { connections: 2 } };
    harness = await startListener({ config });
    for (let i = 0; i < 2; i++) await SmtpTestClient.ready(harness.port);
    const refused = await SmtpTestClient.connect(harness.port);
    expect(await texts(refused)).toEqual(['421 4.3.2 Too many connections, try again later']);
  });

  it('by the hundred that say nothing are refused, and all sockets come back', async () => {
    harness = await startListener({ config: { limits: { connectionsPerAddress: 50 } } });
    const clients = await Promise.all(
      Array.from({ length: 500 }, () => SmtpTestClient.connect(harness.port)),
    );
    const codes = await Promise.all(clients.map(async (client) => (await client.reply())?.code));
    expect(codes.filter((code) => code === 220)).toHaveLength(50);
    expect(codes.filter((code) => code === 421)).toHaveLength(450);
    for (const client of clients) client.close();
    await until(() => harness.registry.live.length === 0);
    await SmtpTestClient.ready(harness.port);
  });

  it('of a blocked address hear 554', async () => {
    harness = await startListener({ config: { relayNetworks: ['127.0.0.0/8'] } });
    harness.registry.blockedAddresses.add('127.0.0.1');
    const client = await SmtpTestClient.connect(harness.port);
    expect(await texts(client)).toEqual(['554 5.7.1 Access denied']);
  });
});

describe('a client that is slow', () => {
  const slow = async (options: HarnessOptions = {}) => {
    const clock = new FakeClock();
    const client = await start({ clock, ...options });
    const { smtp } = harness.config;
    return { clock, client, smtp };
  };

  it('may be silent for the idle time, and no longer', async () => {
    const { clock, client, smtp } = await slow();
    clock.advance(smtp.idleTimeoutMs - 1_000);
    await client.say('NOOP', 250);
    clock.advance(smtp.idleTimeoutMs - 1_000);
    await client.say('NOOP', 250);
    clock.advance(smtp.idleTimeoutMs + 1_000);
    expect(await texts(client)).toEqual(['421 4.4.2 Timeout, closing connection']);
  });

  it('does not buy time with single bytes of a command', async () => {
    const { clock, client, smtp } = await slow();
    const seen = () => harness.registry.last.start.bytes?.().bytesIn ?? 0;
    for (let passed = 0; passed <= smtp.idleTimeoutMs && !client.closed; passed += 10_000) {
      const before = seen();
      client.write('x');
      await until(() => seen() > before || client.closed);
      clock.advance(10_000);
    }
    clock.advance(2_000);
    expect(await texts(client)).toEqual(['421 4.4.2 Timeout, closing connection']);
  });

  it('does not buy time with single bytes of a message', async () => {
    const { clock, client, smtp } = await slow();
    const seen = () => harness.registry.last.start.bytes?.().bytesIn ?? 0;
    await client.envelope();
    await client.say('DATA', 354);
    for (let passed = 0; passed <= smtp.idleTimeoutMs && !client.closed; passed += 10_000) {
      const before = seen();
      client.write('x');
      await until(() => seen() > before || client.closed);
      clock.advance(10_000);
    }
    clock.advance(2_000);
    expect(await texts(client)).toEqual(['421 4.4.2 Message comes too slowly, closing connection']);
    expect(harness.intake.messages.size).toBe(0);
  });

  it('but fast enough may take as long as a message takes, up to the limit for one', async () => {
    const { clock, client, smtp } = await slow({ config: { smtp: { sessionTimeoutMs: 3_600_000 } } });
    await client.envelope();
    await client.say('DATA', 354);
    const line = `${'x'.repeat(998)}\r\n`.repeat(30);
    const perRound = 200_000;
    for (let passed = 0; passed < smtp.sessionTimeoutMs - perRound; passed += perRound) {
      const detail = harness.registry.last.detail;
      client.write(line);
      await until(() => harness.registry.last.detail !== detail);
      clock.advance(perRound);
      expect(client.closed).toBe(false);
    }
    clock.advance(perRound + 2_000);
    expect(await texts(client)).toEqual(['421 4.4.2 Timeout, closing connection']);
  });

  it('in the handshake is dropped', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock, listener: { tls: 'implicit' } });
    const socket = connect(harness.port, '127.0.0.1');
    socket.on('error', () => {});
    await until(() => harness.registry.live.length === 1);
    const closed = once(socket, 'close');
    clock.advance(62_000);
    await closed;
    await until(() => harness.registry.live.length === 0);
  });

  it('in the handshake of STARTTLS is dropped', async () => {
    const { clock, client, smtp } = await slow();
    await client.say('STARTTLS', 220);
    await until(() => harness.registry.last.detail === 'TLS handshake');
    clock.advance(smtp.idleTimeoutMs + 2_000);
    expect(await texts(client)).toEqual([]);
  });

  it('is not the one who waits for us', async () => {
    const { clock, client, smtp } = await slow();
    let go = (): void => {};
    harness.intake.beforeAccept = () => new Promise((resolve) => (go = resolve));
    await client.envelope();
    await client.say('DATA', 354);
    client.write('x\r\n.\r\n');
    await until(() => harness.registry.last.detail === 'Queueing the message');
    clock.advance(smtp.idleTimeoutMs * 3);
    go();
    await client.expect(250);
  });

  it('to read makes us buffer nothing', async () => {
    const { clock, client, smtp } = await slow({ config: { smtp: { maxErrors: 1_000_000 } } });
    client.socket.pause();
    const commands = Buffer.from(`EXPN ${'x'.repeat(5)}\r\n`.repeat(20_000));
    for (let i = 0; i < 40; i++) client.write(commands);
    const out = () => harness.registry.last.start.bytes?.().bytesOut ?? 0;
    let last = -1;
    // bytesOut counts what the server has written, sent or not: it stops when the client does not read.
    await until(async () => {
      const before = out();
      await new Promise((resolve) => setTimeout(resolve, 100));
      last = out();
      return last === before && last > 0;
    });
    expect(last).toBeLessThan(20_000_000);
    clock.advance(smtp.idleTimeoutMs + 2_000);
    clock.advance(2_000);
    await until(() => harness.registry.last.ended);
    client.close();
  });
});
