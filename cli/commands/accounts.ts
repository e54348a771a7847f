/** `mailctl accounts`: who may log in. Passwords come from the terminal or from standard input, never from an argument. */
import type { Command } from 'commander';
import type { Account } from '../../shared/api/accounts.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { sizeBytes } from '../arguments.ts';
import type { Cli, Noun } from '../cli.ts';
import { accountColumns } from '../columns/accounts.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { Failure, usageFailure } from '../failure.ts';
import { canAsk } from '../prompt.ts';
import { defineImport } from './accounts-import.ts';
import { defineLogin, endedText, passwordFrom } from './accounts-login.ts';

interface AddOptions {
  readonly passwordStdin?: boolean;
  readonly quota?: number;
}

interface EditOptions {
  readonly password?: boolean;
  readonly passwordStdin?: boolean;
  readonly enable?: boolean;
  readonly disable?: boolean;
  /** False: --no-quota. */
  readonly quota?: number | false;
}

export const accounts: Noun = {
  name: 'accounts',
  summary: 'who may log in',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('the accounts (this is the default)')
      .option('--domain <name>', 'of one domain')
      .action((options: { domain?: string }, self) =>
        cli.run(self, async (context) => {
          const { accounts } = await context.call('accounts.list', options);
          await context.output.list(
            accountColumns,
            accounts,
            'There is no account: mailctl accounts add ADDRESS',
          );
        }),
      );
    defineAdd(command, cli);
    defineEdit(command, cli);
    defineRemove(command, cli);
    defineLogin(command, cli);
    defineImport(command, cli);
  },
};

function defineAdd(command: Command, cli: Cli): void {
  command
    .command('add')
    .description('make an account; asks for its password')
    .argument('<address>', 'address, which is the login name too')
    .option('--password-stdin', 'the password is the first line of standard input')
    .option('--quota <size>', 'most that it may keep, as 2G', sizeBytes)
    .action((address: string, options: AddOptions, self) =>
      cli.run(self, async (context) => {
        const password = await passwordFrom(context, address, options.passwordStdin);
        const { account } = await context.call('accounts.add', {
          address,
          password,
          ...(options.quota !== undefined && { quotaBytes: options.quota }),
        });
        await show(context, account, 'was made', 0);
      }),
    );
}

function defineEdit(command: Command, cli: Cli): void {
  command
    .command('edit')
    .description('change password, quota, or whether it may log in')
    .argument('<address>', 'account')
    .option('--password', 'ask for a new password')
    .option('--password-stdin', 'the new password is the first line of standard input')
    .option('--enable', 'may log in')
    .option('--disable', 'may not log in; its mail stays')
    .option('--quota <size>', 'most that it may keep, as 2G', sizeBytes)
    .option('--no-quota', 'no limit')
    .action((address: string, options: EditOptions, self) =>
      cli.run(self, async (context) => {
        const { password, passwordStdin, enable, disable, quota } = options;
        if (enable && disable) throw usageFailure('--enable and --disable exclude each other');
        const changing = password || passwordStdin || enable || disable || quota !== undefined;
        if (!changing) throw usageFailure('nothing to change', 'See: mailctl accounts edit --help');
        const { account, endedSessions } = await context.call('accounts.edit', {
          address,
          ...((password || passwordStdin) && {
            password: await passwordFrom(context, address, passwordStdin),
          }),
          ...((enable || disable) && { enabled: enable === true }),
          ...(quota !== undefined && { quotaBytes: quota === false ? null : quota }),
        });
        await show(context, account, 'was changed', endedSessions);
      }),
    );
}

function defineRemove(command: Command, cli: Cli): void {
  command
    .command('remove')
    .description('remove an account with its mailboxes and their mail; cannot be undone')
    .argument('<address>', 'account')
    .action((address: string, _options, self) =>
      cli.run(self, async (context) => {
        const { output } = context;
        await askWhetherToLose(context, address);
        const result = await context.call('accounts.remove', { address });
        if (output.json) await output.value(result);
        if (!result.removed) throw new Failure(`accounts remove: ${address}: not found`, exitCode.notDone);
        if (!output.json)
          await output.line(
            `${address} was removed, with ${formatCount(result.messages)} messages.${endedText(result.endedSessions)}`,
          );
      }),
    );
}

/** It is named, so a script may go on; but nothing brings the mail back, so a person is asked. */
async function askWhetherToLose(context: Context, address: string): Promise<void> {
  if (context.options.yes || !canAsk(context.io)) return;
  const { accounts } = await context.call('accounts.list', {});
  const account = accounts.find((one) => one.address.toLowerCase() === address.toLowerCase());
  if (!account || account.messages === 0) return;
  const what = `${formatCount(account.messages)} messages (${formatBytes(account.bytes)})`;
  await confirm(context, `Remove ${account.address} with ${what}? This cannot be undone.`);
}

async function show(
  { output }: Context,
  account: Account,
  what: string,
  endedSessions: number,
): Promise<void> {
  if (output.json) return output.value(account);
  const login = account.enabled ? 'may log in' : 'may not log in';
  const quota = account.quotaBytes === null ? 'no quota' : `quota ${formatBytes(account.quotaBytes)}`;
  await output.line(`${account.address} ${what}: ${login}, ${quota}.${endedText(endedSessions)}`);
}
