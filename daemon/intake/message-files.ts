/**
 * Files of messages that are too large for the database: written under `messages/incoming`, synced, then renamed into one
 * of a hundred directories. A file that bears its final name is whole and on disk, so that a row may name it.
 *
 * What a crash leaves in `incoming` is of messages that nobody was promised anything about.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const DIRECTORIES = 100;

export interface MessageFile {
  /** Resolves when it is written, which is when the next one may come. */
  write(data: Buffer | readonly Buffer[]): Promise<void>;
  /** Syncs and gives it its final name; answers that, relative to the state directory. */
  commit(): Promise<string>;
  /** Closes and deletes it, whatever its state. Does not throw. */
  discard(): Promise<void>;
}

export class MessageFiles {
  readonly #stateDir: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  /** Deletes what an earlier life did not finish. To be called before anything is received. */
  async clearIncoming(): Promise<number> {
    const directory = join(this.#stateDir, 'messages', 'incoming');
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
    const names = await readdir(directory);
    for (const name of names) await rm(join(directory, name), { force: true });
    return names.length;
  }

  async create(id: number): Promise<MessageFile> {
    const path = join(this.#stateDir, 'messages', 'incoming', `${id}.eml`);
    const handle = await open(path, 'wx', FILE_MODE).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
      return open(path, 'wx', FILE_MODE);
    });
    return new IncomingFile(this.#stateDir, id, path, handle);
  }

  /** Where a committed file lies. */
  path(file: string): string {
    return join(this.#stateDir, file);
  }

  /** Deletes a committed file that no row names. `file` is what {@link MessageFile.commit} answered. */
  async remove(file: string): Promise<void> {
    await rm(this.path(file), { force: true });
  }
}

class IncomingFile implements MessageFile {
  readonly #stateDir: string;
  readonly #id: number;
  #path: string;
  #handle: FileHandle | null;

  constructor(stateDir: string, id: number, path: string, handle: FileHandle) {
    this.#stateDir = stateDir;
    this.#id = id;
    this.#path = path;
    this.#handle = handle;
  }

  async write(data: Buffer | readonly Buffer[]): Promise<void> {
    // FileHandle.writeFile goes on after a short write, where write() only says so.
    await this.#handle?.writeFile(Buffer.isBuffer(data) ? data : Buffer.concat(data));
  }

  async commit(): Promise<string> {
    await this.#handle?.datasync();
    await this.#close();
    const directory = join('messages', String(this.#id % DIRECTORIES).padStart(2, '0'));
    const file = join(directory, `${this.#id}.eml`);
    const target = join(this.#stateDir, directory);
    const made = await mkdir(target, { recursive: true, mode: DIRECTORY_MODE });
    await rename(this.#path, join(this.#stateDir, file));
    this.#path = join(this.#stateDir, file);
    await syncDirectory(target);
    if (made !== undefined) await syncDirectory(dirname(target));
    return file;
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await rm(this.#path, { force: true }).catch(() => {});
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** A new name is on disk when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
