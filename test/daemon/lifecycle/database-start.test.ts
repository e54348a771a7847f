import { describe, expect, it } from 'vitest';
import { EventSource } from '../../../daemon/events.ts';
import { DatabaseStart, type StartStep } from '../../../daemon/lifecycle/database-start.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import type { StoreHealth } from '../../../daemon/store/store.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../helpers/until.ts';

const well: StoreHealth = { state: 'ok', problem: null };
const full: StoreHealth = { state: 'full', problem: 'no room' };

/** A start of two steps, of which the first throws while `broken` is set. */
function start(health: StoreHealth) {
  const store = { health, onHealth: new EventSource<StoreHealth>() };
  const world = { broken: health.state !== 'ok', done: [] as string[] };
  const step = (name: string): StartStep => ({
    name,
    run: async () => {
      if (world.broken) throw new Error('not now');
      world.done.push(name);
    },
  });
  const clock = new FakeClock();
  const log = nullLog.for('queue');
  const databaseStart = new DatabaseStart(store, [step('one'), step('two')], clock, log);
  const become = (next: StoreHealth) => {
    store.health = next;
    store.onHealth.emit(next);
  };
  return { databaseStart, world, clock, become };
}

describe('what must be done before mail is taken', () => {
  it('is done at the start, once', async () => {
    const { databaseStart, world, become } = start(well);
    await databaseStart.begin();
    expect(world.done).toEqual(['one', 'two']);
    expect(databaseStart.problem()).toBeNull();
    become(full);
    expect(databaseStart.problem()).toEqual({ code: 'store.full' });
    become(well);
    expect(world.done).toEqual(['one', 'two']);
  });

  it('is done when the database is well again; until then no mail is taken', async () => {
    const { databaseStart, world, become } = start(full);
    await databaseStart.begin();
    expect(databaseStart.problem()).toEqual({ code: 'store.full' });
    world.broken = false;
    become(well);
    await until(() => databaseStart.problem() === null);
    expect(world.done).toEqual(['one', 'two']);
  });

  it('is tried again when it fails with a database that is well', async () => {
    const { databaseStart, world, clock } = start(well);
    world.broken = true;
    await databaseStart.begin();
    expect(databaseStart.problem()).toEqual({ code: 'store.unavailable' });
    world.broken = false;
    clock.advance(10_000);
    await until(() => databaseStart.problem() === null);
  });
});
