/** Mailboxes as accounts need them: made with an account, and gone with it. */
import type { Transaction } from '../store/store-port.ts';

/**
 * Makes the INBOX that local mail lands in.
 * @param now Milliseconds since 1970.
 */
export async function createInbox(tx: Transaction, accountId: number, now: number): Promise<void> {
  // RFC 3501 2.3.1.1: of two mailboxes of one name the later must have the larger UIDVALIDITY; seconds do that, and fit
  // into its 32 bits until 2106.
  await tx.run(
    `INSERT INTO mailboxes (account_id, name, uid_validity, uid_next, created_at) VALUES (?, 'INBOX', ?, 1, ?)`,
    [accountId, Math.floor(now / 1_000), now],
  );
}

/** Removes all mailboxes of an account; triggers give back the contents. Answers how many messages were in them. */
export async function removeAccountEntries(tx: Transaction, accountId: number): Promise<number> {
  const { changes } = await tx.run(
    'DELETE FROM mailbox_entries WHERE mailbox_id IN (SELECT id FROM mailboxes WHERE account_id = ?)',
    [accountId],
  );
  await tx.run('DELETE FROM mailboxes WHERE account_id = ?', [accountId]);
  return changes;
}
