/**
 * Large messages as files below the state directory: found, and unlinked when nothing refers to them any more.
 *
 * A file is written and synced before the row that names it, and unlinked after the row has gone; what a crash leaves
 * between the two is a file too many, never one too few, and is swept at the start.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Reader, Writer } from '../store/store-port.ts';
import { forgetGarbage, readGarbage, readUnknownFiles } from './retention-store.ts';

/** Where files being received are; nothing refers to them yet. */
export const incomingFolder = join('messages', 'incoming');
const messagesFolder = 'messages';
const garbageStep = 500;

export class ContentFiles {
  readonly #stateDir: string;
  readonly #store: Reader & Writer;
  readonly #log: Logger;
  #collecting: Promise<unknown> | null = null;
  #again = false;

  constructor(stateDir: string, store: Reader & Writer, log: Logger) {
    this.#stateDir = stateDir;
    this.#store = store;
    this.#log = log;
  }

  path(file: string): string {
    return join(this.#stateDir, file);
  }

  /** As {@link collectGarbage}, without anybody who waits for it. What fails is tried again with the next. */
  collectSoon(): void {
    this.#again = true;
    this.#collecting ??= this.#collectAgain().finally(() => {
      this.#collecting = null;
    });
  }

  /** Resolves when nothing is being collected. */
  async settled(): Promise<void> {
    await this.#collecting;
  }

  async #collectAgain(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      await this.collectGarbage().catch((error) =>
        this.#log.warn('message files not removed', { error: errorText(error) }),
      );
    }
  }

  /** Unlinks files whose content has gone. */
  async collectGarbage(): Promise<number> {
    let unlinked = 0;
    for (;;) {
      const files = await readGarbage(this.#store, garbageStep);
      for (const file of files) await rm(this.path(file), { force: true });
      if (files.length > 0) await this.#store.transaction((tx) => forgetGarbage(tx, files));
      unlinked += files.length;
      if (files.length < garbageStep) return unlinked;
    }
  }

  /** Removes what a crash left: half received files, and whole ones whose transaction never came. Before mail is taken. */
  async sweepOrphans(): Promise<number> {
    let swept = await this.#clear(join(this.#stateDir, incomingFolder));
    for (const folder of await list(join(this.#stateDir, messagesFolder))) {
      if (!/^\d\d$/.test(folder)) continue;
      const files = (await list(join(this.#stateDir, messagesFolder, folder))).map((name) =>
        join(messagesFolder, folder, name),
      );
      for (const file of await readUnknownFiles(this.#store, files)) {
        await rm(this.path(file), { force: true });
        swept++;
      }
    }
    if (swept > 0) this.#log.info('message files without a message removed', { files: swept });
    return swept;
  }

  async #clear(folder: string): Promise<number> {
    const names = await list(folder);
    for (const name of names) {
      await rm(join(folder, name), { force: true }).catch((error) =>
        this.#log.warn('message file not removed', { file: join(folder, name), error: errorText(error) }),
      );
    }
    return names.length;
  }
}

/** Names in a folder; none when there is no such folder. */
const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
