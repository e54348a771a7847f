import { describe, expect, it } from 'vitest';
import { flagBits } from '../../../daemon/mailboxes/message-flags.ts';
import { flagText, testMailboxes, uidsOf } from '../../helpers/test-mailboxes.ts';

const flags = (bits: number, ...keywords: string[]) => ({ bits, keywords });
const { seen, deleted, flagged } = flagBits;

async function inboxOf(messages: number, quota: number | null = null) {
  const t = await testMailboxes();
  const account = await t.account('ann@example.org', quota);
  for (let i = 0; i < messages; i++)
    await t.append(account, 'INBOX', { body: `Subject: ${i}\r\n\r\n${i}\r\n` });
  const view = await t.mailboxes.open(account, 'INBOX', { readOnly: false });
  const contents = () => t.store.all('SELECT id, refs FROM contents ORDER BY id');
  return { ...t, account, view, id: view.mailbox.id, contents };
}

describe('APPEND', () => {
  it('gives rising UIDs, flags and date, and counts', async () => {
    const t = await inboxOf(0);
    const message = (n: number) => ({
      content: { sizeBytes: 3, inline: Buffer.from(`${n}\r\n`), file: null, subject: null, messageId: null },
      flags: flags(n === 2 ? seen : 0, 'b', 'A', 'B'),
      internalDate: n,
      contentId: t.mailboxes.nextContentId(),
    });
    const { uids, uidValidity } = await t.mailboxes.append(t.account, 'inbox', [message(1), message(2)]);
    expect([uids, uidValidity]).toEqual([[1, 2], t.view.mailbox.uidValidity]);
    expect(t.view.sync({ expunges: true })).toEqual([{ kind: 'exists', count: 2, recent: 2 }]);
    expect([flagText(t.view.flagsAt(1)), flagText(t.view.flagsAt(2))]).toEqual(['A b', 'SA b']);
    expect(await t.mailboxes.find(t.account, 'INBOX')).toMatchObject({ messages: 2, unseen: 1, bytes: 6 });
  });

  it('takes all of it or nothing', async () => {
    const t = await inboxOf(0, 10);
    const message = (size: number) => ({
      content: { sizeBytes: size, inline: Buffer.alloc(size), file: null, subject: null, messageId: null },
      flags: flags(0),
      internalDate: 1,
      contentId: t.mailboxes.nextContentId(),
    });
    const refused = t.mailboxes.append(t.account, 'INBOX', [message(6), message(6)]);
    await expect(refused).rejects.toMatchObject({ code: 'mailbox.over_quota' });
    // One fits, and both are looked at before either is there.
    const both = await Promise.allSettled(
      [7, 7].map((size) => t.mailboxes.append(t.account, 'INBOX', [message(size)])),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await t.mailboxes.quota(t.account)).toEqual({ usedBytes: 7, limitBytes: 10, messages: 1 });
    await expect(t.append(t.account, 'Nowhere')).rejects.toMatchObject({ code: 'mailbox.not_found' });
    expect(await t.contents()).toHaveLength(1);
  });

  it('never gives an id of a content again, though its message has gone', async () => {
    const t = await inboxOf(2);
    await t.mailboxes.removeMessages(t.id, [1, 2]);
    const again = await testMailboxes({}, { folder: t.folder });
    expect(again.mailboxes.nextContentId()).toBe(3);
  });
});

describe('STORE', () => {
  it('replaces, adds and takes away flags and keywords, and counts what is unseen', async () => {
    const t = await inboxOf(2);
    const change = (how: 'set' | 'add' | 'remove', bits: number, ...keywords: string[]) =>
      t.mailboxes.changeFlags(t.id, [1], how, flags(bits, ...keywords), {});
    expect((await change('add', seen | flagged, 'One')).changed.map(flagText)).toEqual(['SFOne']);
    expect((await change('add', 0, 'ONE', 'two')).changed.map(flagText)).toEqual(['SFOne two']);
    expect((await change('remove', flagged, 'one')).changed.map(flagText)).toEqual(['Stwo']);
    expect(await t.mailboxes.find(t.account, 'INBOX')).toMatchObject({ unseen: 1 });
    expect((await change('set', deleted)).changed.map(flagText)).toEqual(['D']);
    expect(await t.mailboxes.find(t.account, 'INBOX')).toMatchObject({ unseen: 2 });
  });

  it('leaves alone what was changed later, and numbers only true changes', async () => {
    const t = await inboxOf(3);
    const before = t.view.highestModseq;
    await t.mailboxes.changeFlags(t.id, [2], 'add', flags(seen), {});
    const { changed, modified } = await t.mailboxes.changeFlags(t.id, [1, 2, 3, 99], 'add', flags(seen), {
      unchangedSince: before,
    });
    expect([changed.map(({ uid }) => uid), modified]).toEqual([[1, 3], [2]]);
    const after = t.view.highestModseq;
    expect(changed.map(({ modseq }) => modseq)).toEqual([after, after]);
    await t.mailboxes.changeFlags(t.id, [1, 2, 3], 'add', flags(seen), {});
    expect(t.view.highestModseq).toBe(after);
    const twice = await t.mailboxes.changeFlags(t.id, [3, 1, 3], 'remove', flags(seen), {
      unchangedSince: after,
    });
    expect([twice.changed.map(({ uid }) => uid), twice.modified]).toEqual([[1, 3], []]);
    expect((await t.mailboxes.changedSince(t.id, before, null)).map(({ uid }) => uid)).toEqual([2, 1, 3]);
    expect((await t.mailboxes.changedSince(t.id, before, [3])).map(({ uid }) => uid)).toEqual([3]);
  });

  it('refuses keywords without bound', async () => {
    const t = await inboxOf(1);
    const many = Array.from({ length: 101 }, (_, n) => `word${n}`);
    await expect(t.mailboxes.changeFlags(t.id, [1], 'add', flags(0, ...many), {})).rejects.toMatchObject({
      code: 'mailbox.too_many_keywords',
    });
    await expect(t.mailboxes.changeFlags(t.id, [1], 'add', flags(0, 'a b'), {})).rejects.toMatchObject({
      code: 'mailbox.invalid_keyword',
    });
  });
});

