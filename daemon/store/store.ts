/**
 * The database: opened, kept, and honest about its health.
 *
 * Opening never throws: with a damaged, full or unreachable database the service stays up for mailctl, says what is
 * wrong and takes no mail. `full` and `unavailable` are tried again every few seconds and go away by themselves;
 * `damaged` stays until an operator has restored the file, because writing to a damaged database makes it worse.
 */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { Logger } from '../log/logger.ts';
import { GroupWriter, type Part, type Program } from './group-writer.ts';
import { type Migration, migrate } from './migrations.ts';
import { ReaderPool } from './reader-pool.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { StoreError, type StoreProblem, storeErrorOf } from './store-error.ts';
import type { Reader, SqlValue, Transaction, Writer } from './store-port.ts';
import { extendLog } from './wal-file.ts';

export interface StoreOptions {
  readonly path: string;
  readonly migrations: readonly Migration[];
  readonly programs: readonly Program[];
  readonly clock: Clock;
  readonly log: Logger;
}

export interface StoreHealth {
  readonly state: 'ok' | StoreProblem;
  readonly problem: string | null;
}

const healthy: StoreHealth = { state: 'ok', problem: null };
const retryMs = 2_000;
const readers = 3;
/** SQLite adds to its files by less than this at a time. */
const leastBytes = 256 * 1024;
/** A commit writes the pages it touches whole: small ones make a third of the bytes that pages of 16 KiB make. */
const pageBytes = 4_096;
/** The WAL is copied into the database when it has grown to this: long enough to gather, short enough to be quick. */
const logBytes = 24 * 1024 * 1024;
const checkpointPages = Math.floor(logBytes / pageBytes);

