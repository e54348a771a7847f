import { describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import { Acknowledgements } from '../../../daemon/selftest/acknowledgements.ts';
import { type Check, type CheckResult, couldNotCheck, found, ok } from '../../../daemon/selftest/check.ts';
import { FindingsStore } from '../../../daemon/selftest/findings-store.ts';
import { SelfTest } from '../../../daemon/selftest/self-test.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { noStore } from '../../helpers/no-store.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';
import { until } from '../../helpers/until.ts';

const finding = (code: string, subject = 'x') => ({
  code,
  severity: 'warning' as const,
  subject,
  evidence: 'seen',
  remedy: 'help',
});

/** A check that comes to what the test says. */
const checkOf = (name: string, result: () => CheckResult | Promise<CheckResult>): Check => ({
  name,
  run: async () => result(),
});

async function world() {
  const clock = new FakeClock();
  const db = await openTestStore(await testFolder());
  const store = new FindingsStore(db, db);
  const make = (checks: readonly Check[]) =>
    new SelfTest({ checks, store, clock, log: nullLog.for('housekeeper') });
  return { clock, store, make };
}

describe('the self-test', () => {
  it('tells apart what is well, what is wrong, and what could not be checked', async () => {
    const { make } = await world();
    const test = make([
      checkOf('a', () => ok),
      checkOf('b', () => found([finding('b.wrong')])),
      checkOf('c', () => couldNotCheck('no network')),
      checkOf('d', () => Promise.reject(new Error('boom'))),
    ]);
    expect(test.checks()).toEqual([]);
    await test.run();
    expect(test.checks().map(({ name, outcome, detail }) => [name, outcome, detail])).toEqual([
      ['a', 'ok', ''],
      ['b', 'findings', ''],
      ['c', 'could_not_check', 'no network'],
      ['d', 'could_not_check', 'boom'],
    ]);
    expect(test.findings().map(({ code, severity, subject }) => [code, severity, subject])).toEqual([
      ['b.wrong', 'warning', 'x'],
      ['check.impossible', 'notice', 'c'],
      ['check.impossible', 'notice', 'd'],
    ]);
  });

  it('waits for no check longer than its deadline', async () => {
    const { clock, make } = await world();
    const test = make([checkOf('slow', () => new Promise(() => {})), checkOf('quick', () => ok)]);
    const run = test.run();
    await until(() => clock.pending > 0 && test.checks().length === 1);
    clock.advance(20_000);
    await run;
    expect(test.checks()).toMatchObject([
      { name: 'slow', outcome: 'could_not_check', detail: 'it took longer than 20 seconds' },
      { name: 'quick', outcome: 'ok' },
    ]);
  });

  it('remembers since when a finding holds, over a restart too, and forgets it when it has gone', async () => {
    const { clock, store, make } = await world();
    let wrong = true;
    const checks = [checkOf('a', () => (wrong ? found([finding('a.wrong')]) : ok))];
    const first = make(checks);
    await first.run();
    const since = first.findings()[0]?.since;
    clock.advance(3_600_000);
    const second = make(checks);
    await second.run();
    expect(second.findings()[0]?.since).toBe(since);
    wrong = false;
    await second.run();
    expect(await store.findings()).toEqual([]);
    wrong = true;
    await second.run();
    expect(second.findings()[0]?.since).toBe(new Date(clock.now()).toISOString());
  });

  it('keeps since when, while a check cannot look', async () => {
    const { clock, make } = await world();
    let result: CheckResult = found([finding('a.wrong')]);
    const test = make([checkOf('a', () => result)]);
    await test.run();
    const since = test.findings()[0]?.since;
    result = couldNotCheck('no network');
    clock.advance(60_000);
    await test.run();
    expect(test.findings()).toMatchObject([{ code: 'check.impossible' }]);
    result = found([finding('a.wrong')]);
    await test.run();
    expect(test.findings()).toMatchObject([{ code: 'a.wrong', since }]);
  });

  it('runs only the checks that are named', async () => {
    const { make } = await world();
    const test = make([checkOf('a', () => found([finding('a.wrong')])), checkOf('b', () => ok)]);
    await test.run(['a']);
    expect(test.checks().map(({ name }) => name)).toEqual(['a']);
    expect(test.findings(['b'])).toEqual([]);
    expect(test.findings(['a'])).toHaveLength(1);
  });

  it('works without a database', async () => {
    const test = new SelfTest({
      checks: [checkOf('a', () => found([finding('a.wrong')]))],
      store: new FindingsStore(noStore, noStore),
      clock: new FakeClock(),
      log: nullLog.for('housekeeper'),
    });
    await test.run();
    expect(test.findings()).toMatchObject([{ code: 'a.wrong' }]);
  });
});

describe('an acknowledgement', () => {
  it('holds until its date, for a subject or for all, over a restart', async () => {
    const { clock, store } = await world();
    const first = new Acknowledgements(store, clock);
    await first.add('dns.mx_missing', 'example.org', 3_600_000);
    await first.add('queue.old', null, 60_000);
    const second = new Acknowledgements(store, clock);
    await second.load();
    expect(second.until('dns.mx_missing', 'example.org')).toBe('2026-01-01T01:00:00.000Z');
    expect(second.until('dns.mx_missing', 'example.net')).toBeNull();
    expect(second.until('queue.old', 'whatever')).toBe('2026-01-01T00:01:00.000Z');
    clock.advance(60_000);
    expect(second.until('queue.old', 'whatever')).toBeNull();
  });

  it('is taken back with a time of 0', async () => {
    const { clock, store } = await world();
    const acknowledgements = new Acknowledgements(store, clock);
    await acknowledgements.add('queue.old', null, 60_000);
    await acknowledgements.add('queue.old', null, 0);
    expect(acknowledgements.until('queue.old', 'queue')).toBeNull();
    expect(await store.acknowledgements()).toEqual([]);
  });
});
