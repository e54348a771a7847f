/**
 * The one writer. Whatever waits while a transaction is being synced goes into the next one together: that is group
 * commit, and why a hundred sessions that finish DATA at the same moment cost one sync.
 *
 * Two ways in. {@link GroupWriter.transaction} is for the odd change: its own code under a savepoint. {@link
 * GroupWriter.submit} is for the two hot ones, taking a message and recording an attempt: their rows are gathered and
 * written by one statement, whatever their number, because a trip to the SQLite thread costs more than the rows.
 */
import type { SqliteConnection } from './sqlite-connection.ts';
import { StoreError, storeErrorOf } from './store-error.ts';
import type { SqlValue, Transaction, Writer } from './store-port.ts';

/**
 * A statement that writes any number of rows: `?1` is a JSON array of them, `?2` the bytes that belong to them, one
 * after the other. What it has to do to several tables stands in a trigger on a view, so that it is one statement.
 */
export interface Program {
  /** Makes the view and its trigger: TEMP, so that they are of this version of maild and never of an older one. */
  readonly definition: string;
  readonly sql: string;
  /** Asked once the rows of a group are written; what comes of it goes to all who submitted them. */
  readonly answer?: string;
}

/** A row for a program. */
export interface Part {
  readonly program: Program;
  /** The row as JSON text, given where in the bytes of the group its own begin. */
  readonly row: (offset: number) => string;
  readonly bytes: Buffer | null;
}

interface Submission {
  readonly parts: readonly Part[];
  readonly work: ((tx: Transaction) => Promise<unknown>) | null;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A group holds at most this many submissions and bytes, so that one commit stays short and memory bounded. */
const maxGroupSubmissions = 512;
const maxGroupBytes = 16 * 1024 * 1024;
const noBytes = Buffer.alloc(0);

export class GroupWriter implements Writer {
  readonly #connection: SqliteConnection;
  readonly #onResult: (error: unknown) => void;
  #waiting: Submission[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  /** `onResult` is told of each group: undefined when it was synced, otherwise why not. */
  constructor(connection: SqliteConnection, onResult: (error: unknown) => void) {
    this.#connection = connection;
    this.#onResult = onResult;
  }

  /** Writes the parts in one transaction and syncs; all of them or none. */
  async submit(parts: readonly Part[]): Promise<void> {
    await this.#add(parts, null);
  }

  /** As {@link submit}; answers what the programs of the parts say of all that was written with them. */
  submitAsking<T>(parts: readonly Part[]): Promise<readonly T[]> {
    return this.#add(parts, null) as Promise<readonly T[]>;
  }

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#add([], work) as Promise<T>;
  }

  /** Writes what waits, then closes. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running) await this.#running;
    await this.#connection.close();
  }

  #add(parts: readonly Part[], work: Submission['work']): Promise<unknown> {
    if (this.#closed) return Promise.reject(new StoreError('unavailable', 'the database is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ parts, work, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    // Submissions of the same callback join the first group. It does not wait for those of other callbacks: the first
    // goes to the SQLite thread while this one still works, and they share the next sync.
    await null;
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    // In the same turn as the look at the line: whoever comes after it starts a new round.
    this.#running = null;
  }

  #takeGroup(): Submission[] {
    let bytes = 0;
    let n = 0;
    for (const submission of this.#waiting) {
      if (n === maxGroupSubmissions || (n > 0 && bytes > maxGroupBytes)) break;
      for (const part of submission.parts) bytes += part.bytes?.length ?? 0;
      n++;
    }
    return this.#waiting.splice(0, n);
  }

  async #writeGroup(group: readonly Submission[]): Promise<void> {
    const results = new Map<Submission, unknown>();
    const failed = new Map<Submission, unknown>();
    try {
      await this.#commit(group, results, failed);
    } catch (error) {
      const problem = storeErrorOf(error);
      this.#onResult(problem ?? error);
      if (problem || group.length === 1) {
        for (const submission of group) submission.reject(problem ?? error);
        return;
      }
      // One of them is at fault, not the database: each on its own, so that only that one fails.
      for (const submission of group) await this.#writeGroup([submission]);
      return;
    }
    this.#onResult(undefined);
    for (const submission of group) {
      if (failed.has(submission)) submission.reject(failed.get(submission));
      else submission.resolve(results.get(submission));
    }
  }

  async #commit(
    group: readonly Submission[],
    results: Map<Submission, unknown>,
    failed: Map<Submission, unknown>,
  ): Promise<void> {
    const batches = gather(group);
    const works = group.filter((submission) => submission.work !== null);
    // A single statement is a transaction of its own.
    if (works.length === 0 && batches.length === 1) {
      for (const batch of batches) await this.#runBatch(batch, group, results);
      return;
    }
    await this.#connection.run('BEGIN IMMEDIATE');
    try {
      for (const batch of batches) await this.#runBatch(batch, group, results);
      for (const submission of works) {
        // Alone it takes nothing of others with it when it fails, and a savepoint copies every page that it touches.
        if (group.length === 1) results.set(submission, await submission.work?.(this.#connection));
        else await this.#runWork(submission, results, failed);
      }
      await this.#connection.run('COMMIT');
    } catch (error) {
      // SQLite has rolled back by itself after some errors (FULL, IOERR): then this one fails, and is no matter.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #runBatch(
    { program, parameters }: Batch,
    group: readonly Submission[],
    results: Map<Submission, unknown>,
  ): Promise<void> {
    await this.#connection.run(program.sql, parameters);
    if (program.answer === undefined) return;
    const rows = await this.#connection.all(program.answer);
    for (const submission of group)
      if (submission.parts.some((part) => part.program === program)) results.set(submission, rows);
  }

  async #runWork(
    submission: Submission,
    results: Map<Submission, unknown>,
    failed: Map<Submission, unknown>,
  ) {
    await this.#connection.run('SAVEPOINT work');
    try {
      results.set(submission, await submission.work?.(this.#connection));
    } catch (error) {
      if (storeErrorOf(error)) throw error;
      await this.#connection.run('ROLLBACK TO work');
      failed.set(submission, error);
    }
    await this.#connection.run('RELEASE work');
  }
}

interface Batch {
  readonly program: Program;
  readonly parameters: readonly SqlValue[];
}

/** One statement for each program, with the rows of all submissions in order. */
function gather(group: readonly Submission[]): Batch[] {
  const byProgram = new Map<Program, { rows: string[]; bytes: Buffer[]; length: number }>();
  for (const submission of group) {
    for (const part of submission.parts) {
      let batch = byProgram.get(part.program);
      if (!batch) {
        batch = { rows: [], bytes: [], length: 0 };
        byProgram.set(part.program, batch);
      }
      batch.rows.push(part.row(batch.length));
      if (part.bytes) {
        batch.bytes.push(part.bytes);
        batch.length += part.bytes.length;
      }
    }
  }
  return [...byProgram].map(([program, { rows, bytes }]) => {
    const first = bytes[0];
    const body = bytes.length === 1 && first ? first : bytes.length === 0 ? noBytes : Buffer.concat(bytes);
    return { program, parameters: [`[${rows.join(',')}]`, body] };
  });
}
