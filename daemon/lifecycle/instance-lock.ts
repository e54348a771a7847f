/**
 * One maild to a state directory.
 *
 * Node has no flock(2), and a file that only exists is left behind by a kill. An SQLite database in exclusive mode
 * is locked with fcntl(2), which the kernel undoes with the process however it ends; there is no stale lock and no
 * race in taking one over. Nothing is ever written to it.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorText, MaildError } from '../errors.ts';
import { SqliteConnection } from '../store/sqlite-connection.ts';

export class InstanceLock {
  readonly #connection: SqliteConnection;
  readonly #pidFile: string;

  private constructor(connection: SqliteConnection, pidFile: string) {
    this.#connection = connection;
    this.#pidFile = pidFile;
  }

  /** Throws {@link MaildError} `service.already_running` (temporary), or `state_dir.unusable`. */
  static async take(stateDir: string): Promise<InstanceLock> {
    const pidFile = join(stateDir, 'maild.pid');
    let connection: SqliteConnection | undefined;
    try {
      connection = await SqliteConnection.open(join(stateDir, 'lock'), 'write');
      await connection.exec('PRAGMA busy_timeout = 200; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      writePid(pidFile);
      return new InstanceLock(connection, pidFile);
    } catch (error) {
      await connection?.close();
      if (errorCode(error) === 'SQLITE_BUSY') {
        const message = `another maild${pidOf(pidFile)} uses the state directory ${stateDir}`;
        throw new MaildError('service.already_running', message, { temporary: true, cause: error });
      }
      const message = `state directory ${stateDir} cannot be locked: ${errorText(error)}`;
      throw new MaildError('state_dir.unusable', message, { cause: error });
    }
  }

  async release(): Promise<void> {
    rmSync(this.#pidFile, { force: true });
    await this.#connection.close();
  }
}

/** Only for people and for the message above; the lock does not depend on it, so a full disk is no reason to fail. */
function writePid(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  } catch {}
}

function pidOf(file: string): string {
  try {
    const pid = readFileSync(file, 'utf8').trim();
    return /^\d+$/.test(pid) ? ` (process ${pid})` : '';
  } catch {
    return '';
  }
}
