import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
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

const files = () =>
  existsSync(join(harness.stateDir, 'messages'))
    ? readdirSync(join(harness.stateDir, 'messages'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
    : [];

/** What one host takes for the end of a message and another does not (faults A1). */
const falseEndings = [
  '\n.\n',
  '\n.\r\n',
  '\r.\r',
  '\r.\r\n',
  '\r.\n',
  '\n.\r',
  '\r\n.\n',
  '\r\n.\r',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\0\n.\r\n',
  '\r\n.\r\0\n',
];

const smuggled = (ending: string) =>
  `first${ending}MAIL FROM:<evil@b.example>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nsecond\r\n.\r\n`;

describe('a smuggled message', () => {
  it.each(falseEndings)('behind %j is never taken: the whole is refused', async (ending) => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    client.write(smuggled(ending));
    expect((await client.expect(550)).text).toMatch(/5\.6\.(11|0)/);
    await client.say('NOOP', 250);
    expect(harness.intake.messages.size).toBe(0);
    expect(harness.counts.get('rejectedMessages')).toBe(1);
  });

  it('behind a true ending after NUL is refused for its NUL', async () => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    client.write('first\0\r\n.\r\n');
    expect((await client.expect(550)).text).toBe('550 5.6.0 Message has a NUL byte');
  });

  it('is refused wherever TCP cuts it', async () => {
    harness = await startListener({
      config: { limits: { connectionsPerAddress: 1_000 }, smtp: { maxErrors: 10_000 } },
    });
    const messages = [...falseEndings.map(smuggled), '..\r\nfirst\r\n.\r\n'];
    await Promise.all(
      messages.map(async (wire, which) => {
        const client = await SmtpTestClient.ready(harness.port);
        const expected = which === messages.length - 1 ? 250 : 550;
        for (let at = 1; at < wire.length; at++) {
          await client.envelope();
          await client.say('DATA', 354);
          const { bytesIn } = harness.registry.all[which]?.start.bytes?.() ?? { bytesIn: 0 };
          client.write(wire.slice(0, at));
          // The second part goes out when the server has read the first: two segments for certain.
          await until(() => (harness.registry.all[which]?.start.bytes?.().bytesIn ?? 0) >= bytesIn + at);
          client.write(wire.slice(at));
          await client.expect(expected);
        }
        await client.say('QUIT', 221);
      }),
    );
    expect(new Set(harness.intake.bodies)).toEqual(new Set(['.\r\nfirst\r\n']));
  }, 60_000);
});

describe('a message too large', () => {
  const config = { maxMessageBytes: 100_000 };
  const body = (bytes: number) => `${'x'.repeat(98)}\r\n`.repeat(bytes / 100);

  it('by one byte is refused, kept nowhere, and the connection goes on', async () => {
    const client = await start({ config });
    await client.envelope();
    expect((await client.message(body(100_000).slice(0, -2))).code).toBe(250);
    await client.envelope();
    const reply = await client.message(`${body(100_000).slice(0, -2)}y`);
    expect(reply.text).toBe('552 5.3.4 Message too large');
    expect(files()).toEqual(['1.eml']);
    expect(harness.counts.get('rejectedMessages')).toBe(1);
    await client.envelope();
    expect((await client.message('small')).code).toBe(250);
  });

  it('for what it declared is refused all the same', async () => {
    const client = await start({ config });
    await client.say('MAIL FROM:<a@b.example> SIZE=10', 250);
    await client.say('RCPT TO:<alice@example.com>', 250);
    expect((await client.message(body(200_000))).code).toBe(552);
  });

  it('in one line is refused, and the line is kept nowhere', async () => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    const before = liveMemory();
    for (let i = 0; i < 100; i++) {
      client.write(Buffer.alloc(1_000_000, 0x78));
      await until(() => client.socket.writableLength === 0);
    }
    client.write('\r\n.\r\n');
    expect((await client.expect(552)).text).toBe('552 5.3.4 Line in message too long');
    expect(liveMemory() - before).toBeLessThan(40_000_000);
    expect(files()).toEqual([]);
  });
});