describe('COPY and MOVE', () => {
  it('share the content, and free it with the last message', async () => {
    const t = await inboxOf(2);
    await t.mailboxes.create(t.account, 'Archive');
    await t.mailboxes.changeFlags(t.id, [2], 'add', flags(seen, 'Work'), {});
    const copied = await t.mailboxes.copy(t.id, [2, 1, 77], t.account, 'Archive');
    expect(copied).toMatchObject({ from: [1, 2], to: [1, 2] });
    expect(await t.contents()).toEqual([
      { id: 1, refs: 2 },
      { id: 2, refs: 2 },
    ]);
    const archive = await t.mailboxes.open(t.account, 'Archive', { readOnly: false });
    expect([flagText(archive.flagsAt(1)), flagText(archive.flagsAt(2))]).toEqual(['', 'SWork']);
    const moved = await t.mailboxes.move(t.id, [1], t.account, 'Archive');
    expect(moved).toMatchObject({ from: [1], to: [3] });
    expect(t.view.sync({ expunges: true }).map(({ kind }) => kind)).toEqual(['expunged', 'flags']);
    expect(archive.sync({ expunges: true })).toEqual([{ kind: 'exists', count: 3, recent: 3 }]);
    await t.mailboxes.removeMessages(archive.mailbox.id, [1, 2, 3]);
    expect(await t.contents()).toEqual([{ id: 2, refs: 1 }]);
    const { highestModseq } = archive;
    expect(await t.mailboxes.copy(t.id, [77], t.account, 'Archive')).toMatchObject({ from: [], to: [] });
    expect(await t.mailboxes.move(t.id, [77], t.account, 'Archive')).toMatchObject({ from: [], to: [] });
    expect(await t.mailboxes.find(t.account, 'Archive')).toMatchObject({ highestModseq });
    await expect(t.mailboxes.copy(t.id, [2], t.account, 'Nowhere')).rejects.toMatchObject({
      code: 'mailbox.not_found',
    });
  });

  it('move within one mailbox to its end, under new UIDs', async () => {
    const t = await inboxOf(3);
    expect(await t.mailboxes.move(t.id, [1], t.account, 'INBOX')).toMatchObject({ from: [1], to: [4] });
    t.view.sync({ expunges: true });
    expect(uidsOf(t.view)).toEqual([2, 3, 4]);
  });

  it('copy no more than the quota allows, and move whatever there is', async () => {
    const t = await inboxOf(2, 40);
    await t.mailboxes.create(t.account, 'Archive');
    await expect(t.mailboxes.copy(t.id, [1, 2], t.account, 'Archive')).rejects.toMatchObject({
      code: 'mailbox.over_quota',
    });
    await t.mailboxes.move(t.id, [1, 2], t.account, 'Archive');
    expect(await t.mailboxes.quota(t.account)).toMatchObject({ messages: 2 });
  });
});

describe('EXPUNGE', () => {
  it('removes what is marked, all of it or only of some', async () => {
    const t = await inboxOf(4);
    await t.mailboxes.changeFlags(t.id, [1, 2, 4], 'add', flags(deleted), {});
    const before = t.view.highestModseq;
    expect(await t.mailboxes.expunge(t.id, [2, 3])).toEqual([2]);
    expect(await t.mailboxes.expunge(t.id, null)).toEqual([1, 4]);
    expect(await t.mailboxes.expunge(t.id, null)).toEqual([]);
    expect(await t.mailboxes.removedSince(t.id, before)).toEqual([1, 2, 4]);
    expect(await t.mailboxes.removedSince(t.id, before + 1)).toEqual([1, 4]);
    expect(await t.append(t.account, 'INBOX')).toBe(5);
  });

  it('remembers what was removed for a while, and says when it does not any more', async () => {
    const t = await inboxOf(0);
    await t.store.transaction(async (tx) => {
      await tx.run('INSERT INTO contents (id, size, body, refs) VALUES (1, 1, ?1, 30000)', [
        Buffer.from('x'),
      ]);
      await tx.run(
        `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 30000)
         INSERT INTO mailbox_entries (mailbox_id, uid, content_id, size, internal_date) SELECT ?1, n, 1, 1, 1 FROM n`,
        [t.id],
      );
      await tx.run('UPDATE mailboxes SET uid_next = 30001, messages = 30000, unseen = 30000, bytes = 30000');
    });
    const uids = Array.from({ length: 30_000 }, (_, n) => n + 1);
    const start = (await t.mailboxes.find(t.account, 'INBOX'))?.highestModseq ?? 0;
    for (let i = 0; i < 30; i++)
      await t.mailboxes.removeMessages(t.id, uids.slice(i * 1_000, (i + 1) * 1_000));
    expect(await t.mailboxes.removedSince(t.id, start)).toBeNull();
    expect(await t.mailboxes.removedSince(t.id, start + 29)).toEqual(uids.slice(29_000));
    expect((await t.mailboxes.removedSince(t.id, start + 20))?.length).toBe(10_000);
    const row = await t.store.get<{ n: number; removals: number }>(
      'SELECT (SELECT count(*) FROM mailbox_removals) AS n, removals FROM mailboxes',
    );
    expect(row?.n).toBeLessThanOrEqual(20_000);
    expect(row?.removals).toBe(row?.n);
    expect(await t.contents()).toEqual([]);
  });
});
