/**
 * Counters of all time. Those of processed, delivered and bounced messages are raised by the queue, in the
 * transactions in which these things happen; the others are raised here.
 */
import type { CounterName } from '../../shared/api/server.ts';
import type { Reader, Writer } from '../store/store-port.ts';

const sinceSetting = 'counters_since';

export class CountersStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  async totals(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#reader.all<{ name: string; value: number }>('SELECT name, value FROM counters');
    return new Map(rows.map(({ name, value }) => [name, value]));
  }

  /** When counting began, in ms since 1970: `now` when nobody has said so before. */
  async since(now: number): Promise<number> {
    const row = await this.#reader.get<{ value: number }>('SELECT value FROM settings WHERE name = ?', [
      sinceSetting,
    ]);
    if (row !== undefined) return row.value;
    await this.#writer.transaction((tx) =>
      tx.run('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', [
        sinceSetting,
        now,
      ]),
    );
    return now;
  }

  async add(counts: ReadonlyMap<CounterName, number>): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      for (const [name, n] of counts) {
        await tx.run(
          `INSERT INTO counters (name, value) VALUES (?, ?)
             ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
          [name, n],
        );
      }
    });
  }
}
