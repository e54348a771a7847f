import { describe, expect, it } from 'vitest';
import type { Connection, ConnectionRun } from '../../../shared/api/connections.ts';
import type { Task } from '../../../shared/api/housekeeper.ts';
import { ago, ahead } from '../../helpers/api-samples.ts';
import { keys, openTui } from './open-tui.tsx';

const connection = (changes: Partial<Connection> = {}): Connection => ({
  name: 'isp',
  enabled: true,
  isDefault: true,
  fallback: null,
  sending: 'at-once',
  schedule: 'every 15m',
  sender: null,
  collectors: [],
  state: 'idle',
  detail: 'idle',
  lastPollAt: ago(600),
  lastPollResult: 'ok',
  lastPollDurationMs: 1_200,
  lastError: null,
  nextPollAt: ahead(300),
  nextPollReason: 'every 15m',
  lastCollected: 3,
  lastSent: 0,
  ...changes,
});
const run: ConnectionRun = {
  id: 41,
  connection: 'isp',
  trigger: 'manual',
  startedAt: ago(2),
  endedAt: null,
  durationMs: null,
  result: null,
  error: null,
  collected: 0,
  collectedBytes: 0,
  sent: 0,
};
const totals = { runs: 41, failedRuns: 1, collected: 118, collectedBytes: 40_112, sent: 0 };

const openConnections = async () => {
  const both = [connection(), connection({ name: 'office', isDefault: false, lastPollResult: 'failed' })];
  const tui = await openTui({
    snapshot: { connections: both },
    script: {
      'connections.list': { connections: both },
      'connections.show': ({ name }) => ({
        connection: connection({ name }),
        totals,
        runs: [{ ...run, result: 'ok', collected: 7 }],
      }),
      'connections.connectNow': { runs: [{ run, joined: false }] },
      'connections.edit': { connection: connection({ enabled: false }) },
    },
  });
  await tui.press('4');
  await tui.sees('118 collected');
  return tui;
};

describe('the connections screen', () => {
  it('shows each with its last and next poll, and of one the totals and runs', async () => {
    const tui = await openConnections();
    for (const text of ['isp (default)', 'office', 'failed', 'every 15m', '41 runs (1 failed)'])
      expect(tui.frame()).toContain(text);
  });

  it('connects now, and shows each step as it comes', async () => {
    const tui = await openConnections();
    await tui.press('c');
    await tui.sees('Connecting isp.');
    expect(tui.frame()).toContain('mailctl connect-now isp');
    expect(tui.daemon.paramsOf('connections.connectNow')).toEqual([{ name: 'isp' }]);
    const event = { connection: 'isp', run, state: 'collecting' } as const;
    tui.daemon.emit('connections', { ...event, change: 'started', text: 'Connecting, run 41 (manual)' });
    tui.daemon.emit('connections', { ...event, change: 'progress', text: 'collecting 3 of 11' });
    await tui.sees('collecting 3 of 11');
    expect(tui.frame()).toContain('Connecting, run 41 (manual)');
    const before = tui.daemon.paramsOf('connections.list').length;
    tui.daemon.emit('connections', { ...event, change: 'finished', state: 'idle', text: 'Finished: ok' });
    await tui.sees('Finished: ok');
    expect(tui.daemon.paramsOf('connections.list')).toHaveLength(before + 1);
  });

  it('disables after a question, tests in a pane, connects all', async () => {
    const tui = await openConnections();
    await tui.press('p');
    await tui.sees('Disable isp?');
    expect(tui.frame()).toContain('mailctl connections disable isp');
    await tui.press('y');
    await tui.sees('Disabled isp.');
    await tui.press(keys.down, 'T');
    await tui.sees('mailctl connections test office');
    await tui.press(keys.esc, 'C');
    await tui.sees('mailctl connect-now');
    expect(tui.daemon.paramsOf('connections.connectNow')).toEqual([{}]);
  });

  it('says calmly that there are none', async () => {
    const tui = await openTui({ snapshot: { connections: [] } });
    await tui.press('4');
    await tui.sees('No connections are configured');
    await tui.press('c');
    await tui.sees('there is no connection');
  });
});

const task = (changes: Partial<Task> = {}): Task => ({
  name: 'self-test',
  summary: 'looks for what is wrong',
  state: 'idle',
  schedule: '7 * * * *',
  lastRunAt: ago(900),
  lastResult: 'warning',
  lastDetail: '2 warnings',
  lastDurationMs: 33,
  nextRunAt: ahead(2_700),
  ...changes,
});

const openHousekeeper = async () => {
  const tui = await openTui({
    script: {
      'housekeeper.list': {
        tasks: [task({ name: 'retention', lastDetail: 'nothing was old enough' }), task()],
      },
      'housekeeper.run': ({ task: name }) => ({
        run: {
          task: name,
          startedAt: ago(1),
          endedAt: ago(0),
          durationMs: 40,
          result: 'ok',
          detail: 'all is well',
          trigger: 'operator',
        },
      }),
      'doctor.acknowledge': ({ code, subject }) => ({
        acknowledgement: { code, subject: subject ?? null, until: ahead(86_400) },
      }),
    },
  });
  await tui.press('6');
  await tui.sees('nothing was old enough');
  return tui;
};

describe('the screen of warnings and the housekeeper', () => {
  it('shows what is wrong with its remedy, and the tasks with what came of them', async () => {
    const tui = await openHousekeeper();
    for (const text of [
      'ERROR',
      'relay1.example.com',
      'what helps',
      'Tell its operator',
      'retention',
      '2 warnings',
    ])
      expect(tui.frame()).toContain(text);
    await tui.press(keys.down);
    await tui.sees('Renew it, then: mailctl server reload');
  });

  it('takes note of a warning for the time that is chosen', async () => {
    const tui = await openHousekeeper();
    await tui.press('A');
    await tui.sees('Take note of it?');
    expect(tui.frame()).toContain('mailctl doctor acknowledge certificate.expired relay1.example.com');
    await tui.press('w');
    await tui.sees('Noted for a week: relay1.example.com.');
    expect(tui.daemon.paramsOf('doctor.acknowledge')).toEqual([
      { code: 'certificate.expired', subject: 'relay1.example.com', forSeconds: 604_800 },
    ]);
  });

  it('runs a task now', async () => {
    const tui = await openHousekeeper();
    await tui.press('R');
    await tui.sees('move to a task first');
    await tui.press(keys.down, keys.down, 'R');
    await tui.sees('retention: ok, all is well.');
    expect(tui.frame()).toContain('mailctl housekeeper run retention');
  });

  it('runs the self-test and shows the history in a pane', async () => {
    const tui = await openHousekeeper();
    await tui.press('D');
    await tui.sees('mailctl doctor');
    await tui.press(keys.esc, keys.end, 'H');
    await tui.sees('mailctl housekeeper history self-test');
  });
});
