/** Mailboxes on disk: made, found, renamed, removed. Names are in their one form, times in ms since 1970. */
import { inbox, separator } from '../../shared/mailbox-name.ts';
import type { Reader, Transaction } from '../store/store-port.ts';
import type { Mailbox, SpecialUse } from './mailboxes-port.ts';
import { dropEntries } from './removal-store.ts';
import { addSubscription } from './subscription-store.ts';

/** A mailbox that an account is made with. */
export interface Folder {
  readonly name: string;
  readonly specialUse: SpecialUse | null;
}

const columns = `
  id, account_id AS accountId, name, uid_validity AS uidValidity, uid_next AS uidNext, messages, unseen, bytes,
  CASE WHEN first_recent >= uid_next THEN 0 WHEN first_recent <= 1 THEN messages
       ELSE (SELECT count(*) FROM mailbox_entries WHERE mailbox_id = mailboxes.id AND uid >= first_recent)
  END AS recent,
  highest_modseq AS highestModseq, special_use AS specialUse, created_at AS createdAt`;

/** In the order of their names, INBOX first. */
export function readMailboxes(reader: Reader, accountId: number): Promise<Mailbox[]> {
  return reader.all<Mailbox>(
    `SELECT ${columns} FROM mailboxes WHERE account_id = ?1 ORDER BY name <> '${inbox}', name`,
    [accountId],
  );
}

export function findMailbox(reader: Reader, accountId: number, name: string): Promise<Mailbox | undefined> {
  return reader.get<Mailbox>(`SELECT ${columns} FROM mailboxes WHERE account_id = ?1 AND name = ?2`, [
    accountId,
    name,
  ]);
}

export async function countMailboxes(reader: Reader, accountId: number): Promise<number> {
  const row = await reader.get<{ n: number }>('SELECT count(*) AS n FROM mailboxes WHERE account_id = ?1', [
    accountId,
  ]);
  return row?.n ?? 0;
}

export async function insertMailbox(
  tx: Transaction,
  accountId: number,
  { name, specialUse }: Folder,
  now: number,
): Promise<void> {
  await tx.run(
    `INSERT INTO mailboxes (account_id, name, uid_validity, special_use, created_at) VALUES (?1, ?2, ?3, ?4, ?5)`,
    [accountId, name, await nextUidValidity(tx, now), specialUse, now],
  );
}

/**
 * RFC 3501 2.3.1.1: of two mailboxes of one name, at whatever time and however they came by it, the later has the larger
 * UIDVALIDITY. Seconds fit into its 32 bits until 2106; it rises all the same while a clock stands still or goes back.
 */
async function nextUidValidity(tx: Transaction, now: number): Promise<number> {
  const row = await tx.get<{ value: number }>(
    `INSERT INTO settings (name, value) VALUES ('last_uid_validity', ?1)
         ON CONFLICT (name) DO UPDATE SET value = max(value + 1, excluded.value) RETURNING value`,
    [Math.floor(now / 1_000)],
  );
  return row?.value ?? Math.floor(now / 1_000);
}

/**
 * Makes the INBOX that local mail lands in, and the others that the account is to begin with. It is subscribed to all of
 * them: programs that show nothing else would show nothing.
 */
export async function createMailboxes(
  tx: Transaction,
  accountId: number,
  folders: readonly Folder[],
  now: number,
): Promise<void> {
  for (const folder of [{ name: inbox, specialUse: null }, ...folders]) {
    await insertMailbox(tx, accountId, folder, now);
    await addSubscription(tx, accountId, folder.name);
  }
}

/** Gives accounts of a time when there was only an INBOX the others. Answers how many. */
export async function completeMailboxes(
  tx: Transaction,
  folders: readonly Folder[],
  now: number,
): Promise<number> {
  const due = await tx.get<{ value: number }>(`SELECT value FROM settings WHERE name = 'folders_due'`);
  if (due === undefined) return 0;
  const accounts = await tx.all<{ id: number }>('SELECT id FROM accounts WHERE id <= ?1', [due.value]);
  const first = await nextUidValidity(tx, now);
  const { changes } = await tx.run(
    `INSERT INTO mailboxes (account_id, name, uid_validity, special_use, created_at)
     SELECT a.id, f.value ->> 'name', ?2 + row_number() OVER (ORDER BY a.id, f.key), f.value ->> 'specialUse', ?3
       FROM accounts AS a JOIN json_each(?4) AS f WHERE a.id <= ?1
         ON CONFLICT DO NOTHING`,
    [due.value, first, now, JSON.stringify(folders)],
  );
  await tx.run(
    'INSERT INTO subscriptions (account_id, name) SELECT account_id, name FROM mailboxes WHERE account_id <= ?1',
    [due.value],
  );
  await tx.run(`UPDATE settings SET value = value + ?1 WHERE name = 'last_uid_validity'`, [
    accounts.length * folders.length,
  ]);
  await tx.run(`DELETE FROM settings WHERE name = 'folders_due'`);
  return changes;
}

/** Those in the levels below a name, in the order of their names. */
export function readBelow(reader: Reader, accountId: number, name: string): Promise<Mailbox[]> {
  return reader.all<Mailbox>(
    `SELECT ${columns} FROM mailboxes WHERE account_id = ?1 AND substr(name, 1, ?3) = ?2 ORDER BY name`,
    [accountId, name + separator, name.length + 1],
  );
}

export async function renameMailbox(tx: Transaction, mailboxId: number, name: string): Promise<void> {
  await tx.run('UPDATE mailboxes SET name = ?2 WHERE id = ?1', [mailboxId, name]);
}

/** With its messages; contents that nobody refers to any more go with them. */
export async function deleteMailbox(tx: Transaction, mailboxId: number): Promise<void> {
  await dropEntries(tx, 'mailbox_id = ?1', [mailboxId]);
  await tx.run('DELETE FROM mailboxes WHERE id = ?1', [mailboxId]);
}

/** Removes all mailboxes of an account, and its subscriptions. Answers how many messages were in them. */
export async function removeAccountEntries(tx: Transaction, accountId: number): Promise<number> {
  const messages = await dropEntries(tx, 'mailbox_id IN (SELECT id FROM mailboxes WHERE account_id = ?1)', [
    accountId,
  ]);
  await tx.run('DELETE FROM mailboxes WHERE account_id = ?1', [accountId]);
  await tx.run('DELETE FROM subscriptions WHERE account_id = ?1', [accountId]);
  return messages;
}

export interface Usage {
  readonly usedBytes: number;
  readonly limitBytes: number | null;
  readonly messages: number;
}

export function readUsage(reader: Reader, accountId: number): Promise<Usage | undefined> {
  return reader.get<Usage>(
    `SELECT quota_bytes AS limitBytes,
            (SELECT coalesce(sum(bytes), 0) FROM mailboxes WHERE account_id = accounts.id) AS usedBytes,
            (SELECT coalesce(sum(messages), 0) FROM mailboxes WHERE account_id = accounts.id) AS messages
       FROM accounts WHERE id = ?1`,
    [accountId],
  );
}
