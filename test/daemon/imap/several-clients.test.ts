import { describe, expect, it } from 'vitest';
import { until } from '../../helpers/until.ts';
import { startImap } from './harness.ts';

describe('several programs on one mailbox', () => {
  it('see what the others do, when they do something themselves', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('one');
    const [a, b] = [await rig.selected(), await rig.selected()];
    rig.mailboxes.deliver('two');
    await a.ok('STORE 1 +FLAGS (\\Flagged)');
    expect(await b.say('NOOP')).toEqual([
      '* 2 EXISTS',
      expect.stringMatching(/^\* \d RECENT$/),
      '* 1 FETCH (FLAGS (\\Flagged))',
      'OK Noop completed',
    ]);
    expect(await b.say('NOOP')).toEqual(['OK Noop completed']);
  });

  it('keep their sequence numbers while they count by them', async () => {
    const rig = await startImap();
    for (const text of ['one', 'two', 'three']) rig.mailboxes.deliver(text);
    const [a, b] = [await rig.selected(), await rig.selected()];
    await a.ok('STORE 1 +FLAGS.SILENT \\Deleted');
    await a.ok('EXPUNGE');
    for (const command of ['FETCH 3 FLAGS', 'STORE 3 +FLAGS.SILENT \\Seen', 'SEARCH ALL']) {
      expect((await b.ok(command)).join('\n')).not.toMatch(/^\* \d+ EXPUNGE/m);
    }
    expect(await b.say('UID FETCH 3 FLAGS')).toEqual([
      expect.stringMatching(/^\* 3 FETCH /),
      '* 1 EXPUNGE',
      'OK Fetch completed',
    ]);
  });

  it('with QRESYNC know how far they know all, while removals are held back', async () => {
    const rig = await startImap();
    for (const text of ['one', 'two', 'three']) rig.mailboxes.deliver(text);
    const [a, b] = [await rig.selected(), await rig.alice()];
    await b.ok('ENABLE QRESYNC');
    await b.ok('SELECT INBOX');
    await a.ok('STORE 1 +FLAGS.SILENT \\Deleted');
    await b.ok('NOOP');
    await a.ok('EXPUNGE');
    // Whoever keeps 7 now will never hear that message 1 has gone, by 6.
    expect(await b.say('STORE 3 +FLAGS (\\Seen)')).toEqual([
      '* 3 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (7))',
      '* OK [HIGHESTMODSEQ 5] You know all up to it',
      'OK Store completed',
    ]);
    expect(await b.say('FETCH 1 FLAGS')).toContain('* OK [HIGHESTMODSEQ 5] You know all up to it');
    expect(await b.say('NOOP')).toEqual([
      '* VANISHED 1',
      '* OK [HIGHESTMODSEQ 7] You know all up to it',
      'OK Noop completed',
    ]);
    expect(await b.say('NOOP')).toEqual(['OK Noop completed']);
  });

  it('that come back with QRESYNC are told of the mailbox as it was opened, and of the rest later', async () => {
    const rig = await startImap();
    for (const text of ['one', 'two']) rig.mailboxes.deliver(text);
    const [a, b] = [await rig.selected(), await rig.alice()];
    await b.ok('ENABLE QRESYNC');
    const { mailboxes } = rig;
    const changedSince = mailboxes.changedSince.bind(mailboxes);
    mailboxes.changedSince = async (...asked) => {
      await a.ok('STORE 1 +FLAGS.SILENT \\Deleted');
      await a.ok('EXPUNGE');
      await a.ok('STORE 1 +FLAGS.SILENT \\Seen');
      mailboxes.deliver('three');
      return changedSince(...asked);
    };
    // By 6 the client knows not all: message 1 went by 5.
    expect((await b.say('SELECT INBOX (QRESYNC (1001 3))')).slice(-4)).toEqual([
      '* OK [HIGHESTMODSEQ 3] Highest mod-sequence',
      '* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (6))',
      '* OK [HIGHESTMODSEQ 3] You know all up to it',
      'OK [READ-WRITE] Select completed',
    ]);
    expect(await b.say('NOOP')).toEqual([
      '* VANISHED 1',
      '* 2 EXISTS',
      expect.stringMatching(/RECENT$/),
      '* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (6))',
      '* OK [HIGHESTMODSEQ 7] You know all up to it',
      'OK Noop completed',
    ]);
  });

  it('hear that a search may have passed over what has gone', async () => {
    const rig = await startImap();
    for (const text of ['one', 'two']) rig.mailboxes.deliver(text);
    const [a, b] = [await rig.selected(), await rig.selected()];
    await a.ok('STORE 1 +FLAGS.SILENT \\Deleted');
    await a.ok('EXPUNGE');
    expect((await b.say('SEARCH ALL')).at(-1)).toBe('OK [EXPUNGEISSUED] Search completed');
    expect((await b.say('UID SEARCH ALL')).at(-1)).toBe('OK Search completed');
    expect((await b.say('SEARCH ALL')).at(-1)).toBe('OK Search completed');
  });

  it('are told nothing unless they ask or idle', async () => {
    const rig = await startImap();
    const client = await rig.selected();
    rig.mailboxes.deliver('one');
    const tag = client.send('NOOP');
    expect(await client.line()).toBe('* 1 EXISTS');
    await client.until(tag);
  });

  it('are sent away when the mailbox is deleted, but for the one that did it', async () => {
    const rig = await startImap();
    await rig.mailboxes.create(1, 'old');
    const [a, b, c] = [await rig.selected('old'), await rig.selected('old'), await rig.selected('old')];
    c.send('IDLE');
    await until(() => rig.registry.live.some(({ detail }) => detail === 'IDLE'), 'IDLE');
    expect(await a.say('DELETE old')).toEqual(['OK Delete completed']);
    expect((await a.say('CHECK'))[0]).toMatch(/^BAD /);
    b.send('NOOP');
    expect((await b.rest()).at(-1)).toBe('* BYE The mailbox is no longer there');
    expect((await c.rest()).at(-1)).toBe('* BYE The mailbox is no longer there');
  });
});

describe('commands in one packet', () => {
  it('are obeyed one after another, each whole', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('one');
    const client = await rig.alice();
    client.write(
      'a SELECT INBOX\r\nb STORE 1 +FLAGS (\\Deleted)\r\nc EXPUNGE\r\nd FETCH 1 FLAGS\r\ne NOOP\r\n',
    );
    await client.until('a');
    expect(await client.until('b')).toEqual(['* 1 FETCH (FLAGS (\\Deleted \\Recent))', 'OK Store completed']);
    expect(await client.until('c')).toEqual(['* 1 EXPUNGE', 'OK Expunge completed']);
    expect((await client.until('d'))[0]).toMatch(/^BAD /);
    expect(await client.until('e')).toEqual(['OK Noop completed']);
  });

  it('are all answered when the client has closed its half behind them', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    client.socket.end('a CREATE one\r\nb CREATE two\r\nc NOOP\r\n');
    expect(await client.rest()).toEqual([
      'a OK Create completed',
      'b OK Create completed',
      'c OK Noop completed',
    ]);
  });
});
