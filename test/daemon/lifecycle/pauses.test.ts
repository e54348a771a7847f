import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pauses } from '../../../daemon/lifecycle/pauses.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

let dir: string;
let clock: FakeClock;
const pauses = () => new Pauses(join(dir, 'pauses.json'), clock, nullLog.for('server'));
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maild-pauses-'));
  clock = new FakeClock(Date.UTC(2026, 0, 1));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a pause', () => {
  it('lasts until it is resumed, and says since when and why', () => {
    const one = pauses();
    one.pause(['delivering'], undefined, 'maintenance');
    clock.advance(86_400_000);
    expect(one.paused('delivering')).toBe(true);
    expect(one.paused('receiving')).toBe(false);
    expect(one.status()).toEqual({
      receiving: false,
      delivering: true,
      collecting: false,
      details: { delivering: { since: '2026-01-01T00:00:00.000Z', until: null, reason: 'maintenance' } },
    });
    one.resume(['delivering', 'receiving']);
    expect(one.status().details).toEqual({});
  });

  it('for a time ends by itself, and says so', () => {
    const one = pauses();
    const seen: unknown[] = [];
    one.changed.on((event) => seen.push(event));
    one.pause(['receiving', 'delivering'], 90_000, undefined);
    clock.advance(89_999);
    expect(one.paused('receiving')).toBe(true);
    clock.advance(1);
    expect(one.paused('receiving')).toBe(false);
    expect(clock.pending).toBe(0);
    expect(seen).toEqual([
      { part: 'receiving', paused: true },
      { part: 'delivering', paused: true },
      { part: 'receiving', paused: false },
      { part: 'delivering', paused: false },
    ]);
  });

  it('ends within a minute of the wall clock being set past its end', () => {
    const one = pauses();
    one.pause(['receiving'], 3_600_000, undefined);
    clock.jump(86_400_000);
    clock.advance(60_000);
    expect(one.paused('receiving')).toBe(false);
  });

  it('outlives the process, until its own end', () => {
    pauses().pause(['receiving'], 60_000, 'disk');
    pauses().pause(['collecting'], undefined, undefined);
    clock.advance(30_000);
    const second = pauses();
    expect(second.status().details.receiving).toEqual({
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T00:01:00.000Z',
      reason: 'disk',
    });
    clock.advance(30_000);
    expect(second.paused('receiving')).toBe(false);
    expect(pauses().status()).toMatchObject({ receiving: false, collecting: true });
    expect(statSync(join(dir, 'pauses.json')).mode & 0o777).toBe(0o600);
  });

  it('that went on after a change of its end began when it first began', () => {
    const one = pauses();
    one.pause(['receiving'], 60_000, undefined);
    clock.advance(10_000);
    one.pause(['receiving'], 60_000, 'longer');
    expect(one.status().details.receiving).toEqual({
      since: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T00:01:10.000Z',
      reason: 'longer',
    });
  });

  it('is not begun when it cannot be kept, and ends even when that cannot be written', () => {
    const one = pauses();
    one.pause(['receiving'], undefined, undefined);
    rmSync(dir, { recursive: true });
    expect(() => one.pause(['delivering'], undefined, undefined)).toThrow(/ENOENT/);
    expect(one.paused('delivering')).toBe(false);
    one.resume(['receiving']);
    expect(one.paused('receiving')).toBe(false);
    dir = mkdtempSync(join(tmpdir(), 'maild-pauses-'));
  });

  it('is forgotten when its file is damaged: mail flows', () => {
    writeFileSync(join(dir, 'pauses.json'), '{"receiving": 1}');
    expect(pauses().status().details).toEqual({});
  });
});
