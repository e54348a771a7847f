import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyParser } from '../../../cli/tui/terminal/key-parser.ts';

const names = (...pieces: readonly string[]): readonly string[] => {
  const parser = new KeyParser();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.flush()].map(({ name }) => name);
};

describe('keys', () => {
  it.each([
    ['j', 'j'],
    ['J', 'J'],
    ['ä', 'ä'],
    ['🍝', '🍝'],
    [' ', 'space'],
    ['\r', 'enter'],
    ['\n', 'enter'],
    ['\t', 'tab'],
    ['\x1b[Z', 'shift-tab'],
    ['\x7f', 'backspace'],
    ['\b', 'backspace'],
    ['\x1b[3~', 'delete'],
    ['\x03', 'ctrl-c'],
    ['\x1a', 'ctrl-z'],
    ['\0', 'ctrl-space'],
    ['\x1b[A', 'up'],
    ['\x1bOA', 'up'],
    ['\x1b[1;2A', 'shift-up'],
    ['\x1b[1;5B', 'ctrl-down'],
    ['\x1b[H', 'home'],
    ['\x1b[1~', 'home'],
    ['\x1b[4~', 'end'],
    ['\x1b[5~', 'pageup'],
    ['\x1b[6~', 'pagedown'],
    ['\x1b', 'esc'],
  ])('%j is %s', (bytes, name) => {
    expect(names(bytes)).toEqual([name]);
  });

  it('come one by one from one piece', () => {
    expect(names('jjj\x1b[B\x1b[Bq')).toEqual(['j', 'j', 'j', 'down', 'down', 'q']);
  });

  it('may come in several pieces', () => {
    expect(names('\x1b', '[', '1', ';2', 'A')).toEqual(['shift-up']);
  });

  it('of mice, of functions and of terminals that answer are dropped', () => {
    expect(names('\x1b[<0;10;5M', '\x1b[15~', '\x1bOP', '\x1b[?1;2c', 'x')).toEqual(['x']);
  });

  it('are told from Escape by what follows', () => {
    const parser = new KeyParser();
    expect(parser.push('\x1b')).toEqual([]);
    expect(parser.waiting).toBe(true);
    expect(parser.flush()).toEqual([{ name: 'esc', text: '' }]);
    expect(parser.waiting).toBe(false);
  });

  it('that are pasted are one text, with its line breaks, however it is cut', () => {
    const parser = new KeyParser();
    expect(parser.push('\x1b[200~rm -rf\r\n')).toEqual([]);
    expect(parser.push(' /\x1b[20')).toEqual([]);
    expect(parser.push('1~q').map(({ name, text }) => [name, text])).toEqual([
      ['paste', 'rm -rf\r\n /'],
      ['q', 'q'],
    ]);
  });

  it('never wait for ever nor for more than a bound, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 20 }), (pieces) => {
        const parser = new KeyParser();
        for (const piece of pieces) for (const key of parser.push(piece)) expect(key.name).not.toBe('');
        parser.flush();
        parser.push('\x1b[201~');
        const after = parser.push('z');
        parser.flush();
        expect(after.length + parser.push('z').length).toBeGreaterThan(0);
      }),
    );
    const parser = new KeyParser();
    parser.push(`\x1b[200~${'x'.repeat(100_000)}`);
    expect(parser.push('j').map(({ name }) => name)).toEqual(['j']);
  });
});
