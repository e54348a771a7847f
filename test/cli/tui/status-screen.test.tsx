import { describe, expect, it } from 'vitest';
import { sampleStatus } from '../../helpers/api-samples.ts';
import { keys, openTui } from './open-tui.tsx';

describe('the status screen', () => {
  it('shows all of mailctl status, live', async () => {
    const tui = await openTui();
    const frame = await tui.sees('Activity');
    for (const text of ['RUNNING', 'Processed', '18,422', 'Deferred', '202', 'SQLite', 'smtp 0.0.0.0:25'])
      expect(frame).toContain(text);
    tui.daemon.emit('status', sampleStatus({ queue: { ...sampleStatus().queue, deferred: 199 } }));
    await tui.sees('199');
  });

  it('counts mail in and out by the minute from what the daemon tells', async () => {
    const tui = await openTui();
    await tui.sees('Mail in');
    const { counters } = sampleStatus();
    tui.daemon.emit(
      'status',
      sampleStatus({ counters: { ...counters, processedMessages: counters.processedMessages + 7 } }),
    );
    await tui.sees(/Mail in +7\/min/);
  });

  it('keeps events that have left the status of the daemon', async () => {
    const tui = await openTui({ rows: 50 });
    await tui.sees('recipient refused');
    const [entry] = sampleStatus().activity;
    if (!entry) throw new Error('a sample is missing');
    tui.daemon.emit('status', sampleStatus({ activity: [{ ...entry, seq: 99, message: 'news of now' }] }));
    expect(await tui.sees('news of now')).toContain('recipient refused');
  });

  it('is whole at 80x24', async () => {
    const tui = await openTui({ columns: 80, rows: 24 });
    const frame = await tui.sees('Service');
    for (const text of [
      'Messages',
      'Queue',
      'Sessions',
      'Mail out',
      'Housekeeper',
      'Warnings',
      'Activity',
      'q quit',
    ])
      expect(frame).toContain(text);
    expect(frame.split('\n').length).toBe(24);
    for (const line of frame.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('asks before it pauses, and says the command line that does the same', async () => {
    const { paused } = sampleStatus().server;
    const tui = await openTui({ script: { 'server.pause': { paused } } });
    await tui.press('p');
    await tui.sees('pause delivering');
    expect(tui.frame()).toContain('mailctl server pause receiving');
    await tui.press(keys.enter);
    expect(tui.daemon.paramsOf('server.pause')).toEqual([]);
    await tui.press('p', 'd');
    await tui.sees('Paused delivering.');
    expect(tui.frame()).toContain('mailctl server pause delivering');
    expect(tui.daemon.paramsOf('server.pause')).toEqual([{ parts: ['delivering'] }]);
  });

  it('stops and starts the server after a question', async () => {
    const tui = await openTui({ script: { 'server.stop': { state: 'stopped', changed: true } } });
    await tui.press('S');
    await tui.sees('Stop the server?');
    await tui.press('y');
    await tui.sees('The server is stopped.');
  });

  it('reads the configuration again and says what came of it', async () => {
    const tui = await openTui({
      script: { 'server.reload': { applied: ['delivery.concurrency'], needsRestart: ['state_dir'] } },
    });
    await tui.press('r');
    await tui.sees('Applied delivery.concurrency; needs a restart: state_dir.');
  });

  it('goes to the warnings', async () => {
    const tui = await openTui();
    await tui.press('w');
    await tui.sees('what helps');
  });
});
