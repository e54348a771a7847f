import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrations } from '../../../daemon/migrations.ts';
import { migrate } from '../../../daemon/store/migrations.ts';
import { SqliteConnection } from '../../../daemon/store/sqlite-connection.ts';
import { testMailboxes } from '../../helpers/test-mailboxes.ts';
import { testFolder } from '../../helpers/test-store.ts';

/** A database as the first version left it: two accounts, one with mail, part of it shared with the queue. */
async function firstVersion(): Promise<string> {
  const folder = await testFolder();
  const database = await SqliteConnection.open(join(folder, 'maild.sqlite'), 'write');
  await migrate(database, migrations.slice(0, 1));
  await database.exec(`
    INSERT INTO accounts (id, address, password_hash, created_at) VALUES (1, 'ann@example.org', 'x', 1), (2, 'bob@example.org', 'x', 1);
    INSERT INTO mailboxes (id, account_id, name, uid_validity, uid_next, messages, bytes, created_at)
    VALUES (1, 1, 'INBOX', 1000, 4, 2, 20, 1), (2, 2, 'INBOX', 1000, 1, 0, 0, 1);
    INSERT INTO contents (id, size, body, refs) VALUES (5, 10, 'a: b\r\n\r\nx\r\n', 1), (6, 10, 'c: d\r\n\r\ny\r\n', 1);
    INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date, return_path, delivered_to)
    VALUES (1, 1, 5, 10, 111, 'eve@example.net', 'ann@example.org'), (1, 3, 6, 10, 222, '', 'ann@example.org');
    PRAGMA foreign_keys = ON;`);
  await database.close();
  return folder;
}

describe('a database of the first version', () => {
  it('keeps its mail, with what clients need to know of it', async () => {
    const t = await testMailboxes({}, { folder: await firstVersion() });
    const headers = (path: string) => `Return-Path: <${path}>\r\nDelivered-To: ann@example.org\r\n`;
    expect(await t.contents(1, 'INBOX')).toEqual([
      `1: ${headers('eve@example.net')}a: b\r\n\r\nx\r\n`,
      `3: ${headers('')}c: d\r\n\r\ny\r\n`,
    ]);
    const bytes = headers('eve@example.net').length + headers('').length + 20;
    expect(await t.mailboxes.find(1, 'INBOX')).toMatchObject({
      ...{ uidValidity: 1000, uidNext: 4, messages: 2, unseen: 2, recent: 2, bytes, highestModseq: 1 },
    });
    expect(await t.append(1, 'INBOX')).toBe(4);
    const id = (await t.mailboxes.find(1, 'INBOX'))?.id ?? 0;
    await t.mailboxes.removeMessages(id, [1]);
    expect(await t.store.all('SELECT id, refs FROM contents ORDER BY id')).toEqual([
      { id: 6, refs: 1 },
      { id: 7, refs: 1 },
    ]);
    expect(await t.store.all('PRAGMA foreign_key_check')).toEqual([]);
  });

  it('gets the folders of the configuration once, at the first start', async () => {
    const folder = await firstVersion();
    const defaultFolders = () => [
      { name: 'Sent', specialUse: '\\Sent' as const },
      { name: 'Junk', specialUse: '\\Junk' as const },
    ];
    const t = await testMailboxes({ defaultFolders }, { folder });
    await t.mailboxes.start();
    const names = async (account: number) => (await t.mailboxes.list(account)).map(({ name }) => name);
    expect([await names(1), await names(2)]).toEqual([
      ['INBOX', 'Junk', 'Sent'],
      ['INBOX', 'Junk', 'Sent'],
    ]);
    expect(await t.mailboxes.subscriptions(2)).toEqual(['INBOX', 'Junk', 'Sent']);
    const all = [...(await t.mailboxes.list(1)), ...(await t.mailboxes.list(2))].filter(
      ({ name }) => name !== 'INBOX',
    );
    expect(new Set(all.map(({ uidValidity }) => uidValidity)).size).toBe(4);
    await t.mailboxes.remove(1, 'Sent');
    await t.mailboxes.start();
    expect(await names(1)).toEqual(['INBOX', 'Junk']);
    const again = await t.mailboxes.create(1, 'Sent');
    expect(Math.max(...all.map(({ uidValidity }) => uidValidity))).toBeLessThan(again.uidValidity);
  });
});
