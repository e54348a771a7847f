import { copyFile, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SqliteConnection } from '../../../daemon/store/sqlite-connection.ts';
import { newMessage, testQueue } from '../../helpers/test-queue.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';

const insert = 'INSERT INTO settings (name, value) VALUES (?1, ?2)';

describe('the writer', () => {
  it('rolls back only the transaction that throws, though others share its commit', async () => {
    const store = await openTestStore(await testFolder());
    const fine = Array.from({ length: 10 }, (_, i) =>
      store.transaction((tx) => tx.run(insert, [`fine${i}`, i])),
    );
    const failing = store.transaction(async (tx) => {
      await tx.run(insert, ['failing', 1]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await Promise.all(fine);
    expect(await store.get('SELECT count(*) AS n FROM settings')).toEqual({ n: 10 });
  });

  it('serves whoever comes in the very moment a round ends', async () => {
    const store = await openTestStore(await testFolder());
    for (let i = 0; i < 200; i++) await store.transaction((tx) => tx.run(insert, [`n${i}`, i]));
    expect(await store.get('SELECT count(*) AS n FROM settings')).toEqual({ n: 200 });
  });

  it('reports a statement that does not compile instead of waiting for ever', async () => {
    const store = await openTestStore(await testFolder());
    await expect(store.transaction((tx) => tx.run('INSERT INTO nowhere VALUES (1)'))).rejects.toThrow(
      'no such table',
    );
    await expect(store.get('SELECT missing FROM settings')).rejects.toThrow('no such column');
    expect(store.health.state).toBe('ok');
  });

  it('syncs the WAL with every commit', async () => {
    const store = await openTestStore(await testFolder());
    const mode = await store.transaction((tx) => tx.get('PRAGMA synchronous'));
    expect(mode).toEqual({ synchronous: 2 });
  });
});

describe('a database in trouble', () => {
  it('that is not a database leaves the service up and says so', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'maild.sqlite'), 'this is no database, whatever its name says '.repeat(100));
    const store = await openTestStore(folder);
    expect(store.health).toMatchObject({ state: 'damaged' });
    await expect(store.transaction((tx) => tx.run(insert, ['x', 1]))).rejects.toMatchObject({
      code: 'store.damaged',
      temporary: true,
    });
    expect((await stat(join(folder, 'maild.sqlite'))).size).toBeGreaterThan(4_000);
  });

  it('that is of a newer maild is left alone', async () => {
    const folder = await testFolder();
    const connection = await SqliteConnection.open(join(folder, 'maild.sqlite'), 'write');
    await connection.exec('PRAGMA user_version = 999');
    await connection.close();
    const store = await openTestStore(folder);
    expect(store.health).toMatchObject({
      state: 'unavailable',
      problem: expect.stringContaining('newer maild'),
    });
  });

  it('is found out by the check after the start, and takes no more mail', async () => {
    const folder = await testFolder();
    const t = await testQueue(undefined, folder);
    for (let i = 0; i < 200; i++) await t.add({ body: `Subject: x\r\n\r\n${'y'.repeat(4000)}` });
    await t.store.close();
    // Pages in the middle of the file, as a bad disk would leave them.
    const file = await open(join(folder, 'maild.sqlite'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(65_536, 0xff), 0, 65_536, Math.floor(size / 2 / 4096) * 4096);
    await file.close();
    const store = await openTestStore(folder);
    if (store.health.state === 'ok') await new Promise((resolve) => store.onHealth.on(resolve));
    expect(store.health.state).toBe('damaged');
    await expect(store.submit([])).rejects.toMatchObject({ code: 'store.damaged' });
  });
});

describe('what a kill leaves', () => {
  it('is whole: every acknowledged message, and nothing half', async () => {
    const folder = await testFolder();
    const t = await testQueue(undefined, folder);
    const ids = await Promise.all(Array.from({ length: 30 }, () => t.add()));
    // The files as they are on disk while the database is open: what the next process would find.
    const copy = await testFolder();
    for (const name of ['maild.sqlite', 'maild.sqlite-wal'])
      await copyFile(join(folder, name), join(copy, name));
    const again = await testQueue(undefined, copy);
    expect(
      JSON.parse(await again.queue.list({}))
        .messages.map((message: { id: number }) => message.id)
        .sort(),
    ).toEqual(ids.sort());
  });

  it('message files that no row names are removed at the next start, the others kept', async () => {
    const folder = await testFolder();
    const t = await testQueue(undefined, folder);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, 'messages', '01'), { recursive: true });
    await mkdir(join(folder, 'messages', 'incoming'), { recursive: true });
    for (const name of ['01/1.eml', '01/101.eml', 'incoming/5.eml']) {
      await writeFile(join(folder, 'messages', name), 'Subject: x\r\n\r\nbody\r\n');
    }
    await t.queue.accept(newMessage(t.queue.nextId(), { file: join('messages', '01', '1.eml') }));
    await t.store.close();
    const again = await testQueue(undefined, folder);
    await expect(stat(join(folder, 'messages/01/1.eml'))).resolves.toBeDefined();
    await expect(stat(join(folder, 'messages/01/101.eml'))).rejects.toThrow('ENOENT');
    await expect(stat(join(folder, 'messages/incoming/5.eml'))).rejects.toThrow('ENOENT');
    await again.queue.verb('remove', { filter: {}, all: true }, 'test');
    await again.store.transaction((tx) => tx.run('UPDATE messages SET finished_at = 1'));
    expect(await again.queue.purge()).toBe(1);
    await expect(stat(join(folder, 'messages/01/1.eml'))).rejects.toThrow('ENOENT');
    await rm(folder, { recursive: true, force: true });
  });
});
