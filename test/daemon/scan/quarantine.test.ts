import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import type { NewMessage } from '../../../daemon/queue/queue-port.ts';
import { Quarantine } from '../../../daemon/scan/quarantine.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { type MessageWish, newMessage, testQueue } from '../../helpers/test-queue.ts';

const day = 86_400_000;

async function testQuarantine() {
  const clock = new FakeClock();
  const t = await testQueue(clock);
  const released: NewMessage[] = [];
  const quarantine = new Quarantine({
    store: t.store,
    filePath: (file) => join(t.folder, file),
    released: (message) => {
      released.push(message);
      t.queue.announce(message);
    },
    keepMs: () => 30 * day,
    expireAfterMs: () => 5 * day,
    clock,
    log: nullLog.for('scan'),
  });
  const keep = async (wish: MessageWish = {}): Promise<number> => {
    const message = newMessage(t.queue.nextId(), wish);
    await quarantine.keep({ message, kind: 'virus', scanner: 'clamd', reason: 'Evil' }, []);
    return message.id;
  };
  const contents = async (): Promise<number> => (await t.store.all('SELECT id FROM contents')).length;
  const processed = async (): Promise<number> =>
    (await t.store.get<{ value: number }>(`SELECT value FROM counters WHERE name = 'processedMessages'`))
      ?.value ?? 0;
  return { ...t, clock, quarantine, keep, released, contents, processed };
}

describe('the quarantine', () => {
  it('keeps a message from the queue, and shows what was found', async () => {
    const t = await testQuarantine();
    const id = await t.keep({ to: ['bob@example.com'] });
    expect(await t.queue.counts()).toMatchObject({ total: 0 });
    expect(await t.quarantine.show(id)).toMatchObject({
      id,
      kind: 'virus',
      scanner: 'clamd',
      reason: 'Evil',
      from: 'ann@example.test',
      to: ['bob@example.com'],
      expiresAt: new Date(t.clock.now() + 30 * day).toISOString(),
    });
    const { data } = await t.quarantine.contentSlice(id);
    expect(Buffer.from(data, 'base64').toString()).toBe('Subject: hello\r\n\r\nhello\r\n');
    expect(await t.quarantine.count()).toEqual({ messages: 1, bytes: 25 });
  });

  it('is listed newest first, page by page', async () => {
    const t = await testQuarantine();
    const ids = [await t.keep(), await t.keep(), await t.keep()];
    const first = await t.quarantine.list({ limit: 2 });
    expect(first.messages.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const second = await t.quarantine.list({ limit: 2, cursor: first.next ?? '' });
    expect(second).toMatchObject({ messages: [{ id: ids[0] }], next: null });
    await expect(t.quarantine.list({ cursor: 'x' })).rejects.toMatchObject({ code: 'params.invalid' });
  });

  it('lets a message go into the queue under its own id, counted once', async () => {
    const t = await testQuarantine();
    const id = await t.keep({ to: ['bob@example.com'] });
    expect(await t.quarantine.release([id, 999], 'test/1')).toEqual({
      released: 1,
      notFound: [999],
      refused: [],
    });
    expect(await t.queue.show(id)).toMatchObject({ state: 'ready', to: ['bob@example.com'] });
    expect((await t.queue.content(id)).inline?.toString()).toBe('Subject: hello\r\n\r\nhello\r\n');
    expect(t.released.map((message) => message.id)).toEqual([id]);
    expect(await t.processed()).toBe(1);
    await expect(t.quarantine.show(id)).rejects.toMatchObject({ code: 'quarantine.not_found' });
  });

  it('lets a message go into an INBOX, and keeps it when that is gone', async () => {
    const t = await testQuarantine();
    await t.store.transaction(async (tx) => {
      await tx.run(
        `INSERT INTO accounts (id, address, password_hash, created_at) VALUES (1, 'bob@example.com', '', 0)`,
      );
      await tx.run(
        `INSERT INTO mailboxes (id, account_id, name, uid_validity, created_at) VALUES (1, 1, 'INBOX', 1, 0)`,
      );
    });
    const local = [{ accountId: 1, address: 'bob@example.com' }];
    const here = await t.keep({ to: [], local });
    expect(await t.quarantine.release([here], 'test/1')).toMatchObject({ released: 1 });
    expect(await t.store.get('SELECT messages FROM mailboxes WHERE id = 1')).toEqual({ messages: 1 });
    const gone = await t.keep({ to: [], local: [{ accountId: 2, address: 'eve@example.com' }] });
    expect(await t.quarantine.release([gone], 'test/1')).toMatchObject({
      released: 0,
      refused: [{ id: gone, reason: 'an account that it is for is gone' }],
    });
    expect(await t.quarantine.show(gone)).toMatchObject({ id: gone });
    expect(await t.processed()).toBe(2);
  });

  it('keeps the file of a large message through its release, and gives it back when it is removed', async () => {
    const t = await testQuarantine();
    mkdirSync(join(t.folder, 'messages', '07'), { recursive: true });
    const file = (n: number): string => {
      const name = join('messages', '07', `${n}.eml`);
      writeFileSync(join(t.folder, name), 'Subject: hello\r\n\r\nhello\r\n');
      return name;
    };
    const kept = await t.keep({ file: file(1) });
    const removed = await t.keep({ file: file(2) });
    await t.quarantine.release([kept], 'test/1');
    await t.quarantine.remove({ ids: [removed] }, 'test/1');
    await t.queue.purge();
    expect(existsSync(join(t.folder, 'messages', '07', '1.eml'))).toBe(true);
    expect(existsSync(join(t.folder, 'messages', '07', '2.eml'))).toBe(false);
    expect((await t.queue.content(kept)).path).toBe(join(t.folder, 'messages', '07', '1.eml'));
  });

  it('removes what is named, or all, and says what was not there', async () => {
    const t = await testQuarantine();
    const ids = [await t.keep(), await t.keep(), await t.keep()];
    expect(await t.quarantine.remove({ ids: [ids[0] ?? 0, 999] }, 'test/1')).toEqual({
      removed: 1,
      notFound: [999],
    });
    expect(await t.quarantine.remove({ all: true }, 'test/1')).toEqual({ removed: 2, notFound: [] });
    expect(await t.contents()).toBe(0);
    await expect(t.quarantine.remove({}, 'test/1')).rejects.toMatchObject({ code: 'params.invalid' });
  });

  it('lets go of what has been in it for too long', async () => {
    const t = await testQuarantine();
    await t.keep();
    t.clock.advance(20 * day);
    await t.keep();
    t.clock.advance(11 * day);
    expect(await t.quarantine.purge()).toBe(1);
    expect(await t.contents()).toBe(1);
  });

  it('has ids that the queue does not give again after a restart', async () => {
    const t = await testQuarantine();
    const id = await t.keep();
    const again = await testQueue(t.clock, t.folder);
    expect(again.queue.nextId()).toBe(id + 1);
  });
});
