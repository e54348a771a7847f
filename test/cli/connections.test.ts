import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection, ConnectionEvent, ConnectionRun } from '../../shared/api/connections.ts';
import { ago, ahead } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

const connection = (changes: Partial<Connection> = {}): Connection => ({
  name: 'isp',
  enabled: true,
  isDefault: true,
  fallback: null,
  sending: 'at-once',
  schedule: 'every 15m',
  sender: {
    host: 'smtp.example.net',
    port: 587,
    tls: 'starttls',
    verify: true,
    user: 'ann',
    hasPassword: true,
  },
  collectors: [
    {
      id: 3,
      protocol: 'pop3',
      host: 'pop.example.net',
      port: 995,
      tls: 'implicit',
      verify: true,
      user: 'ann',
      folders: [],
      keepDays: 0,
      byHeaders: false,
      deliverTo: 'ann@example.org',
      lastError: null,
      failures: 0,
    },
  ],
  state: 'idle',
  detail: 'idle',
  lastPollAt: ago(60),
  lastPollResult: 'ok',
  lastPollDurationMs: 1_240,
  lastError: null,
  nextPollAt: ahead(840),
  nextPollReason: 'every 15m',
  lastCollected: 12,
  lastSent: 1,
  ...changes,
});

const connectionRun = (changes: Partial<ConnectionRun> = {}): ConnectionRun => ({
  id: 7,
  connection: 'isp',
  trigger: 'manual',
  startedAt: ago(60),
  endedAt: null,
  durationMs: null,
  result: null,
  error: null,
  collected: 0,
  collectedBytes: 0,
  sent: 0,
  ...changes,
});

