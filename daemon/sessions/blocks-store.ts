/** Blocks on disk. Times are milliseconds since 1970. */
import type { Reader, Writer } from '../store/store-port.ts';

export interface StoredBlock {
  readonly id: number;
  readonly kind: 'address' | 'user';
  /** An address or user in canonical form; `2001:db8::/64` for a network. */
  readonly value: string;
  readonly reason: string;
  readonly source: 'operator' | 'guessing';
  readonly createdAt: number;
  readonly until: number;
}

export class BlocksStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  list(): Promise<StoredBlock[]> {
    return this.#reader.all<StoredBlock>(
      'SELECT id, kind, value, reason, source, created_at AS createdAt, until FROM blocks ORDER BY id',
    );
  }

  /** The highest id ever given. */
  async lastId(): Promise<number> {
    const row = await this.#reader.get<{ seq: number }>(
      "SELECT seq FROM sqlite_sequence WHERE name = 'blocks'",
    );
    return row?.seq ?? 0;
  }

  /** In place of the one on the same address or user, if there is one. */
  async put(block: StoredBlock): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      await tx.run('DELETE FROM blocks WHERE kind = ? AND value = ?', [block.kind, block.value]);
      await tx.run(
        'INSERT INTO blocks (id, kind, value, reason, source, created_at, until) VALUES (?, ?, ?, ?, ?, ?, ?)',
        [block.id, block.kind, block.value, block.reason, block.source, block.createdAt, block.until],
      );
    });
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      for (const id of ids) await tx.run('DELETE FROM blocks WHERE id = ?', [id]);
    });
  }
}
