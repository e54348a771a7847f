/** Names that accounts have subscribed to; a name stays when its mailbox goes (RFC 3501 6.3.6). */
import type { Reader, Transaction } from '../store/store-port.ts';

/** More are refused: a client must not fill the database with names. */
const maxSubscriptions = 10_000;

export async function readSubscriptions(reader: Reader, accountId: number): Promise<string[]> {
  const rows = await reader.all<{ name: string }>(
    'SELECT name FROM subscriptions WHERE account_id = ?1 ORDER BY name',
    [accountId],
  );
  return rows.map(({ name }) => name);
}

/** False when there are too many. */
export async function addSubscription(tx: Transaction, accountId: number, name: string): Promise<boolean> {
  const row = await tx.get<{ n: number }>('SELECT count(*) AS n FROM subscriptions WHERE account_id = ?1', [
    accountId,
  ]);
  if ((row?.n ?? 0) >= maxSubscriptions) return false;
  await tx.run('INSERT INTO subscriptions (account_id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING', [
    accountId,
    name,
  ]);
  return true;
}

export async function removeSubscription(tx: Transaction, accountId: number, name: string): Promise<void> {
  await tx.run('DELETE FROM subscriptions WHERE account_id = ?1 AND name = ?2', [accountId, name]);
}
