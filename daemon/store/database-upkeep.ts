/**
 * What keeps the database in shape: its log copied into it, free pages given back, every page looked at.
 *
 * All of it in slices. The checkpoint and the checks have connections of their own, on SQLite's threads; only giving back
 * pages needs the writer, which has it for a few pages at a time.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SqliteConnection } from './sqlite-connection.ts';
import type { Reader, Writer } from './store-port.ts';

/** Pages given back in one transaction: half a megabyte, a few milliseconds. */
const vacuumPages = 64;
/** In between, mail has the writer to itself. */
const pauseMs = 20;

export interface PageCounts {
  readonly pages: number;
  /** Of no use to anything now. */
  readonly free: number;
  readonly pageBytes: number;
}

export class DatabaseUpkeep {
  readonly #store: Reader & Writer;
  readonly #path: string;

  constructor(store: Reader & Writer, path: string) {
    this.#store = store;
    this.#path = path;
  }

  async pageCounts(): Promise<PageCounts> {
    const row = await this.#store.get<PageCounts>(
      `SELECT (SELECT page_count FROM pragma_page_count) AS pages, (SELECT freelist_count FROM pragma_freelist_count) AS free,
              (SELECT page_size FROM pragma_page_size) AS pageBytes`,
    );
    return row ?? { pages: 0, free: 0, pageBytes: 0 };
  }

  /** Copies what can be copied of the write-ahead log. PASSIVE: waits for nobody, and nobody waits for it. */
  async checkpoint(): Promise<{ readonly logPages: number; readonly copiedPages: number }> {
    const connection = await SqliteConnection.open(this.#path, 'write');
    try {
      const row = await connection.get<{ log: number; checkpointed: number }>(
        'PRAGMA wal_checkpoint(PASSIVE)',
      );
      return { logPages: Math.max(0, row?.log ?? 0), copiedPages: Math.max(0, row?.checkpointed ?? 0) };
    } finally {
      await connection.close();
    }
  }

  /** Gives free pages back to the disk. Answers how many. */
  async vacuum(signal: AbortSignal): Promise<number> {
    const before = (await this.pageCounts()).free;
    let left = before;
    while (left > 0 && !signal.aborted) {
      // `all`, for each row is a page: the first step alone gives back one.
      await this.#store.transaction((tx) => tx.all(`PRAGMA incremental_vacuum(${vacuumPages})`));
      const { free } = await this.pageCounts();
      if (free >= left) break;
      left = free;
      await wait(pauseMs);
    }
    return before - left;
  }

  /** What is wrong with the tables and their indexes, one table after the other; empty when nothing is. */
  async faults(signal: AbortSignal): Promise<string[]> {
    const tables = await this.#store.all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`,
    );
    const faults: string[] = [];
    for (const { name } of tables) {
      if (signal.aborted) break;
      const rows = await this.#store.all<{ integrity_check: string }>(
        `PRAGMA integrity_check('${name.replaceAll("'", "''")}')`,
      );
      faults.push(...rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'));
      await wait(pauseMs);
    }
    return faults;
  }
}
