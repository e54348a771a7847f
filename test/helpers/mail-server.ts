/**
 * The server that mail programs of other people are let loose on: maild. With `MAILD_TEST_SERVER=dovecot` it is Debian's
 * Dovecot instead, which shows whether a test asks for what any server does or for what ours happens to do.
 *
 * It listens for POP3 and IMAP4, in the clear with STARTTLS and with TLS from the first byte, with a certificate for
 * localhost that programs can verify.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSignedCertificate } from '../../daemon/net/self-signed-certificate.ts';
import { startMaild } from './daemon.ts';
import { Dovecot, dovecot } from './dovecot.ts';
import { SmtpTestClient } from './smtp-test-client.ts';

const peer = process.env.MAILD_TEST_SERVER === 'dovecot';
/** Nothing to test with: Dovecot was wanted, and is not installed, or this is not root. */
export const noServer = peer && dovecot === null;

export const password = 'correct-horse-battery';

export interface MailServer {
  readonly pop3: number;
  readonly pop3s: number;
  readonly imap: number;
  readonly imaps: number;
  /** PEM file. */
  readonly certificate: string;
  /** By SMTP into ours, into the Maildir of the other. */
  deliver(user: string, messages: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Everybody's password is {@link password}. Whoever starts it in `beforeAll` stops it in `afterAll`. */
export async function startMailServer(users: readonly string[]): Promise<MailServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mail-server-'));
  // A program that is not root's has to read the certificate.
  chmodSync(folder, 0o755);
  const made = makeSelfSignedCertificate('localhost', Date.now());
  const certificate = join(folder, 'certificate.pem');
  writeFileSync(certificate, made.certificate);
  const key = join(folder, 'key.pem');
  writeFileSync(key, made.key, { mode: 0o600 });
  const both = join(folder, 'both.pem');
  writeFileSync(both, made.certificate + made.key, { mode: 0o600 });
  const server = await (peer ? startDovecot(users, certificate, both) : startOurs(users, certificate, key));
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, stop };
}

async function startDovecot(
  users: readonly string[],
  certificate: string,
  both: string,
): Promise<MailServer> {
  const server = await Dovecot.start({ users, password, certificate: both, until: 'stopped' });
  return {
    pop3: server.pop3Port,
    pop3s: server.pop3sPort,
    imap: server.imapPort,
    imaps: server.imapsPort,
    certificate,
    stop: () => server.stop(),
    deliver: async (user, messages) => server.deliver(user, messages, 'INBOX', 'latin1'),
  };
}

async function startOurs(users: readonly string[], certificate: string, key: string): Promise<MailServer> {
  const listener = (protocol: string, tls: string) =>
    `[[listeners]]\nprotocol = "${protocol}"\nport = 0\ntls = "${tls}"\n`;
  const listeners = ['pop3', 'imap'].flatMap((protocol) => [
    listener(protocol, 'starttls'),
    listener(protocol, 'implicit'),
  ]);
  const maild = await startMaild({
    until: 'stopped',
    config: `domains = ["example.org"]
[tls]
certificate = "${certificate}"
key = "${key}"
${listener('smtp', 'none')}${listeners.join('')}`,
  });
  for (const address of users) await maild.call('accounts.add', { address, password });
  const port = (protocol: string, tls: string): number =>
    maild.listeners.find((listener) => listener.protocol === protocol && listener.tls === tls)?.port ?? 0;
  return {
    pop3: port('pop3', 'starttls'),
    pop3s: port('pop3', 'implicit'),
    imap: port('imap', 'starttls'),
    imaps: port('imap', 'implicit'),
    certificate,
    stop: () => maild.dispose(),
    deliver: (user, messages) => bySmtp(maild.ports.smtp, user, messages),
  };
}

/** On one connection, with the bytes as they are. */
async function bySmtp(port: number, user: string, messages: readonly string[]): Promise<void> {
  const client = await SmtpTestClient.ready(port);
  for (const message of messages) {
    await client.envelope('sender@elsewhere.example', [user]);
    await client.say('DATA', 354);
    client.write(`${message.replace(/^\./gm, '..')}.\r\n`);
    await client.expect(250);
  }
  client.close();
}
