import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseTask } from '../../../daemon/housekeeper/tasks/database.ts';
import { retentionTask } from '../../../daemon/housekeeper/tasks/retention.ts';
import { removeOldLogs } from '../../../daemon/log/log-retention.ts';
import { DatabaseUpkeep } from '../../../daemon/store/database-upkeep.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';

const signal = new AbortController().signal;
const day = 86_400_000;

describe('database', () => {
  it('copies the log, gives free pages back, and finds no faults', async () => {
    const store = await openTestStore(await testFolder());
    const upkeep = new DatabaseUpkeep(store, store.path);
    await store.transaction((tx) =>
      tx.run(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
         INSERT INTO settings SELECT 'row ' || i, zeroblob(20000) FROM n`,
      ),
    );
    await store.transaction((tx) => tx.run(`DELETE FROM settings WHERE name LIKE 'row %'`));
    expect((await upkeep.pageCounts()).free).toBeGreaterThan(300);
    const outcome = await databaseTask(upkeep, () => expect.unreachable()).run(signal);
    expect(outcome).toMatchObject({ result: 'ok', detail: expect.stringContaining('no faults') });
    expect((await upkeep.pageCounts()).free).toBe(0);
  });

  it('tells of damage, and fails', async () => {
    const told: string[] = [];
    const upkeep = {
      checkpoint: async () => ({ logPages: 0, copiedPages: 0 }),
      pageCounts: async () => ({ pages: 1, free: 0, pageBytes: 1 }),
      vacuum: async () => 0,
      faults: async () => ['row 3 missing from index x'],
    };
    const task = databaseTask(upkeep as unknown as DatabaseUpkeep, (faults) => told.push(faults));
    await expect(task.run(signal)).rejects.toMatchObject({ code: 'store.damaged' });
    expect(told).toEqual(['row 3 missing from index x']);
  });
});

describe('retention', () => {
  const purge = (what: string, gone: number) => ({ what, run: async () => gone });
  const failing = { what: 'log files', run: () => Promise.reject(new Error('EACCES')) };

  it('says what went', async () => {
    const task = retentionTask([purge('messages', 3), purge('log files', 0)], () => true);
    expect(await task.run(signal)).toEqual({ result: 'ok', detail: 'gone: 3 messages' });
  });

  it('goes on after a part that fails, and then says so', async () => {
    let ran = false;
    const last = {
      what: 'messages',
      run: async () => {
        ran = true;
        return 1;
      },
    };
    await expect(retentionTask([failing, last], () => true).run(signal)).rejects.toThrow('log files: EACCES');
    expect(ran).toBe(true);
  });

  it('leaves a database alone that is not well', async () => {
    expect(await retentionTask([failing], () => false).run(signal)).toMatchObject({ result: 'skipped' });
  });
});

describe('old log files', () => {
  it('go by age and by number, but never the one being written', async () => {
    const folder = await testFolder();
    const now = Date.now();
    const make = (name: string, ageDays: number): void => {
      const path = join(folder, name);
      writeFileSync(path, '');
      utimesSync(path, (now - ageDays * day) / 1_000, (now - ageDays * day) / 1_000);
    };
    make('maild.log', 99);
    make('maild.log.1', 1);
    make('maild.log.2', 40);
    make('maild.log.7', 1);
    make('other.log.1', 99);
    expect(await removeOldLogs(folder, { files: 5, keepMs: 30 * day }, now)).toBe(2);
    const left = ['maild.log', 'maild.log.1', 'maild.log.2', 'maild.log.7', 'other.log.1'].map((name) =>
      existsSync(join(folder, name)),
    );
    expect(left).toEqual([true, true, false, false, true]);
    expect(await removeOldLogs(join(folder, 'none'), { files: 5, keepMs: day }, now)).toBe(0);
  });
});
