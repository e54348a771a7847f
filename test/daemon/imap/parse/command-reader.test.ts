/** Bytes to commands: lines, literals, messages, and finding the next command after what is wrong. */
import { describe, expect, it } from 'vitest';
import { limitsBeforeLogin } from '../../../../daemon/imap/parse/reader-event.ts';
import { events, reader } from './read-commands.ts';

const kinds = (found: ReturnType<typeof events>) => found.map(({ kind }) => kind);
const noop = { kind: 'command', tag: 'b', command: { name: 'NOOP' }, text: 'b NOOP' };

describe('lines', () => {
  it('are commands, several at once', () => {
    expect(events(reader(), 'a NOOP\r\n\r\nb noop\n')).toEqual([
      { kind: 'command', tag: 'a', command: { name: 'NOOP' }, text: 'a NOOP' },
      { ...noop, text: 'b noop' },
    ]);
  });

  it('come in pieces', () => {
    const from = reader();
    expect(events(from, 'b NO')).toEqual([]);
    expect(events(from, 'OP\r')).toEqual([]);
    expect(events(from, '\n')).toEqual([noop]);
  });

  it('are handed out one at a time, so that what is behind STARTTLS can be forgotten', () => {
    const from = reader();
    from.push(Buffer.from('a STARTTLS\r\nb LOGIN eve x\r\n'));
    expect(from.next()).toMatchObject({ command: { name: 'STARTTLS' } });
    expect(from.buffered).toBe('b LOGIN eve x\r\n'.length);
    from.discard();
    expect(from.next()).toBeNull();
    expect(events(from, 'b NOOP\r\n')).toEqual([noop]);
  });

  it('may be no commands: DONE, and what AUTHENTICATE is answered with', () => {
    const from = reader();
    from.push(Buffer.from('a IDLE\r\nDONE\r\nb NOOP\r\n'));
    expect(from.next()).toMatchObject({ command: { name: 'IDLE' } });
    from.expectLine(100);
    expect(from.next()).toEqual({ kind: 'line', line: 'DONE' });
    expect(from.next()).toEqual(noop);
  });

  it('that are longer than expected end the dialogue', () => {
    const from = reader();
    from.expectLine(10);
    expect(events(from, 'x'.repeat(11))).toMatchObject([{ kind: 'rejected', fatal: true }]);
    expect(events(from, 'b NOOP\r\n')).toEqual([]);
  });

  it('that are too long are passed over, and the dialogue goes on', () => {
    const from = reader();
    const found = events(from, `a SEARCH SUBJECT ${'x'.repeat(200_000)}\r\nb NOOP\r\n`);
    expect(found).toMatchObject([{ kind: 'rejected', tag: 'a', code: 'LIMIT', fatal: false }, noop]);
    const again = events(from, `a SEARCH SUBJECT ${'x'.repeat(200_000)} {7+}\r\nb XX\r\n!\r\nb NOOP\r\n`);
    expect(again).toMatchObject([{ kind: 'rejected', tag: 'a', code: 'LIMIT', fatal: false }, noop]);
  });

  it('that never end, of someone who has not logged in, end the dialogue', () => {
    const from = reader();
    from.limits = limitsBeforeLogin;
    let end = null;
    for (let i = 0; i < 1_000 && end === null; i += 1) {
      [end = null] = events(from, 'x'.repeat(1_000));
    }
    expect(end).toMatchObject({ kind: 'rejected', tag: null, fatal: true });
  });
});

describe('literals', () => {
  it('are asked for when they are synchronising', () => {
    const from = reader();
    expect(events(from, 'a LOGIN {3}\r\n')).toEqual([{ kind: 'continue' }]);
    expect(events(from, 'ann {6}\r\n')).toEqual([{ kind: 'continue' }]);
    expect(events(from, 'se\r\nct\r\n')).toEqual([
      {
        kind: 'command',
        tag: 'a',
        command: { name: 'LOGIN', user: 'ann', password: 'se\r\nct' },
        text: 'a LOGIN "ann" ***',
      },
    ]);
  });

  it('are not when they are not', () => {
    expect(events(reader(), 'a LOGIN {3+}\r\nann {0+}\r\n\r\n')).toMatchObject([
      { command: { user: 'ann', password: '' } },
    ]);
  });

  it('of any announced size cost nothing', () => {
    for (const size of ['4294967295', '99999999999999999999', '16385']) {
      const found = events(reader(), `a LOGIN {${size}}\r\nb NOOP\r\n`);
      expect(found).toMatchObject([{ kind: 'rejected', tag: 'a', code: 'TOOBIG', fatal: false }, noop]);
    }
    for (const size of ['2147483648+', '99999999999999999999+']) {
      const found = events(reader(), `a LOGIN {${size}}\r\nb NOOP\r\n`);
      expect(found).toMatchObject([{ kind: 'rejected', tag: 'a', code: 'TOOBIG', fatal: true }]);
    }
    const found = events(reader(), 'a LOGIN {2G+}\r\nb NOOP\r\n');
    expect(found).toMatchObject([{ kind: 'rejected', tag: 'a', status: 'BAD' }, noop]);
  });

  it('of a command that is wrong are read over', () => {
    const text = 'a BAD {7+}\r\nb NO\r\n! {3+}\r\nxyz more {3}\r\nb NOOP\r\n';
    expect(events(reader(), text)).toMatchObject([{ kind: 'rejected', tag: 'a' }, noop]);
  });

  it('are not asked for when the command does not exist', () => {
    expect(kinds(events(reader(), 'a BAD {7}\r\n'))).toEqual(['rejected']);
  });

  it('may be any number, but not without end', () => {
    const found = events(reader(), `a SEARCH ${'{0+}\r\n'.repeat(50_000)}\r\nb NOOP\r\n`);
    expect(found).toMatchObject([{ kind: 'rejected', tag: 'a', code: 'LIMIT' }, noop]);
  });
});

