/** Whatever a client sends, and however it is cut: no exception, the same commands, bounded memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandReader } from '../../../../daemon/imap/parse/command-reader.ts';
import { limitsBeforeLogin, type ReaderEvent } from '../../../../daemon/imap/parse/reader-event.ts';
import { liveMemory } from '../../../helpers/live-memory.ts';
import { Random } from '../../../helpers/random.ts';
import { reader } from './read-commands.ts';

const conversations = [
  'a1 LOGIN {3+}\r\nann "se\\"cret"\r\na2 SELECT INBOX (QRESYNC (1 2 1:3 (1 2)))\r\n',
  'a3 UID FETCH 1:*,7 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (From "To")]<0.10>) (CHANGEDSINCE 4 VANISHED)\r\n',
  'a4 UID SEARCH RETURN (MIN) CHARSET UTF-8 OR (FROM {2+}\r\nxy NOT SEEN) HEADER x "" SINCE 1-Feb-2024\r\n',
  'a5 APPEND {1+}\r\nx (\\Seen $a) "01-Feb-2024 10:00:00 +0000" {12+}\r\nA: b\r\n\r\nab\r\n\r\n',
  'a6 LIST (SUBSCRIBED) "" (* "%/&AOk-") RETURN (CHILDREN STATUS (MESSAGES SIZE))\r\na7 BAD {4+}\r\nab\r\n x\r\n',
  'a8 STORE 1,2:3 (UNCHANGEDSINCE 3) +FLAGS.SILENT (\\Deleted a)\r\na9 ID ("name" NIL)\r\n',
  'b1 CREATE x (USE (\\Sent))\r\n\r\nb2 SETQUOTA "" (STORAGE 1)\r\nb3 AUTHENTICATE PLAIN =\r\nb4 IDLE\r\n',
];

/** Pushes pieces; adjacent data events become one. */
function read(from: CommandReader, pieces: readonly Buffer[], accept = true): ReaderEvent[] {
  const found: ReaderEvent[] = [];
  for (const piece of pieces) {
    from.push(piece);
    for (let event = from.next(); event !== null; event = from.next()) {
      const last = found.at(-1);
      if (event.kind === 'data' && last?.kind === 'data') {
        found[found.length - 1] = { kind: 'data', bytes: Buffer.concat([last.bytes, event.bytes]) };
      } else found.push(event);
      if (event.kind === 'message') accept ? from.acceptMessage() : from.refuseMessage();
    }
  }
  return found;
}

describe('the reader', () => {
  it('makes the same of bytes however they are cut', () => {
    const whole = Buffer.from(conversations.join(''));
    const expected = read(reader(), [whole]);
    expect(expected.filter(({ kind }) => kind === 'command')).toHaveLength(12);
    const bytes = Array.from(whole, (_, i) => whole.subarray(i, i + 1));
    expect(read(reader(), bytes)).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), whole.length];
        const pieces = cuts.slice(1).map((end, i) => whole.subarray(cuts[i], end));
        expect(read(reader(), pieces)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('survives what is near to commands', () => {
    const chance = new Random();
    const random = (n: number): number => chance.below(n);
    const spice = [
      '(',
      ')',
      '{',
      '}',
      '{3}\r\n',
      '{9+}\r\n',
      '"',
      '\\',
      '\r\n',
      '\n',
      '\0',
      '*',
      ' ',
      '&',
      '[',
      '<',
      '\u00e9',
      '~',
      ':',
      ',',
    ];
    const outcomes = new Set<string>();
    for (let run = 0; run < 20_000; run += 1) {
      let text = conversations[run % conversations.length] ?? '';
      for (let change = random(4); change >= 0; change -= 1) {
        const at = random(text.length + 1);
        const put = random(3) === 0 ? '' : (spice[random(spice.length)] ?? '').repeat(1 + random(3));
        text = text.slice(0, at) + put + text.slice(at + random(5));
      }
      const from = reader();
      from.utf8 = random(2) === 0;
      const found = read(from, [Buffer.from(text)], random(2) === 0);
      for (const event of found) {
        outcomes.add(event.kind);
        if (event.kind === 'rejected')
          expect(`${event.tag}${event.code}${event.reason}`).not.toMatch(/[\r\n]/);
      }
      // However bad it was, two line ends and what is left of literals later there is a command.
      if (found.at(-1)?.kind === 'rejected' && found.every((event) => !('fatal' in event && event.fatal))) {
        const later = read(from, [Buffer.from(`\r\n${'x NOOP\r\n'.repeat(10)}`)]);
        expect(later.at(-1)?.kind).toBe('command');
      }
    }
    expect([...outcomes].sort()).toEqual(['command', 'continue', 'data', 'message', 'rejected']);
  });

  it('survives bytes of any kind', () => {
    const chance = new Random();
    const random = (n: number): number => chance.below(n);
    for (let run = 0; run < 2_000; run += 1) {
      const bytes = Buffer.from(Array.from({ length: random(200) }, () => random(256)));
      const before = Buffer.from(['', 'a LOGIN ', 'a SEARCH TEXT ', 'a APPEND '][random(4)] ?? '');
      const found = read(reader(), [before, bytes, Buffer.from('\r\n')]);
      expect(found.length).toBeLessThan(210);
    }
  });

  it('holds no more than its limits of what never ends', () => {
    const heads = [
      'a LOGIN ',
      'a LOGIN {99999999+}\r\n',
      'a SEARCH TEXT {4096+}\r\n',
      '',
      'a FETCH 1 ((((',
      'a LIST "" {0+}\r\n',
    ];
    const readers = Array.from({ length: 200 }, (_, i) => {
      const from = reader();
      from.limits = limitsBeforeLogin;
      read(from, [Buffer.from(heads[i % heads.length] ?? '')]);
      return from;
    });
    const before = liveMemory();
    for (let round = 0; round < 40_000; round += 1) {
      for (const from of round % 200 === 0 ? readers : readers.slice(0, 1)) read(from, [Buffer.from('(x')]);
    }
    expect(liveMemory() - before).toBeLessThan(200 * 2 * limitsBeforeLogin.commandBytes);
  });
});
