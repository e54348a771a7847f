import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../daemon/store/store-error.ts';
import { startImap } from './harness.ts';

describe('SELECT', () => {
  it('describes the mailbox', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('one', { bits: 1 });
    rig.mailboxes.deliver('two', { keywords: ['$Forwarded'] });
    const client = await rig.alice();
    expect(await client.say('SELECT inbox')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)',
      '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*)] Flags that can be changed',
      '* 2 EXISTS',
      '* 2 RECENT',
      '* OK [UNSEEN 2] First unseen message',
      '* OK [UIDVALIDITY 1001] UIDs are valid',
      '* OK [UIDNEXT 3] Next UID',
      '* OK [HIGHESTMODSEQ 3] Highest mod-sequence',
      'OK [READ-WRITE] Select completed',
    ]);
    expect(rig.registry.last.state).toBe('selected');
  });

  it('read-only by EXAMINE takes no changes', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('one');
    const client = await rig.alice();
    const told = await client.say('EXAMINE INBOX');
    expect(told).toContain('* OK [PERMANENTFLAGS ()] Flags that can be changed');
    expect(told.at(-1)).toBe('OK [READ-ONLY] Examine completed');
    for (const command of ['STORE 1 +FLAGS (\\Seen)', 'EXPUNGE', 'MOVE 1 INBOX']) {
      expect((await client.say(command)).at(-1)).toMatch(/^NO \[READ-ONLY\] /);
    }
    await client.ok('CLOSE');
    expect(rig.mailboxes.flags()).toEqual([0]);
  });

  it('of a mailbox that is not there leaves nothing selected', async () => {
    const rig = await startImap();
    const client = await rig.selected();
    expect(await client.say('SELECT nowhere')).toEqual(['NO [NONEXISTENT] There is no such mailbox']);
    expect((await client.say('FETCH 1 FLAGS'))[0]).toMatch(/^BAD /);
    expect(rig.mailboxes.views).toBe(0);
  });

  it('of a name that no mailbox can have leaves nothing selected, either', async () => {
    const rig = await startImap();
    const client = await rig.selected();
    await client.ok('ENABLE QRESYNC');
    expect(await client.say('SELECT "&bad"')).toEqual([
      '* OK [CLOSED] Previous mailbox is closed',
      'NO [CANNOT] Not a valid mailbox name',
    ]);
    expect((await client.say('FETCH 1 FLAGS'))[0]).toMatch(/^BAD /);
    await client.ok('SELECT INBOX');
    // It was not understood: nothing has changed.
    expect((await client.say('SELECT INBOX (UNKNOWN)'))[0]).toMatch(/^BAD /);
    await client.ok('CHECK');
  });

  it('is over by CLOSE, which removes what is deleted, and by UNSELECT, which does not', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('one', { bits: 8 });
    const client = await rig.selected();
    await client.ok('UNSELECT');
    expect(rig.mailboxes.contents()).toEqual(['one']);
    await client.ok('SELECT INBOX');
    expect(await client.say('CLOSE')).toEqual(['OK Close completed']);
    expect(rig.mailboxes.contents()).toEqual([]);
    expect((await client.say('CLOSE'))[0]).toMatch(/^BAD /);
  });
});

describe('mailboxes', () => {
  it('are created, renamed, removed, and why they are not', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    await client.ok('CREATE Lists/maild/');
    await client.ok('CREATE Entw&APw-rfe');
    expect(await client.say('CREATE Lists')).toEqual(['NO [ALREADYEXISTS] There is such a mailbox already']);
    expect((await client.say('DELETE Lists'))[0]).toMatch(/^NO \[HASCHILDREN\] /);
    expect((await client.say('DELETE INBOX'))[0]).toMatch(/^NO \[CANNOT\] /);
    expect((await client.say('DELETE nowhere'))[0]).toMatch(/^NO \[NONEXISTENT\] /);
    await client.ok('RENAME Lists/maild Lists/other');
    await client.ok('DELETE Lists/other');
    expect((await client.say('RENAME Lists INBOX'))[0]).toMatch(/^NO \[ALREADYEXISTS\] /);
    expect(await client.say('LIST "" *')).toEqual([
      '* LIST (\\HasNoChildren) "/" "INBOX"',
      '* LIST (\\HasNoChildren) "/" "Entw&APw-rfe"',
      '* LIST (\\HasNoChildren) "/" "Lists"',
      'OK List completed',
    ]);
  });

  it('are created for a special use', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    await client.ok('CREATE Sent (USE (\\Sent))');
    expect((await client.say('CREATE All (USE (\\All))'))[0]).toMatch(/^NO \[USEATTR\] /);
    expect(await client.say('LIST (SPECIAL-USE) "" *')).toEqual([
      '* LIST (\\HasNoChildren \\Sent) "/" "Sent"',
      'OK List completed',
    ]);
  });

  it('tell their STATUS', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('hello');
    const client = await rig.alice();
    const items = 'MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ SIZE APPENDLIMIT';
    expect(await client.say(`STATUS INBOX (${items})`)).toEqual([
      '* STATUS "INBOX" (MESSAGES 1 RECENT 1 UIDNEXT 2 UIDVALIDITY 1001 UNSEEN 1 HIGHESTMODSEQ 2 SIZE 5 APPENDLIMIT 52428800)',
      'OK Status completed',
    ]);
    expect((await client.say('STATUS nowhere (MESSAGES)'))[0]).toMatch(/^NO \[NONEXISTENT\] /);
  });

  it('have UTF-8 names once that is enabled', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    expect(await client.say('ENABLE UTF8=ACCEPT NOTHING')).toEqual([
      '* ENABLED UTF8=ACCEPT',
      'OK Enable completed',
    ]);
    const name = Buffer.from('Entwürfe').toString('latin1');
    await client.ok(`CREATE "${name}"`);
    expect((await client.say('LIST "" Entw*'))[0]).toBe(`* LIST (\\HasNoChildren) "/" "${name}"`);
    expect((await rig.mailboxes.list())[1]?.name).toBe('Entwürfe');
  });

  it('tell when the store cannot, and the session lives', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    rig.mailboxes.failing = new StoreError('full', 'no space left');
    expect(await client.say('CREATE new')).toEqual(['NO [OVERQUOTA] The server has no room']);
    rig.mailboxes.failing = new StoreError('damaged', 'not a database');
    expect((await client.say('CREATE new'))[0]).toMatch(/^NO \[UNAVAILABLE\] /);
    rig.mailboxes.failing = null;
    await client.ok('CREATE new');
    expect(rig.logged.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'command failed',
      'command failed',
    ]);
  });
});

