import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, sampleEntries, sampleEntry } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(['log', ...args], { socket: daemon.socket, ...options });

describe('log', () => {
  it('shows time, level, category, ids, message and fields', async () => {
    daemon.script({ 'log.list': { entries: [sampleEntry()] } });
    const line =
      'info  delivery    Q4698 S98116 delivered remoteAddress=203.0.113.40 host=mx1.example.net reply="250 2.0.0 Ok: queued as 4F1A22"\n';
    expect((await run([])).stdout).toBe(`2026-11-22T14:02:29.000Z ${line}`);
    expect((await run([], { tty: true, env: { NO_COLOR: '1' } })).stdout).toMatch(
      new RegExp(`^\\d\\d:02:29.000 ${line.replace(/[()[\]]/g, '\\$&')}$`),
    );
    expect(daemon.paramsOf('log.list')[0]).toEqual({ filter: {}, limit: 50 });
  });

  it('shows the day of what is not of today on a terminal', async () => {
    daemon.script({
      'log.list': { entries: [sampleEntry({ time: ago(3 * 86_400) }), sampleEntry({ time: ago(1) })] },
    });
    const { stdout } = await run([], { tty: true, env: { NO_COLOR: '1' } });
    expect(stdout.match(/^-- \d{4}-\d\d-\d\d --$/gm)).toHaveLength(2);
  });

  it('passes every filter on', async () => {
    daemon.script({ 'log.list': { entries: [] } });
    const args = '-n 7 --since 2h --level warn --category smtp,queue --session 3 --queue 4 --grep a|b';
    expect((await run(args.split(' '))).stderr).toBe('No line matches.\n');
    expect(daemon.paramsOf('log.list')).toEqual([
      {
        filter: {
          since: '2026-11-22T12:02:31.000Z',
          level: 'warn',
          categories: ['smtp', 'queue'],
          sessionId: 3,
          queueId: 4,
          grep: 'a|b',
        },
        limit: 7,
      },
    ]);
  });

  it('with -n 0 shows nothing of before, as tail does', async () => {
    daemon.script({});
    expect(await run(['-n', '0'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await run(['-n', '-1'])).code).toBe(64);
    expect((await run(['-n', 'x'])).code).toBe(64);
  });

  it('is an object a line as JSON', async () => {
    daemon.script({ 'log.list': { entries: [...sampleEntries] } });
    const { stdout } = await run(['--json']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(JSON.parse(JSON.stringify(sampleEntries)));
  });

  it('follows with -f until interrupted, and says what was skipped', async () => {
    daemon.script({
      'events.subscribe': { subscription: 1, snapshot: { log: [sampleEntry({ message: 'first' })] } },
    });
    const interrupt = new AbortController();
    const { code, stdout, stderr } = await run(['-f', '-n', '1', '--level', 'info'], {
      interrupt: interrupt.signal,
      onStdout(text) {
        if (text.includes('first')) daemon.emit('log', sampleEntry({ message: 'second' }), 12);
        else interrupt.abort();
      },
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(/first .*\n.*second .*\n$/);
    expect(stderr).toBe('skipped 12 lines\n');
    expect(daemon.paramsOf('events.subscribe')).toEqual([
      { topics: ['log'], log: { level: 'info' }, logLines: 1 },
    ]);
  });

  it('follows ten thousand lines in order', async () => {
    const total = 10_000;
    daemon.script({ 'events.subscribe': { subscription: 1, snapshot: { log: [sampleEntry()] } } });
    const interrupt = new AbortController();
    let begun = false;
    const { stdout } = await run(['-f', '--json'], {
      interrupt: interrupt.signal,
      onStdout(text) {
        if (!begun)
          for (let seq = 1; seq <= total; seq++) daemon.emit('log', sampleEntry({ seq, message: 'n' }));
        begun = true;
        if (text.includes(`"seq":${total},`)) interrupt.abort();
      },
    });
    const seqs = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line).seq);
    expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it.each(['--level loud', '--category mail', '--since soon', '--session x'])('refuses %s', async (args) => {
    expect((await run(args.split(' '))).code).toBe(64);
  });
});

describe('log levels', () => {
  const levels = [
    { category: 'smtp' as const, level: 'info' as const, until: null, revertsTo: null },
    { category: 'delivery' as const, level: 'debug' as const, until: ago(-60), revertsTo: 'info' as const },
  ];

  it('shows what is logged', async () => {
    daemon.script({ 'log.levels': { levels } });
    const { stdout } = await run(['levels']);
    expect(stdout).toMatch(/smtp +info +- +-/);
    expect(stdout).toMatch(/delivery +debug +2026-11-22T14:03:31.000Z +info/);
    expect((await run(['levels', '--json'])).stdout.split('\n')).toHaveLength(3);
  });

  it('sets levels, for a time', async () => {
    daemon.script({ 'log.setLevels': { levels } });
    expect((await run(['levels', 'delivery=debug', 'smtp=trace', '--for', '1h'])).code).toBe(0);
    expect(daemon.paramsOf('log.setLevels')).toEqual([
      { levels: { delivery: 'debug', smtp: 'trace' }, forSeconds: 3_600 },
    ]);
  });

  it('sets all at once', async () => {
    daemon.script({ 'log.setLevels': { levels } });
    await run(['levels', 'all=warn', 'queue=debug']);
    expect(daemon.paramsOf('log.setLevels')[0]).toMatchObject({ levels: { minger: 'warn', queue: 'debug' } });
  });

  it.each(['smtp', 'smtp=', 'smtp=loud', 'mail=info', 'smtp=info=x'])('refuses %s', async (text) => {
    expect((await run(['levels', text])).code).toBe(64);
  });
});
