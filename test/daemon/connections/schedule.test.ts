import { afterAll, describe, expect, it } from 'vitest';
import { nextRun } from '../../../daemon/connections/next-run.ts';
import { Schedule } from '../../../daemon/connections/schedule.ts';

// Before any time is made of a text.
const timeZone = process.env.TZ;
process.env.TZ = 'Europe/Berlin';
afterAll(() => {
  if (timeZone === undefined) delete process.env.TZ;
  else process.env.TZ = timeZone;
});

/** Local time. 2026-11-22 is a Sunday. */
const at = (text: string): number => new Date(text.replace(' ', 'T')).getTime();
const local = (ms: number | null | undefined): string | null => {
  if (ms === null || ms === undefined) return null;
  const two = (n: number) => String(n).padStart(2, '0');
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
};
const next = (schedule: string, after: string, last: string | null = null): string | null =>
  local(new Schedule(schedule).next(at(after), last === null ? null : at(last))?.at);

describe('a schedule', () => {
  it.each([
    ['every 15m', '2026-11-22 10:00', '2026-11-22 09:50', '2026-11-22 10:05'],
    ['every 15m', '2026-11-22 10:00', null, '2026-11-22 10:00'],
    ['every 5m on mon-fri 08:00-18:00', '2026-11-20 17:58', '2026-11-20 17:58', '2026-11-23 08:00'],
    ['every 5m on mon-fri 08:00-18:00', '2026-11-23 08:00', '2026-11-23 08:00', '2026-11-23 08:05'],
    ['every 30m 22:00-06:00', '2026-11-22 05:50', '2026-11-22 05:50', '2026-11-22 22:00'],
    ['every 30m on sat 22:00-06:00', '2026-11-22 05:00', '2026-11-22 05:00', '2026-11-22 05:30'],
    ['every 2h on sun', '2026-11-22 23:00', '2026-11-22 23:00', '2026-11-29 00:00'],
    ['every 5m on mon-fri 08:00-18:00; every 1h', '2026-11-22 10:00', '2026-11-22 10:00', '2026-11-22 11:00'],
    ['at 08:00,13:30', '2026-11-22 08:00', null, '2026-11-22 13:30'],
    ['at 08:00 on fri-mon', '2026-11-23 09:00', null, '2026-11-27 08:00'],
    ['cron */20 8-18 * * mon-fri', '2026-11-22 10:00', null, '2026-11-23 08:00'],
    // The clock is put back on 2026-10-25, and forward on 2026-03-29.
    ['at 08:00', '2026-10-24 09:00', null, '2026-10-25 08:00'],
    ['at 08:00', '2026-03-28 09:00', null, '2026-03-29 08:00'],
  ])('%s after %s (last run %s) is next due at %s', (schedule, after, last, expected) => {
    expect(next(schedule, after, last)).toBe(expected);
  });

  it('may be manual, or begin with messages that wait', () => {
    expect(new Schedule('manual')).toMatchObject({ manual: true, startsAtWaiting: null });
    const waiting = new Schedule('every 1h if 3 waiting; when 10 waiting');
    expect(waiting).toMatchObject({ manual: false, startsAtWaiting: 10 });
    expect(waiting.next(0, null)).toMatchObject({ atLeast: 3, reason: 'every 1h if 3 waiting' });
  });

  it.each([
    '',
    ';',
    'sometimes',
    'every',
    'every 1s',
    'every 15m on fools',
    'every 15m 08:00',
    'every 15m 25:00-26:00',
    'at 8',
    'at 08:00 fri',
    'cron x',
    'when waiting',
    'manual; every 1h',
    `${'every 1h;'.repeat(21)}`,
  ])('%j is refused', (text) => {
    expect(() => new Schedule(text)).toThrow(expect.objectContaining({ code: 'params.invalid' }));
  });
});

describe('the next run', () => {
  const now = at('2026-11-22 10:00');
  const connection = { enabled: true, scheduleAt: at('2026-11-22 09:00'), collectors: [], sender: null };
  const past = { lastStartedAt: at('2026-11-22 09:55'), passedOverAt: null };
  const surroundings = { now, running: true, pause: null };
  const hourly = new Schedule('every 1h');

  it('is when the schedule says, with the rule as its reason', () => {
    const found = nextRun(connection, hourly, past, surroundings);
    expect([local(found.at), found.reason]).toEqual(['2026-11-22 10:55', 'every 1h']);
  });

  it('is at once, once, after a time that was missed', () => {
    const found = nextRun(
      connection,
      hourly,
      { ...past, lastStartedAt: at('2026-11-20 10:00') },
      surroundings,
    );
    expect(found.at).toBeLessThanOrEqual(now);
    expect(found.reason).toMatch(/^every 1h; that of 2026-11-20T10:00:00.000Z was missed$/);
  });

  it('misses nothing of before the schedule was set', () => {
    const daily = new Schedule('at 08:00');
    expect(local(nextRun(connection, daily, { ...past, lastStartedAt: 0 }, surroundings).at)).toBe(
      '2026-11-23 08:00',
    );
  });

  it('does not wait for a last run that lies in the future of a clock that was set back', () => {
    const found = nextRun(
      connection,
      hourly,
      { ...past, lastStartedAt: at('2027-01-01 00:00') },
      surroundings,
    );
    expect(local(found.at)).toBe('2026-11-22 09:00');
  });

  it.each([
    [{ enabled: false }, {}, 'it is disabled'],
    [{}, { running: false }, 'the server is stopped'],
    [{}, { pause: { since: '', until: null, reason: 'disk' } }, 'collecting is paused (disk)'],
  ])('is not there, and why (%j, %j)', (ofConnection, ofServer, reason) => {
    expect(
      nextRun({ ...connection, ...ofConnection }, hourly, past, { ...surroundings, ...ofServer }),
    ).toEqual({ at: null, reason, atLeast: 0 });
  });

  it('is at the end of a pause when it would have been in it', () => {
    const until = new Date(at('2026-11-22 11:30')).toISOString();
    const found = nextRun(connection, hourly, past, {
      ...surroundings,
      pause: { since: '', until, reason: null },
    });
    expect([local(found.at), found.reason]).toEqual(['2026-11-22 11:30', 'collecting is paused until then']);
  });

  it('is put off while all that it has failed', () => {
    const failing = {
      id: 1,
      failures: 2,
      failingSince: at('2026-11-22 09:30'),
      retryAt: at('2026-11-22 12:00'),
      lastError: 'x',
    };
    const found = nextRun({ ...connection, collectors: [failing as never] }, hourly, past, surroundings);
    expect(local(found.at)).toBe('2026-11-22 12:00');
    expect(found.reason).toBe('every 1h; put off because it failed 2 times in a row, for 30m');
  });
});
