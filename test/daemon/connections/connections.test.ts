/** The worker: when runs begin and end, who joins whom, what takes over, by a clock that a test moves. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectionAdmin } from '../../../daemon/connections/connection-admin.ts';
import { ConnectionList } from '../../../daemon/connections/connection-list.ts';
import { ConnectionStore } from '../../../daemon/connections/connection-store.ts';
import { Connections } from '../../../daemon/connections/connections.ts';
import { Outbox } from '../../../daemon/connections/outbox.ts';
import { RunStore } from '../../../daemon/connections/run-store.ts';
import type { Pause } from '../../../shared/api/server.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { RemotePop3 } from '../../helpers/remote-pop3.ts';
import { until } from '../../helpers/until.ts';
import { ann, CollectRig } from './collect-rig.ts';

const letter = 'Subject: x\r\n\r\nx\r\n';
const minute = 60_000;

async function start() {
  const clock = new FakeClock();
  const rig = await CollectRig.start(clock);
  const store = new ConnectionStore(rig.queue.store);
  const list = new ConnectionList(store);
  const { secrets } = rig;
  const state: { pause: Pause | null } = { pause: null };
  const queue = { count: async () => 0, sendNow: async () => 0 };
  const needs = {
    ...rig.needs(),
    list,
    runs: new RunStore(rig.queue.store),
    outbox: new Outbox({ queue, obstacle: () => null, clock }),
    pause: () => state.pause,
  };
  const admin = new ConnectionAdmin({
    list,
    store,
    secrets,
    isLocalDomain: (d) => d === 'example.com',
    clock,
  });
  const connections = new Connections(needs);
  await connections.load();
  connections.start();
  onTestFinished(() => connections.stop());
  const idle = () =>
    until(() => connections.views().every(({ state }) => state === 'idle'), 'the end of all runs');
  const runs = async (name: string) => connections.runs(list.get(name));
  return { clock, rig, admin, connections, list, state, idle, runs, needs };
}

async function pop3(bodies: readonly string[] = []): Promise<RemotePop3> {
  const remote = await RemotePop3.start(bodies);
  onTestFinished(() => remote.stop());
  return remote;
}

const collectorOf = (remote: RemotePop3, password = 'secret') => ({
  protocol: 'pop3' as const,
  host: '127.0.0.1',
  port: remote.port,
  tls: 'none' as const,
  user: 'joe',
  password,
  deliverTo: ann,
  keepDays: 0,
});

describe('a connection', () => {
  it('runs by its schedule, and not while collecting is paused; what was missed is made up for once', async () => {
    const remote = await pop3([letter]);
    const { clock, admin, connections, state, idle, runs } = await start();
    await admin.add({ name: 'isp', schedule: 'every 10m', collectors: [collectorOf(remote)] });
    await until(async () => (await runs('isp'))[0]?.result === 'ok', 'the first run');
    await idle();
    state.pause = { since: '', until: null, reason: null };
    clock.advance(35 * minute);
    connections.wake();
    expect(connections.views()[0]).toMatchObject({
      nextPollAt: null,
      nextPollReason: 'collecting is paused',
    });
    expect(await runs('isp')).toHaveLength(1);
    state.pause = null;
    connections.wake();
    await until(async () => (await runs('isp')).length === 2 && (await runs('isp'))[0]?.endedAt !== null);
    await idle();
    expect(connections.views()[0]?.nextPollAt).toBe(new Date(clock.now() + 10 * minute).toISOString());
    expect((await runs('isp')).map(({ trigger }) => trigger)).toEqual(['schedule', 'schedule']);
  });

  it('has one run at a time, which others join', async () => {
    const remote = await pop3([letter]);
    remote.script = { greeting: 'hang' };
    const { admin, connections } = await start();
    await admin.add({ name: 'isp', collectors: [collectorOf(remote)] });
    const [first, second] = await Promise.all([connections.connectNow('isp'), connections.connectNow('ISP')]);
    expect(first?.[0]).toMatchObject({ joined: false, run: { connection: 'isp', trigger: 'manual' } });
    expect(second?.[0]).toMatchObject({ joined: true, run: { id: first?.[0]?.run.id } });
    expect(connections.status()).toMatchObject({ state: 'connecting', name: 'isp' });
    await connections.stop();
    expect(connections.status().state).toBe('idle');
    expect(() => connections.connectNow('isp')).toThrow(expect.objectContaining({ code: 'server.stopped' }));
  });

  it('leaves a collector alone whose login fails, for longer each time; an operator is obeyed', async () => {
    const remote = await pop3([letter]);
    const { clock, admin, connections, idle, runs } = await start();
    await admin.add({ name: 'isp', schedule: 'every 1m', collectors: [collectorOf(remote, 'wrong')] });
    const logins = () => remote.commands.filter((line) => line.startsWith('AUTH')).length;
    await until(async () => (await runs('isp'))[0]?.result === 'failed', 'the first run');
    await idle();
    expect(connections.warnings()).toMatchObject([
      { code: 'collector.failing', subject: 'isp: pop3 127.0.0.1 joe' },
    ]);
    const pass = async (minutes: number) => {
      clock.advance(minutes * minute);
      connections.wake();
      await idle();
    };
    await pass(14);
    expect(logins()).toBe(1);
    await pass(1);
    await until(() => logins() === 2, 'the second try');
    await until(async () => (await runs('isp'))[0]?.endedAt !== null);
    await idle();
    await pass(20);
    expect(logins()).toBe(2);
    await connections.connectNow('isp');
    await until(() => logins() === 3, 'the try that an operator asked for');
    await until(async () => (await runs('isp'))[0]?.endedAt !== null);
    await idle();
    remote.password = 'wrong';
    await connections.connectNow('isp');
    await until(async () => (await runs('isp'))[0]?.result === 'ok', 'the good end');
    expect(connections.warnings()).toEqual([]);
  });

  it('that fails is taken over from by its fallback, and fallbacks do not go round', async () => {
    const [dead, good] = [await pop3(), await pop3([letter])];
    await dead.stop();
    const { admin, connections, rig, idle, runs } = await start();
    await admin.add({ name: 'good', collectors: [collectorOf(good)] });
    await admin.add({ name: 'dead', fallback: 'good', collectors: [collectorOf(dead)] });
    await admin.add({ name: 'other', fallback: 'dead', collectors: [collectorOf(dead)] });
    await admin.edit({ name: 'good', fallback: 'other' });
    good.password = 'changed';
    await connections.connectNow('dead');
    await until(async () => (await runs('other'))[0]?.result === 'failed', 'the last fallback');
    await idle();
    expect((await runs('good'))[0]).toMatchObject({ trigger: 'fallback of dead', result: 'failed' });
    expect(await runs('dead')).toHaveLength(1);
    good.password = 'secret';
    await connections.connectNow('dead');
    await until(async () => (await rig.inbox()).length === 1, 'the message by the fallback');
  });

  it('keeps its last 50 runs, with what they came to; one that a crash cut short is told of', async () => {
    const remote = await pop3();
    const { admin, connections, idle, runs, list, needs } = await start();
    await admin.add({ name: 'isp', collectors: [collectorOf(remote)] });
    for (let i = 0; i < 52; i++) {
      await connections.connectNow('isp');
      await idle();
      await until(async () => (await runs('isp'))[0]?.endedAt !== null);
    }
    expect(await runs('isp')).toHaveLength(50);
    expect(await needs.store.totals(list.get('isp').id)).toMatchObject({ runs: 52, failedRuns: 0 });
    await needs.runs.begin(list.get('isp').id, 'schedule', 0);
    await connections.load();
    expect((await runs('isp'))[0]).toMatchObject({
      result: 'failed',
      error: 'the service ended during the run',
    });
  });
});

describe('what operators set', () => {
  it('is checked: names, addresses, schedules, fallbacks, folders', async () => {
    const remote = await pop3();
    const { admin } = await start();
    await admin.add({ name: 'isp', collectors: [collectorOf(remote)] });
    const refused = (params: Parameters<typeof admin.add>[0], code: string) =>
      expect(admin.add(params)).rejects.toMatchObject({ code });
    await refused({ name: 'ISP' }, 'connection.exists');
    await refused({ name: 'b', schedule: 'whenever' }, 'params.invalid');
    await refused({ name: 'b', fallback: 'nobody' }, 'connection.unknown');
    await refused(
      { name: 'b', collectors: [{ ...collectorOf(remote), deliverTo: 'x@elsewhere.test' }] },
      'params.invalid',
    );
    await refused(
      { name: 'b', collectors: [{ ...collectorOf(remote), folders: ['INBOX'] }] },
      'params.invalid',
    );
    await refused({ name: 'b', sender: { host: 'h', user: 'u' } }, 'params.invalid');
    await expect(admin.edit({ name: 'isp', fallback: 'isp' })).rejects.toMatchObject({
      code: 'params.invalid',
    });
  });

  it('keeps a password with its server: another server needs it again', async () => {
    const remote = await pop3();
    const { admin, list } = await start();
    await admin.add({
      name: 'isp',
      sender: { host: 'a.test', user: 'u', password: 'p' },
      collectors: [collectorOf(remote)],
    });
    const id = list.get('isp').collectors[0]?.id ?? 0;
    await admin.editCollector('isp', id, { keepDays: null });
    await expect(admin.editCollector('isp', id, { host: 'evil.test' })).rejects.toMatchObject({
      code: 'params.invalid',
    });
    await admin.edit({ name: 'isp', sender: { host: 'a.test', port: 2525, user: 'u' } });
    expect(list.get('isp').secret).not.toBeNull();
    await expect(admin.edit({ name: 'isp', sender: { host: 'b.test', user: 'u' } })).rejects.toMatchObject({
      code: 'params.invalid',
    });
  });

  it('has one default at most', async () => {
    const { admin, list } = await start();
    await admin.add({ name: 'a', isDefault: true });
    await admin.add({ name: 'b', isDefault: true });
    expect(list.all.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });
});
