/** `mailctl aliases`: addresses that stand for others. */
import type { Alias } from '../../shared/api/accounts.ts';
import type { Noun } from '../cli.ts';
import { aliasColumns } from '../columns/aliases.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { Failure } from '../failure.ts';

export const aliases: Noun = {
  name: 'aliases',
  summary: 'addresses that stand for others',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('the aliases (this is the default)')
      .option('--domain <name>', 'of one domain')
      .action((options: { domain?: string }, self) =>
        cli.run(self, async (context) => {
          const { aliases } = await context.call('aliases.list', options);
          await context.output.list(aliasColumns, aliases, 'There is no alias.');
        }),
      );
    command
      .command('add')
      .description('make an alias')
      .argument('<address>', 'the alias')
      .argument('<target...>', 'what it stands for')
      .action((address: string, targets: string[], _options, self) =>
        cli.run(self, async (context) =>
          show(context, (await context.call('aliases.add', { address, targets })).alias),
        ),
      );
    command
      .command('edit')
      .description('change what an alias stands for')
      .argument('<address>', 'the alias')
      .argument('<target...>', 'what it stands for from now on')
      .action((address: string, targets: string[], _options, self) =>
        cli.run(self, async (context) =>
          show(context, (await context.call('aliases.edit', { address, targets })).alias),
        ),
      );
    command
      .command('remove')
      .description('remove an alias')
      .argument('<address>', 'the alias')
      .action((address: string, _options, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const result = await context.call('aliases.remove', { address });
          if (output.json) await output.value(result);
          if (!result.removed) throw new Failure(`aliases remove: ${address}: not found`, exitCode.notDone);
          if (!output.json) await output.line(`${address} stands for nobody any more.`);
        }),
      );
  },
};

async function show({ output }: Context, alias: Alias): Promise<void> {
  if (output.json) return output.value(alias);
  await output.line(`${alias.address} stands for ${alias.targets.join(', ')}.`);
}
