import { describe, expect, it } from 'vitest';
import { MaildError } from '../../../daemon/errors.ts';
import { StoreError } from '../../../daemon/store/store-error.ts';
import { startImap } from './harness.ts';

async function withMessages(count: number) {
  const rig = await startImap();
  for (let n = 1; n <= count; n += 1) rig.mailboxes.deliver(`message ${n}`);
  return { rig, client: await rig.selected() };
}

describe('FETCH', () => {
  it('answers by sequence number and by UID', async () => {
    const { client } = await withMessages(3);
    expect(await client.say('FETCH 2:* FLAGS')).toEqual([
      '* 2 FETCH (FLAGS (\\Recent))',
      '* 3 FETCH (FLAGS (\\Recent))',
      'OK Fetch completed',
    ]);
    expect(await client.say('UID FETCH 7:* FLAGS')).toEqual([
      '* 3 FETCH (UID 3 FLAGS (\\Recent))',
      'OK Fetch completed',
    ]);
    expect((await client.say('FETCH 4 FLAGS'))[0]).toMatch(/^BAD /);
    expect(await client.say('UID FETCH 99 FLAGS')).toEqual(['OK Fetch completed']);
  });

  it('says that messages have gone which the client still counts', async () => {
    const { rig, client } = await withMessages(2);
    const other = await rig.selected();
    await other.ok('STORE 1 +FLAGS.SILENT \\Deleted');
    await other.ok('EXPUNGE');
    expect(await client.say('FETCH 1:2 (RFC822.SIZE)')).toEqual([
      '* 2 FETCH (RFC822.SIZE 9)',
      'OK [EXPUNGEISSUED] Fetch completed',
    ]);
    expect(await client.say('NOOP')).toEqual(['* 1 EXPUNGE', 'OK Noop completed']);
  });

  it('gives what it has when nothing can be written, and marks nothing as seen', async () => {
    const { rig, client } = await withMessages(1);
    rig.mailboxes.failing = new StoreError('full', 'no space left');
    expect(await client.say('FETCH 1 BODY[]')).toEqual([
      '* 1 FETCH (BODY[] {9}\r\nmessage 1)',
      'OK Fetch completed',
    ]);
    expect(rig.mailboxes.flags()).toEqual([0]);
    expect(rig.logged.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('with CHANGEDSINCE tells what has changed, and with VANISHED what has gone', async () => {
    const { client } = await withMessages(3);
    expect((await client.say('UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)'))[0]).toMatch(/^BAD /);
    await client.ok('ENABLE QRESYNC');
    await client.ok('STORE 1 +FLAGS.SILENT \\Deleted');
    await client.ok('STORE 3 +FLAGS.SILENT \\Seen');
    await client.ok('EXPUNGE');
    expect(await client.say('UID FETCH 1:* FLAGS (CHANGEDSINCE 4 VANISHED)')).toEqual([
      '* VANISHED (EARLIER) 1',
      '* 2 FETCH (UID 3 FLAGS (\\Seen \\Recent) MODSEQ (6))',
      'OK Fetch completed',
    ]);
  });
});

describe('a message whose content cannot be read to its end', () => {
  it('ends the session: whatever is said next would be taken for the rest of the message', async () => {
    const rig = await startImap({
      fetchMessages: async ({ out }) => {
        out.write(Buffer.from('* 1 FETCH (BODY[] {1000}\r\ncut'));
        throw new MaildError('imap.content_cut', 'the file of a message ends before its end');
      },
    });
    rig.mailboxes.deliver('one');
    const client = await rig.selected();
    const tag = client.send('FETCH 1 BODY.PEEK[]');
    await expect(client.until(tag)).rejects.toThrow('closed');
    const errors = rig.logged.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ message: 'session failed' }]);
  });
});

describe('STORE', () => {
  it('changes flags and tells them, or is silent', async () => {
    const { rig, client } = await withMessages(2);
    expect(await client.say('STORE 1:2 +FLAGS (\\Seen)')).toEqual([
      '* 1 FETCH (FLAGS (\\Seen \\Recent))',
      '* 2 FETCH (FLAGS (\\Seen \\Recent))',
      'OK Store completed',
    ]);
    expect(await client.say('UID STORE 2 -FLAGS \\Seen')).toEqual([
      '* 2 FETCH (UID 2 FLAGS (\\Recent))',
      'OK Store completed',
    ]);
    expect(await client.say('STORE 1 FLAGS.SILENT (\\Flagged)')).toEqual(['OK Store completed']);
    expect(rig.mailboxes.flags()).toEqual([4, 0]);
  });

  it('tells of a new keyword before it is used', async () => {
    const { client } = await withMessages(1);
    expect(await client.say('STORE 1 +FLAGS ($Junk)')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)',
      expect.stringMatching(/^\* OK \[PERMANENTFLAGS \(.* \$Junk \\\*\)\] /),
      '* 1 FETCH (FLAGS ($Junk \\Recent))',
      'OK Store completed',
    ]);
  });

  it('leaves alone what others have changed since', async () => {
    const { rig, client } = await withMessages(2);
    const other = await rig.selected();
    await other.ok('STORE 2 +FLAGS.SILENT \\Flagged');
    expect(await client.say('STORE 1:2 (UNCHANGEDSINCE 3) +FLAGS.SILENT \\Seen')).toEqual([
      '* OK [HIGHESTMODSEQ 4] From now on',
      '* 1 FETCH (MODSEQ (5))',
      '* 2 FETCH (FLAGS (\\Flagged \\Recent) MODSEQ (4))',
      'OK [MODIFIED 2] Messages that others have changed were left alone',
    ]);
  });
});

