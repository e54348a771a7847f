/** `mailctl log`: the live log, and what is logged. */
import type { Command } from 'commander';
import type { LogCategory, LogEntry, LogFilter, LogLevel } from '../../shared/api/log.ts';
import { countFrom0, id, timeBefore } from '../arguments.ts';
import type { Cli, Noun } from '../cli.ts';
import { localDate } from '../columns/time.ts';
import type { Context } from '../context.ts';
import { follow } from '../follow.ts';
import { dayLine, logLine } from '../log-line.ts';
import { oneOf, someOf } from '../option.ts';
import { logCategories, logLevels } from '../words.ts';
import { defineLevels } from './log-levels.ts';

/** A screen or two. */
const defaultLines = 50;
/** The most that the API gives at once. */
const maxLines = 5_000;

export interface LogFilterOptions {
  readonly since?: string;
  readonly level?: LogLevel;
  readonly category?: readonly LogCategory[];
  readonly session?: number;
  readonly queue?: number;
  readonly grep?: string;
}

interface LogOptions extends LogFilterOptions {
  readonly follow?: boolean;
  readonly lines?: number;
}

export const log: Noun = {
  name: 'log',
  summary: 'the live log; what is logged',
  fallback: 'show',
  define(command, cli) {
    defineShow(command, cli);
    defineLevels(command, cli);
  },
};

function defineShow(command: Command, cli: Cli): void {
  withLogFilters(
    command
      .command('show')
      .description('the newest lines (this is the default)')
      .option('-f, --follow', 'go on with what comes')
      .option('-n, --lines <n>', `so many of the newest lines (default: ${defaultLines})`, countFrom0),
    cli.io.now,
  ).action((options: LogOptions, self) => cli.run(self, (context) => show(context, options)));
}

export function withLogFilters(command: Command, now: () => number): Command {
  return command
    .option('--since <time>', 'from then on: 2h, 14:00, 2026-11-22 14:00', timeBefore(now))
    .addOption(oneOf('--level <level>', 'this level and graver ones', logLevels))
    .addOption(someOf('--category <categories>', 'of these categories', logCategories))
    .option('--session <id>', 'of one session', id)
    .option('--queue <id>', 'of one message', id)
    .option('--grep <regexp>', 'lines that it is found in');
}

export function logFilterOf(options: LogFilterOptions): LogFilter {
  return {
    ...(options.since !== undefined && { since: options.since }),
    ...(options.level && { level: options.level }),
    ...(options.category && { categories: [...options.category] }),
    ...(options.session !== undefined && { sessionId: options.session }),
    ...(options.queue !== undefined && { queueId: options.queue }),
    ...(options.grep !== undefined && { grep: options.grep }),
  };
}

async function show(context: Context, options: LogOptions): Promise<void> {
  const filter = logFilterOf(options);
  const lines = Math.min(options.lines ?? (options.since === undefined ? defaultLines : maxLines), maxLines);
  const print = await printer(context);
  if (!options.follow) {
    if (lines === 0) return;
    const { entries } = await context.call('log.list', { filter, limit: lines });
    if (entries.length === 0) await context.output.note('No line matches.');
    return print(entries);
  }
  await follow(
    context,
    { topics: ['log'], log: filter, logLines: lines },
    {
      snapshot: async ({ log }) => print(log ?? []),
      async events(events) {
        await print(events.flatMap(({ topic, data }) => (topic === 'log' ? [data] : [])));
        return 'go on';
      },
    },
  );
}

/** Entries that come together go out in one write. */
async function printer({ output }: Context): Promise<(entries: readonly LogEntry[]) => Promise<void>> {
  const paint = await output.paint();
  let day = localDate(new Date(output.view.now));
  return async (entries) => {
    if (entries.length === 0) return;
    if (output.json) return output.values(entries);
    const { view } = output;
    let text = '';
    for (const entry of entries) {
      const itsDay = localDate(new Date(entry.time));
      if (output.terminal && itsDay !== day) text += `${paint('old', dayLine(entry.time))}\n`;
      day = itsDay;
      text += `${logLine(entry, view, paint)}\n`;
    }
    await output.raw(text);
  };
}
