/** Structures of messages that nobody would write by accident: faults A12 and A13, and whatever fast-check thinks of. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageStructure, Part } from '../../../../daemon/mailboxes/structure/message-structure.ts';
import { StructureParser, structureOf } from '../../../../daemon/mailboxes/structure/structure-of.ts';

const childrenOf = (part: Part): readonly Part[] =>
  part.kind === 'multipart' ? part.parts : part.kind === 'message' ? [part.content] : [];

/** Every part with its depth, without recursion: depth is what is tested. */
function allParts(root: Part): { readonly part: Part; readonly depth: number }[] {
  const found = [{ part: root, depth: 1 }];
  for (const { part, depth } of found) {
    for (const child of childrenOf(part)) found.push({ part: child, depth: depth + 1 });
  }
  return found;
}

/** Parts lie within the bodies of their parents, one behind the other; lines are those of the bytes. */
function check(message: Buffer, { root }: MessageStructure): void {
  expect(root.headerStart).toBe(0);
  expect(root.bodyEnd).toBe(message.length);
  for (const { part } of allParts(root)) {
    expect(part.headerStart).toBeLessThanOrEqual(part.bodyStart);
    expect(part.bodyStart).toBeLessThanOrEqual(part.bodyEnd);
    const body = message.toString('latin1', part.bodyStart, part.bodyEnd);
    expect(part.lines).toBe(body.split('\n').length - 1);
    let from = part.bodyStart;
    for (const child of childrenOf(part)) {
      expect(child.headerStart).toBeGreaterThanOrEqual(from);
      expect(child.bodyEnd).toBeLessThanOrEqual(part.bodyEnd);
      from = child.bodyEnd;
    }
  }
}

function inChunks(message: Buffer, cuts: readonly number[]): MessageStructure {
  const parser = new StructureParser();
  const places = [0, ...[...cuts].sort((a, b) => a - b), message.length];
  for (const [i, place] of places.entries()) parser.write(message.subarray(place, places[i + 1] ?? place));
  return parser.end();
}

const line = fc.oneof(
  fc.constantFrom(
    '',
    'text',
    '--a',
    '--a--',
    '--ab',
    '--ab--',
    '--',
    '-',
    '--a ',
    ' continued',
    'Content-Type: multipart/mixed; boundary=a',
    'Content-Type: multipart/alternative; boundary="ab"',
    'Content-Type: multipart/digest; boundary=a',
    'Content-Type: message/rfc822',
    'Content-Type: text/html;',
    '\tcharset="x',
    'Content-Disposition: attachment; filename*0*=a; filename*1="b',
    'MIME-Version: 1.0',
    'From: Joe (x <a@b>, g: c@d;, "',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const messages = fc
  .array(fc.tuple(line, fc.constantFrom('\r\n', '\r\n', '\n', '\r')), { maxLength: 40 })
  .map((lines) => Buffer.from(lines.flat().join(''), 'latin1'));

describe('any bytes', () => {
  it('have a structure whose parts are where they should be', () => {
    fc.assert(
      fc.property(messages, (message) => check(message, structureOf(message))),
      { numRuns: 500 },
    );
  });

  it('have the same structure however they come', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(400), { maxLength: 8 }), (message, cuts) => {
        expect(
          inChunks(
            message,
            cuts.map((cut) => Math.min(cut, message.length)),
          ),
        ).toEqual(structureOf(message));
      }),
      { numRuns: 300 },
    );
  });

  it('have the same structure cut in two anywhere, and byte by byte', () => {
    const head = 'Subject: a\r\n b\r\nContent-Type: multipart/mixed;\r\n boundary="x"\r\n\r\n';
    const inner = '--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: c\n\n-\r\n--y\r\n--x--\r\nend';
    const message = Buffer.from(`${head}pre\r\n--x\r\n\r\none\r\n${inner}`);
    const whole = structureOf(message);
    for (let cut = 0; cut <= message.length; cut += 1) expect(inChunks(message, [cut])).toEqual(whole);
    expect(inChunks(message, [...message.keys()])).toEqual(whole);
  });
});

describe('beyond the limits', () => {
  it('2,000 nested multiparts are shown a hundred deep, the rest as one part of no known type', () => {
    const text = Array.from(
      { length: 2_000 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}.\r\n\r\n--b${i}.\r\n`,
    ).join('');
    const message = Buffer.from(text);
    const structure = structureOf(message);
    check(message, structure);
    const parts = allParts(structure.root);
    expect(Math.max(...parts.map(({ depth }) => depth))).toBe(100);
    expect(parts.at(-1)?.part).toMatchObject({
      kind: 'single',
      type: 'application',
      subtype: 'octet-stream',
      parameters: [['boundary', 'b99.']],
    });
  });

  it('1,000 nested messages are too', () => {
    const message = Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(1_000));
    const structure = structureOf(message);
    check(message, structure);
    expect(allParts(structure.root)).toHaveLength(100);
  });

  it('of 20,000 parts 5,000 are shown, and the last one has the bytes of the others', () => {
    const part = '--b\r\n\r\nx\r\n';
    const message = Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(20_000)}`);
    const { root } = structureOf(message);
    const parts = childrenOf(root);
    expect(parts).toHaveLength(4_999);
    expect(parts.at(-1)?.bodyEnd).toBe(message.length);
  });

  it.each([
    ['100,000 header fields', 'X: y\r\n'.repeat(100_000)],
    ['100,000 fields of addresses', 'To: a@b\r\n'.repeat(100_000)],
    ['a field of a megabyte', `Subject: ${'x'.repeat(1_000_000)}\r\n`],
    ['a field of 100,000 lines', `To: a@b${'\r\n ,c@d'.repeat(100_000)}\r\n`],
    ['20,000 addresses', `To: ${'Joe <joe@example.org>, '.repeat(20_000)}\r\n`],
    ['20,000 nested groups', `To: ${'a:'.repeat(20_000)}\r\n`],
    ['50,000 open parentheses', `To: ${'('.repeat(50_000)}\r\nContent-Type: text/${'('.repeat(50_000)}\r\n`],
    // A second for each thousand, if a word costs what all words before it cost.
    ['100,000 quoted words', `To: ${'"a" '.repeat(100_000)}\r\nCc: ${'"a".'.repeat(100_000)}\r\n`],
    ['100,000 open angles', `To: ${'a,<'.repeat(100_000)}\r\nCc: ${'a@'.repeat(100_000)}\r\n`],
    ['100,000 parameters', `Content-Type: text/x${'; a*0=b'.repeat(100_000)}\r\n`],
  ])('%s are read, and what is kept has a bound', (_, header) => {
    const message = Buffer.from(`${header}\r\nbody`);
    const structure = structureOf(message);
    expect(structure.root.bodyEnd - structure.root.bodyStart).toBe(4);
    expect(JSON.stringify(structure).length).toBeLessThan(2_000_000);
  });

  it('10,000 addresses are shown', () => {
    const message = Buffer.from(`To: ${'Joe <joe@example.org>, '.repeat(20_000)}\r\n\r\n`);
    expect(structureOf(message).envelope.to).toHaveLength(10_000);
  });
});
