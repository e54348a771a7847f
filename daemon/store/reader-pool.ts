/**
 * Readers: connections of their own, so that a long list never waits for a sync nor makes one wait.
 *
 * Each connection serves one call at a time; calls wait in line when all are busy. One connection is kept for short
 * reads, so that a status never waits behind a list of a million messages.
 */
import { SqliteConnection } from './sqlite-connection.ts';
import { storeErrorOf } from './store-error.ts';
import type { Reader, SqlValue } from './store-port.ts';

export class ReaderPool implements Reader {
  readonly #all: readonly SqliteConnection[];
  readonly #free: SqliteConnection[];
  readonly #waiting: ((connection: SqliteConnection) => void)[] = [];
  readonly #onError: (error: unknown) => void;

  private constructor(connections: SqliteConnection[], onError: (error: unknown) => void) {
    this.#all = [...connections];
    this.#free = connections;
    this.#onError = onError;
  }

  static async open(path: string, size: number, onError: (error: unknown) => void): Promise<ReaderPool> {
    const connections: SqliteConnection[] = [];
    for (let i = 0; i < size; i++) {
      const connection = await SqliteConnection.open(path, 'read');
      await connection.exec(
        'PRAGMA busy_timeout = 5000; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY',
      );
      connections.push(connection);
    }
    return new ReaderPool(connections, onError);
  }

  async all<T>(sql: string, parameters: readonly SqlValue[] = []): Promise<T[]> {
    const connection = await this.#take();
    try {
      return await connection.all<T>(sql, parameters);
    } catch (error) {
      this.#onError(error);
      throw storeErrorOf(error) ?? error;
    } finally {
      this.#giveBack(connection);
    }
  }

  async get<T>(sql: string, parameters: readonly SqlValue[] = []): Promise<T | undefined> {
    const rows = await this.all<T>(sql, parameters);
    return rows[0];
  }

  async close(): Promise<void> {
    for (const connection of this.#all) await connection.close();
  }

  #take(): Promise<SqliteConnection> {
    const free = this.#free.pop();
    if (free) return Promise.resolve(free);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(connection: SqliteConnection): void {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#free.push(connection);
  }
}
