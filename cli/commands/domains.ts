/** `mailctl domains`: which domains are ours. */
import type { Noun } from '../cli.ts';
import { domainColumns } from '../columns/domains.ts';
import { exitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';

interface EditOptions {
  /** False: --no-catch-all. */
  readonly catchAll?: string | false;
}

export const domains: Noun = {
  name: 'domains',
  summary: 'the domains that are ours',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('the domains (this is the default)')
      .action((_options, self) =>
        cli.run(self, async (context) => {
          const { domains } = await context.call('domains.list', {});
          await context.output.list(
            domainColumns,
            domains,
            'No domain is ours yet: mailctl domains add NAME',
          );
        }),
      );
    command
      .command('add')
      .description('make a domain ours')
      .argument('<name>', 'domain')
      .option('--catch-all <address>', 'gets what fits no account or alias')
      .action((name: string, options: { catchAll?: string }, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const { domain } = await context.call('domains.add', {
            name,
            ...(options.catchAll !== undefined && { catchAll: options.catchAll }),
          });
          if (output.json) return output.value(domain);
          await output.line(`Mail for ${domain.name} is ours now.`);
        }),
      );
    command
      .command('edit')
      .description('change who gets what fits no account or alias')
      .argument('<name>', 'domain')
      .option('--catch-all <address>', 'this address')
      .option('--no-catch-all', 'nobody: it is refused')
      .action((name: string, options: EditOptions, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          if (options.catchAll === undefined)
            throw usageFailure('nothing to change', 'Say --catch-all ADDRESS or --no-catch-all.');
          const { domain } = await context.call('domains.edit', { name, catchAll: options.catchAll || null });
          if (output.json) return output.value(domain);
          await output.line(
            domain.catchAll === null
              ? `What fits no account or alias at ${domain.name} is refused.`
              : `What fits no account or alias at ${domain.name} goes to ${domain.catchAll}.`,
          );
        }),
      );
    command
      .command('remove')
      .description('give up a domain; refused while it has accounts or aliases')
      .argument('<name>', 'domain')
      .action((name: string, _options, self) =>
        cli.run(self, async (context) => {
          const { output } = context;
          const result = await context.call('domains.remove', { name });
          if (output.json) await output.value(result);
          if (!result.removed) throw new Failure(`domains remove: ${name}: not found`, exitCode.notDone);
          if (!output.json) await output.line(`Mail for ${name} is not ours any more.`);
        }),
      );
  },
};
