import { describe, expect, it } from 'vitest';
import { sampleStatus } from '../../helpers/api-samples.ts';
import { FakeDaemonClient } from './fake-daemon-client.ts';
import { keys, openTui } from './open-tui.tsx';

describe('the screens', () => {
  it('are reached by their numbers, by tab and by brackets', async () => {
    const tui = await openTui();
    const shows: readonly (readonly [key: string, text: string])[] = [
      ['2', 'REMOTE'],
      ['3', 'LAST REPLY'],
      ['4', 'No connections are configured'],
      ['5', 'following'],
      ['6', 'Warnings'],
      ['1', 'Processed'],
      [keys.tab, 'REMOTE'],
      [keys.shiftTab, 'Processed'],
      [']', 'REMOTE'],
    ];
    for (const [key, text] of shows) {
      await tui.press(key);
      await tui.sees(text);
    }
  });

  it('subscribe to what they show, and to nothing else', async () => {
    const tui = await openTui();
    await tui.press('2');
    await tui.sees('REMOTE');
    await tui.press('5');
    await tui.sees('following');
    expect(tui.daemon.subscribed('sessions')).toEqual([]);
    expect(tui.daemon.subscribed('log')).toHaveLength(1);
    expect(tui.daemon.subscribed('status')).toHaveLength(1);
  });

  it.each([
    [80, 24],
    [100, 30],
    [160, 50],
    [200, 60],
  ])('fit %i columns and %i rows exactly', async (columns, rows) => {
    const tui = await openTui({ columns, rows });
    for (const key of ['1', '2', '3', '4', '5', '6']) {
      await tui.press(key);
      await tui.sees('q quit');
      const lines = tui.frame().split('\n');
      expect(lines).toHaveLength(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });

  it('give way to a page that says so when the terminal is too small, and come back', async () => {
    const tui = await openTui();
    tui.resize({ columns: 60, rows: 15 });
    await tui.sees('80x20 is the least that mailctl needs; this is 60x15.');
    await tui.press('q');
    expect(tui.pressed).toEqual(['quit']);
    tui.resize({ columns: 120, rows: 40 });
    await tui.sees('Processed');
  });
});

describe('keys', () => {
  it('are listed for the screen and for everywhere, with why one does nothing', async () => {
    const tui = await openTui({ rows: 50 });
    await tui.press('3');
    await tui.sees('LAST REPLY');
    await tui.press('?');
    await tui.sees('This screen');
    expect(tui.frame()).toContain('take out of the queue, telling nobody');
    expect(tui.frame()).toMatch(/drop the selection.*\(there is/);
    await tui.press(keys.end);
    await tui.sees('run any command of mailctl');
    await tui.press(keys.esc);
    expect(tui.frame()).not.toContain('This screen');
  });

  it.each([
    ['q', 'quit'],
    ['\x03', 'quit'],
    ['\x1a', 'suspend'],
    ['\x0c', 'repaint'],
  ])('%j asks the terminal to %s', async (key, what) => {
    const tui = await openTui();
    await tui.press(key);
    expect(tui.pressed).toEqual([what]);
  });

  it('that nothing is bound to do nothing', async () => {
    const tui = await openTui();
    const before = tui.frame();
    await tui.press('\x1b[15~', '\x1b[<0;10;5M', 'Z', '\x1b[200~pasted\x1b[201~');
    expect(tui.frame()).toBe(before);
  });
});

describe('a dialog', () => {
  it('means nothing to be done by Enter, Escape and n; choices are reached by arrows too', async () => {
    const { paused } = sampleStatus().server;
    const tui = await openTui({ script: { 'server.pause': { paused } } });
    for (const key of [keys.enter, keys.esc, 'n']) {
      await tui.press('p');
      await tui.sees('Pause or resume?');
      await tui.press(key);
      expect(tui.frame()).not.toContain('Pause or resume?');
    }
    expect(tui.daemon.paramsOf('server.pause')).toEqual([]);
    await tui.press('p', keys.down, keys.down);
    await tui.sees('mailctl server pause delivering');
    await tui.press(keys.enter);
    await tui.sees('Paused delivering.');
  });

  it('lets no key through to the screen below', async () => {
    const tui = await openTui();
    await tui.press('p', '3', 'r');
    expect(tui.daemon.calls.map(({ method }) => method)).not.toContain('server.reload');
    expect(tui.frame()).not.toContain('LAST REPLY');
  });
});

describe('a command', () => {
  it('is typed, run, and its output shown as on a terminal', async () => {
    const ran: (readonly string[])[] = [];
    const tui = await openTui({
      commands: {
        run: async (args, io) => {
          ran.push(args);
          io.stdout.write('\x1b[1mMESSAGES\x1b[22m\n   13  refused \x1b]52;c;x\x07\n');
          return 1;
        },
      },
    });
    await tui.press(':', "queue summary --by 'reason'", keys.enter);
    await tui.sees('MESSAGES');
    expect(ran).toEqual([['queue', 'summary', '--by', 'reason']]);
    expect(tui.frame()).toContain('mailctl queue summary --by reason');
    expect(tui.frame()).toContain('\\x1b]52;c;x\\x07');
    expect(tui.frame()).toContain('exit code 1');
    await tui.press(keys.esc);
    await tui.sees('Processed');
  });

  it('that goes on is shown as it comes, and ended by going back', async () => {
    let aborted = false;
    const tui = await openTui({
      commands: {
        run: (_args, io) =>
          new Promise((resolve) => {
            io.stdout.write('the first line\n');
            io.interrupt.addEventListener('abort', () => {
              aborted = true;
              resolve(130);
            });
          }),
      },
    });
    await tui.press(':', 'log -f', keys.enter);
    await tui.sees('the first line');
    await tui.sees('running');
    await tui.press(keys.esc);
    await tui.sees('Processed');
    expect(aborted).toBe(true);
  });

  it('is recalled with up, and completed with tab', async () => {
    const tui = await openTui({ commands: { complete: () => ['queue summary '] } });
    await tui.press(':', 'status', keys.enter);
    await tui.sees('done');
    await tui.press(keys.esc, ':', keys.up);
    await tui.sees(': status');
    await tui.press('\x15', 'queue su', keys.tab);
    await tui.sees(': queue summary');
  });

  it('is not the program itself, and has its quotes closed', async () => {
    const tui = await openTui();
    await tui.press(':', 'tui', keys.enter);
    await tui.sees('this is it');
    await tui.press('\x15', "log --grep 'x", keys.enter);
    await tui.sees("a ' is not closed");
  });
});

describe('a daemon that goes away', () => {
  it('leaves the last data, says since when and why, refuses actions, and is found again', async () => {
    const back = new FakeDaemonClient(
      {},
      { status: sampleStatus({ queue: { ...sampleStatus().queue, total: 999 } }) },
    );
    let there = false;
    const tui = await openTui({
      colored: true,
      reconnect: () => {
        if (!there) throw Object.assign(new Error('nobody answers'), { code: 'ECONNREFUSED' });
        return back;
      },
    });
    tui.daemon.hangUp();
    await tui.sees('NOT CONNECTED 00:00, trying again (ECONNRESET)');
    await tui.sees('trying again (ECONNREFUSED)');
    expect(tui.frame()).toContain('18,422');
    await tui.press('r');
    await tui.sees('not connected to maild');
    there = true;
    await tui.sees('3 Queue 999');
    expect(tui.frame()).not.toContain('NOT CONNECTED');
  });
});

describe('reading only', () => {
  it('has no keys that change anything', async () => {
    const tui = await openTui({ readOnly: true });
    await tui.sees('READ ONLY');
    for (const screen of ['1', '2', '3', '4', '6'])
      await tui.press(screen, 'x', 'b', 'd', 't', 'h', 'p', 'r', 'S', 'c', 'A', 'U');
    const changing = tui.daemon.calls.filter(
      ({ method }) => !/\.(list|count|show|explain|content)$/.test(method),
    );
    expect(changing).toEqual([]);
    await tui.press('3', '?');
    await tui.sees('This screen');
    expect(tui.frame()).not.toContain('take out of the queue');
  });

  it('runs commands that only show', async () => {
    const tui = await openTui({ readOnly: true });
    await tui.press(':', 'queue remove 42', keys.enter);
    await tui.sees('read-only: commands that change something are not run');
    await tui.press('\x15', 'queue list', keys.enter);
    await tui.sees('done');
  });
});

describe('looks', () => {
  it('has nothing beyond ASCII when asked so', async () => {
    const tui = await openTui({ ascii: true });
    for (const key of ['1', '2', '3', '5', '6', '?']) {
      await tui.press(key);
      await tui.sees('quit');
      expect(tui.frame()).toMatch(/^[\x20-\x7e\n]*$/);
    }
  });

  it('never says by colour alone what is selected, what is open and what is wrong', async () => {
    const tui = await openTui({ colored: false });
    await tui.press('2');
    await tui.sees('REMOTE');
    await tui.press(' ');
    await tui.sees('1 selected');
    expect(tui.frame()).toMatch(/^▌/m);
    expect(tui.frame()).toMatch(/^ ● /m);
    await tui.press('6');
    await tui.sees('ERROR');
    expect(tui.painted()).not.toMatch(/\x1b\[3[0-7]m/);
  });
});
