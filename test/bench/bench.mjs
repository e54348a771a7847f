/**
 * Measures maild, next to others where there are any, in one run on one machine: what counts are the ratios.
 *
 *     npm run bench                     all parts but the long one
 *     npm run bench -- accept relay     these parts
 *     npm run bench -- mailboxes idle   POP3 and IMAP4 beside Dovecot; 10,000 sessions in IDLE
 *     npm run bench -- million          the queue with 1,000,000 messages
 *     RUNS=5 npm run bench              more runs; the median is told
 *     BENCH_PORT=2575 npm run bench     another port, where somebody else listens on 2505
 *     chrt -r 1 npm run bench           as on a quiet machine, where others are busy on it (Linux, root)
 *
 * It needs Postfix's smtp-source and smtp-sink (`MAILD_TEST_TOOLS`, or in $PATH). Peers are the Postfix installed in the
 * chroot that `BENCH_POSTFIX` names (for instance made with debootstrap), started by root on port 2501, and the Dovecot,
 * fetchmail and getmail of this machine.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { accept } from './accept.mjs';
import { cli } from './cli.mjs';
import { collect } from './collect.mjs';
import { idleSessions } from './idle-sessions.mjs';
import { mailboxes } from './mailboxes.mjs';
import { memory } from './memory.mjs';
import { million } from './million.mjs';
import { minger } from './minger.mjs';
import { queue } from './queue.mjs';
import { relay } from './relay.mjs';

const parts = { accept, relay, collect, queue, cli, memory, minger, mailboxes, idle: idleSessions, million };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`bench: no part named ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);
  process.exit(64);
}

const { stdout } = spawnSync('uname', ['-sr'], { encoding: 'utf8' });
console.log(`${cpus().length} x ${cpus()[0]?.model}, ${stdout.trim()}, Node ${process.versions.node}`);
for (const name of wanted.length > 0 ? wanted : Object.keys(parts).filter((part) => part !== 'million')) {
  console.log(`\n${name}`);
  await parts[name]();
}
