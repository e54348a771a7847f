/** Dovecot on loopback without TLS: the server elsewhere that is collected from, and the peer of our POP3 and IMAP4. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { greeted, program } from './tools.mjs';

/** Dovecot starts as root only, and does not let root in. */
const nobody = 65_534;
/** Null: not installed, or not root. */
export const dovecot =
  existsSync('/usr/lib/dovecot/pop3') && process.getuid?.() === 0 ? program('dovecot') : null;
export const password = 'secret';

export class Dovecot {
  /** POP3. */
  port;
  /** 0: none. */
  imap;
  folder = mkdtempSync(join(tmpdir(), 'maild-bench-dovecot-'));
  #users;
  #password;
  #child = null;

  /** `hashed`: as passwords are kept where others are let in. */
  constructor({ pop3 = 2511, imap = 0, users = ['ann'], secret = password, hashed = false } = {}) {
    this.port = pop3;
    this.imap = imap;
    this.#users = users;
    this.#password = hashed ? hash(secret) : `{PLAIN}${secret}`;
  }

  async start() {
    const { folder } = this;
    chmodSync(folder, 0o755);
    for (const name of ['run', 'state', 'mail']) mkdirSync(join(folder, name));
    for (const user of this.#users) this.#maildir(user);
    writeFileSync(join(folder, 'users'), this.#users.map((user) => `${user}:${this.#password}\n`).join(''));
    writeFileSync(
      join(folder, 'dovecot.conf'),
      `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = pop3${this.imap === 0 ? '' : ' imap'}
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:${folder}/mail/%u
mail_uid = ${nobody}
mail_gid = ${nobody}
first_valid_uid = 1
default_internal_user = nobody
default_login_user = nobody
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
userdb {
  driver = static
  args = uid=${nobody} gid=${nobody} home=${folder}/mail/%u
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    port = ${this.port}
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${this.imap}
  }
}
service anvil {
  chroot =
}
mail_max_userip_connections = 1000
mail_fsync = optimized
`,
    );
    this.#child = spawn(dovecot, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore' });
    process.once('exit', () => this.#child?.kill('SIGTERM'));
    await greeted(this.port);
  }

  /** Puts messages into a folder of a user, `made` of their number. */
  store(user, folder, count, made) {
    const cur = join(this.#maildir(user, folder), 'cur');
    for (let n = 1; n <= count; n++) {
      const file = join(cur, `${1_700_000_000 + n}.M${n}.bench:2,`);
      writeFileSync(file, made(n).replaceAll('\r\n', '\n'), 'latin1');
      chownSync(file, nobody, nobody);
    }
  }

  /** Messages of `bytes` each, all new. */
  fill(count, bytes) {
    const body = `${'x'.repeat(76)}\n`.repeat(Math.ceil(bytes / 77));
    for (let i = 0; i < count; i++) {
      const file = join(
        this.folder,
        'mail',
        'ann',
        'new',
        `${1_700_000_000 + i}.M${process.hrtime.bigint()}.bench`,
      );
      writeFileSync(
        file,
        `From: a@example.net\nTo: ann@example.org\nSubject: number ${i}\nMessage-ID: <${i}@bench>\n\n${body}`,
      );
      chownSync(file, nobody, nobody);
    }
  }

  left() {
    const mail = join(this.folder, 'mail', 'ann');
    return ['new', 'cur'].reduce((sum, name) => sum + readdirSync(join(mail, name)).length, 0);
  }

  async dispose() {
    const child = this.#child;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    this.#child = null;
    child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #maildir(user, folder = 'INBOX') {
    const maildir = join(this.folder, 'mail', user, folder === 'INBOX' ? '' : `.${folder}`);
    for (const name of ['', 'cur', 'new', 'tmp']) this.#directory(join(maildir, name));
    return maildir;
  }

  #directory(path) {
    mkdirSync(path, { recursive: true });
    chownSync(path, nobody, nobody);
  }
}

/** SHA-512 with Dovecot's number of rounds. */
function hash(secret) {
  const made = spawnSync('doveadm', ['pw', '-s', 'SHA512-CRYPT', '-p', secret], { encoding: 'utf8' });
  return made.stdout.trim();
}
