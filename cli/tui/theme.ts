/**
 * What the full-screen program looks like: colours by meaning, and the few signs that are no letters. Without colours
 * and without Unicode it says the same; a colour never says what a word or a sign does not say too.
 */
import { Chalk } from 'chalk';
import type { Paint } from '../style.ts';
import { terminalPaint } from '../terminal-style.ts';

const chalk = new Chalk({ level: 1 });

export interface Signs {
  readonly rule: string;
  readonly separator: string;
  readonly cursor: string;
  readonly mark: string;
  readonly up: string;
  readonly down: string;
  /** From nothing to most. */
  readonly levels: readonly string[];
  readonly border: { readonly [place in BorderPlace]: string };
}
type BorderPlace = 'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight' | 'horizontal' | 'vertical';

export interface Theme {
  readonly paint: Paint;
  /** The row that the keys act on. */
  readonly selected: (text: string) => string;
  /** What must be seen at once. */
  readonly alarm: (text: string) => string;
  readonly signs: Signs;
  /** What the signs of others become: where text was cut. */
  readonly spell: (text: string) => string;
}

const unicode: Signs = {
  rule: '─',
  separator: '·',
  cursor: '▌',
  mark: '●',
  up: '▲',
  down: '▼',
  levels: ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  border: { topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯', horizontal: '─', vertical: '│' },
};

const ascii: Signs = {
  rule: '-',
  separator: '-',
  cursor: '>',
  mark: '*',
  up: '^',
  down: 'v',
  levels: ['.', ':', '-', '=', '+', '*', '%', '#', '@'],
  border: { topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', horizontal: '-', vertical: '|' },
};

export interface ThemeOptions {
  readonly colored: boolean;
  readonly ascii: boolean;
}

export function themeFor({ colored, ascii: asciiOnly }: ThemeOptions): Theme {
  const signs = asciiOnly ? ascii : unicode;
  const spell = asciiOnly ? (text: string) => text.replaceAll('…', '~') : (text: string) => text;
  // Reverse video is no colour: without it nobody would find the selected row.
  const plainTheme: Theme = {
    paint: (tone, text) => (tone === 'chosen' ? chalk.inverse(text) : text),
    selected: chalk.inverse,
    alarm: chalk.inverse,
    signs,
    spell,
  };
  if (!colored) return plainTheme;
  return {
    paint: terminalPaint,
    selected: chalk.bgCyan.black,
    alarm: chalk.bgRed.white.bold,
    signs,
    spell,
  };
}

/** The same with every tone stepped back: for what is no longer so. */
export const faded = (theme: Theme): Theme => ({
  ...theme,
  paint: (tone, text) => theme.paint(tone === 'chosen' ? tone : 'old', text),
  selected: (text) => theme.paint('old', text),
});
