/**
 * maild and Dovecot with the same accounts and the same mail, for measurements beside each other. Dovecot is Debian's, as
 * it comes: Maildir, its index files, mail_fsync=optimized, which syncs each message before the OK of APPEND as maild does.
 * Its passwords are hashed too.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Dovecot } from './dovecot.mjs';
import { ImapSession } from './imap-session.mjs';
import { basePort, Maild } from './maild.mjs';
import { greeted } from './tools.mjs';

export const password = 'a-password-of-the-bench';
export const users = Array.from({ length: 10 }, (_, n) => `user${n}@example.org`);
/** Each user's INBOX. */
export const inboxMessages = 2_000;
export const bigMessages = 10_000;
export const hugeMessages = 100_000;

const messageBytes = 4_096;
const filler = `${'x'.repeat(76)}\r\n`;

export function message(n, bytes = messageBytes) {
  const headers = `From: Sender ${n % 97} <s${n % 97}@example.net>\r\nTo: ann@example.org\r\nSubject: ${subject(n)}\r\nMessage-ID: <${n}@bench>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n`;
  return headers + filler.repeat(Math.max(1, Math.floor((bytes - headers.length) / filler.length)));
}

const subject = (n) => `number ${n}${n % 100 === 0 ? ' needle' : ''}, topic ${n % 13}`;

/** What a measurement needs of a server. */
export async function startOurs() {
  const maild = new Maild();
  const [imap, pop3] = [basePort + 7, basePort + 8];
  const listener = (protocol, port) =>
    `[[listeners]]\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\ntls = "none"\n`;
  await maild.start({ more: listener('imap', imap) + listener('pop3', pop3) });
  await greeted(imap);
  await maild.mailctl('domains', 'add', 'example.org');
  for (const user of users) await maild.mailctlWith(password, 'accounts', 'add', user, '--password-stdin');
  await createFolders(imap);
  await Promise.all(users.map((user) => append(imap, user, 'INBOX', 1, inboxMessages)));
  const [first] = users;
  const share = bigMessages / users.length;
  await Promise.all(users.map((_, n) => append(imap, first, 'Big', 1 + n * share, share, 1_024)));
  await copyToHuge(imap, first);
  return { name: 'maild', imap, pop3, smtp: maild.port, maild, dispose: () => maild.dispose() };
}

export async function startDovecot() {
  const dovecot = new Dovecot({
    imap: basePort + 9,
    pop3: basePort + 10,
    users,
    secret: password,
    hashed: true,
  });
  await dovecot.start();
  for (const user of users) dovecot.store(user, 'INBOX', inboxMessages, (n) => message(n));
  const [first] = users;
  dovecot.store(first, 'Big', bigMessages, (n) => message(n, 1_024));
  await createFolders(dovecot.imap);
  await copyToHuge(dovecot.imap, first);
  return { name: 'Dovecot', imap: dovecot.imap, pop3: dovecot.port, dispose: () => dovecot.dispose() };
}

/** Those that are there already are as good. */
async function createFolders(port) {
  for (const user of users) {
    const session = await ImapSession.loggedIn(port, user, password);
    for (const folder of ['Filed', 'Big', 'Huge'])
      await session.command(`CREATE ${folder}`).catch(() => undefined);
    await session.logout();
  }
}

/** All said before the first is answered. */
async function append(port, user, folder, begin, count, bytes) {
  const socket = connect(port, '127.0.0.1');
  let [answered, refused] = [0, ''];
  const done = new Promise((resolve) => {
    socket.setEncoding('latin1').on('data', (data) => {
      answered += data.match(/^f\d+ OK/gm)?.length ?? 0;
      refused ||= /^f\d+ (?:NO|BAD).*/m.exec(data)?.[0] ?? '';
      if (answered === count || refused !== '') resolve();
    });
    socket.on('close', resolve);
  });
  socket.write(`l LOGIN ${user} ${password}\r\n`);
  for (let n = begin; n < begin + count; n++) {
    const text = message(n, bytes);
    if (!socket.write(`f${n} APPEND ${folder} () {${text.length}+}\r\n${text}\r\n`))
      await Promise.race([once(socket, 'drain'), done]);
  }
  await done;
  socket.destroy();
  if (answered !== count) throw new Error(`bench: ${answered} of ${count} messages appended ${refused}`);
}

/** 100,000 messages, of which every tenth is the same. */
async function copyToHuge(port, user) {
  const session = await ImapSession.loggedIn(port, user, password);
  await session.command('SELECT Big');
  for (let copied = 0; copied < hugeMessages; copied += bigMessages) await session.command('COPY 1:* Huge');
  await session.logout();
}
