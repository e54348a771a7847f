/** `mailctl audit`: who changed what through the API. */
import type { AuditFilter } from '../../shared/api/audit.ts';
import { countFrom0, timeBefore } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { auditColumns } from '../columns/audit.ts';

const defaultEntries = 50;
/** The most that the API gives at once. */
const maxEntries = 5_000;

interface AuditOptions extends Omit<AuditFilter, 'params'> {
  readonly about?: string;
  readonly limit?: number;
}

export const audit: Noun = {
  name: 'audit',
  summary: 'who changed what through the API',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('calls that were to change something, oldest first (this is the default)')
      .option('--since <time>', 'from then on: 2h, 14:00, 2026-11-22 14:00', timeBefore(cli.io.now))
      .option('--user <pattern>', 'by this user')
      .option('--client <pattern>', 'through this client, as mailctl/*')
      .option('--method <pattern>', 'of these methods, as queue.*')
      .option('--about <text>', 'with this text in the parameters: an address, an id')
      .option('--failed', 'only what was not done')
      .option('--limit <n>', `so many of the newest (default: ${defaultEntries})`, countFrom0)
      .action((options: AuditOptions, self) =>
        cli.run(self, async (context) => {
          const {
            limit = options.since === undefined ? defaultEntries : maxEntries,
            about,
            ...rest
          } = options;
          if (limit === 0) return;
          const filter = { ...rest, ...(about !== undefined && { params: about }) };
          const { entries } = await context.call('audit.list', {
            filter,
            limit: Math.min(limit, maxEntries),
          });
          await context.output.list(auditColumns, entries.toReversed(), 'Nothing has been changed.');
        }),
      );
  },
};
