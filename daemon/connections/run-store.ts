/** The runs of connections on disk: the last of each, and what all came to. Times in ms since 1970. */
import type { RunResult } from '../../shared/api/connections.ts';
import type { Reader, Writer } from '../store/store-port.ts';

export interface StoredRun {
  readonly id: number;
  readonly trigger: string;
  readonly startedAt: number;
  /** Null while it goes on. */
  readonly endedAt: number | null;
  readonly result: RunResult | null;
  readonly error: string | null;
  readonly collected: number;
  readonly collectedBytes: number;
  readonly sent: number;
}

const KEPT_RUNS = 50;
const columns = `id, trigger, started_at AS startedAt, ended_at AS endedAt, result, error, collected,
  collected_bytes AS collectedBytes, sent`;

export class RunStore {
  readonly #store: Reader & Writer;

  constructor(store: Reader & Writer) {
    this.#store = store;
  }

  /** Answers its id. */
  async begin(connectionId: number, trigger: string, startedAt: number): Promise<number> {
    const { lastId } = await this.#store.transaction((tx) =>
      tx.run('INSERT INTO connection_runs (connection_id, trigger, started_at) VALUES (?, ?, ?)', [
        connectionId,
        trigger,
        startedAt,
      ]),
    );
    return lastId;
  }

  async end(connectionId: number, run: StoredRun): Promise<void> {
    const { id, endedAt, result, error, collected, collectedBytes, sent } = run;
    await this.#store.transaction(async (tx) => {
      await tx.run(
        `UPDATE connection_runs SET ended_at = ?, result = ?, error = ?, collected = ?, collected_bytes = ?, sent = ?
          WHERE id = ?`,
        [endedAt, result, error, collected, collectedBytes, sent, id],
      );
      await tx.run(
        `UPDATE connections SET runs = runs + 1, failed_runs = failed_runs + ?, collected = collected + ?,
                collected_bytes = collected_bytes + ? WHERE id = ?`,
        [result === 'failed' ? 1 : 0, collected, collectedBytes, connectionId],
      );
      await tx.run(
        `DELETE FROM connection_runs WHERE connection_id = ?1
            AND id <= (SELECT id FROM connection_runs WHERE connection_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
        [connectionId, KEPT_RUNS],
      );
    });
  }

  /** Mail goes out between runs, too. */
  async addSent(connectionId: number, messages: number): Promise<void> {
    await this.#store.transaction((tx) =>
      tx.run('UPDATE connections SET sent = sent + ? WHERE id = ?', [messages, connectionId]),
    );
  }

  /** Newest first. */
  recent(connectionId: number): Promise<StoredRun[]> {
    return this.#store.all<StoredRun>(
      `SELECT ${columns} FROM connection_runs WHERE connection_id = ? ORDER BY id DESC LIMIT ?`,
      [connectionId, KEPT_RUNS],
    );
  }

  /** The newest run of each connection. */
  async latest(): Promise<ReadonlyMap<number, StoredRun>> {
    const rows = await this.#store.all<StoredRun & { readonly connectionId: number }>(
      `SELECT connection_id AS connectionId, ${columns} FROM connection_runs
        WHERE id IN (SELECT max(id) FROM connection_runs GROUP BY connection_id)`,
    );
    return new Map(rows.map((row) => [row.connectionId, row]));
  }

  /** Runs that the end of the service cut short; what they had collected is counted with the messages. */
  async endUnfinished(at: number): Promise<void> {
    await this.#store.transaction((tx) =>
      tx.run(
        `UPDATE connection_runs SET ended_at = ?, result = 'failed', error = 'the service ended during the run'
          WHERE ended_at IS NULL`,
        [at],
      ),
    );
  }
}
