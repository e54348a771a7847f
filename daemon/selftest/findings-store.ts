/** Findings and acknowledgements on disk. Times are milliseconds since 1970. */
import type { Reader, Writer } from '../store/store-port.ts';

export interface StoredFinding {
  readonly code: string;
  readonly subject: string;
  readonly since: number;
}

export interface StoredAcknowledgement {
  readonly code: string;
  /** Empty: whatever it is about. */
  readonly subject: string;
  readonly until: number;
}

export class FindingsStore {
  readonly #reader: Reader;
  readonly #writer: Writer;

  constructor(reader: Reader, writer: Writer) {
    this.#reader = reader;
    this.#writer = writer;
  }

  findings(): Promise<StoredFinding[]> {
    return this.#reader.all<StoredFinding>('SELECT code, subject, since FROM findings');
  }

  async change(added: readonly StoredFinding[], gone: readonly StoredFinding[]): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      for (const { code, subject } of gone) {
        await tx.run('DELETE FROM findings WHERE code = ? AND subject = ?', [code, subject]);
      }
      for (const { code, subject, since } of added) {
        await tx.run('INSERT OR REPLACE INTO findings (code, subject, since) VALUES (?, ?, ?)', [
          code,
          subject,
          since,
        ]);
      }
    });
  }

  acknowledgements(): Promise<StoredAcknowledgement[]> {
    return this.#reader.all<StoredAcknowledgement>('SELECT code, subject, until FROM acknowledgements');
  }

  /** In place of an earlier one; takes away those that have ended. */
  async acknowledge({ code, subject, until }: StoredAcknowledgement, now: number): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      await tx.run('INSERT OR REPLACE INTO acknowledgements (code, subject, until) VALUES (?, ?, ?)', [
        code,
        subject,
        until,
      ]);
      await tx.run('DELETE FROM acknowledgements WHERE until <= ?', [now]);
    });
  }
}
