/** What is in a mailbox, read from the database of a maild that may be running. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SqliteConnection } from '../../daemon/store/sqlite-connection.ts';

export interface InboxEntry {
  readonly uid: number;
  readonly returnPath: string;
  readonly deliveredTo: string;
  readonly content: string;
}

interface Row {
  readonly uid: number;
  readonly return_path: string;
  readonly delivered_to: string;
  readonly body: Buffer | null;
  readonly file: string | null;
}

/** A mailbox of an account, oldest first. */
export async function readInbox(stateDir: string, account: string, folder = 'INBOX'): Promise<InboxEntry[]> {
  const database = await SqliteConnection.open(join(stateDir, 'maild.db'), 'read');
  try {
    const rows = await database.all<Row>(
      `SELECT uid, return_path, delivered_to, body, file FROM mailbox_entries
         JOIN mailboxes ON mailboxes.id = mailbox_id JOIN accounts ON accounts.id = account_id
         JOIN contents ON contents.id = content_id
        WHERE accounts.address = ? AND mailboxes.name = ? ORDER BY uid`,
      [account, folder],
    );
    return await Promise.all(rows.map((row) => entry(stateDir, row)));
  } finally {
    await database.close();
  }
}

async function entry(stateDir: string, row: Row): Promise<InboxEntry> {
  const body = row.body ?? (await readFile(join(stateDir, row.file ?? '')));
  return {
    uid: row.uid,
    returnPath: row.return_path,
    deliveredTo: row.delivered_to,
    content: body.toString('latin1'),
  };
}
