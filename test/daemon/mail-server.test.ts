import { describe, expect, it } from 'vitest';
import { ListenerSet } from '../../daemon/lifecycle/listener-set.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import { MailServer } from '../../daemon/mail-server.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

/** A server with one worker whose stop ends when `finish` is called. */
function serverWithWorker(fail = false) {
  const clock = new FakeClock();
  const log = nullLog.for('server');
  const story: string[] = [];
  let finish = () => {};
  const worker = {
    name: 'delivery',
    start: () => {
      story.push('start');
      if (fail) throw new Error('no');
    },
    stop: (drainMs: number) => {
      story.push(`stop within ${drainMs}`);
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
  };
  const listeners = new ListenerSet([], () => Promise.reject(new Error('none')), clock, log);
  const started = async () => void story.push('counters anew');
  const server = new MailServer({ listeners, workers: [worker], started, clock, log });
  server.changed.on((state) => story.push(state));
  return { server, story, finish: () => finish() };
}

describe('the server', () => {
  it('starts its workers and says since when it runs', async () => {
    const { server, story } = serverWithWorker();
    expect(server.startedAt).toBeNull();
    await expect(server.start()).resolves.toEqual({ state: 'running', changed: true });
    await expect(server.start()).resolves.toEqual({ state: 'running', changed: false });
    expect(story).toEqual(['starting', 'counters anew', 'start', 'running']);
    expect(server.startedAt).toBe('2026-01-01T00:00:00.000Z');
  });

  it('is stopping until what is in flight has ended', async () => {
    const { server, story, finish } = serverWithWorker();
    await server.start();
    const stopped = server.stop('maintenance', 5_000);
    await Promise.resolve();
    await Promise.resolve();
    expect(server.state).toBe('stopping');
    finish();
    await expect(stopped).resolves.toEqual({ state: 'stopped', changed: true });
    await expect(server.stop()).resolves.toEqual({ state: 'stopped', changed: false });
    expect(story.slice(4)).toEqual(['stopping', 'stop within 5000', 'stopped']);
    expect(server.startedAt).toBeNull();
  });

  it('starts after a stop that is still going on', async () => {
    const { server, finish } = serverWithWorker();
    await server.start();
    const stopped = server.stop();
    const started = server.start();
    await Promise.resolve();
    await Promise.resolve();
    finish();
    await expect(stopped).resolves.toMatchObject({ state: 'stopped' });
    await expect(started).resolves.toEqual({ state: 'running', changed: true });
  });

  it('runs without a part that fails', async () => {
    const { server } = serverWithWorker(true);
    await expect(server.start()).resolves.toEqual({ state: 'running', changed: true });
  });
});
