import { describe, expect, it } from 'vitest';
import { MAX_COMMAND_BYTES, SmtpParser } from '../../../daemon/smtp/smtp-parser.ts';

/** Feeds chunks one after another; DATA starts a message, and `|` ends one in what comes out. */
async function parse(chunks: readonly (string | Buffer)[], options: { slowSink?: boolean } = {}) {
  const output: string[] = [];
  const parser: SmtpParser = new SmtpParser({
    line: (line, next) => {
      output.push(line);
      if (line === 'DATA') {
        let content = '';
        parser.receiveContent({
          write: (chunk) => {
            content += chunk.toString('latin1');
            return options.slowSink ? new Promise((resolve) => setImmediate(resolve)) : undefined;
          },
          end: (go) => {
            output.push(`${content}|`);
            setImmediate(go);
          },
        });
      }
      if (line === 'SLOW') setImmediate(next);
      else next();
    },
    longLine: (next) => {
      output.push('too long');
      next();
    },
  });
  for (const chunk of chunks) {
    await new Promise<void>((resolve) =>
      parser.write(Buffer.from(chunk as string, 'latin1'), () => resolve()),
    );
  }
  return output;
}

const cutAt = (text: string, at: number) => [text.slice(0, at), text.slice(at)];

describe('commands', () => {
  it('come out line by line, however they are cut', async () => {
    const text = 'EHLO x\r\nSLOW\r\nNOOP\nQUIT\r\n';
    for (let at = 0; at <= text.length; at++) {
      expect(await parse(cutAt(text, at))).toEqual(['EHLO x', 'SLOW', 'NOOP', 'QUIT']);
    }
    expect(await parse([...text])).toEqual(['EHLO x', 'SLOW', 'NOOP', 'QUIT']);
  });

  it('that never end cost no memory, and what follows them is heard', async () => {
    const mega = Buffer.alloc(100_000, 0x61);
    expect(await parse([mega, mega, mega, '\r\nNOOP\r\n'])).toEqual(['too long', 'NOOP']);
    expect(await parse([`${'a'.repeat(MAX_COMMAND_BYTES + 1)}\r\nNOOP\r\n`])).toEqual(['too long', 'NOOP']);
    expect(await parse([`${'a'.repeat(MAX_COMMAND_BYTES)}\r\n`])).toEqual(['a'.repeat(MAX_COMMAND_BYTES)]);
  });

  it('by the thousand do not deepen the stack', async () => {
    expect(await parse(['NOOP\r\n'.repeat(50_000)])).toHaveLength(50_000);
  });

  it('without a line end are no commands', async () => {
    expect(await parse(['EHLO x\r\nQUIT'])).toEqual(['EHLO x']);
  });
});

describe('a message', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a\r\nb\r\n.\r\n', 'a\r\nb\r\n'],
    ['.\r\n', ''],
    ['..\r\n.\r\n', '.\r\n'],
    ['\r\n.\r\n', '\r\n'],
    ['..a\r\n...\r\n.b\r\n.\r\n', '.a\r\n..\r\nb\r\n'],
    ['\r\r\n.\r\n', '\r\r\n'],
    ['a\r\n.\r\r\n.\r\n', 'a\r\n\r\r\n'],
    ['a\r\n.\rb\r\n.\r\n', 'a\r\n\rb\r\n'],
    ['a\n.\nb\r\n.\r\n', 'a\n.\nb\r\n'],
    ['a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n'],
    ['a\r.\r\nb\r\n.\r\n', 'a\r.\r\nb\r\n'],
    ['a\r\n.\nb\r\n.\r\n', 'a\r\n\nb\r\n'],
    ['a\r\n\0.\r\nb\r\n.\r\n', 'a\r\n\0.\r\nb\r\n'],
    ['a\r\0\n.\r\nb\r\n.\r\n', 'a\r\0\n.\r\nb\r\n'],
  ];

  it.each(cases)('%j has the content %j at every cut', async (wire, content) => {
    const text = `DATA\r\n${wire}QUIT\r\n`;
    const expected = ['DATA', `${content}|`, 'QUIT'];
    for (const slowSink of [false, true]) {
      expect(await parse([text], { slowSink })).toEqual(expected);
      expect(await parse([...text], { slowSink })).toEqual(expected);
    }
    for (let at = 1; at < text.length; at++) {
      expect(await parse(cutAt(text, at))).toEqual(expected);
      for (let second = at + 1; second < text.length; second++) {
        expect(await parse([text.slice(0, at), text.slice(at, second), text.slice(second)])).toEqual(
          expected,
        );
      }
    }
  });

  it('of nothing but dots costs no more than another', async () => {
    const chunk = '..\r\n'.repeat(16_384);
    const began = performance.now();
    const [, content] = await parse(['DATA\r\n', ...Array<string>(64).fill(chunk), '.\r\n']);
    expect(content?.length).toBe(64 * 16_384 * '.\r\n'.length + '|'.length);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

it('tells when a client has said more than was handed out', async () => {
  const seen: boolean[] = [];
  const parser: SmtpParser = new SmtpParser({
    line: (_, next) => {
      seen.push(parser.hasMoreInput);
      next();
    },
    longLine: (next) => next(),
  });
  await new Promise<void>((resolve) => parser.write(Buffer.from('EHLO a\r\nEHLO b\r\n'), () => resolve()));
  expect(seen).toEqual([true, false]);
});