export class Store implements Reader, Writer {
  readonly path: string;
  /** Told when the health changes. */
  readonly onHealth = new EventSource<StoreHealth>();
  readonly #options: StoreOptions;
  #health: StoreHealth = healthy;
  #writer: GroupWriter | null = null;
  #readers: ReaderPool | null = null;
  #retry: Timer | null = null;
  #closed = false;
  #schemaVersion = 0;
  #engineVersion = '';

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.path = options.path;
  }

  static async open(options: StoreOptions): Promise<Store> {
    const store = new Store(options);
    await store.#open();
    return store;
  }

  get health(): StoreHealth {
    return this.#health;
  }
  get schemaVersion(): number {
    return this.#schemaVersion;
  }
  /** Version of SQLite. */
  get engineVersion(): string {
    return this.#engineVersion;
  }

  all<T>(sql: string, parameters?: readonly SqlValue[]): Promise<T[]> {
    return this.#readers?.all<T>(sql, parameters) ?? Promise.reject(this.#unusable());
  }
  get<T>(sql: string, parameters?: readonly SqlValue[]): Promise<T | undefined> {
    return this.#readers?.get<T>(sql, parameters) ?? Promise.reject(this.#unusable());
  }
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (!this.#writer || this.#health.state === 'damaged') return Promise.reject(this.#unusable());
    return this.#writer.transaction(work);
  }
  /** Rows for programs, in one transaction, synced. */
  submit(parts: readonly Part[]): Promise<void> {
    if (!this.#writer || this.#health.state === 'damaged') return Promise.reject(this.#unusable());
    return this.#writer.submit(parts);
  }

  /** As {@link submit}; answers what the programs of the parts say of all that was written with them. */
  submitAsking<T>(parts: readonly Part[]): Promise<readonly T[]> {
    if (!this.#writer || this.#health.state === 'damaged') return Promise.reject(this.#unusable());
    return this.#writer.submitAsking<T>(parts);
  }

  /** A check has found faults: nothing more is written. */
  reportDamage(faults: string): void {
    this.#noteError(new StoreError('damaged', faults));
  }

  /** Size of the database with its WAL, in bytes. */
  async sizeBytes(): Promise<number> {
    const sizes = await Promise.all(
      ['', '-wal'].map((suffix) =>
        stat(this.path + suffix).then(
          (file) => file.size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Free space on the disk of the database, in bytes. */
  async freeBytes(): Promise<number> {
    const disk = await statfs(dirname(this.path));
    return disk.bavail * disk.bsize;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#closeConnections();
  }

  async #open(): Promise<void> {
    try {
      const connection = await SqliteConnection.open(this.path, 'write');
      try {
        // FULL: each commit syncs the WAL. NORMAL would lose acknowledged mail at a power cut.
        await connection.exec(
          `PRAGMA busy_timeout = 5000; PRAGMA page_size = ${pageBytes}; PRAGMA auto_vacuum = INCREMENTAL;
           PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
           PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = ${checkpointPages};
           PRAGMA journal_size_limit = 67108864`,
        );
        const version = await connection.get<{ version: string }>('SELECT sqlite_version() AS version');
        this.#engineVersion = version?.version ?? '';
        this.#schemaVersion = await migrate(connection, this.#options.migrations);
        for (const program of this.#options.programs) await connection.exec(program.definition);
        await extendLog(this.path, logBytes).catch(() => undefined);
      } catch (error) {
        await connection.close().catch(() => undefined);
        throw error;
      }
      this.#readers = await ReaderPool.open(this.path, readers, (error) => this.#noteError(error));
      this.#writer = new GroupWriter(connection, (error) => this.#noteResult(error));
      this.#setHealth(healthy);
      this.#checkInBackground();
    } catch (error) {
      await this.#judge(storeErrorOf(error) ?? new StoreError('unavailable', errorText(error), error));
    }
  }

  /**
   * Looks at every page once after the start. It runs beside everything else: a database of many gigabytes must not
   * hold up the start, and a page that is really needed shows its damage by itself.
   */
  #checkInBackground(): void {
    const check = async () => {
      const rows = await this.all<{ quick_check: string }>('PRAGMA quick_check(10)');
      const faults = rows.map((row) => row.quick_check).filter((text) => text !== 'ok');
      if (faults.length > 0) this.#noteError(new StoreError('damaged', faults.join('; ')));
      else this.#options.log.debug('database checked', { path: this.path });
    };
    check().catch((error) => this.#noteError(error));
  }

  #noteResult(error: unknown): void {
    if (error !== undefined) this.#noteError(error);
    else if (this.#health.state === 'full' || this.#health.state === 'unavailable') this.#setHealth(healthy);
  }

  #noteError(error: unknown): void {
    void this.#judge(error);
  }

  async #judge(error: unknown): Promise<void> {
    const found = storeErrorOf(error);
    if (!found || this.#closed) return;
    // SQLite calls it an I/O error when the index of its WAL cannot grow on a full disk.
    const full = found.problem === 'unavailable' && (await this.#diskIsFull());
    const state = full ? 'full' : found.problem;
    const problem = full ? `no space left on the disk (${found.message})` : found.message;
    if (this.#health.state !== 'damaged') this.#setHealth({ state, problem });
    if (state !== 'damaged') this.#retryLater();
  }

  async #diskIsFull(): Promise<boolean> {
    return this.freeBytes().then(
      (bytes) => bytes < leastBytes,
      () => false,
    );
  }

  #setHealth(health: StoreHealth): void {
    const before = this.#health;
    if (before.state === health.state) return;
    this.#health = health;
    if (health.state === 'ok') this.#options.log.info('database is well again', { was: before.problem });
    else
      this.#options.log.error(`database is ${health.state}: no mail is taken`, {
        problem: health.problem,
        path: this.path,
      });
    this.onHealth.emit(health);
  }

  /** SMTP refuses mail before it writes anything, so something else must find out that writing works again. */
  #retryLater(): void {
    if (this.#retry || this.#closed) return;
    this.#retry = this.#options.clock.after(retryMs, () => {
      this.#retry = null;
      if (this.#closed || this.#health.state === 'ok' || this.#health.state === 'damaged') return;
      if (!this.#writer) void this.#open();
      else void this.#probe();
    });
  }

  async #probe(): Promise<void> {
    try {
      await this.transaction((tx) =>
        tx.run(
          `INSERT INTO settings (name, value) VALUES ('probe', ?1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          [this.#options.clock.now()],
        ),
      );
    } catch (error) {
      this.#noteError(error);
    }
  }

  #unusable(): StoreError {
    const { state, problem } = this.#health;
    return new StoreError(state === 'ok' ? 'unavailable' : state, problem ?? 'the database is not open');
  }

  async #closeConnections(): Promise<void> {
    // The writer last: whoever closes last copies the WAL into the database, and readers may not.
    await this.#readers?.close().catch(() => undefined);
    await this.#writer?.close().catch((error) => {
      this.#options.log.warn('database did not close', { error: errorText(error) });
    });
    this.#writer = null;
    this.#readers = null;
  }
}
