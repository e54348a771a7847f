import * as original from '@alcalzone/ansi-tokenize';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  styledCharsFromTokens,
  styledCharsToString,
  tokenize,
} from '../../../cli/tui/terminal/styled-cells.ts';

const chalk = new Chalk({ level: 1 });
const looks = [
  (text: string) => text,
  chalk.bold,
  chalk.dim,
  chalk.green,
  chalk.red,
  chalk.inverse,
  chalk.bgCyan.black,
  chalk.bgRed.white.bold,
];
const pieces = fc.array(fc.tuple(fc.constantFrom(...looks), fc.stringMatching(/^[\x20-\x7eäß來🍝]{0,8}$/u)));

/** Each character with what is in force at it, whatever the order of the sequences. */
const seen = (line: string): readonly (readonly [string, readonly string[]])[] =>
  original
    .styledCharsFromTokens(original.tokenize(line))
    .map(({ value, styles }) => [value, styles.map(({ code }) => code).sort()]);

describe('cells', () => {
  it('look as those of the package that they stand in for', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const line = parts.map(([look, text]) => look(text)).join('');
        expect(seen(styledCharsToString(styledCharsFromTokens(tokenize(line))))).toEqual(seen(line));
      }),
    );
  });

  it("take Ink's own blanks, and end what they begin", () => {
    const blank = { type: 'char', value: ' ', fullWidth: false, styles: [] } as const;
    const cells = [blank, ...styledCharsFromTokens(chalk.green('x')), blank];
    expect(styledCharsToString(cells)).toBe(' \x1b[32mx\x1b[0m ');
  });
});
