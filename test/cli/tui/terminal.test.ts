/** The full-screen program as it is built, on a real pseudo-terminal. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sampleStatus } from '../../helpers/api-samples.ts';
import { mailctlProgram, openMailctl, openPty } from '../../helpers/pty.ts';
import { runMailctl } from '../../helpers/run-mailctl.ts';
import { until } from '../../helpers/until.ts';
import { ScriptedDaemon } from './scripted-daemon.ts';

/** Second screen, cursor, wrapping and marked pasting are as they were before. */
const restored = '\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l';

describe('the terminal', () => {
  it('is left as it was when a person quits', async () => {
    const daemon = await ScriptedDaemon.start();
    const tui = openMailctl(['tui'], { env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    expect(tui.onSecondScreen).toBe(true);
    tui.press('q');
    expect((await tui.ended).exitCode).toBe(0);
    expect(tui.raw.endsWith(restored)).toBe(true);
  });

  it('opens it for mailctl alone', async () => {
    const daemon = await ScriptedDaemon.start();
    const tui = openMailctl([], { env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    tui.press('\x03');
    expect((await tui.ended).exitCode).toBe(0);
  });

  it('is left as it was after SIGTERM', async () => {
    const daemon = await ScriptedDaemon.start();
    const tui = openMailctl(['tui'], { env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    tui.child.kill('SIGTERM');
    expect((await tui.ended).exitCode).toBe(130);
    expect(tui.raw.endsWith(restored)).toBe(true);
  });

  it('is left as it was after a crash, and the reason stands on the first screen', async () => {
    const daemon = await ScriptedDaemon.start();
    const crash = "process.on('SIGUSR2',()=>{throw new Error('a fault nobody foresaw')})";
    const tui = openMailctl(['tui'], {
      env: {
        MAILD_SOCKET: daemon.socket,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}`,
      },
    });
    await tui.sees('Processed');
    tui.child.kill('SIGUSR2');
    expect((await tui.ended).exitCode).not.toBe(0);
    expect(tui.raw).toContain(restored);
    expect(tui.raw.slice(tui.raw.indexOf(restored))).toContain('a fault nobody foresaw');
  });

  it('is given back for Ctrl-Z, and taken again by fg', async (test) => {
    if (!existsSync('/bin/bash')) return test.skip();
    const daemon = await ScriptedDaemon.start();
    const shell = openPty('/bin/bash', ['--norc', '--noprofile', '-i'], {
      env: { MAILD_SOCKET: daemon.socket, PS1: 'prompt> ' },
    });
    await shell.sees('prompt>');
    shell.press(`${process.execPath} ${mailctlProgram} tui\r`);
    await shell.sees('Processed');
    shell.press('\x1a');
    await shell.sees('Stopped');
    expect(shell.onSecondScreen).toBe(false);
    shell.press('fg\r');
    await shell.sees('Processed');
    expect(shell.onSecondScreen).toBe(true);
    shell.press('3');
    await shell.sees('LAST REPLY');
    shell.press('q');
    await until(() => !shell.onSecondScreen, 'the first screen');
  });

  it('is drawn anew, without rests of the old size, when it is resized', async () => {
    const daemon = await ScriptedDaemon.start();
    const tui = openMailctl(['tui'], { env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    for (const [columns, rows] of [
      [80, 24],
      [200, 60],
      [120, 40],
      [80, 20],
    ] as const) {
      tui.resize(columns, rows);
      // The keys are on the last row then, and only there.
      await until(() => tui.text.split('\n').at(-1)?.includes('q quit'), `${columns}x${rows}`);
      await until(() => tui.text.split('q quit').length === 2, `no rests at ${columns}x${rows}`);
    }
    tui.resize(60, 12);
    await tui.sees('80x20 is the least');
  });

  it('is needed', async () => {
    const { code, stderr } = await runMailctl(['tui']);
    expect(code).toBe(64);
    expect(stderr).toContain('the full-screen program needs a terminal');
    const piped = spawnSync(process.execPath, [mailctlProgram, 'tui'], { encoding: 'utf8' });
    expect(piped.status).toBe(64);
  });

  it('stays a shell when the daemon is not there at the start', async () => {
    const tui = openMailctl(['tui'], { env: { MAILD_SOCKET: '/nonexistent/maild.sock' } });
    expect((await tui.ended).exitCode).toBe(69);
    expect(tui.raw).toContain('maild is not there');
    expect(tui.raw).not.toContain('\x1b[?1049h');
  });
});

describe('a real daemon that dies', () => {
  it('is said, and found again when it is back', async () => {
    const daemon = await ScriptedDaemon.start();
    const tui = openMailctl(['tui'], { env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    daemon.fake.hangUp();
    await tui.sees('NOT CONNECTED');
    await tui.sees('RUNNING');
  });
});

describe('keys typed ahead', () => {
  it('in one piece go where they were meant to', async () => {
    const daemon = await ScriptedDaemon.start();
    const tui = openMailctl(['tui'], { env: { MAILD_SOCKET: daemon.socket } });
    await tui.sees('Processed');
    tui.press(':queue list --state held\r');
    await tui.sees('mailctl queue list --state held');
    await tui.sees('done');
    expect(daemon.fake.paramsOf('queue.list').at(-1)?.filter).toEqual({ states: ['held'] });
  });
});

describe('a long life', () => {
  it('leaves no measures of frames behind, as the development build of React would', async () => {
    const daemon = await ScriptedDaemon.start();
    const report =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a program that runs in the child.
      "process.on('SIGUSR2',()=>process.stdout.write(`measures=${performance.getEntriesByType('measure').length};`))";
    const tui = openMailctl(['tui'], {
      env: {
        MAILD_SOCKET: daemon.socket,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(report)}`,
      },
    });
    await tui.sees('Processed');
    for (let n = 0; n < 20; n++) tui.press('2\x1b[B1');
    daemon.emit('status', sampleStatus({ queue: { ...sampleStatus().queue, total: 4_321 } }));
    await tui.sees('4,321');
    tui.child.kill('SIGUSR2');
    await until(() => tui.raw.includes('measures='), 'the report');
    expect(tui.raw).toContain('measures=0;');
  });
});
