/** The audit on disk. Times in ms since 1970. */
import type { AuditEntry, AuditFilter } from '../../shared/api/audit.ts';
import { isoTime } from '../clock.ts';
import { likePattern } from '../store/like-pattern.ts';
import type { Reader, SqlValue, Writer } from '../store/store-port.ts';

export interface AuditRecord {
  readonly at: number;
  readonly method: string;
  readonly client: string;
  readonly user: string | null;
  readonly params: string;
  readonly outcome: string;
  readonly durationMs: number;
}

type Row = AuditRecord & { readonly id: number };

const purgeStep = 500;

export class AuditStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async add({ at, method, client, user, params, outcome, durationMs }: AuditRecord): Promise<void> {
    await this.#writer.transaction((tx) =>
      tx.run(
        `INSERT INTO audit (at, method, client, user, params, outcome, duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [at, method, client, user, params, outcome, durationMs],
      ),
    );
  }

  /** Newest first. */
  async list(filter: AuditFilter, limit: number, before: number | null): Promise<AuditEntry[]> {
    const terms = ['(?1 IS NULL OR id < ?1)'];
    const parameters: SqlValue[] = [before];
    const add = (term: string, ...values: SqlValue[]): void => {
      terms.push(term);
      parameters.push(...values);
    };
    if (filter.since !== undefined) add('at >= ?', Date.parse(filter.since));
    for (const column of ['method', 'user', 'client'] as const) {
      const pattern = filter[column];
      if (pattern !== undefined) add(`${column} LIKE ? ESCAPE '\\'`, likePattern(pattern));
    }
    if (filter.params !== undefined) add(`params LIKE ? ESCAPE '\\'`, likePattern(`*${filter.params}*`));
    if (filter.failed === true) add(`outcome <> 'done'`);
    const rows = await this.#reader.all<Row>(
      `SELECT id, at, method, client, user, params, outcome, duration_ms AS durationMs
         FROM audit WHERE ${terms.join(' AND ')} ORDER BY id DESC LIMIT ?`,
      [...parameters, limit],
    );
    return rows.map((row) => ({ ...row, at: isoTime(row.at) }));
  }

  /** Takes away what is older, in short steps; answers how many. */
  async removeBefore(at: number): Promise<number> {
    let removed = 0;
    for (;;) {
      const { changes } = await this.#writer.transaction((tx) =>
        tx.run('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ?)', [at, purgeStep]),
      );
      removed += changes;
      if (changes < purgeStep) return removed;
    }
  }
}
