/** The mail clients of others, as Debian has them. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../helpers/tools.ts';
import { type Harness, startListener } from './harness.ts';

const swaks = program('swaks');
const curl = program('curl');
const python = program('python3');
const openssl = program('openssl');
const smtpSource = program('smtp-source');

let folder: string;
let letter: string;
let harness: Harness;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maild-programs-'));
  letter = join(folder, 'letter.eml');
  writeFileSync(letter, 'From: a@b.example\r\nSubject: from a program\r\n\r\n.dot\r\n..dots\r\nend\r\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => harness.close());

/** Standard output and error together; rejects when the program fails. */
function run(file: string | null, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file ?? '', [...args], { timeout: 15_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`${file} failed: ${stdout}${stderr}`, { cause: error }));
    });
  });
}

describe('swaks', () => {
  const args = (...more: readonly string[]) => [
    '--server',
    `127.0.0.1:${harness.port}`,
    '--from',
    'a@b.example',
    '--to',
    'alice@example.com',
    '--body',
    'hello',
    ...more,
  ];

  it.skipIf(swaks === null)('sends in the clear and with pipelining', async () => {
    harness = await startListener();
    await run(swaks, args());
    await run(swaks, args('--pipeline'));
    expect(harness.intake.messages.size).toBe(2);
  });

  it.skipIf(swaks === null)('logs in, and says so when it is refused', async () => {
    harness = await startListener({ listener: { protocol: 'submission' } });
    const login = (user: string) => ['--auth-user', user, '--auth-password', 'secret'];
    await run(swaks, args(...login('alice@example.com'), '--auth', 'PLAIN'));
    await run(swaks, args(...login('alice@example.com'), '--auth', 'LOGIN'));
    expect(harness.intake.list.map((m) => m.source.user)).toEqual(['alice@example.com', 'alice@example.com']);
    await expect(run(swaks, args(...login('x'), '--auth', 'PLAIN'))).rejects.toThrow('535 5.7.8');
  });
});

describe('curl', () => {
  it.skipIf(curl === null)('sends a file over TLS from the start', async () => {
    harness = await startListener({ listener: { protocol: 'submission', tls: 'implicit' } });
    const url = `smtps://127.0.0.1:${harness.port}/client.example`;
    const mail = ['--mail-from', 'a@b.example', '--mail-rcpt', 'alice@example.com', '--upload-file', letter];
    await run(curl, ['-sS', '-k', '--url', url, ...mail, '--user', 'alice@example.com:secret']);
    expect(harness.intake.bodies[0]).toContain('\r\n.dot\r\n..dots\r\nend\r\n');
    expect(harness.intake.only.content.subject).toBe('from a program');
  });
});

describe("Python's smtplib", () => {
  it.skipIf(python === null)('sends to several, and learns who was refused', async () => {
    harness = await startListener();
    const script = [
      'import smtplib, ssl',
      `s = smtplib.SMTP("127.0.0.1", ${harness.port}, timeout=10)`,
      's.ehlo()',
      'c = ssl._create_unverified_context()',
      's.starttls(context=c)',
      's.ehlo()',
      'to = ["alice@example.com", "bob@example.com", "nobody@example.com"]',
      'print(s.sendmail("a@b.example", to, "Subject: x\\r\\n\\r\\n.\\r\\n.x\\r\\n"))',
      's.quit()',
    ].join('\n');
    const output = await run(python, ['-c', script]);
    expect(output).toContain("'nobody@example.com': (550, b'5.1.1 No such recipient here')");
    expect(harness.intake.only.local).toHaveLength(2);
    expect(harness.intake.bodies).toEqual(['Subject: x\r\n\r\n.\r\n.x\r\n']);
  });
});

describe('openssl s_client', () => {
  it.skipIf(openssl === null)('shakes hands by STARTTLS and talks on', async () => {
    harness = await startListener();
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${harness.port}`,
      '-starttls',
      'smtp',
      '-crlf',
      '-quiet',
    ];
    const child = spawn(openssl ?? '', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.endsWith('250 DSN\r\n')) child.stdin.write('quit\n');
    });
    child.stdin.write('EHLO inside.example\n');
    await new Promise((resolve) => child.once('close', resolve));
    expect(output).toContain('221 2.0.0 Bye');
    expect(harness.registry.last.tls).toMatch(/^TLSv1\.[23]$/);
  });
});

describe("Postfix's smtp-source", () => {
  it.skipIf(smtpSource === null)('sends a thousand messages over ten connections', async () => {
    harness = await startListener();
    const mail = ['-f', 'a@b.example', '-t', 'alice@example.com', '-l', '4096'];
    await run(smtpSource, ['-d', '-s', '10', '-m', '1000', ...mail, `127.0.0.1:${harness.port}`]);
    await run(smtpSource, ['-s', '10', '-m', '100', ...mail, `127.0.0.1:${harness.port}`]);
    expect(harness.intake.messages.size).toBe(1_100);
  });
});
