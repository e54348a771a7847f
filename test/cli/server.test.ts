import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, ahead } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
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

describe('server', () => {
  it('starts and stops, and says when it had nothing to do', async () => {
    daemon.script({
      'server.start': { state: 'running', changed: false },
      'server.stop': { state: 'stopped', changed: true },
    });
    expect((await run(['server', 'start'])).stdout).toBe('The server was running already.\n');
    expect((await run(['server', 'stop', '--reason', 'new disk'])).stdout).toBe('The server is stopped.\n');
    expect(daemon.calls.map(({ params }) => params)).toEqual([{}, { reason: 'new disk' }]);
    expect((await run(['server', 'stop', '--json'])).stdout).toBe('{"state":"stopped","changed":true}\n');
  });

  it('reload says what is applied and what waits for a restart', async () => {
    daemon.script({ 'server.reload': { applied: ['log.level'], needsRestart: ['hostname'] } });
    const { stdout, stderr } = await run(['server', 'reload']);
    expect(stdout).toBe('applied        log.level\nneeds restart  hostname\n');
    expect(stderr).toContain('restart');
    daemon.script({ 'server.reload': { applied: [], needsRestart: [] } });
    expect((await run(['server', 'reload'])).stdout).toBe('The configuration has not changed.\n');
  });

  it('pauses and resumes parts', async () => {
    const paused = {
      receiving: false,
      delivering: true,
      collecting: false,
      details: { delivering: { since: ago(0), until: ahead(7_200), reason: 'full disk' } },
    };
    daemon.script({
      'server.pause': { paused },
      'server.resume': { paused: { ...paused, delivering: false, details: {} } },
    });
    const { stdout } = await run('server pause delivering receiving --for 2h --reason x'.split(' '));
    expect(stdout).toBe(
      'receiving   running\ndelivering  paused until 2026-11-22T16:02:31.000Z (full disk)\ncollecting  running\n',
    );
    expect(daemon.paramsOf('server.pause')).toEqual([
      { parts: ['delivering', 'receiving'], forSeconds: 7_200, reason: 'x' },
    ]);
    expect((await run(['server', 'resume', 'delivering'])).stdout).toContain('delivering  running');
  });

  it.each([['server'], ['server pause'], ['server pause everything'], ['server go']])(
    'refuses %s',
    async (line) => {
      daemon.script({});
      expect((await run(line.split(' '))).code).toBe(64);
      expect(daemon.calls).toEqual([]);
    },
  );
});

describe('config', () => {
  const key = {
    key: 'delivery.expire_after',
    type: 'duration',
    unit: 's',
    default: '"5d"',
    live: true,
    summary: 'A message that could not be delivered for so long is given back.',
  };

  it('check says every fault with its line and ends with 1', async () => {
    const faults = [
      { file: 'x.toml', line: 3, key: 'hostnme', message: 'unknown key, did you mean hostname?' },
      { file: 'x.toml', line: null, key: null, message: 'no listeners' },
    ];
    daemon.script({ 'config.check': { file: null, faults } });
    const file = join(directory, 'x.toml');
    await writeFile(file, 'hostnme = "ü"\n');
    const { code, stdout } = await run(['config', 'check', file]);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: 'x.toml:3: hostnme: unknown key, did you mean hostname?\nx.toml: no listeners\n',
    });
    expect(daemon.paramsOf('config.check')).toEqual([{ text: 'hostnme = "ü"\n', name: file }]);
    expect(JSON.parse((await run(['config', 'check', '--json'])).stdout)).toEqual({ file: null, faults });
  });

  it('check without a file checks the one in use', async () => {
    daemon.script({ 'config.check': { file: '/etc/maild/maild.toml', faults: [] } });
    expect(await run(['config', 'check'])).toMatchObject({
      code: 0,
      stdout: '/etc/maild/maild.toml: no faults.\n',
    });
    expect(daemon.paramsOf('config.check')).toEqual([{}]);
  });

  it('check says that it cannot read the file', async () => {
    const { code, stderr } = await run(['config', 'check', join(directory, 'none.toml')]);
    expect(code).toBe(1);
    expect(stderr).toContain('ENOENT');
  });

  it('show lists values with their origins', async () => {
    const values = [{ key: 'domains', value: ['example.org'], origin: 'file' as const }];
    daemon.script({ 'config.show': { file: '/etc/maild/maild.toml', values } });
    const { stdout, stderr } = await run(['config', 'show']);
    expect(stdout).toMatch(/domains +file +\["example.org"\]/);
    expect(stderr).toBe('File: /etc/maild/maild.toml\n');
    expect((await run(['config', 'show', '--json'])).stdout).toBe(`${JSON.stringify(values[0])}\n`);
  });

  it('describe explains keys', async () => {
    daemon.script({ 'config.describe': { keys: [key] } });
    const { stdout } = await run(['config', 'describe', 'delivery.expire_after']);
    expect(stdout).toContain('given back');
    expect(stdout).toContain('with mailctl server reload');
    daemon.script({ 'config.describe': { keys: [key, key] } });
    expect((await run(['config', 'describe'])).stdout).toMatch(
      /delivery.expire_after +duration \(s\) +"5d" +yes +A/,
    );
    daemon.script({ 'config.describe': { keys: [] } });
    expect((await run(['config', 'describe', 'x'])).code).toBe(1);
  });
});

describe('api', () => {
  it('calls any method with what it is given', async () => {
    daemon.script({ 'queue.count': { messages: 3, bytes: 10 } });
    const call = ['api', 'queue.count', '{"filter":{"from":"a"}}'];
    expect(await run(call)).toMatchObject({ code: 0, stdout: '{"messages":3,"bytes":10}\n' });
    expect((await run(call, { tty: true })).stdout).toBe('{\n  "messages": 3,\n  "bytes": 10\n}\n');
    expect((await run(['api', 'queue.count', '-'], { stdin: '{"filter":{}}' })).code).toBe(0);
    expect(daemon.paramsOf('queue.count')).toEqual([
      { filter: { from: 'a' } },
      { filter: { from: 'a' } },
      { filter: {} },
    ]);
  });

  it('shows the whole API', async () => {
    daemon.script({ 'rpc.discover': { openrpc: '1.3.2' } });
    expect((await run(['api', '--discover'])).stdout).toBe('{"openrpc":"1.3.2"}\n');
  });

  it('passes on what the daemon says of it', async () => {
    daemon.script({});
    expect(await run(['api', 'no.method'])).toMatchObject({
      code: 1,
      stderr: 'mailctl: api: the test has no answer for no.method\n',
    });
  });

  it.each([[[]], [['x', '[]']], [['x', '{']], [['x', '1']]])('refuses %j', async (args) => {
    expect((await run(['api', ...args])).code).toBe(64);
  });
});
