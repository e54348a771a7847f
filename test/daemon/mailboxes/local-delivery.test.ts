import { describe, expect, it } from 'vitest';
import type { Folder } from '../../../daemon/mailboxes/mailbox-store.ts';
import { testMailboxes } from '../../helpers/test-mailboxes.ts';
import { newMessage } from '../../helpers/test-queue.ts';

const junk: Folder = { name: 'Spam', specialUse: '\\Junk' };
const named = (...names: string[]): Folder[] => names.map((name) => ({ name, specialUse: null }));

async function accountWith(folders: readonly Folder[]) {
  const t = await testMailboxes();
  const account = await t.account('ann@example.org', null, folders);
  const deliver = async (to: { folder?: string | null; junk?: boolean } = {}) => {
    const id = t.queue.nextId();
    const local = [{ accountId: account, address: 'ann@example.org', folder: to.folder ?? null }];
    await t.queue.accept({ ...newMessage(id, { to: [], local }), junk: to.junk ?? false });
    const { recipients } = await t.queue.show(id);
    return recipients[0]?.attempts[0]?.reply;
  };
  return { ...t, account, deliver };
}

describe('mail for an account', () => {
  it('goes to its INBOX, with Return-Path and Delivered-To in front, and counts as clients see it', async () => {
    const t = await accountWith([junk]);
    expect(await t.deliver()).toBe('delivered to INBOX');
    const text =
      'Return-Path: <ann@example.test>\r\nDelivered-To: ann@example.org\r\nSubject: hello\r\n\r\nhello\r\n';
    expect(await t.contents(t.account, 'INBOX')).toEqual([`1: ${text}`]);
    expect(await t.mailboxes.find(t.account, 'INBOX')).toMatchObject({
      messages: 1,
      unseen: 1,
      bytes: text.length,
      uidNext: 2,
    });
  });

  it('is put into Junk as spam, where there is one', async () => {
    const t = await accountWith([junk, ...named('Lists')]);
    expect(await t.deliver({ junk: true })).toBe('delivered to Spam');
    expect(await t.deliver({ junk: true, folder: 'Lists' })).toBe('delivered to Spam');
    const other = await accountWith(named('Junk'));
    expect(await other.deliver({ junk: true })).toBe('delivered to INBOX');
  });

  it.each([
    ['Lists', 'delivered to Lists'],
    ['lists', 'delivered to Lists'],
    ['WORK', 'delivered to WORK'],
    ['Work', 'delivered to Work'],
    ['Lists/maild', 'delivered to Lists/maild'],
    ['inbox', 'delivered to INBOX'],
    ['nothing', 'delivered to INBOX'],
    [`x' OR name = 'Work`, 'delivered to INBOX'],
  ])('to the folder %s of its address is %s', async (folder, reply) => {
    const t = await accountWith(named('Lists', 'Lists/maild', 'Work', 'WORK'));
    expect(await t.deliver({ folder })).toBe(reply);
  });

  it('is in each of the mailboxes of many accounts, once on disk', async () => {
    const t = await testMailboxes();
    const accounts = [await t.account(), await t.account(undefined, null, named('Lists')), await t.account()];
    const local = accounts.map((accountId) => ({
      accountId,
      address: `${accountId}@example.org`,
      folder: 'Lists',
    }));
    const id = await t.add({ to: [], local });
    const replies = (await t.queue.show(id)).recipients.map(({ attempts }) => attempts[0]?.reply);
    expect(replies).toEqual(['delivered to INBOX', 'delivered to Lists', 'delivered to INBOX']);
    expect(await t.store.all('SELECT id, refs FROM contents')).toEqual([{ id, refs: 3 }]);
  });
});
