/** Dovecot as the server elsewhere: POP3 on loopback without TLS, one user whose Maildir is filled anew for each run. */
import { spawn } from 'node:child_process';
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
  port = 2511;
  folder = mkdtempSync(join(tmpdir(), 'maild-bench-dovecot-'));
  #child = null;

  async start() {
    const { folder } = this;
    chmodSync(folder, 0o755);
    for (const name of ['run', 'state', 'mail']) mkdirSync(join(folder, name));
    for (const path of ['', 'cur', 'new', 'tmp']) this.#directory(join(folder, 'mail', 'ann', path));
    writeFileSync(join(folder, 'users'), `ann:{PLAIN}${password}\n`);
    writeFileSync(
      join(folder, 'dovecot.conf'),
      `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = pop3
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
  args = scheme=plain username_format=%u ${folder}/users
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
service anvil {
  chroot =
}
`,
    );
    this.#child = spawn(dovecot, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore' });
    await greeted(this.port);
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
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #directory(path) {
    mkdirSync(path, { recursive: true });
    chownSync(path, nobody, nobody);
  }
}