describe('the message of APPEND', () => {
  const head = 'a APPEND Sent (\\Seen $x) " 1-Feb-2024 10:00:00 +0100" ';
  const append = {
    name: 'APPEND',
    mailbox: 'Sent',
    flags: { bits: 1, keywords: ['$x'] },
    internalDate: Date.UTC(2024, 1, 1, 9),
    sizeBytes: 10,
    utf8: false,
  };

  it('is announced, then streams', () => {
    const from = reader();
    expect(events(from, `${head}{10}\r\n`)).toEqual([
      { kind: 'message', tag: 'a', command: append, synchronising: true, text: `${head}{10}` },
    ]);
    expect(events(from, '12345')).toEqual([{ kind: 'data', bytes: Buffer.from('12345') }]);
    expect(events(from, '\r\n\r\n\0\r\nb NOOP\r\n')).toMatchObject([
      { kind: 'data', bytes: Buffer.from('\r\n\r\n\0') },
      { kind: 'command', tag: 'a', command: append },
      noop,
    ]);
  });

  it('may be empty', () => {
    expect(kinds(events(reader(), 'a APPEND x {0+}\r\n\r\n'))).toEqual(['message', 'command']);
  });

  it('may go to a mailbox whose name is a literal', () => {
    const found = events(reader(), 'a APPEND {5+}\r\na b c {3+}\r\nxyz\r\n');
    expect(found).toMatchObject([
      { kind: 'message', command: { mailbox: 'a b c' } },
      {},
      { kind: 'command' },
    ]);
  });

  it('is not sent when it is refused', () => {
    expect(events(reader(), `${head}{10}\r\nb NOOP\r\n`, 'refuse')).toMatchObject([
      { kind: 'message' },
      noop,
    ]);
  });

  it('is read over when it is refused and comes all the same', () => {
    const text = `${head}{10+}\r\nb NOOP\r\nxx {3+}\r\nxyz\r\nb NOOP\r\n`;
    expect(events(reader(), text, 'refuse')).toMatchObject([{ kind: 'message' }, noop]);
  });

  it('that is refused and larger than anyone waits for ends the dialogue', () => {
    const found = events(reader(), `${head}{4294967295+}\r\nb NOOP\r\n`, 'refuse');
    expect(found).toMatchObject([{ kind: 'message' }, { kind: 'rejected', fatal: true }]);
  });

  it('is void when something is behind it', () => {
    const found = events(reader(), `${head}{1+}\r\nx y\r\nb NOOP\r\n`);
    expect(found).toMatchObject([
      { kind: 'message' },
      { kind: 'data' },
      { kind: 'rejected', tag: 'a' },
      noop,
    ]);
  });

  it('comes alone', () => {
    const found = events(reader(), `${head}{1+}\r\nx {1+}\r\ny\r\nb NOOP\r\n`);
    expect(kinds(found)).toEqual(['message', 'data', 'rejected', 'command']);
  });

  it('is not asked for when the command is wrong before it', () => {
    expect(events(reader(), 'a APPEND x (\\Foo) {10}\r\n')).toMatchObject([{ kind: 'rejected', tag: 'a' }]);
    expect(events(reader(), 'a APPEND x UTF8 (~{10}\r\n')).toMatchObject([{ kind: 'rejected', tag: 'a' }]);
  });

  it('may be UTF-8 when that is enabled', () => {
    const from = reader();
    from.utf8 = true;
    const found = events(from, 'a APPEND x UTF8 (~{1+}\r\nx)\r\n');
    expect(found).toMatchObject([{ kind: 'message' }, { kind: 'data' }, { command: { utf8: true } }]);
  });
});

describe('what may be shown', () => {
  const text = (input: string): string[] =>
    events(reader(), input).flatMap((event) => ('text' in event ? event.text : []));

  it('never holds a password', () => {
    const secrets = [
      'a LOGIN ann s3cret\r\n',
      'a LOGIN "ann" "s3cret" x\r\n',
      'a login {3+}\r\nann {6+}\r\ns3cret\r\n',
      'a login {3+}\r\nann {6+}\r\ns3cret x\r\n',
      'a LOGIN "ann s3cret\r\n',
      'a AUTHENTICATE PLAIN s3cret\r\n',
      'a AUTHENTICATE s3cret\r\n',
      'a AUTHENTICATE  s3cret\r\n',
      's3cret\r\n',
      'PASS s3cret\r\n',
      'a LOGINN ann s3cret\r\n',
      `a LOGIN ann ${'s3cret'.repeat(50_000)}\r\n`,
      ' LOGIN ann s3cret\r\n',
    ];
    for (const line of secrets) {
      expect(text(line).join('')).not.toMatch(/s3cret/i);
      expect(text(line).join('')).toMatch(/\*\*\*/);
    }
  });

  it('is one line, with literals as text', () => {
    expect(text('a SELECT {7+}\r\nR\u00e9\r\n&-\r\n')).toEqual(['a SELECT "R\u00e9\\r\\n&-"']);
    expect(text('a XLIST "" *\r\n')).toEqual(['a XLIST ***']);
  });
});
