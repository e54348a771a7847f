/**
 * A throw-away maild with real traffic through it, for the demo and for the pictures: servers of others that take mail,
 * greylist, refuse or are down, senders who keep it busy, and readers with their mail programs. Everything is on loopback and in one temporary directory.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPop3Remote } from './pop3-remote.mjs';
import { startReaders } from './readers.mjs';
import { startRemotes } from './remotes.mjs';
import { startSenders } from './senders.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readyWithinMs = 20_000;
const endsWithinMs = 10_000;
const password = 'a demo needs no secret';

/** `pace` 2 is twice as much mail. Answers the control socket and how to end everything. */
export async function startDemo({ pace = 1 } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'maild-demo-'));
  const remotes = await startRemotes();
  const pop3 = await startPop3Remote();
  const [port, imap, pop3Port] = [await freePort(), await freePort(), await freePort()];
  const socket = join(directory, 'maild.sock');
  const config = join(directory, 'maild.toml');
  writeFileSync(
    config,
    configuration({ directory, socket, remotes, ports: { smtp: port, imap, pop3: pop3Port } }),
    { mode: 0o600 },
  );
  const maild = spawn(process.execPath, [join(root, 'bin', 'maild'), '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NOTIFY_SOCKET: '' },
  });
  let complaints = '';
  maild.stderr.on('data', (data) => {
    complaints += data;
  });
  const ended = new Promise((resolve) => maild.once('exit', resolve));
  let people = [];
  const stop = async () => {
    for (const each of people) each.stop();
    maild.kill('SIGTERM');
    const timer = setTimeout(() => maild.kill('SIGKILL'), endsWithinMs);
    await ended;
    clearTimeout(timer);
    await Promise.all([remotes.stop(), pop3.stop()]);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(socket, maild, () => complaints);
    const all = (each) => Promise.all(each.map((args) => must(mailctl(socket, args, `${password}\n`), args)));
    await all(
      ['ann', 'bob', 'carol'].map((name) => ['accounts', 'add', `${name}@example.org`, '--password-stdin']),
    );
    const mailbox = ['--tls', 'none', '--user', 'ann', '--deliver-to', 'ann@example.org', '--password-stdin'];
    const isp = ['--pop3', `127.0.0.1:${pop3.port}`, '--delete', '--schedule', 'every 1m'];
    const office = ['--imap', `127.0.0.1:${remotes.ports['down.test']}`, '--schedule', 'every 2m'];
    await all([
      ['connections', 'add', 'isp', ...isp, ...mailbox],
      ['connections', 'add', 'office', ...office, ...mailbox],
      ['aliases', 'add', 'sales@example.org', 'ann@example.org', 'bob@example.org'],
      ['aliases', 'add', 'postmaster@example.org', 'ann@example.org'],
    ]);
    people = [startSenders({ port, pace }), startReaders({ imap, pop3: pop3Port, password, pace })];
  } catch (error) {
    await stop();
    throw error;
  }
  return { socket, port, stop };
}

async function must(exit, args) {
  const code = await exit;
  if (code !== 0) throw new Error(`mailctl ${args.join(' ')} ended with ${code}`);
}

/** Runs a command; answers its exit code. */
export function mailctl(socket, args, input = '') {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'bin', 'mailctl'), '--socket', socket, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('exit', resolve);
  });
}

function configuration({ directory, socket, ports, remotes }) {
  const routes = Object.entries(remotes.ports)
    .map(([domain, at]) => `[[routes]]\ndomain = "${domain}"\nvia = "smtp://127.0.0.1:${at}"\n`)
    .join('');
  const listeners = Object.entries(ports)
    .map(
      ([protocol, port]) =>
        `[[listeners]]\nprotocol = "${protocol}"\naddress = "127.0.0.1"\nport = ${port}\ntls = "starttls"\n`,
    )
    .join('');
  return `hostname = "mail1.example.org"
state_dir = "${join(directory, 'state')}"
domains = ["example.org"]
relay_networks = ["127.0.0.0/9"]
[control]
socket = "${socket}"
${listeners}[delivery]
concurrency = 20
concurrency_per_domain = 4
retry_schedule = ["15s", "30s", "1m", "2m", "5m"]
${routes}`;
}

async function ready(socket, maild, complaints) {
  const end = Date.now() + readyWithinMs;
  while ((await mailctl(socket, ['status'])) !== 0) {
    if (maild.exitCode !== null) throw new Error(`maild ended:\n${complaints()}`);
    if (Date.now() > end) throw new Error(`maild is not ready:\n${complaints()}`);
  }
}

/** One that nobody listens on at this moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
