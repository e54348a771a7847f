/** `mailctl blocks`: client addresses and users that are refused for a time. */
import { isIP } from 'node:net';
import { durationSeconds, ids } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { blockColumns } from '../columns/blocks.ts';
import { timeCell } from '../columns/time.ts';
import { exitCode } from '../exit-code.ts';

export const blocks: Noun = {
  name: 'blocks',
  summary: 'client addresses and users that are refused for a time',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('the blocks in force (this is the default)')
      .action((_options, self) =>
        cli.run(self, async (context) => {
          const { blocks } = await context.call('blocks.list', {});
          await context.output.list(blockColumns, blocks, 'Nobody is blocked.');
        }),
      );
    command
      .command('add')
      .description('refuse a client address or a user for a time')
      .argument('<address-or-user>', 'an IP address, otherwise a login name')
      .requiredOption('--for <duration>', 'for how long', durationSeconds)
      .option('--reason <text>', 'for the log and the listing')
      .action((value: string, options: { for: number; reason?: string }, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const { block } = await context.call('blocks.add', {
            kind: isIP(value) === 0 ? 'user' : 'address',
            value,
            forSeconds: options.for,
            ...(options.reason !== undefined && { reason: options.reason }),
          });
          if (output.json) return output.value(block);
          await output.line(
            `${block.kind} ${block.value} is refused until ${timeCell(block.until, output.view)} (block ${block.id}).`,
          );
        }),
      );
    command
      .command('remove')
      .description('lift blocks')
      .argument('<id...>', 'blocks', ids)
      .action((named: readonly number[], _options, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const result = await context.call('blocks.remove', { ids: [...named] });
          if (output.json) await output.value(result);
          else await output.line(`Lifted ${result.removed} ${result.removed === 1 ? 'block' : 'blocks'}.`);
          for (const id of result.notFound) await output.note(`block ${id}: not found`);
          return result.notFound.length > 0 ? exitCode.notDone : exitCode.done;
        }),
      );
  },
};
