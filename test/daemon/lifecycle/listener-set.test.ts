import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ListenerConfig } from '../../../daemon/config/config.ts';
import {
  type ListenerOpener,
  ListenerSet,
  ListenerUnavailableError,
} from '../../../daemon/lifecycle/listener-set.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../helpers/until.ts';

const listener = (port: number, protocol: ListenerConfig['protocol'] = 'smtp'): ListenerConfig => ({
  protocol,
  address: '127.0.0.1',
  port,
  tls: 'starttls',
});

/** Real sockets; `pop3` is not available, and `closed` has the configured ports in the order they were closed. */
function sockets() {
  const closed: number[] = [];
  let opened = 0;
  const opener: ListenerOpener = async (config) => {
    if (config.protocol === 'pop3') throw new ListenerUnavailableError('pop3');
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.port, config.address, resolve);
    });
    opened += 1;
    const bound = server.address();
    return {
      port: typeof bound === 'object' && bound !== null ? bound.port : 0,
      close: async () => {
        closed.push(config.port);
        await new Promise((resolve) => server.close(resolve));
      },
    };
  };
  return { opener, closed, opened: () => opened };
}

function setOf(configs: readonly ListenerConfig[]) {
  const clock = new FakeClock();
  const world = sockets();
  return { clock, ...world, set: new ListenerSet(configs, world.opener, clock, nullLog.for('server')) };
}

describe('listeners', () => {
  it('say which port they got, and that they are stopped before and after', async () => {
    const { set } = setOf([listener(0)]);
    expect(set.status()[0]).toMatchObject({ port: 0, error: 'stopped' });
    await set.open();
    expect(set.status()[0]?.port).toBeGreaterThan(0);
    expect(set.status()[0]?.error).toBeNull();
    await set.close(0);
    expect(set.status()[0]).toMatchObject({ port: 0, error: 'stopped' });
  });

  it('do without one that cannot listen, and try it again until it can', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { set, clock } = setOf([listener(port), listener(0)]);
    await set.open();
    expect(set.status().map(({ error }) => error)).toEqual(['the port is in use by another program', null]);
    expect(set.failures()).toMatchObject([{ retried: true, since: '2026-01-01T00:00:00.000Z' }]);
    clock.advance(30_000);
    await until(() => clock.pending === 1);
    expect(set.failures()[0]?.since).toBe('2026-01-01T00:00:00.000Z');
    await new Promise((resolve) => other.close(resolve));
    clock.advance(30_000);
    await until(() => set.failures().length === 0);
    expect(set.status()[0]).toMatchObject({ port, error: null });
    await set.close(0);
    expect(clock.pending).toBe(0);
  });

  it('of a protocol that this version does not have are shown and not tried again', async () => {
    const { set, clock } = setOf([listener(110, 'pop3')]);
    await set.open();
    expect(set.failures()).toMatchObject([
      { error: 'pop3 is not available in this version', retried: false },
    ]);
    expect(clock.pending).toBe(0);
    await set.close(0);
  });

  it('that stay the same in a new configuration are left alone', async () => {
    const { set, closed, opened } = setOf([listener(0), listener(0, 'submission')]);
    await set.open();
    const [kept] = set.status();
    await set.change([listener(0), { ...listener(0, 'submission'), tls: 'implicit' }], 0);
    expect(set.status()[0]).toEqual(kept);
    expect(set.status()[1]).toMatchObject({ tls: 'implicit', error: null });
    expect(opened()).toBe(3);
    expect(closed).toHaveLength(1);
    await set.close(0);
    expect(closed).toHaveLength(3);
  });

  it('are not opened by a new configuration while the server is stopped', async () => {
    const { set, opened } = setOf([]);
    await set.change([listener(0)], 0);
    expect(opened()).toBe(0);
    await set.open();
    expect(opened()).toBe(1);
    await set.close(0);
  });
});
