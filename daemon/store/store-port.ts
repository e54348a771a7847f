/**
 * What `*-store.ts` files may ask of the database, and nothing else: SQL with bound parameters, read or written.
 *
 * There is one writer. Transactions that wait while another one is being synced share the next sync (group commit);
 * each stands alone under a savepoint, so that one that throws takes nothing of the others with it. Readers have
 * connections of their own and see the last commit.
 */
export type SqlValue = string | number | Buffer | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Reader {
  all<T>(sql: string, parameters?: readonly SqlValue[]): Promise<T[]>;
  get<T>(sql: string, parameters?: readonly SqlValue[]): Promise<T | undefined>;
}

export interface Transaction extends Reader {
  run(
    sql: string,
    parameters?: readonly SqlValue[],
  ): Promise<{ readonly changes: number; readonly lastId: number }>;
}

export interface Writer {
  /**
   * Runs `work` in a transaction and syncs. Throws what `work` throws (nothing is written then), or StoreError:
   * `store.full`, `store.damaged`, `store.unavailable`, all temporary.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}
