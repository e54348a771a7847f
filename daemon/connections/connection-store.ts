/** Connections and their collectors on disk. Times in ms since 1970; passwords sealed. */
import type { Reader, SqlValue, Transaction, Writer } from '../store/store-port.ts';

export interface SenderValues {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly verify: boolean;
  /** Null: it lets us in without a login. */
  readonly user: string | null;
}

export interface CollectorValues {
  readonly protocol: 'pop3' | 'imap';
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly verify: boolean;
  readonly user: string;
  readonly folders: readonly string[];
  readonly keepDays: number | null;
  readonly byHeaders: boolean;
  readonly deliverTo: string;
}

export interface StoredCollector {
  readonly id: number;
  readonly values: CollectorValues;
  readonly secret: string;
  readonly lastError: string | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
}

export interface ConnectionValues {
  readonly name: string;
  readonly enabled: boolean;
  readonly isDefault: boolean;
  readonly fallbackId: number | null;
  readonly sending: 'at-once' | 'when-connected';
  readonly schedule: string;
  readonly scheduleAt: number;
  readonly sender: SenderValues | null;
  readonly secret: string | null;
}

export interface ConnectionTotals {
  readonly runs: number;
  readonly failedRuns: number;
  readonly collected: number;
  readonly collectedBytes: number;
  readonly sent: number;
}

export interface StoredConnection extends ConnectionValues {
  readonly id: number;
  readonly collectors: readonly StoredCollector[];
}

export interface CollectorOutcome {
  readonly lastError: string | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
}

interface Row extends Omit<ConnectionValues, 'enabled' | 'isDefault' | 'sender'> {
  readonly id: number;
  readonly enabled: number;
  readonly isDefault: number;
  readonly sender: string | null;
}

interface CollectorRow extends Omit<StoredCollector, 'values'> {
  readonly connectionId: number;
  readonly settings: string;
}

export class ConnectionStore {
  readonly #store: Reader & Writer;

  constructor(store: Reader & Writer) {
    this.#store = store;
  }

  /** In the order of their names. */
  async all(): Promise<StoredConnection[]> {
    const [rows, collectors] = await Promise.all([
      this.#store.all<Row>(
        `SELECT id, name, enabled, is_default AS isDefault, fallback_id AS fallbackId, sending, schedule,
                schedule_at AS scheduleAt, sender, secret
           FROM connections ORDER BY name`,
      ),
      this.#store.all<CollectorRow>(
        `SELECT id, connection_id AS connectionId, settings, secret, last_error AS lastError, failures,
                failing_since AS failingSince, retry_at AS retryAt
           FROM collectors ORDER BY id`,
      ),
    ]);
    return rows.map((row) => ({
      ...row,
      enabled: row.enabled !== 0,
      isDefault: row.isDefault !== 0,
      sender: row.sender === null ? null : (JSON.parse(row.sender) as SenderValues),
      collectors: collectors.filter(({ connectionId }) => connectionId === row.id).map(collectorOf),
    }));
  }

  async totals(id: number): Promise<ConnectionTotals> {
    const row = await this.#store.get<ConnectionTotals>(
      `SELECT runs, failed_runs AS failedRuns, collected, collected_bytes AS collectedBytes, sent
         FROM connections WHERE id = ?`,
      [id],
    );
    return row ?? { runs: 0, failedRuns: 0, collected: 0, collectedBytes: 0, sent: 0 };
  }

  add(
    values: ConnectionValues,
    collectors: readonly { readonly values: CollectorValues; readonly secret: string }[],
  ): Promise<void> {
    return this.#store.transaction(async (tx) => {
      if (values.isDefault) await tx.run('UPDATE connections SET is_default = 0');
      const { lastId } = await tx.run(
        `INSERT INTO connections (name, enabled, is_default, fallback_id, sending, schedule, schedule_at, sender, secret)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        columnsOf(values),
      );
      for (const { values, secret } of collectors) await insertCollector(tx, lastId, values, secret);
    });
  }

  change(id: number, values: ConnectionValues): Promise<void> {
    return this.#store.transaction(async (tx) => {
      if (values.isDefault) await tx.run('UPDATE connections SET is_default = 0');
      await tx.run(
        `UPDATE connections SET name = ?, enabled = ?, is_default = ?, fallback_id = ?, sending = ?, schedule = ?,
                schedule_at = ?, sender = ?, secret = ? WHERE id = ?`,
        [...columnsOf(values), id],
      );
    });
  }

  /** With its collectors, and with what is known of the messages that they collected. */
  remove(id: number): Promise<void> {
    return this.#store.transaction(async (tx) => {
      await tx.run('UPDATE connections SET fallback_id = NULL WHERE fallback_id = ?', [id]);
      await tx.run(
        'DELETE FROM collected_messages WHERE collector_id IN (SELECT id FROM collectors WHERE connection_id = ?)',
        [id],
      );
      await tx.run('DELETE FROM collectors WHERE connection_id = ?', [id]);
      await tx.run('DELETE FROM connection_runs WHERE connection_id = ?', [id]);
      await tx.run('DELETE FROM connections WHERE id = ?', [id]);
    });
  }

  addCollector(connectionId: number, values: CollectorValues, secret: string): Promise<void> {
    return this.#store.transaction((tx) => insertCollector(tx, connectionId, values, secret));
  }

  /** What failed before may do better now: it begins anew. */
  async changeCollector(id: number, values: CollectorValues, secret: string): Promise<void> {
    await this.#store.transaction((tx) =>
      tx.run(
        `UPDATE collectors SET settings = ?, secret = ?, last_error = NULL, failures = 0, failing_since = NULL,
                retry_at = NULL WHERE id = ?`,
        [JSON.stringify(values), secret, id],
      ),
    );
  }

  removeCollector(id: number): Promise<void> {
    return this.#store.transaction(async (tx) => {
      await tx.run('DELETE FROM collected_messages WHERE collector_id = ?', [id]);
      await tx.run('DELETE FROM collectors WHERE id = ?', [id]);
    });
  }

  async noteOutcome(collectorId: number, outcome: CollectorOutcome): Promise<void> {
    const { lastError, failures, failingSince, retryAt } = outcome;
    await this.#store.transaction((tx) =>
      tx.run(
        'UPDATE collectors SET last_error = ?, failures = ?, failing_since = ?, retry_at = ? WHERE id = ?',
        [lastError, failures, failingSince, retryAt, collectorId],
      ),
    );
  }
}

async function insertCollector(
  tx: Transaction,
  connectionId: number,
  values: CollectorValues,
  secret: string,
): Promise<void> {
  await tx.run('INSERT INTO collectors (connection_id, settings, secret) VALUES (?, ?, ?)', [
    connectionId,
    JSON.stringify(values),
    secret,
  ]);
}

const columnsOf = (values: ConnectionValues): SqlValue[] => [
  values.name,
  values.enabled ? 1 : 0,
  values.isDefault ? 1 : 0,
  values.fallbackId,
  values.sending,
  values.schedule,
  values.scheduleAt,
  values.sender === null ? null : JSON.stringify(values.sender),
  values.secret,
];

const collectorOf = ({ settings, ...row }: CollectorRow): StoredCollector => ({
  id: row.id,
  values: JSON.parse(settings) as CollectorValues,
  secret: row.secret,
  lastError: row.lastError,
  failures: row.failures,
  failingSince: row.failingSince,
  retryAt: row.retryAt,
});
