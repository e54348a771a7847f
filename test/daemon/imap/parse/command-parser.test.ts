/** What each command comes to. */
import { describe, expect, it } from 'vitest';
import { command } from './read-commands.ts';

const inf = Number.POSITIVE_INFINITY;

describe('commands without arguments', () => {
  it('are told by name, whatever the case', () => {
    for (const name of [
      'CAPABILITY',
      'NOOP',
      'LOGOUT',
      'STARTTLS',
      'CHECK',
      'CLOSE',
      'UNSELECT',
      'IDLE',
      'NAMESPACE',
    ]) {
      expect(command(name.toLowerCase())).toEqual({ name });
    }
    expect(command('EXPUNGE ')).toEqual({ name: 'EXPUNGE', set: null });
    expect(() => command('NOOP x')).toThrow(/^BAD/);
    expect(() => command('')).toThrow(/^BAD/);
    expect(() => command('UID NOOP')).toThrow(/^BAD/);
  });
});

describe('who someone is', () => {
  it.each([
    ['LOGIN ann secret', { name: 'LOGIN', user: 'ann', password: 'secret' }],
    ['LOGIN "a\\"n\\\\n" ""', { name: 'LOGIN', user: 'a"n\\n', password: '' }],
    ['LOGIN ann gr\u00fc\u00dfe]', { name: 'LOGIN', user: 'ann', password: 'gr\u00fc\u00dfe]' }],
    ['AUTHENTICATE plain', { name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: null }],
    ['AUTHENTICATE PLAIN =', { name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: '' }],
    [
      'AUTHENTICATE PLAIN AGEAYg==',
      { name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: 'AGEAYg==' },
    ],
    ['ENABLE condstore UTF8=ACCEPT', { name: 'ENABLE', capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] }],
    ['ID nil', { name: 'ID', parameters: null }],
    [
      'ID ("name" "x" "v" NIL)',
      {
        name: 'ID',
        parameters: [
          ['name', 'x'],
          ['v', null],
        ],
      },
    ],
    ['ID ()', { name: 'ID', parameters: [] }],
  ])('%s', (line, expected) => {
    expect(command(line)).toEqual(expected);
  });

  it.each(['LOGIN ann', 'LOGIN  ann x', 'LOGIN "ann x', 'LOGIN a(b c', 'ENABLE', 'ID (x y)', 'AUTHENTICATE'])(
    'not %s',
    (line) => {
      expect(() => command(line)).toThrow(/^BAD/);
    },
  );
});

describe('mailboxes', () => {
  it.each([
    ['SELECT inbox', { name: 'SELECT', mailbox: 'INBOX', condstore: false, qresync: null }],
    [
      'EXAMINE "iNbox/x y" (CONDSTORE)',
      { name: 'EXAMINE', mailbox: 'INBOX/x y', condstore: true, qresync: null },
    ],
    [
      'SELECT &AOk- (QRESYNC (7 20 1,3:5 (1,3 4,7)))',
      {
        name: 'SELECT',
        mailbox: '\u00e9',
        condstore: false,
        qresync: {
          uidValidity: 7,
          modseq: 20,
          knownUids: [
            [1, 1],
            [3, 5],
          ],
          match: {
            sequence: [
              [1, 1],
              [3, 3],
            ],
            uids: [
              [4, 4],
              [7, 7],
            ],
          },
        },
      },
    ],
    [
      'SELECT x (QRESYNC (7 20) CONDSTORE)',
      {
        name: 'SELECT',
        mailbox: 'x',
        condstore: true,
        qresync: { uidValidity: 7, modseq: 20, knownUids: null, match: null },
      },
    ],
    ['CREATE e\u0301', { name: 'CREATE', mailbox: '\u00e9', specialUse: [] }],
    ['CREATE x (USE (\\sent \\All))', { name: 'CREATE', mailbox: 'x', specialUse: ['\\Sent', '\\All'] }],
    ['DELETE a&-b', { name: 'DELETE', mailbox: 'a&b' }],
    ['RENAME a "b c"', { name: 'RENAME', mailbox: 'a', to: 'b c' }],
    ['SUBSCRIBE a', { name: 'SUBSCRIBE', mailbox: 'a' }],
    ['UNSUBSCRIBE a', { name: 'UNSUBSCRIBE', mailbox: 'a' }],
    [
      'STATUS a (messages SIZE UIDNEXT)',
      { name: 'STATUS', mailbox: 'a', items: ['MESSAGES', 'SIZE', 'UIDNEXT'] },
    ],
    ['LSUB "" *', { name: 'LSUB', reference: '', pattern: '*' }],
    ['GETQUOTA ""', { name: 'GETQUOTA', root: '' }],
    ['GETQUOTAROOT INBOX', { name: 'GETQUOTAROOT', mailbox: 'INBOX' }],
    [
      'SETQUOTA "" (STORAGE 512)',
      { name: 'SETQUOTA', root: '', resources: [{ resource: 'STORAGE', limit: 512 }] },
    ],
  ])('%s', (line, expected) => {
    expect(command(line)).toEqual(expected);
  });

  it.each(['CREATE &AOk', 'CREATE &A-', 'CREATE &2AA-', 'CREATE a&b'])('%s: no such name', (line) => {
    expect(() => command(line)).toThrow(/^NO \[CANNOT]/);
  });

  it.each([
    'SELECT',
    'SELECT *',
    'SELECT x (FOO)',
    'STATUS x ()',
    'STATUS x (FOO)',
    'CREATE x (USE (\\Foo))',
  ])('not %s', (line) => {
    expect(() => command(line)).toThrow(/^BAD/);
  });

  it('are UTF-8 when that is enabled', () => {
    expect(command('SELECT "a&b \u00e9"', true)).toMatchObject({ mailbox: 'a&b \u00e9' });
  });
});

