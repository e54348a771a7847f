/**
 * Minger under load: 5,000 queries a second by UDP, each with its digest, and what that does to a client of SMTP: how long
 * it waits for the greeting, before and during.
 */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Maild } from './maild.mjs';

const secret = '0123456789abcdef';
const perSecond = 5_000;
const seconds = 8;

const mingerPort = 2506;

export async function minger() {
  const maild = new Maild();
  try {
    await maild.start({
      more: `[minger]\nsecrets = ["${secret}"]\n[[listeners]]\nprotocol = "minger"\nport = ${mingerPort}\n`,
    });
    await maild.mailctl('domains', 'add', 'bench.example');
    const before = [];
    for (let n = 0; n < 100; n += 1) before.push(await greetingMs(maild.port));
    const during = [];
    const load = ask(mingerPort);
    while (!load.over) {
      during.push(await greetingMs(maild.port));
      await wait(20);
    }
    const { sent, answered } = await load.result;
    console.log(
      `  ${Math.round(sent / seconds)} queries a second, ${((100 * answered) / sent).toFixed(1)} % answered`,
    );
    console.log(`  SMTP greeting, before: ${percentiles(before)}`);
    console.log(`  SMTP greeting, during: ${percentiles(during)}`);
  } finally {
    await maild.dispose();
  }
}

function ask(port) {
  const load = { over: false, result: null };
  load.result = (async () => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
    let sent = 0;
    let answered = 0;
    socket.on('message', () => {
      answered += 1;
    });
    const queries = Array.from({ length: 100 }, (_, n) => query(`user${n}@bench.example`));
    const begin = performance.now();
    for (let now = begin; now < begin + seconds * 1_000; now = performance.now()) {
      for (const due = ((now - begin) / 1_000) * perSecond; sent < due; sent += 1) {
        socket.send(queries[sent % queries.length], port, '127.0.0.1');
      }
      await wait(1);
    }
    await wait(300);
    load.over = true;
    socket.close();
    return { sent, answered };
  })();
  return load;
}

const query = (mailbox) =>
  `${mailbox} d=${createHash('md5').update(`${secret}:${mailbox}`).digest('base64')}`;

async function greetingMs(port) {
  const begin = performance.now();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'data');
  const ms = performance.now() - begin;
  socket.end('QUIT\r\n');
  return ms;
}

function percentiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => `${sorted[Math.floor((sorted.length - 1) * part)].toFixed(1)} ms`;
  return `median ${at(0.5)}, 99 % within ${at(0.99)}`;
}
