/** What the daily report tells, read from the tables of others. Times are milliseconds since 1970. */
import type { Reader, Writer } from '../../store/store-port.ts';

export interface NamedCount {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
}

export interface IdleAccount {
  readonly address: string;
  readonly lastLoginAt: number | null;
}

export interface ReportedCounters {
  readonly values: ReadonlyMap<string, number>;
  /** Null: no report has been made yet. */
  readonly at: number | null;
}

/** A long table helps nobody. */
const maxRows = 20;

export class ReportStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Mail that reached the accounts of ours, the busiest first. */
  incoming(since: number): Promise<NamedCount[]> {
    return this.#reader.all<NamedCount>(
      `SELECT r.address AS name, count(*) AS messages, sum(m.size) AS bytes
         FROM messages AS m JOIN recipients AS r ON r.message_id = m.id
        WHERE m.created_at >= ?1 AND r.state = 'delivered'
          AND EXISTS (SELECT 1 FROM attempts AS a
                       WHERE a.message_id = m.id AND a.n = r.n AND a.host = 'local')
        GROUP BY r.address ORDER BY messages DESC, name LIMIT ?2`,
      [since, maxRows],
    );
  }

  /** Mail that users sent, by login. */
  outgoing(since: number): Promise<NamedCount[]> {
    return this.#reader.all<NamedCount>(
      `SELECT source_user AS name, count(*) AS messages, sum(size) AS bytes FROM messages
        WHERE created_at >= ?1 AND source_user IS NOT NULL
        GROUP BY source_user ORDER BY messages DESC, name LIMIT ?2`,
      [since, maxRows],
    );
  }

  /** By envelope sender, whoever that is; reports, which have none, left out. */
  senders(since: number): Promise<NamedCount[]> {
    return this.#reader.all<NamedCount>(
      `SELECT lower(sender) AS name, count(*) AS messages, sum(size) AS bytes FROM messages
        WHERE created_at >= ?1 AND sender <> '' GROUP BY lower(sender) ORDER BY messages DESC, name LIMIT ?2`,
      [since, maxRows],
    );
  }

  /** Messages that came in each hour; hours without any are missing. */
  hours(since: number): Promise<{ hour: number; messages: number }[]> {
    return this.#reader.all<{ hour: number; messages: number }>(
      `SELECT CAST((created_at - ?1) / 3600000 AS INTEGER) AS hour, count(*) AS messages FROM messages WHERE created_at >= ?1
        GROUP BY 1 ORDER BY 1`,
      [since],
    );
  }

  /** Domains that mail waits for. */
  waiting(): Promise<NamedCount[]> {
    return this.#reader.all<NamedCount>(
      `SELECT r.domain AS name, count(DISTINCT r.message_id) AS messages, sum(m.size) AS bytes
         FROM recipients AS r JOIN messages AS m ON m.id = r.message_id
        WHERE r.state = 'pending' AND m.finished_at IS NULL
        GROUP BY r.domain ORDER BY messages DESC, name LIMIT ?`,
      [maxRows],
    );
  }

  /** Enabled accounts without a login since, those that never had one first. */
  idle(since: number): Promise<IdleAccount[]> {
    return this.#reader.all<IdleAccount>(
      `SELECT address, last_login_at AS lastLoginAt FROM accounts
        WHERE enabled = 1 AND created_at < ?1 AND coalesce(last_login_at, 0) < ?1
        ORDER BY coalesce(last_login_at, 0), address LIMIT ?2`,
      [since, maxRows],
    );
  }

  async reported(): Promise<ReportedCounters> {
    const rows = await this.#reader.all<{ name: string; value: number; at: number }>(
      'SELECT name, value, at FROM reported_counters',
    );
    return { values: new Map(rows.map(({ name, value }) => [name, value])), at: rows[0]?.at ?? null };
  }

  async setReported(values: ReadonlyMap<string, number>, at: number): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      for (const [name, value] of values) {
        await tx.run(
          `INSERT INTO reported_counters (name, value, at) VALUES (?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at`,
          [name, value, at],
        );
      }
    });
  }
}
