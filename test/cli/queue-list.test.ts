import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, sampleMessage, sampleMessages } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(['queue', ...args], { socket: daemon.socket, ...options });

const lastOf = (values: readonly unknown[]): unknown => values[values.length - 1];

describe('queue list', () => {
  it('is what queue alone does', async () => {
    daemon.script({ 'queue.list': { messages: [...sampleMessages], next: null } });
    const { stdout, code, stderr } = await run([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toMatch(/^ *ID +STATE +AGE +NEXT +TRIES +SIZE +FROM +TO +LAST REPLY$/);
    expect(stdout).toContain('joe@example.net,kim@example.net');
    expect(stdout).toMatch(/3377 +held +2d 03h +- +0 +1.1 KB +<> +dave@example.org +-/);
  });

  it('passes every filter on, before and after the word list', async () => {
    daemon.script({ 'queue.list': { messages: [], next: null } });
    const { code } = await run(
      '--id 1,2 --from *@a.test --to b --domain c --state held,ready --older-than 2h --larger-than 5M --error greylist* --connection isp --sort size --reverse'.split(
        ' ',
      ),
    );
    expect(code).toBe(0);
    expect(daemon.paramsOf('queue.list')).toEqual([
      {
        filter: {
          ids: [1, 2],
          from: '*@a.test',
          to: 'b',
          domain: 'c',
          states: ['held', 'ready'],
          olderThanSeconds: 7_200,
          largerThanBytes: 5_242_880,
          error: 'greylist*',
          connection: 'isp',
        },
        sort: 'size',
        descending: true,
        limit: 2_000,
      },
    ]);
    await run(['list', '--state', 'held', '--state', 'active']);
    expect(lastOf(daemon.paramsOf('queue.list'))).toMatchObject({ filter: { states: ['held', 'active'] } });
  });

  it('says that nothing matches on standard error, and that is no error', async () => {
    daemon.script({ 'queue.list': { messages: [], next: null } });
    expect(await run([])).toMatchObject({ code: 0, stdout: '', stderr: 'No message matches.\n' });
    expect(await run(['--json'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('follows the cursor from page to page, in tables and as JSON Lines', async () => {
    const page = (params: { cursor?: string | undefined }) =>
      params.cursor === undefined
        ? { messages: [sampleMessage({ id: 1 }), sampleMessage({ id: 2 })], next: 'two' }
        : { messages: [sampleMessage({ id: 3 })], next: null };
    daemon.script({ 'queue.list': page });
    const json = await run(['--json']);
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([1, 2, 3]);
    expect(json.stdout.endsWith('}\n')).toBe(true);
    expect(daemon.paramsOf('queue.list')).toEqual([
      { filter: {}, limit: 2_000 },
      { filter: {}, limit: 2_000, cursor: 'two' },
    ]);
    expect((await run([])).stdout.trimEnd().split('\n')).toHaveLength(4);
    expect((await run([], { tty: true })).stderr).toBe('3 messages\n');
  });

  it('stops at the limit', async () => {
    daemon.script({
      'queue.list': ({ limit = 0 }) => ({
        messages: Array.from({ length: limit }, (_, index) => sampleMessage({ id: index + 1 })),
        next: 'more',
      }),
    });
    for (const args of [
      ['--limit', '2500'],
      ['--limit', '2500', '--json'],
    ]) {
      daemon.calls.length = 0;
      const { stdout } = await run(args);
      expect(stdout.trimEnd().split('\n')).toHaveLength(args.includes('--json') ? 2_500 : 2_501);
      expect(daemon.paramsOf('queue.list').map(({ limit }) => limit)).toEqual([2_000, 500]);
    }
  });

  it('says how much more there is when the limit cut it off, on a terminal', async () => {
    daemon.script({
      'queue.list': { messages: [...sampleMessages], next: 'more' },
      'queue.count': { messages: 212, bytes: 4_299_161 },
    });
    const { stderr } = await run(['--limit', '4', '--state', 'held'], { tty: true });
    expect(stderr).toBe('4 of 212 messages (4.1 MB)\n');
    expect(daemon.paramsOf('queue.count')).toEqual([{ filter: { states: ['held'] } }]);
  });

  it.each([40, 60, 80, 120, 200])('stays within a terminal of %d columns', async (columns) => {
    daemon.script({ 'queue.list': { messages: [...sampleMessages], next: null } });
    const { stdout } = await run([], { tty: true, columns, env: { NO_COLOR: '1' } });
    for (const line of stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
    expect(stdout).toContain('4711');
    expect(stdout).toContain('deferred');
  });

  it('keeps columns aligned past the rows that make a table, and beside wide characters', async () => {
    const messages = Array.from({ length: 450 }, (_, index) =>
      sampleMessage({ id: index + 1, from: index % 2 ? '日本@example.org' : 'ascii@example.org' }),
    );
    daemon.script({ 'queue.list': { messages, next: null } });
    const { stdout } = await run([], { tty: true, columns: 100, env: { NO_COLOR: '1' } });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(451);
    const columnOf = (line: string) => line.replace(/[日本]/g, 'xx').indexOf('joe@');
    expect(new Set(lines.slice(1).map(columnOf)).size).toBe(1);
  });
});

describe('queue summary', () => {
  it.each(['domain', 'reason', 'age', 'sender'] as const)('groups by %s', async (by) => {
    const rows = [{ key: 'example.net', messages: 1_200, bytes: 5_000, oldestAt: ago(90) }];
    daemon.script({ 'queue.summary': { by, rows, groups: 3 } });
    const { stdout, stderr } = await run(['summary', '--by', by, '--state', 'deferred', '--limit', '1']);
    expect(daemon.paramsOf('queue.summary')).toEqual([{ filter: { states: ['deferred'] }, by, limit: 1 }]);
    expect(stdout).toMatch(
      new RegExp(`MESSAGES +SIZE +OLDEST +${by.toUpperCase()}\n +1,200 +4.9 KB +1m 30s +example.net`),
    );
    expect(stderr).toBe('1 of 3 groups\n');
  });
});
