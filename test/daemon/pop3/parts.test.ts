import { describe, expect, it } from 'vitest';
import type { StoredMessage } from '../../../daemon/mailboxes/mailboxes-port.ts';
import { CommandLines } from '../../../daemon/pop3/command-lines.ts';
import { DotStuffing } from '../../../daemon/pop3/dot-stuffing.ts';
import { MaildropLocks } from '../../../daemon/pop3/maildrop-locks.ts';
import { MessageSource } from '../../../daemon/pop3/message-source.ts';
import { TopLines } from '../../../daemon/pop3/top-lines.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

/** The text cut at each place into two, and byte by byte. */
const cuts = (text: string): Buffer[][] => [
  ...Array.from({ length: text.length + 1 }, (_, at) => [
    Buffer.from(text.slice(0, at)),
    Buffer.from(text.slice(at)),
  ]),
  [...text].map((byte) => Buffer.from(byte)),
];

describe('dots', () => {
  const stuff = (chunks: readonly Buffer[]): string => {
    const stuffing = new DotStuffing();
    return Buffer.concat(chunks.map((chunk) => stuffing.take(chunk))).toString() + stuffing.end();
  };

  it.each([
    ['', '.\r\n'],
    ['.', '..\r\n.\r\n'],
    ['.\r\n', '..\r\n.\r\n'],
    ['..\r\n', '...\r\n.\r\n'],
    ['a.b\r\n.c\r\n', 'a.b\r\n..c\r\n.\r\n'],
    ['.\r\n.\r\n.\r\n', '..\r\n..\r\n..\r\n.\r\n'],
    ['x', 'x\r\n.\r\n'],
    ['a\r\n\r\n.\r\nQUIT\r\n', 'a\r\n\r\n..\r\nQUIT\r\n.\r\n'],
    // No bare LF is ever stored; should one be, a dot behind it ends nothing.
    ['a\n.\r\nb\r\n', 'a\n..\r\nb\r\n.\r\n'],
  ])('of %j', (text, expected) => {
    for (const chunks of cuts(text)) expect(stuff(chunks)).toBe(expected);
  });

  it('cost no copy where there are none', () => {
    const chunk = Buffer.from('no dots\r\nhere.\r\n');
    expect(new DotStuffing().take(chunk)).toBe(chunk);
  });
});

describe('the top of a message', () => {
  const top = (chunks: readonly Buffer[], lines: number): string => {
    const cut = new TopLines(lines);
    return Buffer.concat(chunks.map((chunk) => cut.take(chunk))).toString();
  };

  it.each([
    ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 0, 'A: b\r\n\r\n'],
    ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 2, 'A: b\r\n\r\n1\r\n2\r\n'],
    ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 3, 'A: b\r\n\r\n1\r\n2\r\n3\r\n'],
    ['A: b\r\n\r\n1\r\n2', 5, 'A: b\r\n\r\n1\r\n2'],
    ['\r\n1\r\n2\r\n', 1, '\r\n1\r\n'],
    ['A: b\r\n', 1, 'A: b\r\n'],
    ['A: b\r\n\tc\r\n \r\n\r\n1\r\n', 0, 'A: b\r\n\tc\r\n \r\n\r\n'],
    ['A: \rb\r\n\r\n\r\n\r\n', 1, 'A: \rb\r\n\r\n\r\n'],
    ['', 1, ''],
  ])('of %j with %i lines', (text, lines, expected) => {
    for (const chunks of cuts(text)) expect(top(chunks, lines)).toBe(expected);
  });
});

