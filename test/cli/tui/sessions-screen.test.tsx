import { describe, expect, it } from 'vitest';
import { ago, sampleSession } from '../../helpers/api-samples.ts';
import { keys, openTui } from './open-tui.tsx';

const open = async (options: Parameters<typeof openTui>[0] = {}) => {
  const tui = await openTui(options);
  await tui.press('2');
  await tui.sees('Delivering to');
  return tui;
};
/** The row that the cursor is on. */
const selected = (frame: string): string => frame.split('\n').find((row) => row.startsWith('▌')) ?? '';

describe('the sessions screen', () => {
  it('lists who is connected, and follows who comes, changes and goes', async () => {
    const tui = await open();
    expect(tui.frame()).toContain('4 sessions');
    tui.daemon.emit('sessions', {
      change: 'opened',
      session: sampleSession({ id: 99001, remoteAddress: '203.0.113.200', detail: 'Greeting' }),
    });
    await tui.sees('203.0.113.200');
    tui.daemon.emit('sessions', {
      change: 'changed',
      session: sampleSession({ id: 99001, detail: 'DATA, 4 KB' }),
    });
    await tui.sees('DATA, 4 KB');
    tui.daemon.emit('sessions', { change: 'closed', session: sampleSession({ id: 99001 }) });
    await tui.sees('4 sessions');
  });

  it('keeps the cursor on its session when others come before it', async () => {
    const tui = await open();
    await tui.press(keys.down, keys.down);
    expect(selected(tui.frame())).toContain('98114');
    tui.daemon.emit('sessions', { change: 'opened', session: sampleSession({ id: 5, detail: 'early' }) });
    await tui.sees('early');
    expect(selected(tui.frame())).toContain('98114');
  });

  it('stays at the place when the session under the cursor ends', async () => {
    const tui = await open();
    await tui.press(keys.down);
    tui.daemon.emit('sessions', { change: 'closed', session: sampleSession({ id: 98113 }) });
    await tui.sees('3 sessions');
    expect(selected(tui.frame())).toContain('98114');
  });

  it('asks for the list anew when events were skipped', async () => {
    const tui = await open();
    const before = tui.daemon.subscribed('sessions')[0];
    tui.daemon.emit('sessions', { change: 'changed', session: sampleSession() }, 12);
    await tui.sees('4 sessions');
    expect(tui.daemon.subscribed('sessions')).toHaveLength(1);
    expect(tui.daemon.subscribed('sessions')[0]).not.toBe(before);
  });

  it('filters with the words of the command line', async () => {
    const tui = await open();
    await tui.press('/', 'type:smtp-client', keys.enter);
    await tui.sees('1 of 4 sessions');
    await tui.press(keys.esc, '/', 'ip:198.51.100.0/24', keys.enter);
    await tui.sees('1 of 4 sessions');
    expect(tui.frame()).toContain('198.51.100.77');
    await tui.press(keys.esc, '/', 'user:ann@*', keys.enter);
    await tui.sees('1 of 4 sessions');
    await tui.press(keys.esc, '/', 'older:1h', keys.enter);
    await tui.sees('1 of 4 sessions');
    await tui.press(keys.esc);
    await tui.sees('filter none');
  });

  it('says what is wrong with a filter, and keeps it to be put right', async () => {
    const tui = await open();
    await tui.press('/', 'older:soon', keys.enter);
    await tui.sees('older-than: "soon" is not a duration');
    await tui.press(keys.esc);
    await tui.sees('filter none');
  });

  it('sorts by the next column, and the other way round', async () => {
    const tui = await open();
    await tui.press('s', 's');
    await tui.sees('sort user');
    await tui.press('S');
    await tui.sees('USER ▼');
  });

  it('shows what is said in a session as it is spoken', async () => {
    const tui = await open({
      snapshot: {
        session: {
          session: sampleSession(),
          exchanges: [{ at: ago(9), direction: 'in', text: 'EHLO friend' }],
          dropped: 0,
        },
      },
    });
    await tui.press(keys.down, keys.enter);
    await tui.sees('< EHLO friend');
    expect(tui.daemon.subscribed('session')[0]?.sessionId).toBe(98113);
    tui.daemon.emit('session', { at: ago(1), direction: 'out', text: '250 2.1.0 Ok' });
    await tui.sees('> 250 2.1.0 Ok');
    tui.daemon.emit('session', null);
    await tui.sees('the session has ended');
    await tui.press(keys.esc);
    expect(tui.frame()).not.toContain('EHLO friend');
    expect(tui.daemon.subscribed('session')).toEqual([]);
  });

  it('reads back in a dialogue while it goes on', async () => {
    const exchanges = Array.from({ length: 60 }, (_, n) => ({
      at: ago(60),
      direction: 'in' as const,
      text: `line number ${n}.`,
    }));
    const tui = await open({ snapshot: { session: { session: sampleSession(), exchanges, dropped: 0 } } });
    await tui.press(keys.enter);
    await tui.sees('line number 59.');
    await tui.press('[');
    await tui.sees('lines below');
    expect(tui.frame()).not.toContain('line number 59.');
    tui.daemon.emit('session', { at: ago(1), direction: 'in', text: 'the newest' });
    await tui.press('J');
    expect(tui.frame()).not.toContain('the newest');
    await tui.press(']', ']', ']', ']', ']');
    await tui.sees('the newest');
  });

  it('ends the session under the cursor only after a yes', async () => {
    const tui = await open();
    await tui.press('x');
    await tui.sees('End 1 session?');
    expect(tui.frame()).toContain('mailctl sessions kill 61019');
    await tui.press('n');
    expect(tui.daemon.paramsOf('sessions.kill')).toEqual([]);
    await tui.press('x', 'y');
    await tui.sees('Ended 1 session.');
    expect(tui.daemon.paramsOf('sessions.kill')).toEqual([{ filter: { ids: [61019] } }]);
  });

  it('ends and blocks those selected for the time that is chosen', async () => {
    const tui = await open();
    await tui.press(' ', ' ');
    await tui.sees('2 selected');
    await tui.press('b');
    await tui.sees('End 2 sessions and block?');
    expect(tui.frame()).toContain('ann@example.org, 198.51.100.77');
    await tui.press('d');
    await tui.sees('Ended 2 sessions.');
    expect(tui.daemon.paramsOf('sessions.kill')).toEqual([
      { filter: { ids: [61019, 98113] }, blockSeconds: 86_400 },
    ]);
  });

  it('goes to the log of a session', async () => {
    const tui = await open();
    await tui.press('l');
    await tui.sees('filter session:61019');
    expect(tui.daemon.subscribed('log').at(-1)?.log).toEqual({ sessionId: 61019 });
  });

  it('says calmly that nobody is there', async () => {
    const tui = await openTui({ snapshot: { sessions: [] } });
    await tui.press('2');
    await tui.sees('Nobody is connected at this moment.');
    await tui.press('x');
    await tui.sees('there is no session');
  });
});