describe('LIST', () => {
  const no = { subscribed: false, children: false, specialUse: false };
  const plain = {
    name: 'LIST',
    reference: '',
    extended: false,
    select: { subscribed: false, remote: false, recursiveMatch: false, specialUse: false },
    return: { ...no, status: null },
  };

  it('is plain, or extended', () => {
    expect(command('LIST "" *')).toEqual({ ...plain, patterns: ['*'] });
    expect(command('LIST "" ""')).toEqual({ ...plain, patterns: [''] });
    expect(command('LIST x/ %/&AOk-*')).toEqual({ ...plain, reference: 'x/', patterns: ['%/\u00e9*'] });
    expect(command('LIST () "" (a "b *")')).toEqual({ ...plain, patterns: ['a', 'b *'], extended: true });
    expect(
      command('LIST (subscribed recursivematch) "" % RETURN (children STATUS (messages) special-use)'),
    ).toEqual({
      ...plain,
      patterns: ['%'],
      extended: true,
      select: { ...plain.select, subscribed: true, recursiveMatch: true },
      return: { ...no, children: true, specialUse: true, status: ['MESSAGES'] },
    });
  });

  it.each([
    'LIST ""',
    'LIST (FOO) "" *',
    'LIST (RECURSIVEMATCH REMOTE) "" *',
    'LIST "" * RETURN',
    'LIST "" ()',
  ])('not %s', (line) => {
    expect(() => command(line)).toThrow(/^BAD/);
  });
});

describe('messages', () => {
  it.each([
    ['COPY 1:3 x', { name: 'COPY', uid: false, set: [[1, 3]], mailbox: 'x' }],
    [
      'UID MOVE 5:*,7 x',
      {
        name: 'MOVE',
        uid: true,
        set: [
          [5, inf],
          [7, 7],
        ],
        mailbox: 'x',
      },
    ],
    ['UID COPY *:5 x', { name: 'COPY', uid: true, set: [[5, inf]], mailbox: 'x' }],
    ['UID EXPUNGE 4', { name: 'EXPUNGE', set: [[4, 4]] }],
    [
      'STORE 3:1 +FLAGS.SILENT (\\Deleted $Junk $junk \\Recent)',
      {
        name: 'STORE',
        uid: false,
        set: [[1, 3]],
        change: 'add',
        silent: true,
        flags: { bits: 8, keywords: ['$Junk'] },
        unchangedSince: null,
      },
    ],
    [
      'UID STORE * (UNCHANGEDSINCE 12345) flags \\Seen \\flagged',
      {
        name: 'STORE',
        uid: true,
        set: [[inf, inf]],
        change: 'set',
        silent: false,
        flags: { bits: 5, keywords: [] },
        unchangedSince: 12345,
      },
    ],
    [
      'STORE 1 -FLAGS ()',
      {
        name: 'STORE',
        uid: false,
        set: [[1, 1]],
        change: 'remove',
        silent: false,
        flags: { bits: 0, keywords: [] },
        unchangedSince: null,
      },
    ],
  ])('%s', (line, expected) => {
    expect(command(line)).toEqual(expected);
  });

  it.each([
    'COPY 0 x',
    'COPY 1: x',
    'COPY 1,,2 x',
    'COPY 4294967296 x',
    'STORE 1 FLAGS',
    'STORE 1 +FLAG x',
    'STORE 1 FLAGS (\\Foo)',
    'STORE 1 FLAGS \\*',
  ])('not %s', (line) => {
    expect(() => command(line)).toThrow(/^BAD/);
  });
});
