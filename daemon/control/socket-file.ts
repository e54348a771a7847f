/**
 * The socket's file: its mode and its directory are the whole access check, since Node cannot tell who is at the
 * other end of a Unix socket.
 *
 * The file is 0660 from the moment it exists, in a directory that nobody else can write. A file left by a maild that
 * was killed is taken over; anything else in the way is left alone and refused.
 */
import { chownSync, type Stats } from 'node:fs';
import { chown, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, resolve } from 'node:path';
import { errorCode, errorText, MaildError } from '../errors.ts';
import { groupId } from './group-id.ts';

export class SocketFileError extends MaildError {
  constructor(message: string, cause?: unknown) {
    super('control.socket', message, { cause });
  }
}

/** sun_path is 108 bytes with its NUL; Node cuts a longer path without a word and binds another file. */
const maxPathBytes = 107;
/** 0777 without these is 0660. */
const socketUmask = 0o117;
const writableByOthers = 0o022;
const modeBits = 0o777;

export class SocketFile {
  readonly path: string;
  readonly #group: string | null;
  readonly #isPipe: boolean;
  #gid: number | null = null;

  constructor(path: string, group: string | null) {
    this.#isPipe = /^[\\/]{2}[.?][\\/]pipe[\\/]/i.test(path);
    this.path = this.#isPipe ? path : resolve(path);
    this.#group = group;
  }

  /** Makes the directory, checks it, and clears away a stale socket of ours. */
  async prepare(): Promise<void> {
    if (this.#isPipe) return;
    const bytes = Buffer.byteLength(this.path);
    if (bytes > maxPathBytes) {
      throw new SocketFileError(
        `the path of the control socket has ${bytes} bytes and may have ${maxPathBytes}: ${this.path}`,
      );
    }
    if (this.#group !== null) this.#gid = await this.#lookUpGroup(this.#group);
    await this.#prepareDirectory(dirname(this.path));
    await this.#takeOver();
  }

  /** Lets `server` listen on it. */
  async bind(server: Server): Promise<void> {
    const listening = new Promise<void>((done, failed) => {
      server.once('listening', () => {
        server.off('error', failed);
        done();
      });
      server.once('error', failed);
    });
    // Binding happens inside listen(), so nothing else of ours runs under this umask. A chmod afterwards would leave
    // a moment in which others can connect.
    const before = process.umask(socketUmask);
    try {
      server.listen(this.path);
    } finally {
      process.umask(before);
    }
    try {
      await listening;
      if (this.#gid !== null) chownSync(this.path, process.getuid?.() ?? 0, this.#gid);
    } catch (cause) {
      server.close();
      throw new SocketFileError(`cannot listen on ${this.path}: ${errorText(cause)}`, cause);
    }
  }

  async #lookUpGroup(group: string): Promise<number> {
    const gid = await groupId(group);
    if (gid === null) throw new SocketFileError(`control.group: there is no group ${group}`);
    return gid;
  }

  async #prepareDirectory(directory: string): Promise<void> {
    const made = await mkdir(directory, { recursive: true, mode: this.#gid === null ? 0o700 : 0o750 });
    const stats = await lstat(directory);
    const refuse = (reason: string) =>
      new SocketFileError(`${directory}, the directory of the control socket, ${reason}`);
    if (!stats.isDirectory()) throw refuse('is a symbolic link or no directory');
    if (!isOurs(stats) && stats.uid !== 0) throw refuse(`belongs to another user (uid ${stats.uid})`);
    if ((stats.mode & writableByOthers) !== 0) {
      const mode = (stats.mode & modeBits).toString(8).padStart(4, '0');
      throw refuse(`can be written by others (mode ${mode}): chmod go-w ${directory}`);
    }
    // One that was there before belongs to whoever set it up: systemd, a package, or it is the state directory.
    if (made !== undefined && this.#gid !== null) await chown(directory, stats.uid, this.#gid);
  }

  async #takeOver(): Promise<void> {
    const stats = await lstat(this.path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (stats === null) return;
    if (!stats.isSocket()) throw new SocketFileError(`${this.path} is there and is no socket: not touched`);
    const answer = await tryToConnect(this.path);
    if (answer === 'accepted') throw new SocketFileError(`another maild answers on ${this.path}`);
    if (answer !== 'ECONNREFUSED') {
      throw new SocketFileError(`${this.path} is there and cannot be tried (${answer}): not touched`);
    }
    if (!isOurs(stats)) {
      throw new SocketFileError(`${this.path} was left by another user (uid ${stats.uid}): not touched`);
    }
    await unlink(this.path);
  }
}

const isOurs = (stats: Stats): boolean => process.getuid === undefined || stats.uid === process.getuid();

/** `accepted`, or the system's error code. */
const tryToConnect = (path: string): Promise<string> =>
  new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done('accepted');
    });
    socket.once('error', (error) => done(errorCode(error) ?? error.message));
  });
