import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, sampleEntry, sampleStatus } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(args, { socket: daemon.socket, ...options });

/** Sequences that set colours, and nothing else. */
const colours = /\x1b\[\d+m/g;

describe('mailctl status', () => {
  it('fits a terminal of 80 by 24 without scrolling, whatever is going on', async () => {
    const busy = sampleStatus();
    const warning = busy.warnings.list[0];
    daemon.script({
      'status.get': {
        ...busy,
        server: {
          ...busy.server,
          paused: {
            receiving: true,
            delivering: true,
            collecting: false,
            details: {
              receiving: { since: ago(60), until: null, reason: 'x'.repeat(100) },
              delivering: { since: ago(60), until: ago(-600), reason: null },
            },
          },
        },
        warnings: { errors: 9, warnings: 0, notices: 0, list: Array(9).fill(warning) },
        activity: Array(20).fill(sampleEntry({ message: '日本語 '.repeat(30) })),
      },
    });
    const { stdout, code } = await run(['status'], { tty: true, columns: 80, rows: 24 });
    const lines = stdout.replace(colours, '').trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines.length).toBeLessThanOrEqual(23);
    for (const line of lines) expect(line.replace(/[^\x00-\x7f…]/g, 'xx').length).toBeLessThanOrEqual(80);
    expect(stdout).toContain('9 errors');
    expect((await run(['status'], { tty: true, rows: 28 })).stdout).toContain('and 6 more');
  });

  it('shows every fact of a status dialog', async () => {
    daemon.script({ 'status.get': sampleStatus() });
    const { stdout } = await run(['status']);
    for (const fact of [
      'mail1.example.org',
      'RUNNING',
      'up 12d 04h',
      '1 error, 1 warning',
      'Processed         18,422    184,220',
      'Viruses                0          0',
      'Deferred       202',
      'Oldest      2d 03h',
      'SMTP          6    4',
      'smtp 0.0.0.0:25 starttls',
      'idle, never polled',
      'SQLite 3.52.0',
      'relay1.example.com: its certificate expired',
      'Renew it, then: mailctl server reload',
      'recipient refused',
    ])
      expect(stdout).toContain(fact);
    expect(stdout).not.toContain('\x1b');
    expect(stdout).not.toContain('…');
  });

  it('says in words what colours say', async () => {
    const stopped = sampleStatus();
    daemon.script({
      'status.get': {
        ...stopped,
        server: { ...stopped.server, state: 'stopped', startedAt: null },
        listeners: [{ protocol: 'smtp', address: '::', port: 25, tls: 'none', error: 'address in use' }],
        database: { ...stopped.database, state: 'full', problem: 'no space left' },
      },
    });
    const { stdout } = await run(['status']);
    expect(stdout).toContain('STOPPED');
    expect(stdout).toContain('none: the server is stopped');
    expect(stdout).toContain('FAILED smtp [::]:25: address in use');
    expect(stdout).toContain('full: no space left');
  });

  it('has colours on a terminal only, and none when they are not wanted', async () => {
    daemon.script({ 'status.get': sampleStatus() });
    const colored = await run(['status'], { tty: true });
    expect(colored.stdout).toMatch(colours);
    for (const [args, env] of [
      [['status', '--no-color'], {}],
      [['status'], { NO_COLOR: '1' }],
      [['status'], { TERM: 'dumb' }],
    ] as const)
      expect((await run(args, { tty: true, env })).stdout).toBe(colored.stdout.replace(colours, ''));
  });

  it('is not what mailctl alone shows in a pipe: that is the help', async () => {
    expect((await run([])).stdout).toContain('Usage: mailctl');
  });

  it('is one object on one line as JSON', async () => {
    daemon.script({ 'status.get': sampleStatus() });
    const { stdout } = await run(['--json', 'status']);
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(sampleStatus())));
  });
});

describe('mailctl status --watch', () => {
  it('redraws in place on the second screen and puts the terminal back', async () => {
    daemon.script({ 'events.subscribe': { subscription: 1, snapshot: { status: sampleStatus() } } });
    const interrupt = new AbortController();
    let frames = 0;
    const { stdout, code } = await run(['status', '--watch'], {
      tty: true,
      interrupt: interrupt.signal,
      onStdout(text) {
        if (!text.includes('mail1.example.org')) return;
        frames++;
        const stopped = sampleStatus();
        if (frames === 1)
          daemon.emit('status', { ...stopped, server: { ...stopped.server, state: 'stopped' } });
        else if (text.includes('STOPPED')) interrupt.abort();
      },
    });
    expect(code).toBe(130);
    expect(stdout.startsWith('\x1b[?1049h\x1b[?25l\x1b[H')).toBe(true);
    expect(stdout.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true);
    expect(stdout).not.toContain('\x1b[2J');
  });

  it('writes each change as an object when JSON is asked for, and ends when the daemon goes', async () => {
    daemon.script({ 'events.subscribe': { subscription: 1, snapshot: { status: sampleStatus() } } });
    const { stdout, code, stderr } = await run(['status', '--watch', '--json'], {
      onStdout: () => daemon.hangUp(),
    });
    expect(JSON.parse(stdout)).toMatchObject({ server: { state: 'running' } });
    expect(code).toBe(69);
    expect(stderr).toContain('maild closed the connection');
  });
});
