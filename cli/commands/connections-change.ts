/** `mailctl connections add` and `edit`. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { tellChange } from '../connection-change.ts';
import {
  type CollectorOptions,
  newCollector,
  type SenderOptions,
  senderOf,
  sendingModes,
  withCollectorOptions,
  withNewServer,
  withSenderOptions,
} from '../connection-options.ts';
import type { Context } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { oneOf } from '../option.ts';
import { passwordsFor } from '../passwords.ts';

interface CommonOptions extends SenderOptions {
  readonly schedule?: string;
  readonly default?: boolean;
  /** False: --no-fallback. */
  readonly fallback?: string | false;
  readonly sending?: (typeof sendingModes)[number];
  readonly passwordStdin?: boolean;
}

interface AddOptions extends CommonOptions, CollectorOptions {
  readonly disabled?: boolean;
}

interface EditOptions extends CommonOptions {
  readonly name?: string;
  readonly relayPassword?: boolean;
}

const withCommonOptions = (command: Command): Command =>
  command
    .option(
      '--schedule <rules>',
      '"every 15m", "every 5m on mon-fri 08:00-18:00; every 1h", "at 08:00", "cron ...", "manual"',
    )
    .option('--default', 'takes mail that no route names; meant by connect-now without a name')
    .option('--fallback <name>', 'connection that takes over when this one fails')
    .addOption(oneOf('--sending <mode>', 'send at once, or only when it is connected', sendingModes))
    .option('--password-stdin', 'passwords come from standard input, a line each: mailbox, then relay');

const commonParams = ({ schedule, default: isDefault, fallback, sending }: CommonOptions) => ({
  ...(schedule !== undefined && { schedule }),
  ...(isDefault !== undefined && { isDefault }),
  ...(fallback !== undefined && { fallback: fallback === false ? null : fallback }),
  ...(sending !== undefined && { sending }),
});

export function defineAdd(command: Command, cli: Cli): void {
  const add = command
    .command('add')
    .description('make a connection, with a relay, a mailbox to collect from, or both')
    .argument('<name>', 'connection');
  withCollectorOptions(withNewServer(withSenderOptions(withCommonOptions(add))))
    .option('--disabled', 'do not let it connect yet')
    .action((name: string, options: AddOptions, self) =>
      cli.run(self, (context) => addConnection(context, name, options)),
    );
}

async function addConnection(context: Context, name: string, options: AddOptions): Promise<void> {
  const sender = senderOf(options, null);
  const collector = newCollector(options);
  const whose = [
    ...(collector === null ? [] : [`${collector.user} at ${collector.host}`]),
    ...(sender?.user ? [`${sender.user} at ${sender.host}`] : []),
  ];
  const passwords = [...(await passwordsFor(context, whose, options.passwordStdin))];
  const collectorPassword = collector === null ? undefined : passwords.shift();
  const senderPassword = passwords.shift();
  const { connection } = await context.call('connections.add', {
    name,
    ...commonParams(options),
    ...(options.disabled && { enabled: false }),
    ...(sender && {
      sender: { ...sender, ...(senderPassword !== undefined && { password: senderPassword }) },
    }),
    ...(collector !== null && { collectors: [{ ...collector, password: collectorPassword ?? '' }] }),
  });
  await tellChange(context, connection, 'was made');
  if (context.output.json) return;
  if (connection.collectors.some(({ keepDays }) => keepDays === null)) {
    await context.output.note(
      'Messages are left on the server; --delete or --keep-days would take them away.',
    );
  }
}

export function defineEdit(command: Command, cli: Cli): void {
  const edit = command
    .command('edit')
    .description('change name, schedule, relay; for mailboxes see edit-collector')
    .argument('<name>', 'connection')
    .option('--name <new>', 'another name');
  // What takes something away stands behind what sets it: otherwise commander takes it for set.
  withSenderOptions(withCommonOptions(edit))
    .option('--relay-password', 'ask for the password at the relay')
    .option('--no-default', 'is not the default any more')
    .option('--no-fallback', 'nothing takes over')
    .option('--no-relay', 'sends nothing any more')
    .action((name: string, options: EditOptions, self) =>
      cli.run(self, (context) => change(context, name, options)),
    );
}

async function change(context: Context, name: string, options: EditOptions): Promise<void> {
  const { connection: before } = await context.call('connections.show', { name });
  const newPassword = options.relayPassword || options.passwordStdin;
  const asked = newPassword && options.relay === undefined ? { relay: sameRelay(before.sender) } : {};
  const sender = senderOf({ ...options, ...asked }, before.sender);
  const params = {
    name,
    ...commonParams(options),
    ...(options.name !== undefined && { newName: options.name }),
  };
  if (sender === undefined && Object.keys(params).length === 1) {
    throw usageFailure('nothing to change', 'See: mailctl connections edit --help');
  }
  const whose = sender?.user && newPassword ? [`${sender.user} at ${sender.host}`] : [];
  const [password] = await passwordsFor(context, whose, options.passwordStdin);
  const { connection } = await context.call('connections.edit', {
    ...params,
    ...(sender !== undefined && {
      sender: sender && { ...sender, ...(password !== undefined && { password }) },
    }),
  });
  await tellChange(context, connection, 'was changed');
}

function sameRelay(sender: { readonly host: string; readonly port: number } | null) {
  if (sender === null) throw usageFailure('it has no relay', 'Say --relay HOST.');
  return { host: sender.host, port: sender.port };
}
