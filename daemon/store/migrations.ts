/**
 * Brings the database to the schema that this version knows, one transaction a step. Numbers rise by one; a step that
 * has been released is never changed, only followed by another.
 */
import type { SqliteConnection } from './sqlite-connection.ts';
import { StoreError } from './store-error.ts';

export interface Migration {
  readonly version: number;
  /** SQL texts, each of any number of statements. */
  readonly steps: readonly string[];
}

/** Answers the schema version reached. Throws StoreError when the database is of a newer maild. */
export async function migrate(
  connection: SqliteConnection,
  migrations: readonly Migration[],
): Promise<number> {
  const row = await connection.get<{ user_version: number }>('PRAGMA user_version');
  let version = row?.user_version ?? 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new StoreError(
      'unavailable',
      `the database has schema ${version}, this maild knows ${newest}: it was written by a newer maild, start that one`,
    );
  }
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    await connection.exec('BEGIN IMMEDIATE');
    try {
      for (const step of migration.steps) await connection.exec(step);
      await connection.exec(`PRAGMA user_version = ${migration.version}`);
      await connection.exec('COMMIT');
    } catch (error) {
      await connection.exec('ROLLBACK').catch(() => undefined);
      throw error;
    }
    version = migration.version;
  }
  return version;
}
