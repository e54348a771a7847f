/**
 * Debian's Dovecot as somebody else's mail server: POP3 and IMAP4 on loopback, with a configuration, users and Maildirs
 * of its own in a folder that goes with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { program } from './tools.ts';
import { until } from './until.ts';

const users = ['ann', 'bob', 'all'];

/** Null: not installed. It needs root, or its daemons cannot become the users that they are to be. */
export const dovecot =
  program('dovecot') !== null &&
  existsSync('/usr/lib/dovecot/pop3') &&
  existsSync('/usr/lib/dovecot/imap') &&
  process.getuid?.() === 0
    ? program('dovecot')
    : null;

export const password = 'a "secret" word';

export interface DovecotOptions {
  /** Those who may log in: ann, bob and all unless said otherwise. */
  readonly users?: readonly string[];
  /** Of all of them. */
  readonly password?: string;
  /** PEM file with certificate and key. */
  readonly certificate?: string;
  /** `test` (the default): it ends with the test that started it. `stopped`: whoever started it in `beforeAll` stops it. */
  readonly until?: 'test' | 'stopped';
}

export class Dovecot {
  readonly folder = mkdtempSync(join(tmpdir(), 'dovecot-'));
  pop3Port = 0;
  imapPort = 0;
  /** With TLS from the first byte. */
  pop3sPort = 0;
  imapsPort = 0;
  readonly #options: Required<DovecotOptions>;
  #child: ChildProcess | null = null;

  private constructor(options: DovecotOptions) {
    this.#options = { users, password, certificate: fixture, until: 'test', ...options };
  }

  static async start(options: DovecotOptions = {}): Promise<Dovecot> {
    const server = new Dovecot(options);
    if (options.until !== 'stopped') onTestFinished(() => server.stop());
    await server.#start();
    return server;
  }

  /** Puts messages into a folder of a user, oldest first. */
  deliver(
    user: string,
    messages: readonly string[],
    folder = 'INBOX',
    encoding: BufferEncoding = 'utf8',
  ): void {
    const maildir = this.#maildir(user, folder);
    for (const [i, message] of messages.entries()) {
      const name = `${1_700_000_000 + i}.${process.hrtime.bigint()}_${i}.elsewhere`;
      const file = join(maildir, 'new', name);
      writeFileSync(file, message.replace(/\r\n/g, '\n'), encoding);
      this.#own(file);
    }
  }

  /** Messages of a user that are there. */
  count(user: string, folder = 'INBOX'): number {
    const maildir = this.#maildir(user, folder);
    return ['new', 'cur'].reduce((sum, name) => sum + readdirSync(join(maildir, name)).length, 0);
  }

  /** As a server that was rebuilt: other UIDs, another UIDVALIDITY. */
  forgetUids(user: string, folder = 'INBOX'): void {
    const maildir = this.#maildir(user, folder);
    for (const name of readdirSync(maildir)) {
      if (name.startsWith('dovecot')) rmSync(join(maildir, name), { force: true });
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child !== null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    [this.pop3Port, this.imapPort, this.pop3sPort, this.imapsPort] = ports;
    for (const name of ['run', 'mail', 'state']) mkdirSync(join(this.folder, name));
    chmodSync(this.folder, 0o755);
    this.#own(join(this.folder, 'mail'));
    const lines = this.#options.users.map((user) => `${user}:{PLAIN}${this.#options.password}\n`);
    writeFileSync(join(this.folder, 'users'), lines.join(''));
    writeFileSync(join(this.folder, 'dovecot.conf'), this.#config());
    const log = join(this.folder, 'log');
    this.#child = spawn(dovecot ?? 'dovecot', ['-F', '-c', join(this.folder, 'dovecot.conf')], {
      stdio: 'ignore',
    });
    await until(
      () => existsSync(log) && /starting up/.test(readFileSync(log, 'utf8')),
      'the start of Dovecot',
    );
    await until(() => connects(this.pop3Port), 'POP3 of Dovecot');
  }

  #config(): string {
    const { folder } = this;
    const { certificate } = this.#options;
    return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = pop3 imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${certificate}
ssl_key = <${certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
mail_location = maildir:${folder}/mail/%u
mail_uid = ${owner.uid}
mail_gid = ${owner.gid}
first_valid_uid = 1
default_internal_user = ${owner.name}
default_login_user = ${owner.name}
passdb {
  driver = passwd-file
  args = scheme=plain username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${folder}/mail/%u
}
service pop3-login {
  chroot =
  inet_listener pop3 { 
    port = ${this.pop3Port} 
  }
  inet_listener pop3s { 
    port = ${this.pop3sPort} 
    ssl = yes
  }
}
service imap-login {
  chroot =
  inet_listener imap { 
    port = ${this.imapPort} 
  }
  inet_listener imaps { 
    port = ${this.imapsPort} 
    ssl = yes
  }
}
service anvil { 
  chroot = 
}
`;
  }

  #maildir(user: string, folder: string): string {
    const home = join(this.folder, 'mail', user);
    const maildir = folder === 'INBOX' ? home : join(home, `.${folder}`);
    for (const path of [home, maildir, ...['new', 'cur', 'tmp'].map((name) => join(maildir, name))]) {
      if (existsSync(path)) continue;
      mkdirSync(path);
      this.#own(path);
    }
    return maildir;
  }

  #own(path: string): void {
    chownSync(path, owner.uid, owner.gid);
  }
}

const fixture = new URL('../fixtures/remote-smtp.pem', import.meta.url).pathname;
/** Anybody but root, whom Dovecot refuses. */
const owner =
  userInfo().uid === 0
    ? { name: 'nobody', uid: 65_534, gid: 65_534 }
    : { ...userInfo(), name: userInfo().username };

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
