import { describe, expect, it } from 'vitest';
import { startImap } from './harness.ts';

describe('IDLE', () => {
  it('tells at once what happens, until DONE', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('one');
    const client = await rig.selected();
    const other = await rig.selected();
    const tag = client.send('IDLE');
    expect(await client.line()).toBe('+ idling');
    expect(rig.registry.all[0]?.detail).toBe('IDLE');
    expect(rig.registry.all[0]?.mailbox()).toBe('INBOX');
    rig.mailboxes.deliver('two');
    expect([await client.line(), await client.line()]).toEqual(['* 2 EXISTS', '* 2 RECENT']);
    await other.ok('STORE 1 +FLAGS (\\Deleted)');
    expect(await client.line()).toBe('* 1 FETCH (FLAGS (\\Deleted \\Recent))');
    await other.ok('EXPUNGE');
    expect(await client.line()).toBe('* 1 EXPUNGE');
    client.write('done\r\n');
    expect(await client.until(tag)).toEqual(['OK Idle completed']);
    expect(rig.registry.all[0]?.detail).toBe('Waiting');
  });

  it('tells first what had happened before', async () => {
    const rig = await startImap();
    const client = await rig.selected();
    rig.mailboxes.deliver('one');
    client.send('IDLE');
    expect([await client.line(), await client.line()]).toEqual(['+ idling', '* 1 EXISTS']);
  });

  it('tells of much before it ends, and all of it', async () => {
    const rig = await startImap();
    for (let n = 1; n <= 1_200; n += 1) rig.mailboxes.deliver(`message ${n}`);
    const client = await rig.selected();
    const other = await rig.selected();
    const tag = client.send('IDLE');
    expect(await client.line()).toBe('+ idling');
    await other.ok('STORE 1:* +FLAGS.SILENT \\Seen');
    client.write('DONE\r\n');
    const told = await client.until(tag);
    expect(told).toHaveLength(1_201);
    expect(told.at(-2)).toBe('* 1200 FETCH (FLAGS (\\Seen \\Recent))');
    await other.ok('STORE 1:* +FLAGS.SILENT \\Deleted');
    await other.ok('EXPUNGE');
    expect(await client.ok('NOOP')).toHaveLength(1_201);
  });

  it('works without a mailbox, not without a login, and ends with whatever is not DONE', async () => {
    const rig = await startImap();
    const stranger = await rig.client();
    expect(await stranger.say('IDLE')).toEqual(['BAD Log in first']);
    const client = await rig.alice();
    const tag = client.send('IDLE');
    await client.line();
    client.write('x NOOP\r\n');
    expect(await client.until(tag)).toEqual(['BAD Expected DONE']);
    await client.ok('NOOP');
  });

  it('ends after the idle time, and not before', async () => {
    const rig = await startImap({ config: { imap: { idleTimeoutMs: 1_800_000 } } });
    const client = await rig.selected();
    client.send('IDLE');
    await client.line();
    rig.clock.advance(1_799_000);
    rig.mailboxes.deliver('one');
    expect([await client.line(), await client.line()]).toEqual(['* 1 EXISTS', '* 1 RECENT']);
    rig.clock.advance(3_000);
    expect(await client.rest()).toEqual(['* BYE Idle for too long']);
    expect(rig.mailboxes.views).toBe(0);
  });
});
