/** Accounts on disk. Addresses are in their one form (see local-address.ts), times in ms since 1970. */
import { createMailboxes, type Folder, removeAccountEntries } from '../mailboxes/mailbox-store.ts';
import type { Reader, SqlValue, Transaction, Writer } from '../store/store-port.ts';

export interface StoredAccount {
  readonly id: number;
  readonly address: string;
  readonly passwordHash: string;
  readonly enabled: boolean;
  readonly quotaBytes: number | null;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
  readonly lastLoginFrom: string | null;
  /** In all of its mailboxes. */
  readonly messages: number;
  readonly bytes: number;
}

export interface NewAccount {
  readonly address: string;
  readonly passwordHash: string;
  readonly enabled?: boolean;
  readonly quotaBytes: number | null;
  readonly createdAt: number;
}

export interface AccountChanges {
  readonly passwordHash?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly quotaBytes?: number | null | undefined;
}

interface Row extends Omit<StoredAccount, 'enabled'> {
  readonly enabled: number;
}

const select = `
  SELECT id, address, password_hash AS passwordHash, enabled, quota_bytes AS quotaBytes, created_at AS createdAt,
         last_login_at AS lastLoginAt, last_login_from AS lastLoginFrom,
         (SELECT coalesce(sum(messages), 0) FROM mailboxes WHERE account_id = accounts.id) AS messages,
         (SELECT coalesce(sum(bytes), 0) FROM mailboxes WHERE account_id = accounts.id) AS bytes
    FROM accounts`;

const account = (row: Row): StoredAccount => ({ ...row, enabled: row.enabled !== 0 });

export class AccountStore {
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #folders: () => readonly Folder[];

  /** `folders`: what a new account gets beside its INBOX. */
  constructor(reader: Reader, writer: Writer, folders: () => readonly Folder[] = () => []) {
    this.#reader = reader;
    this.#writer = writer;
    this.#folders = folders;
  }

  async find(address: string): Promise<StoredAccount | undefined> {
    const row = await this.#reader.get<Row>(`${select} WHERE address = ?`, [address]);
    return row === undefined ? undefined : account(row);
  }

  /** The accounts behind `after` in the order of their addresses; null: from the first on. */
  page(after: string | null, limit: number): Promise<{ id: number; address: string }[]> {
    return this.#reader.all('SELECT id, address FROM accounts WHERE address > ? ORDER BY address LIMIT ?', [
      after ?? '',
      limit,
    ]);
  }

  /** Those of which so much of their quota or more is used (0 to 1), the fullest first. */
  fullest(share: number, limit: number): Promise<{ address: string; bytes: number; quotaBytes: number }[]> {
    return this.#reader.all(
      `SELECT address, bytes, quota_bytes AS quotaBytes
         FROM (SELECT address, quota_bytes,
                      (SELECT coalesce(sum(bytes), 0) FROM mailboxes WHERE account_id = accounts.id) AS bytes
                 FROM accounts WHERE quota_bytes IS NOT NULL)
        WHERE bytes >= quota_bytes * ? ORDER BY bytes * 1.0 / max(quota_bytes, 1) DESC, address LIMIT ?`,
      [share, limit],
    );
  }

  /** In the order of their addresses; of one domain, or all. */
  async list(domain: string | null): Promise<StoredAccount[]> {
    const rows = await this.#reader.all<Row>(
      `${select} WHERE ?1 IS NULL OR substr(address, instr(address, '@') + 1) = ?1 ORDER BY address`,
      [domain],
    );
    return rows.map(account);
  }

  /** With its mailboxes. `check` runs in the same transaction and may throw. */
  async add(values: NewAccount, check: (tx: Transaction) => Promise<void>): Promise<void> {
    const { address, passwordHash, quotaBytes, createdAt, enabled = true } = values;
    await this.#writer.transaction(async (tx) => {
      await check(tx);
      const { lastId } = await tx.run(
        'INSERT INTO accounts (address, password_hash, enabled, quota_bytes, created_at) VALUES (?, ?, ?, ?, ?)',
        [address, passwordHash, enabled ? 1 : 0, quotaBytes, createdAt],
      );
      await createMailboxes(tx, lastId, this.#folders(), createdAt);
    });
  }

  /** False when there is no such account. */
  async change(address: string, changes: AccountChanges): Promise<boolean> {
    const columns: [string, SqlValue][] = [];
    if (changes.passwordHash !== undefined) columns.push(['password_hash', changes.passwordHash]);
    if (changes.enabled !== undefined) columns.push(['enabled', changes.enabled ? 1 : 0]);
    if (changes.quotaBytes !== undefined) columns.push(['quota_bytes', changes.quotaBytes]);
    if (columns.length === 0) return (await this.find(address)) !== undefined;
    const assignments = columns.map(([column]) => `${column} = ?`).join(', ');
    const { changes: changed } = await this.#writer.transaction((tx) =>
      tx.run(`UPDATE accounts SET ${assignments} WHERE address = ?`, [
        ...columns.map(([, value]) => value),
        address,
      ]),
    );
    return changed > 0;
  }

  /** False when another hash than `from` is stored by now. */
  async replaceHash(id: number, from: string, to: string): Promise<boolean> {
    const { changes } = await this.#writer.transaction((tx) =>
      tx.run('UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?', [to, id, from]),
    );
    return changes > 0;
  }

  /** With its mailboxes. Answers its id and how many messages were in them; null when there is no such account. */
  remove(address: string): Promise<{ readonly id: number; readonly messages: number } | null> {
    return this.#writer.transaction(async (tx) => {
      const row = await tx.get<{ id: number }>('SELECT id FROM accounts WHERE address = ?', [address]);
      if (row === undefined) return null;
      const messages = await removeAccountEntries(tx, row.id);
      await tx.run('DELETE FROM accounts WHERE id = ?', [row.id]);
      return { id: row.id, messages };
    });
  }

  async setLastLogins(logins: ReadonlyMap<number, { at: number; from: string }>): Promise<void> {
    await this.#writer.transaction(async (tx) => {
      for (const [id, { at, from }] of logins) {
        await tx.run('UPDATE accounts SET last_login_at = ?, last_login_from = ? WHERE id = ?', [
          at,
          from,
          id,
        ]);
      }
    });
  }
}

/** Whether an account has this address, within a transaction. */
export async function accountExists(tx: Transaction, address: string): Promise<boolean> {
  return (await tx.get('SELECT 1 AS found FROM accounts WHERE address = ?', [address])) !== undefined;
}
