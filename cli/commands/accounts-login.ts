/** `mailctl accounts disable`, `enable` and `passwd`: whether somebody may log in, and with what. */
import type { Command } from 'commander';
import type { Account } from '../../shared/api/accounts.ts';
import { formatCount } from '../../shared/units.ts';
import type { Cli } from '../cli.ts';
import type { Context } from '../context.ts';
import { askNewPassword, readPassword } from '../prompt.ts';

export function defineLogin(command: Command, cli: Cli): void {
  const verb = (name: string, description: string, enabled: boolean) =>
    command
      .command(name)
      .description(description)
      .argument('<address>', 'account')
      .action((address: string, _options, self) =>
        cli.run(self, async (context) => {
          const result = await context.call('accounts.edit', { address, enabled });
          await showLogin(context, result, enabled ? 'may log in' : 'may not log in');
        }),
      );
  verb('disable', 'it may not log in; its sessions end, its mail stays', false);
  verb('enable', 'it may log in again', true);
  command
    .command('passwd')
    .description('give it a new password; its sessions end')
    .argument('<address>', 'account')
    .option('--password-stdin', 'the new password is the first line of standard input')
    .action((address: string, options: { passwordStdin?: boolean }, self) =>
      cli.run(self, async (context) => {
        const password = await passwordFrom(context, address, options.passwordStdin);
        const result = await context.call('accounts.edit', { address, password });
        await showLogin(context, result, 'has a new password');
      }),
    );
}

export const passwordFrom = (
  context: Context,
  address: string,
  stdin: boolean | undefined,
): Promise<string> => (stdin ? readPassword(context.io) : askNewPassword(context.io, address));

async function showLogin(
  { output }: Context,
  { account, endedSessions }: { readonly account: Account; readonly endedSessions: number },
  what: string,
): Promise<void> {
  if (output.json) return output.value({ ...account, endedSessions });
  await output.line(`${account.address} ${what}.${endedText(endedSessions)}`);
}

/** Behind a sentence; empty when none was open. */
export const endedText = (sessions: number): string =>
  sessions === 0
    ? ''
    : ` ${formatCount(sessions)} ${sessions === 1 ? 'session was' : 'sessions were'} ended.`;