describe('connections', () => {
  it('lists what each does, did and does next', async () => {
    daemon.script({
      'connections.list': {
        connections: [
          connection(),
          connection({
            name: 'x\u001b]0;y\u0007',
            isDefault: false,
            enabled: false,
            lastPollResult: 'failed',
          }),
        ],
      },
    });
    const { stdout } = await run(['connections']);
    expect(stdout).toMatch(/isp \(default\) +idle +relay, 1 pop3 +every 15m +2026-\S+ +ok +12 +1 +2026-/);
    expect(stdout).toMatch(/disabled .* failed/);
    expect(stdout).not.toContain('\u001b');
    const { stdout: json } = await run(['connections', '--json']);
    expect(JSON.parse(json.split('\n')[0] ?? '')).toEqual(connection());
  });

  it('add gives the API what was said, and passwords from standard input, a line each', async () => {
    daemon.script({ 'connections.add': { connection: connection() } });
    const { code, stdout, stderr } = await run(
      [
        ...[
          'connections',
          'add',
          'isp',
          '--imap',
          '[2001:db8::1]:1993',
          '--user',
          'ann',
          '--folder',
          'A',
          '--folder',
          'B',
        ],
        ...[
          '--deliver-to',
          'ann@example.org',
          '--keep-days',
          '14',
          '--relay',
          'smtp.example.net',
          '--relay-user',
          'bob',
        ],
        ...['--no-verify', '--schedule', 'every 5m', '--default', '--password-stdin'],
      ],
      { stdin: 'of the mailbox\nof the relay\n' },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Connection isp was made; next poll: 2026-.*, every 15m\.\n$/);
    expect(daemon.paramsOf('connections.add')).toEqual([
      {
        name: 'isp',
        schedule: 'every 5m',
        isDefault: true,
        sender: { host: 'smtp.example.net', user: 'bob', password: 'of the relay' },
        collectors: [
          {
            protocol: 'imap',
            host: '2001:db8::1',
            port: 1993,
            user: 'ann',
            verify: false,
            folders: ['A', 'B'],
            deliverTo: 'ann@example.org',
            keepDays: 14,
            password: 'of the mailbox',
          },
        ],
      },
    ]);
  });

  it.each([
    [['--pop3', 'h', '--deliver-to', 'a@b.test'], /--user is missing/],
    [['--pop3', 'h', '--user', 'u'], /--deliver-to is missing/],
    [['--user', 'u', '--deliver-to', 'a@b.test'], /which mailbox/],
    [['--pop3', 'h', '--imap', 'h', '--user', 'u', '--deliver-to', 'a@b.test'], /exclude each other/],
    [['--pop3', 'h', '--user', 'u', '--deliver-to', 'a@b.test', '--keep', '--delete'], /exclude each other/],
    [['--pop3', 'h:99999'], /is not a server/],
  ])('add %j is wrong use', async (args, message) => {
    daemon.script({});
    const { code, stderr } = await run(['connections', 'add', 'isp', ...args], { stdin: 'p\n' });
    expect(code).toBe(64);
    expect(stderr).toMatch(message);
    expect(daemon.calls).toEqual([]);
  });

  it('edit changes what was named, and keeps the rest of the relay', async () => {
    daemon.script({
      'connections.show': {
        connection: connection(),
        totals: { runs: 0, failedRuns: 0, collected: 0, collectedBytes: 0, sent: 0 },
        runs: [],
      },
      'connections.edit': { connection: connection() },
    });
    await run(['connections', 'edit', 'isp', '--relay-tls', 'implicit', '--no-fallback']);
    await run(['connections', 'edit', 'isp', '--no-relay', '--no-default', '--name', 'out']);
    expect(daemon.paramsOf('connections.edit')).toEqual([
      {
        name: 'isp',
        fallback: null,
        sender: { host: 'smtp.example.net', tls: 'implicit', user: 'ann', verify: true },
      },
      { name: 'isp', newName: 'out', isDefault: false, sender: null },
    ]);
    expect((await run(['connections', 'edit', 'isp'])).code).toBe(64);
  });

  it('test ends with 1 when a login fails', async () => {
    daemon.script({
      'connections.test': {
        results: [
          {
            part: 'pop3 pop.example.net:995 ann',
            ok: true,
            text: 'logged in, 3 messages',
            tls: 'TLSv1.3',
            durationMs: 80,
          },
          { part: 'sender smtp.example.net:587', ok: false, text: 'refused', tls: null, durationMs: 2_000 },
        ],
      },
    });
    const { code, stdout } = await run(['connections', 'test', 'isp']);
    expect(code).toBe(1);
    expect(stdout).toBe(
      'ok     pop3 pop.example.net:995 ann: logged in, 3 messages (TLSv1.3, 80ms)\n' +
        'FAILED sender smtp.example.net:587: refused (no TLS, 2.0s)\n',
    );
  });
});

describe('connect-now', () => {
  const subscribed = { subscription: 1, snapshot: { connections: [] } };
  const started = { runs: [{ run: connectionRun(), joined: false }] };
  const event = (
    change: ConnectionEvent['change'],
    text: string,
    changes: Partial<ConnectionRun> = {},
  ): ConnectionEvent => ({
    change,
    connection: 'isp',
    run: connectionRun(changes),
    state: 'collecting',
    text,
  });

  it('says that it connects, and does not wait', async () => {
    daemon.script({ 'connections.connectNow': started });
    const { code, stdout } = await run(['connect-now']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'isp connects now (run 7).\n' });
    expect(daemon.paramsOf('connections.connectNow')).toEqual([{}]);
  });

  it.each([
    ['ok', 0],
    ['partial', 1],
    ['failed', 1],
  ] as const)('--follow prints the steps of its run; the outcome %s ends with %i', async (result, code) => {
    daemon.script({ 'events.subscribe': subscribed, 'connections.connectNow': started });
    const following = run(['connect-now', 'isp', '--follow']);
    await daemon.called('connections.connectNow');
    daemon.emit('connections', event('step', 'somebody else', { id: 6 }));
    daemon.emit('connections', event('step', 'Connecting: pop3 pop.example.net ann'));
    daemon.emit('connections', event('finished', `Finished: ${result}`, { result }));
    const ran = await following;
    expect(ran.code).toBe(code);
    expect(ran.stdout.replaceAll(/^\S+ /gm, '')).toBe(
      `isp  Connecting: pop3 pop.example.net ann\nisp  Finished: ${result}\n`,
    );
  });
});
