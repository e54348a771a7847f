import { beforeEach, describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import { Blocks } from '../../../daemon/sessions/blocks.ts';
import { BlocksStore } from '../../../daemon/sessions/blocks-store.ts';
import type { Session, SessionStart } from '../../../daemon/sessions/session.ts';
import { SessionKiller } from '../../../daemon/sessions/session-killer.ts';
import { SessionRegistry } from '../../../daemon/sessions/session-registry.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { noStore } from '../../helpers/no-store.ts';

let clock: FakeClock;
let registry: SessionRegistry;
let blocks: Blocks;
let killer: SessionKiller;
const reasons: string[] = [];
beforeEach(() => {
  clock = new FakeClock();
  const log = nullLog.for('server');
  blocks = new Blocks(new BlocksStore(noStore, noStore), clock, log);
  registry = new SessionRegistry(clock, blocks, log);
  killer = new SessionKiller(registry, blocks, clock, log);
  reasons.length = 0;
});

/** Ends as soon as it is asked to, as most do; or never. */
const open = (changes: Partial<SessionStart> = {}, ends = true): Session => {
  const session = registry.open({
    type: 'smtp',
    remoteAddress: '192.0.2.1',
    remotePort: 1,
    localPort: 25,
    state: 'ehlo',
    detail: 'Waiting',
    kill: (reason) => {
      reasons.push(reason);
      if (ends) session.end();
    },
    ...changes,
  });
  return session;
};

/** Lets the time pass that the killer waits for sessions which do not end. */
const patiently = async <T>(work: Promise<T>): Promise<T> => {
  await Promise.resolve();
  clock.advance(1_000);
  return work;
};

describe('killing sessions', () => {
  it('says of each what became of it', async () => {
    open();
    open({}, false);
    const { results } = await patiently(killer.kill({ filter: { ids: [1, 2, 3] }, reason: 'maintenance' }));
    expect(results).toEqual([
      { id: 1, outcome: 'ended' },
      { id: 2, outcome: 'ending' },
      { id: 3, outcome: 'not_found' },
    ]);
    expect(reasons).toEqual(['maintenance', 'maintenance']);
  });

  it('asks a session only once, however often it is killed', async () => {
    open({}, false);
    await patiently(killer.kill({ filter: { ids: [1] } }));
    const { results } = await patiently(killer.kill({ filter: { ids: [1] } }));
    expect(results).toEqual([{ id: 1, outcome: 'ending' }]);
    expect(reasons).toHaveLength(1);
  });

  it('reports a session as ended that took a moment to end', async () => {
    const session = open({}, false);
    const report = killer.kill({ filter: { ids: [1] } });
    await Promise.resolve();
    session.end();
    expect((await report).results).toEqual([{ id: 1, outcome: 'ended' }]);
    expect(clock.pending).toBe(0);
  });

  it('hits nothing without a condition, unless all are meant', async () => {
    open();
    open();
    expect((await killer.kill({ filter: {} })).results).toEqual([]);
    expect(registry.size).toBe(2);
    expect((await killer.kill({ filter: {}, all: true })).results).toHaveLength(2);
    expect(registry.size).toBe(0);
  });

  it('only tells what it would end when asked to', async () => {
    open();
    const report = await killer.kill({ filter: { types: ['smtp'] }, dryRun: true, blockSeconds: 60 });
    expect(report).toEqual({ results: [{ id: 1, outcome: 'would_end' }], blocks: [] });
    expect(registry.size).toBe(1);
    expect(blocks.list()).toEqual([]);
  });

  it('goes on with the others when one throws', async () => {
    open({
      kill: () => {
        throw new Error('socket is gone');
      },
    });
    open();
    const { results } = await patiently(killer.kill({ filter: { types: ['smtp'] } }));
    expect(results).toEqual([
      { id: 1, outcome: 'ending' },
      { id: 2, outcome: 'ended' },
    ]);
  });

  it('refuses the user of a session, or its address when nobody is logged in, and never ourselves', async () => {
    open().login('anna@example.org');
    open().login('anna@example.org');
    open({ remoteAddress: '192.0.2.7' });
    open({ type: 'smtp-client', remoteAddress: '192.0.2.8' });
    const report = await killer.kill({ filter: {}, all: true, blockSeconds: 60, reason: 'abuse' });
    expect(report.blocks).toMatchObject([
      { kind: 'user', value: 'anna@example.org', source: 'operator', reason: 'abuse' },
      { kind: 'address', value: '192.0.2.7', until: '2026-01-01T00:01:00.000Z' },
    ]);
    expect(registry.blocked('192.0.2.1', null)).toBeNull();
    expect(registry.blocked('192.0.2.1', 'anna@example.org')).toBe('abuse');
    expect(registry.blocked('192.0.2.7', null)).toBe('abuse');
    clock.advance(60_000);
    expect(registry.blocked('192.0.2.7', null)).toBeNull();
  });
});
