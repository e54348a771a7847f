/**
 * One connection to SQLite with promises and a cache of prepared statements. The only file that knows the `sqlite3`
 * package, so that another binding can take its place.
 *
 * A connection must have one user at a time: the package runs the statements of one connection in parallel on a
 * thread pool, and a COMMIT may overtake the INSERTs before it. Writer and reader pool see to that.
 */
import sqlite3 from 'sqlite3';
import type { SqlValue } from './store-port.ts';

export interface RunResult {
  readonly changes: number;
  readonly lastId: number;
}

/** Beyond this many texts statements are prepared anew each time; filters make a few hundred at the most. */
const maxPrepared = 256;

export class SqliteConnection {
  readonly #database: sqlite3.Database;
  readonly #prepared = new Map<string, sqlite3.Statement>();

  private constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  static open(path: string, mode: 'write' | 'read'): Promise<SqliteConnection> {
    const flags = mode === 'write' ? sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE : sqlite3.OPEN_READONLY;
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(path, flags, (error) => {
        if (error) reject(error);
        else resolve(new SqliteConnection(database));
      });
    });
  }

  async all<T>(sql: string, parameters: readonly SqlValue[] = []): Promise<T[]> {
    const statement = this.#prepared.get(sql) ?? (await this.#prepare(sql));
    return new Promise((resolve, reject) => {
      statement.all(parameters, (error: Error | null, rows: T[]) => {
        if (error) reject(error);
        else resolve(rows);
      });
    });
  }

  async get<T>(sql: string, parameters: readonly SqlValue[] = []): Promise<T | undefined> {
    // Not Statement#get: it leaves the statement open at its first row, which holds the WAL back.
    const rows = await this.all<T>(sql, parameters);
    return rows[0];
  }

  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<RunResult> {
    const statement = this.#prepared.get(sql) ?? (await this.#prepare(sql));
    return new Promise((resolve, reject) => {
      statement.run(parameters, function (this: sqlite3.RunResult, error: Error | null) {
        if (error) reject(error);
        else resolve({ changes: this.changes, lastId: this.lastID });
      });
    });
  }

  /** Several statements without parameters. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.exec(sql, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    for (const statement of this.#prepared.values()) {
      await new Promise<void>((resolve) => statement.finalize(() => resolve()));
    }
    this.#prepared.clear();
    await new Promise<void>((resolve, reject) => {
      this.#database.close((error) => (error ? reject(error) : resolve()));
    });
  }

  /** Waits for the compiler: a statement that failed to compile never calls back when it is run. */
  #prepare(sql: string): Promise<sqlite3.Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.#database.prepare(sql, (error) => {
        if (error) return reject(error);
        if (this.#prepared.size < maxPrepared) this.#prepared.set(sql, statement);
        return resolve(statement);
      });
    });
  }
}
