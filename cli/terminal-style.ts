/** Colours for tones: the sixteen of every terminal, so that the person's own palette and contrast hold. */
import { Chalk } from 'chalk';
import type { Paint } from './style.ts';

const chalk = new Chalk({ level: 1 });

const painters = {
  title: chalk.bold,
  good: chalk.green,
  waiting: chalk.yellow,
  bad: chalk.red,
  accent: chalk.cyan,
  old: chalk.dim,
  /** One of several that is open or has the keys. */
  chosen: chalk.bgCyan.black,
};

export const terminalPaint: Paint = (tone, text) =>
  tone === null || text === '' ? text : painters[tone](text);
