/** `mailctl queue summary`: where the queue stands, in groups. */
import type { Command } from 'commander';
import { formatCount } from '../../shared/units.ts';
import { countFrom1 } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { summaryColumns } from '../columns/queue-summary.ts';
import { oneOf } from '../option.ts';
import { summaryGroups } from '../words.ts';
import { type FilterOptions, filterOf, withFilters } from './queue-filter.ts';

interface SummaryOptions extends FilterOptions {
  readonly by?: (typeof summaryGroups)[number];
  readonly limit?: number;
}

export function defineSummary(command: Command, cli: Cli): void {
  withFilters(command.command('summary').description('counts, sizes and the oldest, in groups'))
    .addOption(oneOf('--by <group>', 'what makes a group; domain when not given', summaryGroups))
    .option('--limit <n>', 'at most so many groups', countFrom1)
    .action((options: SummaryOptions, self) =>
      cli.run(self, async (context) => {
        const { by, rows, groups } = await context.call('queue.summary', {
          filter: filterOf(options),
          ...(options.by && { by: options.by }),
          ...(options.limit !== undefined && { limit: options.limit }),
        });
        await context.output.list(summaryColumns(by), rows, 'No message matches.');
        if (rows.length < groups)
          await context.output.note(`${formatCount(rows.length)} of ${formatCount(groups)} groups`);
      }),
    );
}
