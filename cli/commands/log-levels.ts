/** `mailctl log levels`: what is logged, shown and set without a restart. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { LogCategory, LogLevel } from '../../shared/api/log.ts';
import { durationSeconds, wordOf } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { logLevelColumns } from '../columns/log-levels.ts';
import { logCategories, logLevels } from '../words.ts';

type Levels = Readonly<Partial<Record<LogCategory, LogLevel>>>;

export function defineLevels(command: Command, cli: Cli): void {
  command
    .command('levels')
    .description('show what is logged by category, or set it')
    .argument('[category=level...]', 'such as delivery=debug, or all=info', levels)
    .option('--for <duration>', 'back to what it was after this time', durationSeconds)
    .action((wanted: Levels, options: { for?: number }, self) =>
      cli.run(self, async (context) => {
        const answer =
          Object.keys(wanted).length > 0
            ? await context.call('log.setLevels', {
                levels: wanted,
                ...(options.for !== undefined && { forSeconds: options.for }),
              })
            : await context.call('log.levels', {});
        await context.output.list(logLevelColumns, answer.levels, 'There are no categories.');
      }),
    );
}

function levels(text: string, before: Levels = {}): Levels {
  const [category = '', level = '', ...more] = text.split('=');
  if (more.length > 0 || level === '')
    throw new InvalidArgumentError(`"${text}" is not of the form category=level`);
  const value = wordOf(logLevels)(level);
  if (category === 'all') return Object.fromEntries(logCategories.map((each) => [each, value]));
  return { ...before, [wordOf(logCategories)(category)]: value };
}