describe('COPY and MOVE', () => {
  it('tell the UIDs of the copies', async () => {
    const { rig, client } = await withMessages(3);
    await client.ok('CREATE Kept');
    expect(await client.say('COPY 1,3 Kept')).toEqual(['OK [COPYUID 1002 1,3 1:2] Copy completed']);
    expect(await client.say('UID MOVE 2 Kept')).toEqual([
      '* OK [COPYUID 1002 2 3] Moved',
      '* 2 EXPUNGE',
      'OK Move completed',
    ]);
    expect(rig.mailboxes.contents('Kept')).toEqual(['message 1', 'message 3', 'message 2']);
    expect((await client.say('COPY 1 nowhere'))[0]).toMatch(/^NO \[TRYCREATE\] /);
    expect(await client.say('UID COPY 99 Kept')).toEqual(['OK There was nothing to do']);
  });
});

describe('EXPUNGE', () => {
  it('removes what is deleted; with a set only what is in it', async () => {
    const { rig, client } = await withMessages(4);
    await client.ok('STORE 1:3 +FLAGS.SILENT \\Deleted');
    expect(await client.say('UID EXPUNGE 2:4')).toEqual([
      '* 2 EXPUNGE',
      '* 2 EXPUNGE',
      'OK Expunge completed',
    ]);
    expect(await client.say('EXPUNGE')).toEqual(['* 1 EXPUNGE', 'OK Expunge completed']);
    expect(rig.mailboxes.contents()).toEqual(['message 4']);
  });

  it('is VANISHED once QRESYNC is enabled', async () => {
    const { client } = await withMessages(4);
    expect(await client.ok('ENABLE QRESYNC')).toEqual([
      '* ENABLED QRESYNC',
      '* OK [HIGHESTMODSEQ 5] From now on',
      'OK Enable completed',
    ]);
    await client.ok('STORE 1,2,4 +FLAGS.SILENT \\Deleted');
    expect(await client.say('EXPUNGE')).toEqual([
      '* VANISHED 1:2,4',
      'OK [HIGHESTMODSEQ 9] Expunge completed',
    ]);
    await client.ok('CREATE Kept');
    expect(await client.say('MOVE 1 Kept')).toEqual([
      '* OK [COPYUID 1002 3 1] Moved',
      '* VANISHED 3',
      'OK [HIGHESTMODSEQ 10] Move completed',
    ]);
  });
});

describe('SEARCH', () => {
  it('answers as it was asked', async () => {
    const { client } = await withMessages(4);
    await client.ok('STORE 2:3 +FLAGS.SILENT \\Seen');
    expect(await client.say('SEARCH SEEN')).toEqual(['* SEARCH 2 3', 'OK Search completed']);
    expect(await client.say('SEARCH DELETED')).toEqual(['* SEARCH', 'OK Search completed']);
    const tag = client.send('UID SEARCH RETURN (MIN MAX COUNT ALL) SEEN');
    expect(await client.until(tag)).toEqual([
      `* ESEARCH (TAG "${tag}") UID MIN 2 MAX 3 ALL 2:3 COUNT 2`,
      'OK Search completed',
    ]);
    const empty = client.send('SEARCH RETURN (MIN COUNT) DELETED');
    expect((await client.until(empty))[0]).toBe(`* ESEARCH (TAG "${empty}") COUNT 0`);
  });
});

describe('with QRESYNC on', () => {
  it('every FETCH response has the UID', async () => {
    const { client } = await withMessages(2);
    await client.ok('ENABLE QRESYNC');
    expect((await client.say('FETCH 2 FLAGS'))[0]).toBe('* 2 FETCH (UID 2 FLAGS (\\Recent))');
    expect((await client.say('STORE 2 +FLAGS.SILENT (\\Seen)'))[0]).toMatch(
      /^\* 2 FETCH \(UID 2 MODSEQ \(\d+\)\)$/,
    );
  });
});

describe('coming back with QRESYNC', () => {
  it('is told what has gone and what has changed, of what it knows', async () => {
    const { rig, client } = await withMessages(5);
    await client.ok('STORE 1,5 +FLAGS.SILENT \\Deleted');
    await client.ok('EXPUNGE');
    await client.ok('STORE 2 +FLAGS.SILENT \\Seen');
    const back = await rig.alice();
    expect((await back.say('SELECT INBOX (QRESYNC (1001 6))'))[0]).toMatch(/^BAD /);
    await back.ok('ENABLE QRESYNC');
    const told = await back.say('SELECT INBOX (QRESYNC (1001 6 1:4))');
    expect(told.slice(-3)).toEqual([
      '* VANISHED (EARLIER) 1',
      '* 2 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (10))',
      'OK [READ-WRITE] Select completed',
    ]);
    const other = await back.say('SELECT INBOX (QRESYNC (77 6))');
    expect(other[0]).toBe('* OK [CLOSED] Previous mailbox is closed');
    expect(other.join('\n')).not.toMatch(/VANISHED|FETCH/);
  });
});
