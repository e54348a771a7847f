/** The clients of idle-sessions.mjs: opens sessions, says when all are in IDLE, then tells how new ones are greeted. */
import { once } from 'node:events';
import { ImapSession } from './imap-session.mjs';
import { password, users } from './mailbox-servers.mjs';
import { median } from './tools.mjs';

const [port, count] = process.argv.slice(2).map(Number);
const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
/** So many are on their way at a time. */
const atOnce = 50;
const greetings = 50;

// Passwords are hashed once each: what is measured are sessions, not logins.
for (const user of users) await (await ImapSession.loggedIn(port, user, password)).logout();

const sessions = [];
const begin = performance.now();
let next = 0;
const opener = async () => {
  for (let n = next++; n < count; n = next++) {
    const session = await ImapSession.greeted(port, addresses[n % addresses.length]);
    await session.command(`LOGIN ${users[n % users.length]} ${password}`);
    await session.command('SELECT INBOX');
    await session.idle();
    sessions.push(session);
  }
};
await Promise.all(Array.from({ length: atOnce }, opener));
console.log(JSON.stringify({ ms: performance.now() - begin }));

await once(process.stdin, 'data');
const times = [];
for (let n = 0; n < greetings; n++) {
  const from = performance.now();
  const session = await ImapSession.greeted(port, '127.0.0.6');
  times.push(performance.now() - from);
  session.destroy();
}
console.log(JSON.stringify({ medianMs: median(times), worstMs: Math.max(...times) }));
for (const session of sessions) session.destroy();
process.exit(0);
