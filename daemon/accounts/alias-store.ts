/** Aliases on disk: a row for each address and target, both in their one form (see local-address.ts). */
import type { Reader, Transaction, Writer } from '../store/store-port.ts';

export interface StoredAlias {
  readonly address: string;
  readonly targets: readonly string[];
}

export class AliasStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Empty when there is no such alias. */
  targets(address: string): Promise<string[]> {
    return aliasTargets(this.#reader, address);
  }

  /** In the order of their addresses; of one domain, or all. */
  async list(domain: string | null): Promise<StoredAlias[]> {
    const rows = await this.#reader.all<{ address: string; target: string }>(
      `SELECT address, target FROM aliases
        WHERE ?1 IS NULL OR substr(address, instr(address, '@') + 1) = ?1 ORDER BY address, target`,
      [domain],
    );
    const aliases = new Map<string, string[]>();
    for (const { address, target } of rows) {
      const targets = aliases.get(address);
      if (targets === undefined) aliases.set(address, [target]);
      else targets.push(target);
    }
    return [...aliases].map(([address, targets]) => ({ address, targets }));
  }

  /** In place of the targets that it had. `check` runs in the same transaction and may throw. */
  async put(alias: StoredAlias, check: (tx: Transaction) => Promise<void>): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      await check(tx);
      await tx.run('DELETE FROM aliases WHERE address = ?', [alias.address]);
      for (const target of alias.targets) {
        await tx.run('INSERT INTO aliases (address, target) VALUES (?, ?)', [alias.address, target]);
      }
    });
  }

  /** False when there is no such alias. */
  async remove(address: string): Promise<boolean> {
    const { changes } = await this.#writer.transaction((tx) =>
      tx.run('DELETE FROM aliases WHERE address = ?', [address]),
    );
    return changes > 0;
  }
}

/** Empty when there is no such alias. */
export async function aliasTargets(reader: Reader, address: string): Promise<string[]> {
  const rows = await reader.all<{ target: string }>(
    'SELECT target FROM aliases WHERE address = ? ORDER BY target',
    [address],
  );
  return rows.map(({ target }) => target);
}
