import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleStatus } from '../helpers/api-samples.ts';
import { FakeDaemon, ScriptedError } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
let directory: string;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
  directory = await mkdtemp(join(tmpdir(), 'mailctl-'));
});
afterAll(async () => {
  await daemon.stop();
  await rm(directory, { recursive: true });
});

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

const everyCommand = [
  'status',
  'status --watch',
  'server start',
  'server stop',
  'server reload',
  'server pause delivering',
  'server resume delivering',
  'sessions',
  'sessions kill 1',
  'sessions watch 1',
  'blocks',
  'blocks add 192.0.2.1 --for 1h',
  'blocks remove 1',
  'queue',
  'queue --json',
  'queue show 1',
  'queue show 1 --raw',
  'queue explain 1',
  'queue summary',
  'queue send-now 1',
  'queue hold 1',
  'queue release 1',
  'queue remove 1',
  'queue bounce 1',
  'queue clear --yes',
  'queue undo',
  'queue operations',
  'log',
  'log -f',
  'log levels',
  'domains',
  'domains add a.test',
  'accounts',
  'accounts add a@b.test --password-stdin',
  'aliases',
  'audit',
  'trace 42',
  'config check',
  'config show',
  'config describe',
  'api status.get',
].map((line) => line.split(' '));

describe('without maild', () => {
  it.each(everyCommand)('%s %s %s says so in one sentence with a hint, exit 69', async (...args) => {
    const socket = join(directory, 'none.sock');
    const { code, stdout, stderr } = await run(args, { socket, stdin: 'secret\n' });
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toMatch(/^mailctl: maild is not there: .*none\.sock\n[^\n]+\n$/);
  });

  it('tells a socket that nobody answers on from one that is not there', async () => {
    const socket = join(directory, 'stale.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    // The file stays behind as after SIGKILL when the descriptor goes without the path being unlinked.
    const { rename } = await import('node:fs/promises');
    await rename(socket, `${socket}.kept`);
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await run(['status'], { socket: `${socket}.kept` });
    expect(code).toBe(69);
    expect(stderr).toContain('nobody answers');
  });
});

describe('what the daemon says', () => {
  const saying = (error: ScriptedError) =>
    daemon.script({
      'status.get': () => {
        throw error;
      },
    });

  it.each([
    ['server.stopped', 1, 'Start it with: mailctl server start'],
    ['internal', 1, ''],
    ['params.invalid', 64, ''],
    ['permission_denied', 77, ''],
    ['timeout', 75, ''],
    ['protocol.incompatible', 69, ''],
  ])('%s ends with %d', async (code, exit, hint) => {
    saying(new ScriptedError(code, 'why \x1b[2J'));
    const ran = await run(['status']);
    expect(ran.code).toBe(exit);
    expect(ran.stderr).toMatch(/^mailctl: (status: )?why \\x1b\[2J\n/);
    expect(ran.stderr).toContain(hint);
  });

  it('is waited for as long as --timeout says, then 75', async () => {
    daemon.script({ 'status.get': () => new Promise(() => {}) });
    const { code, stderr } = await run(['status', '--timeout', '50ms']);
    expect(code).toBe(75);
    expect(stderr).toContain('did not answer in');
  });

  it('is not waited for after SIGINT: 130, without a word', async () => {
    const interrupt = new AbortController();
    daemon.script({
      'status.get': () => {
        interrupt.abort();
        return new Promise(() => {});
      },
    });
    expect(await run(['status'], { interrupt: interrupt.signal })).toMatchObject({
      code: 130,
      stdout: '',
      stderr: '',
    });
  });

  it('may be the end of the connection', async () => {
    daemon.script({
      'status.get': () => {
        daemon.hangUp();
        return new Promise(() => {});
      },
    });
    expect((await run(['status'])).code).toBe(69);
  });
});

describe('wrong use', () => {
  it.each([
    ['quue', "unknown command 'quue'", 'Did you mean queue?'],
    ['queue shw 4', "unknown command 'shw'", 'Did you mean show?'],
    ['queue --stat held', "unknown option '--stat'", 'Did you mean --state?'],
    ['queue --state hold', 'is not one of ready, active, deferred, held', 'See: mailctl queue --help'],
    ['queue --sort colour', 'Allowed choices are age', 'See: mailctl queue --help'],
    ['queue show', "missing required argument 'id'", 'See: mailctl queue --help'],
    ['queue show x', 'is not an id', 'See'],
    ['queue show 0', 'is not an id', 'See'],
    ['queue show 1 2', 'too many arguments', 'See'],
    ['queue --older-than 5', 'write it as 90s, 15m, 2h or 3d', 'See'],
    ['queue --larger-than big', 'write it as 512, 10k or 5M', 'See'],
    ['status --timeout never', 'is not a duration', 'See'],
    ['status now', 'too many arguments', 'See'],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish', 'See'],
    ['--socket', 'argument missing', 'See: mailctl --help'],
  ])('%s ends with 64 and helps', async (line, message, hint) => {
    daemon.script({});
    const { code, stdout, stderr } = await run(line.split(' '));
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(/^mailctl: [^\n]+\n[^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(daemon.calls).toEqual([]);
  });
});

describe('global options', () => {
  it.each([
    ['--json status'],
    ['status --json'],
    ['--timeout 3s --json --yes --no-color status'],
    ['status --timeout=3s --yes --no-color --json'],
  ])('are taken where they stand in "%s"', async (line) => {
    daemon.script({ 'status.get': sampleStatus() });
    expect(JSON.parse((await run(line.split(' '))).stdout)).toHaveProperty('service.pid', 4121);
  });

  it('--socket comes before the environment, before and after the command', async () => {
    daemon.script({ 'status.get': sampleStatus() });
    const env = { MAILD_SOCKET: '/nowhere/maild.sock' };
    for (const args of [
      ['--socket', daemon.socket, 'status'],
      ['status', '--socket', daemon.socket],
      [`--socket=${daemon.socket}`, 'status'],
      ['sessions', '--socket', daemon.socket, 'list'],
    ])
      expect((await runMailctl(args, { env })).stderr).not.toContain('/nowhere');
  });

  it('--host wants an address of ssh', async () => {
    expect((await run(['status', '--host', 'ssh://-oProxyCommand=x/'])).code).toBe(64);
    expect((await runMailctl(['status'], { env: { MAILD_HOST: 'http://x' } })).code).toBe(64);
  });
});

describe('help', () => {
  it.each([
    ['--help'],
    ['-h'],
    ['help'],
    ['queue -h'],
    ['help queue'],
    ['queue list --help'],
    ['help queue list'],
  ])('%s goes to standard output, with examples, and needs no daemon', async (line) => {
    const { code, stdout, stderr } = await runMailctl(line.split(' '), { socket: '/nowhere' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: mailctl/);
    expect(stdout).toContain('Examples:');
    expect(stdout.split('\n').length).toBeLessThanOrEqual(50);
  });

  it('--version names the version', async () => {
    expect((await runMailctl(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('mailctl --stdio', () => {
  it('relays the control socket, for a mailctl elsewhere', async () => {
    daemon.script({ 'status.get': sampleStatus() });
    const request = { jsonrpc: '2.0', id: 1, method: 'status.get', params: {} };
    const interrupt = new AbortController();
    const { code, stdout } = await run(['--stdio'], {
      stdin: `${JSON.stringify(request)}\n`,
      interrupt: interrupt.signal,
      onStdout: () => interrupt.abort(),
    });
    expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { service: { pid: 4121 } } });
    expect(code).toBe(130);
  });

  it('says that maild is not there', async () => {
    expect((await run(['--stdio'], { socket: '/nowhere/maild.sock' })).code).toBe(69);
  });
});
