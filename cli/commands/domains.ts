/** `mailctl domains`: which domains are ours. */
import type { Noun } from '../cli.ts';
import { domainColumns } from '../columns/domains.ts';
import type { Context } from '../context.ts';
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
      .command('dkim')
      .description('sign what its accounts send; prints the record for its DNS')
      .argument('<name>', 'domain')
      .option('--selector <name>', 'sign with the key of this name from now on; made when it is new')
      .action((name: string, options: { selector?: string }, self) =>
        cli.run(self, (context) => dkim(context, name, options.selector)),
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

/** A string of a TXT record has at most 255 octets (RFC 1035 3.3.14); a key needs two. */
const maxTextOctets = 255;

async function dkim(context: Context, name: string, selector: string | undefined): Promise<void> {
  const { output } = context;
  const result = await context.call('domains.dkim', { name, ...(selector !== undefined && { selector }) });
  if (output.json) return output.value(result);
  const { record, created } = result;
  const strings = record.value.match(new RegExp(`.{1,${maxTextOctets}}`, 'g')) ?? [];
  await output.line(`${record.name}. IN ${record.type} ( ${strings.map((text) => `"${text}"`).join(' ')} )`);
  const made = created ? `A key has been made, and signs` : `The key is there already, and signs`;
  await output.note(`${made} what accounts of ${result.domain} send. Put this record into its DNS.`);
}
