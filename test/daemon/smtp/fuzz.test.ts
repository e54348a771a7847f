/** 20,000 mutated inputs, always the same ones: no crash, no unhandled rejection, and the listener serves on. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SmtpTestClient } from '../../helpers/smtp-test-client.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, startListener } from './harness.ts';

const INPUTS = 20_000;
const PER_CONNECTION = 25;
const CONNECTIONS = 20;

let harness: Harness;
const rejections: unknown[] = [];
const onRejection = (error: unknown) => rejections.push(error);
beforeEach(async () => {
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onRejection);
  harness = await startListener({
    config: { limits: { connections: 100_000, connectionsPerAddress: 100_000 }, smtp: { maxErrors: 30 } },
  });
});
afterEach(async () => {
  process.off('unhandledRejection', onRejection);
  process.off('uncaughtException', onRejection);
  await harness.close();
});

/** mulberry32: small, and the same everywhere. */
function random(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const seeds = [
  'EHLO client.example\r\n',
  'HELO client.example\r\n',
  'MAIL FROM:<sender@remote.example> SIZE=100 BODY=8BITMIME RET=FULL ENVID=abc\r\n',
  'MAIL FROM:<jürgen@b.example> SMTPUTF8\r\n',
  'RCPT TO:<alice@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+40b\r\n',
  'RCPT TO:<"a b\\"c"@example.com>\r\nRCPT TO:<@a,@b:c@[IPv6:::1]>\r\n',
  'DATA\r\n',
  'Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nReceived: by x\r\n\r\nbody\r\n..dots\r\n.\r\n',
  'RSET\r\nNOOP\r\nVRFY x\r\nEXPN y\r\nHELP\r\n',
  'AUTH PLAIN AGFsaWNlQGV4YW1wbGUuY29tAHNlY3JldA==\r\n',
  'AUTH LOGIN\r\nYWxpY2VAZXhhbXBsZS5jb20=\r\nc2VjcmV0\r\n',
  'STARTTLS\r\n',
  'MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@example.com>\r\nDATA\r\nx\r\n.\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'QUIT\r\n',
];
const spice = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '.',
  '\r\n.\r\n',
  '<',
  '>',
  '@',
  ' ',
  '"',
  '\\',
  '\x1b[2J',
  '\xff',
  '=',
  ':',
];

function mutate(below: (n: number) => number): string {
  let text = seeds[below(seeds.length)] ?? '';
  for (let n = below(4); n > 0; n--) {
    const at = below(text.length + 1);
    switch (below(5)) {
      case 0:
        text = text.slice(0, at) + (spice[below(spice.length)] ?? '') + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(at + 1 + below(5));
        break;
      case 2:
        text = text.slice(0, at) + String.fromCharCode(below(256)) + text.slice(at + 1);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(below(at + 1), at).repeat(below(20)) + text.slice(at);
        break;
      default:
        text += seeds[below(seeds.length)] ?? '';
    }
  }
  return text;
}

/** Says `inputs` on one connection, with a few bytes of silence between them; ends it in one of several ways. */
async function say(inputs: readonly string[], ending: number): Promise<void> {
  const socket: Socket = connect({ host: '127.0.0.1', port: harness.port, noDelay: true });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'data').catch(() => {});
  socket.write('EHLO client.example\r\n');
  await once(socket, 'data').catch(() => {});
  for (const input of inputs) {
    if (socket.destroyed) return;
    await new Promise((resolve) => socket.write(Buffer.from(input, 'latin1'), resolve));
  }
  if (ending === 0) socket.resetAndDestroy();
  else if (ending === 1) socket.destroy();
  else {
    socket.end('\r\n.\r\nQUIT\r\n');
    const timer = setTimeout(() => socket.destroy(), 1_000);
    if (!socket.destroyed) await once(socket, 'close');
    clearTimeout(timer);
  }
}

it(`serves on after ${INPUTS} mutated inputs`, async () => {
  const below = random(5321);
  const batches = Array.from({ length: INPUTS / PER_CONNECTION }, () => ({
    inputs: Array.from({ length: PER_CONNECTION }, () => mutate(below)),
    ending: below(3),
  }));
  const work = async (): Promise<void> => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      await say(batch.inputs, batch.ending);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  await until(() => harness.registry.live.length === 0, 'all sessions to end');
  expect(rejections).toEqual([]);
  expect(harness.log.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(harness.intake.messages.size).toBeGreaterThan(50);
  expect(harness.log.filter((line) => /[\0-\x1f]/.test(line))).toEqual([]);
  const client = await SmtpTestClient.ready(harness.port);
  await client.envelope();
  expect((await client.message('still here')).code).toBe(250);
}, 60_000);
