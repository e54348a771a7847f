/** Collecting by POP3 from Dovecot, each message synced here before it is deleted there; beside fetchmail and getmail. */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dovecot, dovecot, password } from './dovecot.mjs';
import { Maild } from './maild.mjs';
import { greeted, median, program, row, runs, timed, verdict } from './tools.mjs';

const count = 2_000;
const bytes = 4_096;
const wanted = 2;
const sinkPort = 2598;
const nobody = 65_534;

export async function collect() {
  if (dovecot === null) return console.log('  not measured: it needs Dovecot (dovecot-pop3d), and root');
  const server = new Dovecot();
  const folder = mkdtempSync(join(tmpdir(), 'maild-bench-collect-'));
  try {
    await server.start();
    const ours = await seconds(server, await oursTo(server));
    row(`${count} messages, maild`, `${ours.toFixed(2)} s`);
    for (const [name, peer] of Object.entries({ fetchmail, getmail })) {
      const run = await peer(server, folder);
      if (run === null) row(name, '-');
      else {
        const theirs = await seconds(server, run);
        row(name, `${theirs.toFixed(2)} s`, `  ${verdict(theirs / ours, wanted)}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.dispose();
  }
}

/** The median of the runs, all of which must have emptied the mailbox. */
async function seconds(server, { run, end }) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    server.fill(count, bytes);
    times.push((await run()).seconds);
    if (server.left() > 0) throw new Error(`bench: ${server.left()} messages were not collected`);
  }
  await end();
  return median(times);
}

async function oursTo(server) {
  const maild = new Maild();
  await maild.start({ more: '' });
  await maild.mailctl('domains', 'add', 'example.org');
  await maild.mailctlWith('irrelevant', 'accounts', 'add', 'ann@example.org', '--password-stdin');
  const mailbox = ['--pop3', `127.0.0.1:${server.port}`, '--tls', 'none', '--user', 'ann', '--delete'];
  const more = ['--deliver-to', 'ann@example.org', '--password-stdin'];
  await maild.mailctlWith(password, 'connections', 'add', 'bench', ...mailbox, ...more);
  return { run: () => maild.mailctl('connect-now', '--follow'), end: () => maild.dispose() };
}

/** Into an smtp-sink, which keeps nothing. */
async function fetchmail(server, folder) {
  const [path, sink] = [program('fetchmail'), program('smtp-sink')];
  if (path === null || sink === null) return null;
  const rc = join(folder, 'fetchmailrc');
  const options = `protocol pop3 port ${server.port} auth password user "ann" password "${password}"`;
  writeFileSync(
    rc,
    `poll 127.0.0.1 ${options} smtphost 127.0.0.1/${sinkPort} sslproto '' fetchall nokeep\n`,
    {
      mode: 0o600,
    },
  );
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(sink, [...user, `127.0.0.1:${sinkPort}`, '1000'], { stdio: 'ignore' });
  await greeted(sinkPort);
  const env = { ...process.env, HOME: folder, FETCHMAILHOME: folder };
  return {
    run: () => timed(path, ['-f', rc, '-s', '--nosyslog'], { env, stdio: ['ignore', 'pipe', 'ignore'] }),
    end: async () => void child.kill('SIGTERM'),
  };
}

/** Into a Maildir: it has no other way. */
async function getmail(server, folder) {
  const path = program('getmail');
  if (path === null) return null;
  const home = join(folder, 'getmail');
  // It delivers as another user, who must find the way.
  chmodSync(folder, 0o755);
  for (const name of ['', 'mail', 'mail/cur', 'mail/new', 'mail/tmp']) {
    mkdirSync(join(home, name), { recursive: true });
    chownSync(join(home, name), nobody, nobody);
  }
  writeFileSync(
    join(home, 'getmailrc'),
    `[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = ${server.port}
username = ann
password = ${password}
[destination]
type = Maildir
path = ${home}/mail/
user = nobody
[options]
delete = true
verbose = 0
`,
    { mode: 0o600 },
  );
  return {
    run: () => timed(path, [`--getmaildir=${home}`], { stdio: ['ignore', 'pipe', 'ignore'] }),
    end: async () => {},
  };
}
