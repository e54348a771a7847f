import { describe, expect, it } from 'vitest';
import { flagBits } from '../../../daemon/mailboxes/message-flags.ts';
import { structureOf } from '../../../daemon/mailboxes/structure/structure-of.ts';
import { flagText, testMailboxes, told, uidsOf } from '../../helpers/test-mailboxes.ts';
import { until } from '../../helpers/until.ts';

const seen = { bits: flagBits.seen, keywords: [] };
const deleted = { bits: flagBits.deleted, keywords: [] };

async function inboxOf(messages: number) {
  const t = await testMailboxes();
  const account = await t.account();
  for (let i = 0; i < messages; i++) await t.append(account, 'INBOX');
  const open = (readOnly = false) => t.mailboxes.open(account, 'INBOX', { readOnly });
  return { ...t, account, open };
}

describe('a view', () => {
  it('has the messages of its mailbox in the order of their UIDs', async () => {
    const t = await inboxOf(3);
    const view = await t.open();
    expect(view).toMatchObject({ count: 3, uidNext: 4, firstUnseen: 1, pending: false, gone: false });
    expect(uidsOf(view)).toEqual([1, 2, 3]);
    expect([view.seqOf(2), view.seqOf(4), view.uidAt(0), view.uidAt(4)]).toEqual([2, 0, 0, 0]);
  });

  it('hears at once of mail that was delivered', async () => {
    const t = await inboxOf(1);
    const view = await t.open();
    let news = 0;
    view.news.on(() => {
      news += 1;
    });
    await t.add({ to: [], local: [{ accountId: t.account, address: 'ann@example.org' }] });
    await until(() => news > 0);
    expect(view.count).toBe(1);
    expect(told(view)).toEqual(['2 EXISTS, 2 RECENT']);
    expect(view.pending).toBe(false);
  });

  it('is told of what others do, and not of what it did itself', async () => {
    const t = await inboxOf(3);
    const [mine, yours] = [await t.open(), await t.open()];
    const { id } = mine.mailbox;
    await t.mailboxes.changeFlags(id, [2], 'add', seen, { by: mine });
    expect([mine.pending, yours.pending]).toEqual([false, true]);
    expect(told(mine)).toEqual([]);
    expect(told(yours)).toEqual(['2 FETCH 2 S']);
    expect(flagText(mine.flagsAt(2))).toBe('S');
  });

  it('is told of a change by others even when it has changed the same message since', async () => {
    const t = await inboxOf(2);
    const [mine, yours] = [await t.open(), await t.open()];
    const { id } = mine.mailbox;
    await t.mailboxes.changeFlags(
      id,
      [1],
      'add',
      { bits: flagBits.flagged, keywords: ['$Label'] },
      { by: yours },
    );
    await t.mailboxes.changeFlags(id, [1, 2], 'add', seen, { by: mine });
    expect(told(mine)).toEqual(['1 FETCH 1 SF$Label']);
    expect(told(yours)).toEqual(['1 FETCH 1 SF$Label', '2 FETCH 2 S']);
  });

  it('keeps its sequence numbers until it may be told of removals', async () => {
    const t = await inboxOf(5);
    const [mine, yours] = [await t.open(), await t.open()];
    const { id } = mine.mailbox;
    await t.mailboxes.changeFlags(id, [2, 4], 'add', deleted, { by: mine });
    expect(yours.wholeUpTo).toBe(null);
    const before = yours.highestModseq;
    await t.mailboxes.expunge(id, [2]);
    await t.mailboxes.expunge(id, null);
    await t.append(t.account, 'INBOX');
    await t.mailboxes.changeFlags(id, [5], 'add', seen, { by: mine });
    expect(told(yours, false)).toEqual(['6 EXISTS, 1 RECENT', '5 FETCH 5 S']);
    expect(uidsOf(yours)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([yours.pending, yours.wholeUpTo]).toEqual([true, before]);
    expect(flagText(yours.flagsAt(5))).toBe('S');
    // Of the one that has gone nothing is known.
    expect([yours.modseqAt(4), yours.modseqAt(5)]).toEqual([1, yours.highestModseq]);
    expect(mine.modseqAt(4)).toBe(1);
    expect(told(yours)).toEqual(['2 EXPUNGE (2)', '3 EXPUNGE (4)']);
    expect(uidsOf(yours)).toEqual([1, 3, 5, 6]);
    expect(yours.wholeUpTo).toBe(null);
    expect(told(mine)).toEqual(['2 EXPUNGE (2)', '3 EXPUNGE (4)', '4 EXISTS, 3 RECENT']);
    expect(uidsOf(mine)).toEqual([1, 3, 5, 6]);
  });

  it('is the first to be told of what is recent, and the only one', async () => {
    const t = await inboxOf(2);
    const look = await t.open(true);
    expect([look.recent, look.isRecent(1)]).toEqual([2, true]);
    const first = await t.open();
    const second = await t.open();
    expect([first.recent, second.recent]).toEqual([2, 0]);
    await t.append(t.account, 'INBOX');
    expect([told(second), told(first)]).toEqual([['3 EXISTS, 1 RECENT'], ['3 EXISTS, 2 RECENT']]);
    expect([second.isRecent(3), first.isRecent(3), first.isRecent(1)]).toEqual([true, false, true]);
    expect(await t.mailboxes.find(t.account, 'INBOX')).toMatchObject({ recent: 0, messages: 3 });
  });

  it('is gone when its mailbox is removed, or its account', async () => {
    const t = await inboxOf(0);
    await t.mailboxes.create(t.account, 'Lists');
    const [lists, inbox] = [await t.mailboxes.open(t.account, 'Lists', { readOnly: false }), await t.open()];
    await t.mailboxes.remove(t.account, 'Lists');
    expect([lists.gone, lists.pending, inbox.gone]).toEqual([true, true, false]);
    t.mailboxes.endAccount(t.account);
    expect(inbox.gone).toBe(true);
  });

  it('finds a mailbox that was left as it is now', async () => {
    const t = await inboxOf(2);
    (await t.open()).close();
    await t.add({ to: [], local: [{ accountId: t.account, address: 'ann@example.org' }] });
    await t.mailboxes.removeMessages((await t.mailboxes.find(t.account, 'INBOX'))?.id ?? 0, [1]);
    expect(uidsOf(await t.open())).toEqual([2, 3]);
  });
});

it('tells the sizes of all messages, in the order of their UIDs', async () => {
  const { mailboxes, account, append } = await testMailboxes();
  const id = await account();
  const inbox = await mailboxes.find(id, 'INBOX');
  expect(await mailboxes.sizes(inbox?.id ?? 0)).toEqual({ uids: [], sizes: [] });
  for (const body of ['a', 'bb', 'ccc']) await append(id, 'INBOX', { body });
  await mailboxes.removeMessages(inbox?.id ?? 0, [2]);
  expect(await mailboxes.sizes(inbox?.id ?? 0)).toEqual({ uids: [1, 3], sizes: [1, 3] });
});

describe('a message that goes while its structure is made', () => {
  it('is passed over, and those behind it are not', async () => {
    const structure = structureOf(Buffer.from('Subject: x\r\n\r\nx\r\n'));
    const structures = {
      contentsStored: () => {},
      structuresOf: async (wishes: readonly { readonly contentId: number }[]) =>
        wishes.length === 3 ? [null] : wishes.map(() => structure),
    };
    const t = await testMailboxes({ structures });
    const account = await t.account();
    for (let n = 0; n < 3; n += 1) await t.append(account, 'INBOX');
    const view = await t.mailboxes.open(account, 'INBOX', { readOnly: true });
    const read: number[] = [];
    for await (const batch of t.mailboxes.read(view.mailbox.id, [1, 2, 3], {
      content: false,
      structure: true,
    })) {
      read.push(...batch.map(({ uid }) => uid));
    }
    expect(read).toEqual([2, 3]);
  });
});
