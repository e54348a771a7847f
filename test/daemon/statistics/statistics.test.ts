import { describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import { CountersStore } from '../../../daemon/statistics/counters-store.ts';
import { Statistics } from '../../../daemon/statistics/statistics.ts';
import type { Reader, Writer } from '../../../daemon/store/store-port.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { noStore } from '../../helpers/no-store.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';

const make = (store: Reader & Writer, clock: FakeClock): Statistics =>
  new Statistics(new CountersStore(store, store), clock, nullLog.for('server'));

describe('counters', () => {
  it('begin anew when the server starts, and go on in all', async () => {
    const clock = new FakeClock();
    const statistics = make(await openTestStore(await testFolder()), clock);
    statistics.add('rejectedMessages', 3);
    await statistics.read();
    clock.advance(5_000);
    await statistics.reset();
    statistics.add('rejectedMessages');
    statistics.add('spamMessages', 2);
    const { sinceStart, inAll } = await statistics.read();
    expect(sinceStart).toEqual({
      since: '2026-01-01T00:00:05.000Z',
      processedMessages: 0,
      virusesDetected: 0,
      spamMessages: 2,
      deliveredMessages: 0,
      bouncedMessages: 0,
      rejectedMessages: 1,
      collectedMessages: 0,
    });
    expect(inAll).toMatchObject({
      since: '2026-01-01T00:00:00.000Z',
      rejectedMessages: 4,
      spamMessages: 2,
    });
    await statistics.close();
  });

  it('outlive a restart, with the time when counting began', async () => {
    const folder = await testFolder();
    const clock = new FakeClock();
    const store = await openTestStore(folder);
    const before = make(store, clock);
    const { since } = (await before.read()).inAll;
    before.add('virusesDetected');
    before.add('collectedMessages', 7);
    await before.close();
    clock.advance(1_000_000);
    const after = make(store, clock);
    await after.reset();
    const { sinceStart, inAll } = await after.read();
    expect(inAll).toMatchObject({ since, virusesDetected: 1, collectedMessages: 7 });
    expect(sinceStart).toMatchObject({ virusesDetected: 0, collectedMessages: 0 });
  });

  it('of messages are what the queue wrote, since the start as in all', async () => {
    const store = await openTestStore(await testFolder());
    const statistics = make(store, new FakeClock());
    const deliver = (n: number) =>
      store.transaction((tx) =>
        tx.run("UPDATE counters SET value = value + ? WHERE name = 'deliveredMessages'", [n]),
      );
    await deliver(4);
    await statistics.reset();
    await deliver(3);
    const { sinceStart, inAll } = await statistics.read();
    expect(sinceStart.deliveredMessages).toBe(3);
    expect(inAll.deliveredMessages).toBe(7);
    await statistics.close();
  });

  it('are written by the clock, many at once, and not when nothing changed', async () => {
    const clock = new FakeClock();
    const store = await openTestStore(await testFolder());
    let writes = 0;
    const counting: Reader & Writer = {
      all: (sql, parameters) => store.all(sql, parameters),
      get: (sql, parameters) => store.get(sql, parameters),
      transaction: (work) => {
        writes += 1;
        return store.transaction(work);
      },
    };
    const statistics = make(counting, clock);
    for (let n = 0; n < 100; n += 1) statistics.add('rejectedMessages');
    expect(writes).toBe(0);
    clock.advance(1_000);
    expect(writes).toBe(1);
    expect(clock.pending).toBe(0);
    // Waits for what is on its way.
    expect((await statistics.read()).inAll.rejectedMessages).toBe(100);
    await statistics.close();
    expect(await store.get("SELECT value FROM counters WHERE name = 'rejectedMessages'")).toEqual({
      value: 100,
    });
  });

  it('wait in memory while the database cannot be written', async () => {
    const clock = new FakeClock();
    const store = await openTestStore(await testFolder());
    let broken = true;
    const flaky: Reader & Writer = {
      all: (sql, parameters) => store.all(sql, parameters),
      get: (sql, parameters) => store.get(sql, parameters),
      transaction: (work) => (broken ? noStore.transaction(work) : store.transaction(work)),
    };
    const statistics = make(flaky, clock);
    statistics.add('rejectedMessages', 2);
    clock.advance(1_000);
    expect((await statistics.read()).inAll.rejectedMessages).toBe(2);
    broken = false;
    statistics.add('rejectedMessages');
    await statistics.close();
    expect(await store.get("SELECT value FROM counters WHERE name = 'rejectedMessages'")).toEqual({
      value: 3,
    });
  });

  it('are shown although the database is gone', async () => {
    const statistics = make(noStore, new FakeClock());
    statistics.add('rejectedMessages');
    expect((await statistics.read()).inAll.rejectedMessages).toBe(1);
    expect((await statistics.read()).sinceStart.rejectedMessages).toBe(1);
  });
});