describe('a large message', () => {
  it('streams to its file with flat memory', async () => {
    const client = await start({ config: { maxMessageBytes: 200_000_000 } });
    await client.envelope();
    await client.say('DATA', 354);
    const line = Buffer.from(`${'z'.repeat(998)}\r\n`.repeat(1_000));
    let worst = 0;
    const before = liveMemory();
    for (let i = 0; i < 100; i++) {
      client.write(line);
      await until(() => client.socket.writableLength === 0);
      if (i % 8 === 7) worst = Math.max(worst, liveMemory() - before);
    }
    client.write('.\r\n');
    await client.expect(250);
    const { content } = harness.intake.only;
    expect(content.inline).toBeNull();
    const path = join(harness.stateDir, content.file ?? '');
    expect(statSync(path).size).toBe(content.sizeBytes);
    expect(content.sizeBytes).toBeGreaterThan(100_000_000);
    // Of 100 MB: what a socket and a file buffer, and what is let go of but not yet given back.
    expect(worst).toBeLessThan(40_000_000);
  });

  it('shows how far it has come', async () => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    client.write(`${'z'.repeat(998)}\r\n`.repeat(1_200));
    await until(() => harness.registry.last.detail === 'DATA, 1.2 MB so far');
    expect(harness.registry.last.state).toBe('data');
  });

  it('leaves no file behind when the client goes away', async () => {
    const client = await start();
    await client.envelope();
    await client.say('DATA', 354);
    client.write(`${'z'.repeat(998)}\r\n`.repeat(200));
    await until(() => files().length === 1);
    client.close();
    await until(() => files().length === 0);
    expect(harness.intake.messages.size).toBe(0);
  });

  it('leaves no file behind when the store is full', async () => {
    const client = await start();
    harness.intake.beforeAccept = () =>
      Promise.reject(Object.assign(new Error('full'), { code: 'store.full' }));
    await client.envelope();
    expect((await client.message(`${'z'.repeat(998)}\r\n`.repeat(200))).code).toBe(452);
    expect(files()).toEqual([]);
  });

  it('of 35 MB of dots keeps no other client waiting', async () => {
    const client = await start();
    const other = await SmtpTestClient.ready(harness.port);
    await client.envelope();
    await client.say('DATA', 354);
    const dots = Buffer.from('..\r\n'.repeat(250_000));
    let done = false;
    const sending = (async () => {
      for (let i = 0; i < 35; i++) {
        client.write(dots);
        await until(() => client.socket.writableLength === 0, 'the dots to go out', 60_000);
      }
      client.write('.\r\n');
      await client.expect(250);
      done = true;
    })();
    let slowest = 0;
    while (!done) {
      const began = performance.now();
      await other.say('RSET', 250);
      slowest = Math.max(slowest, performance.now() - began);
      await other.envelope();
      await other.message('x');
    }
    await sending;
    expect(slowest).toBeLessThan(500);
  }, 60_000);
});

describe('a loop', () => {
  const refusal = '554 5.4.6 Mail loop: too many hops';

  it('of more than a hundred hops is refused', async () => {
    const client = await start();
    await client.envelope();
    const hop = 'Received: from a by b with SMTP; now\r\n';
    expect((await client.message(`${hop.repeat(101)}\r\nx`)).text).toBe(refusal);
    await client.envelope();
    expect((await client.message(`${hop.repeat(100)}\r\nx`)).code).toBe(250);
  });

  it('that came through us five times, or was delivered to the recipient before, is refused', async () => {
    const client = await start();
    await client.envelope();
    const own = 'Received: from a ([192.0.2.1])\r\n\tby mx.example.com with ESMTP id 7;\r\n\tnow\r\n';
    expect((await client.message(`${own.repeat(5)}\r\nx`)).text).toBe(refusal);
    await client.envelope();
    expect((await client.message('Delivered-To: alice@example.com\r\n\r\nx')).text).toBe(refusal);
    await client.envelope();
    expect((await client.message('Delivered-To: bob@example.com\r\n\r\nx')).code).toBe(250);
  });
});

it.each([
  ['an 8-bit header', 'Subject: Gr\xfc\xdfe\r\n\r\n\xe4\xff'],
  ['no header', '\r\nbody'],
  ['nothing', ''],
  ['2,000 nested parts', 'Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n'.repeat(2_000)],
  ['100,000 headers', `${'X: y\r\n'.repeat(100_000)}\r\n`],
])('a message with %s is stored byte for byte', async (_, body) => {
  const client = await start();
  await client.envelope();
  expect((await client.message(body)).code).toBe(250);
  const { content } = harness.intake.only;
  const stored = content.inline ?? readFileSync(join(harness.stateDir, content.file ?? ''));
  expect(stored.toString('latin1').endsWith(`+0000\r\n${body}\r\n`)).toBe(true);
});
