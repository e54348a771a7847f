import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { testMailboxes, told, uidsOf } from '../../helpers/test-mailboxes.ts';

async function account() {
  const t = await testMailboxes();
  const id = await t.account();
  const names = async () => (await t.mailboxes.list(id)).map(({ name }) => name);
  return { ...t, id, names };
}

describe('folders', () => {
  it('are made with the levels above them, and listed with INBOX first', async () => {
    const t = await account();
    await t.mailboxes.create(t.id, 'Zebra/a/b');
    await t.mailboxes.create(t.id, 'Archive', '\\Archive');
    expect(await t.names()).toEqual(['INBOX', 'Archive', 'Zebra', 'Zebra/a', 'Zebra/a/b']);
    expect(await t.mailboxes.find(t.id, 'Archive')).toMatchObject({ specialUse: '\\Archive', messages: 0 });
    await expect(t.mailboxes.create(t.id, 'Zebra/a')).rejects.toMatchObject({ code: 'mailbox.exists' });
    await expect(t.mailboxes.create(t.id, 'More', '\\Archive')).rejects.toMatchObject({
      code: 'mailbox.special_use',
    });
  });

  it('have one INBOX, whatever its case, and others whose case counts', async () => {
    const t = await account();
    await expect(t.mailboxes.create(t.id, 'iNbOx')).rejects.toMatchObject({ code: 'mailbox.exists' });
    await t.mailboxes.create(t.id, 'inbox/Old');
    await t.mailboxes.create(t.id, 'sent');
    await t.mailboxes.create(t.id, 'Sent');
    // e with an accent as one letter, and as two.
    await t.mailboxes.create(t.id, 'Caf\u00e9');
    await expect(t.mailboxes.create(t.id, 'Cafe\u0301')).rejects.toMatchObject({ code: 'mailbox.exists' });
    expect(await t.names()).toEqual(['INBOX', 'Caf\u00e9', 'INBOX/Old', 'Sent', 'sent']);
    expect(await t.mailboxes.find(t.id, 'INBOX/OLD')).toBeUndefined();
  });

  it.each([
    ['', 'nothing'],
    ['a//b', 'an empty level'],
    ['/a', 'an empty level'],
    ['a/', 'an empty level'],
    ['..', 'a way up'],
    ['INBOX/../other', 'a way up'],
    ['a\0b', 'a NUL'],
    ['a\x1b]52;c;eA==\x07', 'an escape sequence'],
    ['a\u202eb', 'text that reads backwards'],
    ['a\ud800', 'half a letter'],
    ['x'.repeat(256), 'a long level'],
    [Array(40).fill('x').join('/'), 'many levels'],
    [Array(20).fill('x'.repeat(60)).join('/'), 'a long name'],
  ])('are not made of %j: %s', async (name) => {
    const t = await account();
    await expect(t.mailboxes.create(t.id, name)).rejects.toMatchObject({ code: 'mailbox.invalid_name' });
    expect(await t.mailboxes.find(t.id, name)).toBeUndefined();
  });

  it('leave no trace of their names among files', async () => {
    const t = await account();
    for (const name of ['.../x', 'a.b', '~', 'con', '%2e%2e', '$(id)']) await t.mailboxes.create(t.id, name);
    for (const name of await t.names()) await t.append(t.id, name);
    expect(readdirSync(t.folder).filter((file) => !file.startsWith('maild.sqlite'))).toEqual([]);
  });

  it('are renamed with those below them; views stay with them', async () => {
    const t = await account();
    await t.mailboxes.create(t.id, 'a/b/c');
    await t.append(t.id, 'a/b');
    const view = await t.mailboxes.open(t.id, 'a/b', { readOnly: false });
    await t.mailboxes.rename(t.id, 'a', 'new/a2');
    expect(await t.names()).toEqual(['INBOX', 'new', 'new/a2', 'new/a2/b', 'new/a2/b/c']);
    expect(view.mailbox.name).toBe('new/a2/b');
    expect(await t.contents(t.id, 'new/a2/b')).toHaveLength(1);
    await expect(t.mailboxes.rename(t.id, 'new', 'new/x')).rejects.toMatchObject({
      code: 'mailbox.invalid_name',
    });
    await expect(t.mailboxes.rename(t.id, 'a', 'c')).rejects.toMatchObject({ code: 'mailbox.not_found' });
    await expect(t.mailboxes.rename(t.id, 'new/a2', 'INBOX')).rejects.toMatchObject({
      code: 'mailbox.exists',
    });
    expect(await t.names()).toHaveLength(5);
  });

  it('move the messages of INBOX away when it is renamed, and keep INBOX', async () => {
    const t = await account();
    for (let i = 0; i < 3; i++) await t.append(t.id, 'INBOX');
    const view = await t.mailboxes.open(t.id, 'INBOX', { readOnly: false });
    const before = view.mailbox.uidValidity;
    await t.mailboxes.rename(t.id, 'inbox', 'Old');
    expect(told(view)).toEqual(['1 EXPUNGE (1)', '1 EXPUNGE (2)', '1 EXPUNGE (3)']);
    const old = await t.mailboxes.open(t.id, 'Old', { readOnly: true });
    expect(uidsOf(old)).toEqual([1, 2, 3]);
    expect(await t.append(t.id, 'INBOX')).toBe(4);
    expect(await t.mailboxes.find(t.id, 'INBOX')).toMatchObject({ uidValidity: before, messages: 1 });
    expect(await t.store.all('SELECT DISTINCT refs FROM contents')).toEqual([{ refs: 1 }]);
  });

  it('go with their messages, but not INBOX and none with others below', async () => {
    const t = await account();
    await t.mailboxes.create(t.id, 'a/b');
    await t.append(t.id, 'a/b');
    await expect(t.mailboxes.remove(t.id, 'INBOX')).rejects.toMatchObject({ code: 'mailbox.invalid_name' });
    await expect(t.mailboxes.remove(t.id, 'a')).rejects.toMatchObject({ code: 'mailbox.has_children' });
    await t.mailboxes.remove(t.id, 'a/b');
    await t.mailboxes.remove(t.id, 'a');
    await expect(t.mailboxes.remove(t.id, 'a')).rejects.toMatchObject({ code: 'mailbox.not_found' });
    expect(await t.store.get('SELECT count(*) AS n FROM contents')).toEqual({ n: 0 });
    expect(await t.mailboxes.quota(t.id)).toEqual({ usedBytes: 0, limitBytes: null, messages: 0 });
  });

  it('are subscribed to by name, whether they are there or not', async () => {
    const t = await account();
    await t.mailboxes.subscribe(t.id, 'inbox', true);
    await t.mailboxes.subscribe(t.id, 'Nowhere', true);
    await t.mailboxes.subscribe(t.id, 'Nowhere', true);
    expect(await t.mailboxes.subscriptions(t.id)).toEqual(['INBOX', 'Nowhere']);
    await t.mailboxes.subscribe(t.id, 'Nowhere', false);
    expect(await t.mailboxes.subscriptions(t.id)).toEqual(['INBOX']);
  });
});

describe('UIDVALIDITY', () => {
  it('rises from one mailbox of a name to the next, while the clock stands still or goes back', async () => {
    const clock = new FakeClock();
    const t = await testMailboxes({}, { clock });
    const id = await t.account();
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      const { uidValidity } = await t.mailboxes.create(id, 'a');
      seen.push(uidValidity);
      await t.mailboxes.remove(id, 'a');
      if (i === 2) clock.jump(-86_400_000);
    }
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    const other = await t.mailboxes.create(id, 'b');
    await t.mailboxes.rename(id, 'b', 'a');
    expect((await t.mailboxes.find(id, 'a'))?.uidValidity).toBe(other.uidValidity);
    expect(other.uidValidity).toBeGreaterThan(Math.max(...seen));
  });
});