describe('LIST', () => {
  async function withFolders() {
    const rig = await startImap();
    const client = await rig.alice();
    for (const name of ['Archive', 'Archive/2025', 'Archive/2026', 'Lists/a/b'])
      await client.ok(`CREATE ${name}`);
    const names = async (command: string) =>
      (await client.ok(command)).slice(0, -1).map((line) => line.replace(/^\* L[A-Z]+ /, ''));
    return { rig, client, names };
  }

  it('knows both wildcards, references, and INBOX in any case', async () => {
    const { names } = await withFolders();
    const children = '(\\HasChildren) "/"';
    const leaf = '(\\HasNoChildren) "/"';
    expect(await names('LIST "" %')).toEqual([
      `${leaf} "INBOX"`,
      `${children} "Archive"`,
      `${children} "Lists"`,
    ]);
    expect(await names('LIST Archive/ %')).toEqual([`${leaf} "Archive/2025"`, `${leaf} "Archive/2026"`]);
    expect(await names('LIST "" "*6"')).toEqual([`${leaf} "Archive/2026"`]);
    expect(await names('LIST "" "%/%/%"')).toEqual([`${leaf} "Lists/a/b"`]);
    expect(await names('LIST "" iNbOx')).toEqual([`${leaf} "INBOX"`]);
    expect(await names('LIST "" ""')).toEqual(['(\\Noselect) "/" ""']);
    expect(await names('LIST "" nothing')).toEqual([]);
  });

  it('with options tells of subscriptions, of what is below, and the status', async () => {
    const { client, names } = await withFolders();
    for (const name of ['Archive/2025', 'gone/with/wind']) await client.ok(`SUBSCRIBE ${name}`);
    expect(await names('LIST (SUBSCRIBED) "" *')).toEqual([
      '(\\HasNoChildren \\Subscribed) "/" "Archive/2025"',
      '(\\NonExistent \\HasNoChildren \\Subscribed) "/" "gone/with/wind"',
    ]);
    expect(await names('LIST (SUBSCRIBED RECURSIVEMATCH) "" %')).toEqual([
      '(\\HasChildren) "/" "Archive" ("CHILDINFO" ("SUBSCRIBED"))',
      '(\\NonExistent \\HasNoChildren) "/" "gone" ("CHILDINFO" ("SUBSCRIBED"))',
    ]);
    expect(await names('LIST "" (INBOX Archive) RETURN (SUBSCRIBED STATUS (MESSAGES))')).toEqual([
      '(\\HasNoChildren) "/" "INBOX"',
      '* STATUS "INBOX" (MESSAGES 0)',
      '(\\HasChildren) "/" "Archive"',
      '* STATUS "Archive" (MESSAGES 0)',
    ]);
    expect(await names('LSUB "" *')).toEqual(['() "/" "Archive/2025"', '() "/" "gone/with/wind"']);
    expect(await names('LSUB "" %')).toEqual(['(\\Noselect) "/" "Archive"', '(\\Noselect) "/" "gone"']);
    await client.ok('UNSUBSCRIBE gone/with/wind');
    expect(await names('LSUB "" *')).toEqual(['() "/" "Archive/2025"']);
  });
});

describe('other things that clients ask', () => {
  it('are namespaces, quotas, who we are', async () => {
    const rig = await startImap();
    rig.mailboxes.deliver('x'.repeat(1025));
    const client = await rig.alice();
    expect(await client.ok('NAMESPACE')).toContain('* NAMESPACE (("" "/")) NIL NIL');
    expect(await client.ok('ID ("name" "test")')).toContain('* ID ("name" "maild")');
    expect(rig.logged).toContainEqual(
      expect.objectContaining({
        message: 'client says what it is',
        fields: expect.objectContaining({ program: 'name: test' }),
      }),
    );
    expect(await client.ok('GETQUOTAROOT INBOX')).toEqual([
      '* QUOTAROOT "INBOX" ""',
      '* QUOTA "" ()',
      'OK Getquotaroot completed',
    ]);
    rig.mailboxes.limitBytes = 10 * 1024;
    expect(await client.ok('GETQUOTA ""')).toContain('* QUOTA "" (STORAGE 2 10)');
    expect((await client.say('GETQUOTA other'))[0]).toMatch(/^NO \[NONEXISTENT\] /);
    expect((await client.say('SETQUOTA "" (STORAGE 100)'))[0]).toMatch(/^NO \[NOPERM\] /);
  });
});
