/**
 * 10,000 IMAP4 sessions in IDLE: what the daemon needs for them, and how a new client is greeted meanwhile. The clients are
 * a process of their own, from several addresses, so that the memory and the time are the daemon's alone.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { password, users } from './mailbox-servers.mjs';
import { basePort, Maild } from './maild.mjs';
import { greeted, row } from './tools.mjs';

const sessions = Number(process.env.SESSIONS ?? 10_000);
const wantedMb = 250;
const wantedMs = 200;
const port = basePort + 7;

export async function idleSessions() {
  const maild = new Maild();
  await maild.start({
    more: `[limits]
connections = ${sessions + 1_000}
[[listeners]]
protocol = "imap"
address = "127.0.0.1"
port = ${port}
tls = "none"
`,
  });
  try {
    await greeted(port);
    await maild.mailctl('domains', 'add', 'example.org');
    for (const user of users) await maild.mailctlWith(password, 'accounts', 'add', user, '--password-stdin');
    row('no session', `${maild.rssMb().toFixed(0)} MB`);
    const program = fileURLToPath(new URL('idle-client.mjs', import.meta.url));
    const client = spawn(process.execPath, [program, String(port), String(sessions)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    const opened = JSON.parse((await lines.next()).value);
    const mb = maild.rssMb();
    client.stdin.end('greet\n');
    const { worstMs, medianMs } = JSON.parse((await lines.next()).value);
    row(`${sessions} sessions logged in, in IDLE`, `${(opened.ms / 1000).toFixed(1)} s`);
    row(
      '  memory of the daemon',
      `${mb.toFixed(0)} MB`,
      `  ${mb < wantedMb ? 'ok' : 'MISSED'} (< ${wantedMb} MB)`,
    );
    row(
      '  a new client is greeted after',
      `${medianMs.toFixed(1)} ms`,
      `worst ${worstMs.toFixed(1)} ms`,
      `  ${worstMs < wantedMs ? 'ok' : 'MISSED'} (< ${wantedMs} ms)`,
    );
    if (client.exitCode === null) await once(client, 'exit');
  } finally {
    await maild.dispose();
  }
}
