/** How long after a delivery a program in IDLE hears of it: from the last byte of the message to EXISTS. */
import { connect } from 'node:net';
import { ImapSession } from './imap-session.mjs';
import { message, password, users } from './mailbox-servers.mjs';
import { percentile, row } from './tools.mjs';

const deliveries = 200;
const wantedMs = 50;

/** By SMTP where there is any; for the peer by APPEND. */
export async function idleNotice(server) {
  const [user] = users;
  const watcher = await ImapSession.loggedIn(server.imap, user, password);
  await watcher.command('SELECT INBOX');
  const status = await watcher.command('STATUS INBOX (MESSAGES)');
  let count = Number(/MESSAGES (\d+)/.exec(status)?.[1]);
  await watcher.idle();
  const deliver = server.smtp === undefined ? await byAppend(server, user) : await bySmtp(server, user);
  const times = [];
  for (let n = 0; n < (server.smtp === undefined ? 10 : deliveries); n++) {
    count += 1;
    const seen = watcher.exists(count);
    const begin = await deliver.start(n);
    await seen;
    times.push(performance.now() - begin);
    await deliver.done();
  }
  deliver.end();
  watcher.destroy();
  const p99 = percentile(times, 0.99);
  row(
    `IDLE notice, ${server.name}${server.smtp === undefined ? ' (after APPEND)' : ' (after SMTP)'}`,
    `p50 ${percentile(times, 0.5).toFixed(1)} ms`,
    `p99 ${p99.toFixed(1)} ms`,
    server.smtp === undefined ? '' : `  ${p99 < wantedMs ? 'ok' : 'MISSED'} (< ${wantedMs} ms)`,
  );
}

async function bySmtp({ smtp }, user) {
  const socket = connect({ host: '127.0.0.1', port: smtp, noDelay: true });
  let [rest, heard] = ['', null];
  socket.setEncoding('latin1').on('data', (data) => {
    rest += data;
    if (!/^\d{3} .*\r\n$/m.test(rest) || heard === null) return;
    const [resolve, text] = [heard, rest];
    [heard, rest] = [null, ''];
    resolve(text);
  });
  const reply = () =>
    new Promise((resolve) => {
      heard = resolve;
      if (rest !== '') socket.emit('data', '');
    });
  const say = (text) => {
    const answer = reply();
    socket.write(`${text}\r\n`, 'latin1');
    return answer;
  };
  await reply();
  await say('EHLO bench.example.test');
  let accepted = null;
  return {
    start: async (n) => {
      await say('MAIL FROM:<a@example.net>');
      await say(`RCPT TO:<${user}>`);
      await say('DATA');
      accepted = reply();
      const begin = performance.now();
      socket.write(`${message(n)}.\r\n`, 'latin1');
      return begin;
    },
    done: async () => {
      const answer = await accepted;
      if (!answer.startsWith('250')) throw new Error(`bench: not delivered: ${answer}`);
    },
    end: () => socket.destroy(),
  };
}

async function byAppend({ imap }, user) {
  const session = await ImapSession.loggedIn(imap, user, password);
  let accepted = null;
  return {
    start: async (n) => {
      const text = message(n);
      const begin = performance.now();
      accepted = session.command(`APPEND INBOX () {${text.length}+}\r\n${text}`);
      return begin;
    },
    done: () => accepted,
    end: () => session.destroy(),
  };
}
