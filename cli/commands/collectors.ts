/** `mailctl connections add-collector`, `edit-collector` and `remove-collector`: the mailboxes of a connection. */
import type { Command } from 'commander';
import { id } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { tellChange } from '../connection-change.ts';
import {
  type CollectorOptions,
  changesOf,
  hostAndPort,
  newCollector,
  withCollectorOptions,
  withNewServer,
} from '../connection-options.ts';
import type { Context } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { passwordsFor } from '../passwords.ts';

interface Options extends CollectorOptions {
  readonly password?: boolean;
  readonly passwordStdin?: boolean;
}

export function defineCollectors(command: Command, cli: Cli): void {
  const add = command
    .command('add-collector')
    .description('collect from one more mailbox; asks for its password')
    .argument('<name>', 'connection');
  withCollectorOptions(withNewServer(add))
    .option('--password-stdin', 'the password is the first line of standard input')
    .action((name: string, options: Options, self) =>
      cli.run(self, (context) => addOne(context, name, options)),
    );

  const edit = command
    .command('edit-collector')
    .description('change a mailbox of a connection')
    .argument('<name>', 'connection')
    .argument('<id>', 'collector, as connections show has it', id)
    .option('--server <host[:port]>', 'another server', hostAndPort);
  withCollectorOptions(edit)
    .option('--password', 'ask for a new password')
    .option('--password-stdin', 'the new password is the first line of standard input')
    .action((name: string, collector: number, options: Options, self) =>
      cli.run(self, (context) => change(context, name, collector, options)),
    );

  command
    .command('remove-collector')
    .description('collect from a mailbox no more')
    .argument('<name>', 'connection')
    .argument('<id>', 'collector, as connections show has it', id)
    .action((name: string, collector: number, _options, self) =>
      cli.run(self, async (context) => {
        const { connection } = await context.call('connections.removeCollector', { name, collector });
        await tellChange(context, connection, 'was changed');
      }),
    );
}

async function addOne(context: Context, name: string, options: Options): Promise<void> {
  const collector = newCollector(options);
  if (collector === null) throw usageFailure('which mailbox?', 'Say --pop3 HOST or --imap HOST.');
  const whose = `${collector.user} at ${collector.host}`;
  const [password = ''] = await passwordsFor(context, [whose], options.passwordStdin);
  const params = { name, collector: { ...collector, password } };
  const { connection } = await context.call('connections.addCollector', params);
  await tellChange(context, connection, 'was changed');
}

async function change(context: Context, name: string, collector: number, options: Options): Promise<void> {
  const changes = changesOf(options);
  const asks = options.password || options.passwordStdin;
  if (!asks && Object.keys(changes).length === 0) {
    throw usageFailure('nothing to change', 'See: mailctl connections edit-collector --help');
  }
  const whose = asks ? [`collector ${collector} of ${name}`] : [];
  const [password] = await passwordsFor(context, whose, options.passwordStdin);
  const { connection } = await context.call('connections.editCollector', {
    name,
    collector,
    changes: { ...changes, ...(password !== undefined && { password }) },
  });
  await tellChange(context, connection, 'was changed');
}
