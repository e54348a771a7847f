/** Domains on disk: those that were added, and the catch-all addresses of those that the configuration names. */
import type { Reader, Transaction, Writer } from '../store/store-port.ts';

export interface StoredDomain {
  readonly name: string;
  readonly catchAll: string | null;
  /** False: of the configuration, here only for its catch-all. */
  readonly added: boolean;
}

export interface DomainUse {
  readonly accounts: number;
  readonly aliases: number;
}

const countsByDomain = (table: 'accounts' | 'aliases', what: string): string =>
  `SELECT substr(address, instr(address, '@') + 1) AS domain, count(${what}) AS n FROM ${table} GROUP BY 1`;

export class DomainStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async list(): Promise<StoredDomain[]> {
    const rows = await this.#reader.all<{ name: string; catchAll: string | null; added: number }>(
      'SELECT name, catch_all AS catchAll, added FROM domains ORDER BY name',
    );
    return rows.map(({ name, catchAll, added }) => ({ name, catchAll, added: added !== 0 }));
  }

  /** How many accounts and aliases each domain has. */
  async use(): Promise<ReadonlyMap<string, DomainUse>> {
    const [accounts, aliases] = await Promise.all([
      this.#reader.all<{ domain: string; n: number }>(countsByDomain('accounts', '*')),
      this.#reader.all<{ domain: string; n: number }>(countsByDomain('aliases', 'DISTINCT address')),
    ]);
    const use = new Map<string, DomainUse>();
    for (const { domain, n } of accounts) use.set(domain, { accounts: n, aliases: 0 });
    for (const { domain, n } of aliases) {
      use.set(domain, { accounts: use.get(domain)?.accounts ?? 0, aliases: n });
    }
    return use;
  }

  /** @param now Milliseconds since 1970. */
  async put({ name, catchAll, added }: StoredDomain, now: number): Promise<void> {
    await this.#writer.transaction((tx) =>
      tx.run(
        `INSERT INTO domains (name, catch_all, added, created_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET catch_all = excluded.catch_all, added = excluded.added`,
        [name, catchAll, added ? 1 : 0, now],
      ),
    );
  }

  /** Removes an added domain that nothing is in; says what is in it otherwise. Null: it is gone. */
  remove(name: string): Promise<DomainUse | null> {
    return this.#writer.transaction(async (tx) => {
      const accounts = await countIn(tx, 'accounts', name);
      const aliases = await countIn(tx, 'aliases', name);
      if (accounts > 0 || aliases > 0) return { accounts, aliases };
      await tx.run('DELETE FROM domains WHERE name = ?', [name]);
      return null;
    });
  }
}

async function countIn(tx: Transaction, table: 'accounts' | 'aliases', domain: string): Promise<number> {
  const row = await tx.get<{ n: number }>(
    `SELECT count(DISTINCT address) AS n FROM ${table} WHERE substr(address, instr(address, '@') + 1) = ?`,
    [domain],
  );
  return row?.n ?? 0;
}
