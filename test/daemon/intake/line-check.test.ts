import { describe, expect, it } from 'vitest';
import { LineCheck } from '../../../daemon/intake/line-check.ts';

const check = (...chunks: readonly string[]) => {
  const lines = new LineCheck(100);
  for (const chunk of chunks) lines.check(Buffer.from(chunk, 'latin1'));
  return lines.problem;
};

describe('what no message may have', () => {
  it.each([
    ['a\nb\r\n', 'bare_line_end'],
    ['\n', 'bare_line_end'],
    ['a\rb\r\n', 'bare_line_end'],
    ['a\r\r\n', 'bare_line_end'],
    ['a\r\n\nb\r\n', 'bare_line_end'],
    ['a\0b\r\n', 'nul'],
    [`${'a'.repeat(101)}\r\n`, 'line_too_long'],
    ['a'.repeat(200), 'line_too_long'],
    ['a\r\nb\r\n\r\n', null],
    [`${'a'.repeat(99)}\r\n`, null],
    ['\u00e4\u00ff\x1b[2J\r\n', null],
    ['', null],
  ])('in %j is %s, in whatever pieces it comes', (text, problem) => {
    expect(check(text)).toBe(problem);
    expect(check(...text)).toBe(problem);
    for (let at = 1; at < text.length; at++) expect(check(text.slice(0, at), text.slice(at))).toBe(problem);
  });
});
