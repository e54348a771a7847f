import { describe, expect, it } from 'vitest';
import { sampleEntry } from '../../helpers/api-samples.ts';
import { keys, openTui } from './open-tui.tsx';

const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => sampleEntry({ seq: from + n, message: `event ${from + n}.` }));

const open = async (options: Parameters<typeof openTui>[0] = {}) => {
  const tui = await openTui(options);
  await tui.press('5');
  await tui.sees('following');
  return tui;
};
const selected = (frame: string): string => frame.split('\n').find((row) => row.startsWith('▌')) ?? '';

describe('the log screen', () => {
  it('follows what is logged', async () => {
    const tui = await open();
    await tui.sees('recipient refused');
    for (const entry of lines(6, 100)) tui.daemon.emit('log', entry);
    await tui.sees('event 105.');
    expect(tui.frame()).not.toContain('event 6.');
    expect(tui.frame()).toContain('105 lines');
  });

  it('pauses by scrolling, stays where it is, and says how much is new', async () => {
    const tui = await open({ snapshot: { log: lines(1, 200) } });
    await tui.sees('event 200.');
    await tui.press(keys.up, keys.up);
    await tui.sees('PAUSED');
    expect(selected(tui.frame())).toContain('event 198.');
    const before = tui.frame().split('\n').slice(4, 20);
    for (const entry of lines(201, 7_000)) tui.daemon.emit('log', entry);
    await tui.sees('+7,000 new');
    expect(tui.frame().split('\n').slice(4, 20)).toEqual(before);
    await tui.press('G');
    await tui.sees('event 7200.');
    expect(tui.frame()).toContain('following');
  });

  it('follows again when the end is passed going down', async () => {
    const tui = await open({ snapshot: { log: lines(1, 50) } });
    await tui.press(keys.up);
    await tui.sees('PAUSED');
    await tui.press(keys.down, keys.down);
    await tui.sees('following');
  });

  it('counts what the daemon could not keep for it', async () => {
    const tui = await open();
    tui.daemon.emit('log', sampleEntry({ seq: 900 }), 812);
    await tui.sees('812 not shown: too fast');
  });

  it('lets the daemon filter by level, category and words', async () => {
    const tui = await open();
    await tui.press('L', 'L');
    await tui.sees('filter level:warn');
    expect(tui.daemon.subscribed('log')[0]?.log).toEqual({ level: 'warn' });
    await tui.press('c');
    await tui.sees('level:warn category:smtp');
    await tui.press('/', "session:98113 'grey.*list'", keys.enter);
    await tui.sees("session:98113 'grey.*list'");
    expect(tui.daemon.subscribed('log')[0]?.log).toEqual({
      level: 'warn',
      categories: ['smtp'],
      sessionId: 98113,
      grep: 'grey.*list',
    });
    await tui.press(keys.esc);
    await tui.sees('filter none');
  });

  it('shows only what is about the session or message of a line', async () => {
    const tui = await open();
    await tui.press(keys.up, 'i');
    await tui.sees('filter queue:3377');
    expect(tui.daemon.subscribed('log')[0]?.log).toEqual({ queueId: 3377 });
  });

  it('goes from a line to its message and to its session', async () => {
    const tui = await open();
    await tui.press(keys.up, 'm');
    await tui.sees('Message 3377');
    // Still paused at the line that was left.
    await tui.press('5', keys.up, keys.up, 's');
    await tui.sees(/SMTP Server \(7\) +198\.51\.100\.77/);
    expect(tui.daemon.subscribed('session')[0]?.sessionId).toBe(98113);
  });

  it('does not pause before there is a line to stay at', async () => {
    const tui = await open({ snapshot: { log: [] } });
    await tui.press(keys.up, 'f');
    expect(tui.services.log.paused).toBe(false);
    tui.daemon.emit('log', sampleEntry({ seq: 1, message: 'the first.' }));
    await tui.sees('the first.');
  });

  it('says why there is nowhere to go', async () => {
    const tui = await open();
    await tui.press('s');
    await tui.sees('move to a line first: up pauses the log');
  });

  it('shows all fields of a line', async () => {
    const tui = await open();
    await tui.press(keys.up, keys.enter);
    await tui.sees('Line 4');
    expect(tui.frame()).toMatch(/host +relay1\.example\.com/);
    await tui.press(keys.esc);
    expect(tui.frame()).not.toContain('Line 4');
  });

  it('keeps the place of a reader who goes to another screen and comes back', async () => {
    const tui = await open({ snapshot: { log: lines(1, 200) } });
    await tui.press(keys.pageUp);
    await tui.sees('PAUSED');
    const row = selected(tui.frame());
    await tui.press('1', '5');
    await tui.sees('PAUSED');
    expect(selected(tui.frame())).toBe(row);
  });
});
