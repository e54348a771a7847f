/**
 * POP3 and IMAP4 beside Dovecot, 10 sessions at a time, ours and theirs by turns. Each measurement is run twice unmeasured
 * on both, so that caches, indexes and what is known of right passwords are warm, then as often as RUNS says; the median is
 * told. The column on the right is how busy the load itself was: near 100 % it would be what is measured.
 */
import { dovecot } from './dovecot.mjs';
import { idleNotice } from './idle-notice.mjs';
import { ImapSession } from './imap-session.mjs';
import { measurements } from './mailbox-loads.mjs';
import { password, startDovecot, startOurs, users } from './mailbox-servers.mjs';
import { median, row, runs, verdict } from './tools.mjs';

const [first] = users;

export async function mailboxes() {
  const servers = [await startOurs()];
  try {
    if (dovecot !== null) servers.push(await startDovecot());
    else console.log('  the peer is missing: it needs Dovecot (dovecot-imapd, dovecot-pop3d), and root');
    await selectHuge(servers);
    for (const [name, measurement] of Object.entries(measurements)) await compare(servers, name, measurement);
    for (const server of servers) await idleNotice(server);
  } finally {
    for (const server of servers) await server.dispose();
  }
}

async function compare(servers, name, { wanted, run, count }) {
  const results = new Map(servers.map((server) => [server, []]));
  for (const server of [...servers, ...servers]) await run(server);
  for (let i = 0; i < runs; i++)
    for (const server of servers) results.get(server).push(await measured(() => run(server)));
  console.log(`  ${name}`);
  const rates = servers.map((server) => {
    const seconds = median(results.get(server).map((result) => result.seconds));
    const busy = Math.max(...results.get(server).map((result) => result.busy));
    row(
      `  ${server.name}`,
      `${Math.round(count / seconds)}/s`,
      `${(seconds * 1000).toFixed(0)} ms`,
      `${Math.round(busy * 100)}% busy`,
    );
    return count / seconds;
  });
  const [ours, theirs] = rates;
  if (theirs !== undefined) row('  maild to Dovecot', verdict(ours / theirs, wanted));
}

async function measured(run) {
  const [cpu, begin] = [process.cpuUsage(), performance.now()];
  await run();
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, busy: (user + system) / 1e6 / seconds };
}

/** The first opening after the start reads it all; what counts is any. */
async function selectHuge(servers) {
  console.log('  SELECT of a folder with 100,000 messages');
  for (const { name, imap } of servers) {
    const session = await ImapSession.loggedIn(imap, first, password);
    const times = [];
    for (let i = 0; i < 11; i++) {
      const begin = performance.now();
      await session.command('SELECT Huge');
      times.push(performance.now() - begin);
      await session.command('UNSELECT');
    }
    await session.logout();
    const [cold = 0, ...warm] = times;
    const worst = Math.max(...times);
    row(
      `  ${name}`,
      `  ${cold.toFixed(1)} ms first`,
      `  ${median(warm).toFixed(1)} ms again`,
      name === 'maild' ? `  ${worst < 100 ? 'ok' : 'MISSED'} (< 100 ms)` : '',
    );
  }
}