describe('lines', () => {
  const linesOf = (chunks: readonly Buffer[], max = 100): (string | null)[] => {
    const lines = new CommandLines();
    const found: (string | null)[] = [];
    for (const chunk of chunks) {
      lines.push(chunk);
      for (let line = lines.next(max); line !== null; line = lines.next(max)) {
        found.push(line);
        if (line === 'too_long') return found;
      }
    }
    return found;
  };

  it('come whole, wherever they are cut', () => {
    for (const chunks of cuts('STAT\r\nLIST\n\r\nlast\r\nno end')) {
      expect(linesOf(chunks)).toEqual(['STAT', 'LIST', '', 'last']);
    }
  });

  it('are bounded, with their end', () => {
    expect(linesOf([Buffer.from(`${'x'.repeat(98)}\r\n`)])).toEqual(['x'.repeat(98)]);
    expect(linesOf([Buffer.from(`${'x'.repeat(99)}\r\n`)])).toEqual(['too_long']);
    expect(linesOf([Buffer.from('x'.repeat(100)), Buffer.from('x')])).toEqual(['too_long']);
  });

  it('keep no more than what is not complete', () => {
    const lines = new CommandLines();
    const chunk = Buffer.alloc(64 * 1024, 'NOOP\r\n');
    lines.push(chunk);
    while (lines.next(100) !== null);
    expect(lines.waiting).toBe(chunk.length % 6);
  });
});

describe('locks', () => {
  it('are one an account, and are given back once', () => {
    const locks = new MaildropLocks(new FakeClock());
    const first = locks.lock(1, 0);
    expect(locks.lock(1, 0)).toBe('in_use');
    expect(typeof locks.lock(2, 0)).toBe('function');
    if (typeof first === 'function') first();
    expect(typeof locks.lock(1, 0)).toBe('function');
    // A second time it gives back nothing that is somebody else's now.
    if (typeof first === 'function') first();
    expect(locks.lock(1, 0)).toBe('in_use');
  });

  it('count the delay from the last login that was let in', () => {
    const clock = new FakeClock();
    const locks = new MaildropLocks(clock);
    const enter = (): string => {
      const lock = locks.lock(1, 1_000);
      if (typeof lock === 'string') return lock;
      lock();
      return 'in';
    };
    expect(enter()).toBe('in');
    clock.advance(999);
    expect(enter()).toBe('too_early');
    clock.advance(1);
    expect(enter()).toBe('in');
  });
});

describe('reading ahead', () => {
  const uids = Uint32Array.from({ length: 500 }, (_, i) => i * 2 + 1);
  const message = (uid: number): StoredMessage => ({
    uid,
    bits: 0,
    keywords: [],
    modseq: 1,
    sizeBytes: 1,
    internalDate: 0,
    headers: Buffer.alloc(0),
    contentId: uid,
    content: { sizeBytes: 1, inline: Buffer.from('x'), path: null },
    structure: null,
  });
  const source = (missing: readonly number[] = []) => {
    const asked: number[] = [];
    const made = new MessageSource(async function* (wanted) {
      asked.push(wanted.length);
      const there = wanted.filter((uid) => !missing.includes(uid));
      for (let at = 0; at < there.length; at += 16) yield there.slice(at, at + 16).map(message);
    });
    return { made, asked };
  };

  it('is not done for a single message', async () => {
    const { made, asked } = source();
    expect((await made.read(uids, 400))?.uid).toBe(801);
    expect((await made.read(uids, 3))?.uid).toBe(7);
    expect(asked).toEqual([1, 1]);
  });

  it('is one query for who fetches all', async () => {
    const { made, asked } = source([3, 401, 999]);
    for (let index = 0; index < uids.length; index += 1) {
      const uid = uids[index] ?? 0;
      expect((await made.read(uids, index))?.uid).toBe([3, 401, 999].includes(uid) ? undefined : uid);
    }
    expect(asked.length).toBeLessThan(12);
  });

  it('passes over what is not fetched', async () => {
    const { made, asked } = source();
    for (let index = 0; index < uids.length; index += 7) {
      expect((await made.read(uids, index))?.uid).toBe(uids[index]);
    }
    expect(asked.length).toBeLessThan(uids.length);
  });

  it('begins again after an error', async () => {
    let failing = true;
    const made = new MessageSource(async function* (wanted) {
      if (failing) throw new Error('disk');
      yield wanted.map(message);
    });
    await expect(made.read(uids, 0)).rejects.toThrow('disk');
    failing = false;
    expect((await made.read(uids, 0))?.uid).toBe(1);
  });
});
