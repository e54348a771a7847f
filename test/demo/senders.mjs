/** People and machines who send mail: newsletters and letters out, mail in, a harvester, somebody slow, somebody idle. */
import { connect } from 'node:net';
import nodemailer from 'nodemailer';

const subjects = [
  'Your weekly letter',
  'Invoice 2026-1184',
  'Minutes of Tuesday',
  'Re: the new printer',
  'Grüße aus Graz',
  '来週の会議について',
  'Lunch? 🍝',
  'Backup report: 3 volumes',
  'Your order has left our house',
];
const outside = [
  ['example.net', 10],
  ['careful.test', 4],
  ['down.test', 2],
  ['slow.test', 3],
  ['full.test', 2],
  ['busy.test', 2],
];
const people = ['joe', 'kim', 'lee', 'max', 'eve', 'sam', 'zoe', 'pat'];
const ours = ['ann@example.org', 'bob@example.org', 'carol@example.org', 'sales@example.org'];

export function startSenders({ port, pace }) {
  let stopped = false;
  const timers = new Set();
  const sockets = new Set();
  // 127.0.0.0/9 may relay, 127.128.0.0/9 is the rest of the world.
  const transport = (localAddress) =>
    nodemailer.createTransport({
      host: '127.0.0.1',
      port,
      localAddress,
      secure: false,
      ignoreTLS: true,
      logger: false,
    });

  const every = (meanMs, work) => {
    const next = () => {
      if (stopped) return;
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          Promise.resolve(work()).catch(() => undefined);
          next();
        },
        (meanMs / pace) * (0.4 + Math.random() * 1.2),
      );
      timers.add(timer);
    };
    next();
  };

  every(900, () => transport('127.0.0.5').sendMail(outgoing()));
  every(700, () => transport(`127.200.0.${1 + pick(200)}`).sendMail(incoming()));
  every(2_500, () => transport('127.200.9.9').sendMail({ ...incoming(), to: `${one(people)}@example.org` }));
  every(9_000, () => dictate(slowLines(), 700));
  every(12_000, () => dictate(harvestLines(), 900, '127.211.7.7'));
  for (const name of ['mx1', 'mx2'])
    dictate([`EHLO ${name}.example.com`], 1_000, `127.201.0.${name.at(-1)}`, true);

  /** Says one line at a time, like somebody who types. */
  function dictate(lines, pauseMs, localAddress = '127.0.0.8', stays = false) {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
    const rest = [...lines];
    const timer = setInterval(() => {
      const line = rest.shift();
      if (line !== undefined) socket.write(`${line}\r\n`);
      else if (stays) socket.write('NOOP\r\n');
      else socket.end();
      if (line === undefined && !stays) {
        clearInterval(timer);
        timers.delete(timer);
      }
    }, pauseMs);
    timers.add(timer);
  }

  return {
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

const pick = (below) => Math.floor(Math.random() * below);
const one = (list) => list[pick(list.length)];

function weighted(pairs) {
  let at = Math.random() * pairs.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of pairs) {
    at -= weight;
    if (at < 0) return value;
  }
  return pairs[0][0];
}

const outgoing = () => ({
  from: one([...ours, 'news@example.org']),
  to: Array.from({ length: Math.random() < 0.2 ? 3 : 1 }, () => `${one(people)}@${weighted(outside)}`),
  ...content(),
});

const incoming = () => ({
  from: `${one(people)}@${one(['example.com', 'partner.test', 'lists.test'])}`,
  to: one(ours),
  ...content(),
});

const content = () => ({
  subject: one(subjects),
  text: 'Dear all,\n\nthis message is part of a demonstration.\n\nKind regards\n'.repeat(1 + pick(40)),
  ...(Math.random() < 0.1 && {
    attachments: [{ filename: 'plan.pdf', content: Buffer.alloc(40_000 + pick(400_000)) }],
  }),
});

const slowLines = () => [
  'EHLO slow.example.com',
  `MAIL FROM:<${one(people)}@example.com>`,
  `RCPT TO:<${one(ours)}>`,
  'DATA',
  'Subject: typed by hand',
  '',
  ...Array.from({ length: 8 }, (_, line) => `Line ${line + 1} of a letter that takes its time.`),
  '.',
  'QUIT',
];

const harvestLines = () => [
  'EHLO friend',
  'MAIL FROM:<x@spam.test>',
  ...['admin', 'info', 'test', 'root'].map((name) => `RCPT TO:<${name}@example.org>`),
  'RSET',
  'QUIT',
];
