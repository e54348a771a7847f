/** What lies in the mailboxes of a maild that does not run: the bytes of each message, in the order of their arrival. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteConnection } from '../../daemon/store/sqlite-connection.ts';

export async function mailboxContents(stateDir: string): Promise<string[]> {
  const database = await SqliteConnection.open(join(stateDir, 'maild.db'), 'read');
  try {
    const rows = await database.all<{ body: Buffer | null; file: string | null }>(
      `SELECT c.body, c.file FROM mailbox_entries AS e JOIN contents AS c ON c.id = e.content_id
        ORDER BY e.mailbox_id, e.uid`,
    );
    return rows.map(({ body, file }) => (body ?? readFileSync(join(stateDir, file ?? ''))).toString('latin1'));
  } finally {
    await database.close();
  }
}
