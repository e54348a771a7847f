import { describe, expect, it } from 'vitest';
import { Housekeeper } from '../../../daemon/housekeeper/housekeeper.ts';
import type { Task, TaskOutcome } from '../../../daemon/housekeeper/task.ts';
import { TaskStore } from '../../../daemon/housekeeper/task-store.ts';
import { nextRun } from '../../../daemon/housekeeper/timetable.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import type { TaskName } from '../../../shared/api/housekeeper.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';
import { until } from '../../helpers/until.ts';

const hour = 3_600_000;
const never: Record<TaskName, string> = {
  'daily-report': '',
  retention: '',
  database: '',
  certificate: '',
  'disk-space': '',
  'self-test': '',
};
const done: TaskOutcome = { result: 'ok', detail: 'done' };

/** A task whose runs a test lets end. */
class HeldTask implements Task {
  readonly name: TaskName;
  readonly summary = 'waits for the test';
  runs = 0;
  #end: ((outcome: TaskOutcome | Error) => void) | null = null;

  constructor(name: TaskName) {
    this.name = name;
  }

  run(): Promise<TaskOutcome> {
    this.runs += 1;
    return new Promise((resolve, reject) => {
      this.#end = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
  }

  async end(outcome: TaskOutcome | Error = done): Promise<void> {
    await until(() => this.#end !== null, `${this.name} to run`);
    this.#end?.(outcome);
    this.#end = null;
  }
}

async function housekeeping(schedules: Partial<Record<TaskName, string>>, folder?: string) {
  // At 11:30 local time, whatever the time zone of the machine.
  const clock = new FakeClock(new Date(2026, 0, 1, 11, 30).getTime());
  const db = await openTestStore(folder ?? (await testFolder()));
  const store = new TaskStore(db, db);
  const report = new HeldTask('daily-report');
  const retention = new HeldTask('retention');
  const make = (): Housekeeper =>
    new Housekeeper({
      tasks: [report, retention],
      schedules: () => ({ ...never, ...schedules }),
      store,
      clock,
      log: nullLog.for('housekeeper'),
    });
  return { clock, store, report, retention, make, housekeeper: make() };
}

describe('the timetable', () => {
  it('knows the next time after a moment, in local time, and never for an empty text', () => {
    const at = new Date(2026, 2, 3, 5, 59, 59).getTime();
    expect(nextRun('0 6 * * *', at)).toBe(new Date(2026, 2, 3, 6).getTime());
    expect(nextRun('0 6 * * *', at + 1_000)).toBe(new Date(2026, 2, 4, 6).getTime());
    expect(nextRun('', at)).toBeNull();
  });
});

describe('the housekeeper', () => {
  it('runs a task when its time has come, and tells when the next is', async () => {
    const { clock, housekeeper, report } = await housekeeping({ 'daily-report': '0 12 * * *' });
    housekeeper.start();
    clock.advance(29 * 60_000);
    await until(() => clock.pending > 0);
    expect(report.runs).toBe(0);
    expect(housekeeper.status()).toMatchObject({ state: 'idle', lastRunAt: null });
    expect(housekeeper.status().nextRunAt).toBe(new Date(2026, 0, 1, 12).toISOString());
    await until(() => {
      clock.advance(30_000);
      return report.runs === 1;
    });
    expect(housekeeper.status()).toMatchObject({ state: 'running', task: 'daily-report' });
    expect(housekeeper.list()[0]).toMatchObject({ name: 'daily-report', state: 'running' });
    await report.end();
    await until(() => housekeeper.status().state === 'idle');
    expect(housekeeper.list()[0]).toMatchObject({
      state: 'idle',
      lastResult: 'ok',
      lastDetail: 'done',
      nextRunAt: new Date(2026, 0, 2, 12).toISOString(),
    });
    await housekeeper.close();
  });

  it('makes up once for what passed while it was down', async () => {
    const { clock, make, housekeeper, report, retention } = await housekeeping({
      'daily-report': '0 12 * * *',
    });
    const first = housekeeper.run('daily-report', 'operator');
    await report.end();
    await first;
    await housekeeper.close();
    clock.advance(72 * hour);
    const again = make();
    again.start();
    await until(() => {
      clock.advance(15_000);
      return report.runs === 2;
    });
    await report.end();
    await until(async () => (await again.history('daily-report', 10)).length === 2);
    await until(async () => (await again.history('daily-report', 10))[0]?.result === 'ok');
    expect((await again.history('daily-report', 10))[0]).toMatchObject({ trigger: 'missed', result: 'ok' });
    clock.advance(60_000);
    expect(report.runs).toBe(2);
    expect(retention.runs).toBe(0);
    await again.close();
  });

  it('runs one task at a time, and one that fails does not keep the next from running', async () => {
    const { housekeeper, report, retention } = await housekeeping({});
    const both = [housekeeper.run('daily-report', 'operator'), housekeeper.run('retention', 'operator')];
    await until(() => report.runs === 1);
    expect(housekeeper.list().map(({ state }) => state)).toEqual(['running', 'waiting']);
    expect(retention.runs).toBe(0);
    await report.end(new Error('no ink'));
    await retention.end({ result: 'warning', detail: 'look' });
    expect(await Promise.all(both)).toMatchObject([
      { task: 'daily-report', result: 'failed', detail: 'no ink' },
      { task: 'retention', result: 'warning', detail: 'look' },
    ]);
  });

  it('joins a run that is going on', async () => {
    const { housekeeper, report } = await housekeeping({});
    const first = housekeeper.run('daily-report', 'operator');
    await until(() => report.runs === 1);
    const second = housekeeper.run('daily-report', 'operator');
    await report.end();
    expect(await second).toEqual(await first);
    expect(report.runs).toBe(1);
  });

  it('keeps the last 50 runs of each task', async () => {
    const { store } = await housekeeping({});
    for (let n = 0; n < 60; n += 1)
      await store.end(await store.begin('retention', 'schedule', n), n, 'ok', '');
    await store.begin('database', 'schedule', 5);
    const runs = await store.list(null, 500);
    expect(runs.filter(({ task }) => task === 'retention')).toHaveLength(50);
    expect(runs.filter(({ task }) => task === 'retention').at(-1)?.startedAt).toBe(10);
    expect(runs.filter(({ task }) => task === 'database')).toHaveLength(1);
  });

  it('survives a clock that is set back by a year', async () => {
    const { clock, housekeeper, report } = await housekeeping({ 'daily-report': '0 12 * * *' });
    const first = housekeeper.run('daily-report', 'operator');
    await report.end();
    await first;
    clock.jump(-365 * 24 * hour);
    expect(housekeeper.status().nextRunAt).toBe(new Date(2025, 0, 1, 12).toISOString());
  });

  it('knows no other tasks', async () => {
    const { housekeeper } = await housekeeping({});
    await expect(housekeeper.run('database', 'operator')).rejects.toMatchObject({
      code: 'housekeeper.unknown_task',
    });
  });
});
