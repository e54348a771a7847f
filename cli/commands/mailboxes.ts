/** `mailctl mailboxes`: the folders of accounts and what is in them; making, moving and removing them. */
import type { Command } from 'commander';
import type { Mailbox, SpecialUse } from '../../shared/api/mailboxes.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import type { Cli, Noun } from '../cli.ts';
import { mailboxColumns } from '../columns/mailboxes.ts';
import { confirm, requireConfirmable } from '../confirm.ts';
import type { Context } from '../context.ts';
import { oneOf } from '../option.ts';
import { specialUses } from '../words.ts';
import { defineExport, defineImport } from './mailboxes-files.ts';
import { defineShow } from './mailboxes-show.ts';

export const mailboxes: Noun = {
  name: 'mailboxes',
  summary: 'the folders of accounts; mail brought in and out',
  fallback: 'list',
  define(command, cli) {
    defineList(command, cli);
    defineShow(command, cli);
    defineCreate(command, cli);
    defineRename(command, cli);
    defineRemove(command, cli);
    defineImport(command, cli);
    defineExport(command, cli);
  },
};

function defineList(command: Command, cli: Cli): void {
  command
    .command('list')
    .description('of an account, or of all (this is the default)')
    .argument('[account]', 'address')
    .action((account: string | undefined, _options, self) =>
      cli.run(self, async (context) => {
        const pages = mailboxPages(context, account);
        await context.output.pages(mailboxColumns(account === undefined), pages, 'There is no account.');
      }),
    );
}

function defineCreate(command: Command, cli: Cli): void {
  command
    .command('create')
    .description('make a mailbox and the levels above it')
    .argument('<account>', 'address')
    .argument('<name>', 'name; levels are separated by /')
    .addOption(oneOf('--use <what>', 'what programs take it for', specialUses))
    .action((account: string, mailbox: string, { use }: { use?: string }, self) =>
      cli.run(self, async (context) => {
        const specialUse = use === undefined ? undefined : (`\\${use}` as SpecialUse);
        const result = await context.call('mailboxes.create', {
          account,
          mailbox,
          ...(specialUse && { specialUse }),
        });
        await show(context, result.mailbox, 'was made.');
      }),
    );
}

function defineRename(command: Command, cli: Cli): void {
  command
    .command('rename')
    .description('rename a mailbox and the levels below it')
    .argument('<account>', 'address')
    .argument('<name>', 'name')
    .argument('<to>', 'new name')
    .action((account: string, mailbox: string, to: string, _options, self) =>
      cli.run(self, async (context) => {
        const result = await context.call('mailboxes.rename', { account, mailbox, to });
        await show(context, result.mailbox, `was ${mailbox}.`);
      }),
    );
}

function defineRemove(command: Command, cli: Cli): void {
  command
    .command('remove')
    .description('remove a mailbox with its mail, for good')
    .argument('<account>', 'address')
    .argument('<name>', 'name')
    .option('--dry-run', 'only say what would be removed')
    .action((account: string, mailbox: string, { dryRun }: { dryRun?: boolean }, self) =>
      cli.run(self, async (context) => {
        const named = { account, mailbox };
        if (dryRun) {
          const result = await context.call('mailboxes.remove', { ...named, dryRun: true });
          return show(context, result.mailbox, `would be removed, with ${amount(result.mailbox)}.`);
        }
        requireConfirmable(context, 'mailboxes remove');
        if (!context.options.yes) {
          const { mailbox: found } = await context.call('mailboxes.remove', { ...named, dryRun: true });
          await confirm(
            context,
            `Remove ${found.name} of ${found.account} with ${amount(found)}? This cannot be undone.`,
          );
        }
        const result = await context.call('mailboxes.remove', named);
        await show(context, result.mailbox, `was removed, with ${amount(result.mailbox)}.`);
      }),
    );
}

const amount = ({ messages, bytes }: Mailbox): string =>
  `${formatCount(messages)} ${messages === 1 ? 'message' : 'messages'} (${formatBytes(bytes)})`;

async function show({ output }: Context, mailbox: Mailbox, what: string): Promise<void> {
  if (output.json) return output.value(mailbox);
  await output.line(`${mailbox.account}: ${mailbox.name} ${what}`);
}

/** A page of the daemon at a time. */
async function* mailboxPages(context: Context, account: string | undefined) {
  let cursor: string | undefined;
  for (;;) {
    const { mailboxes, next } = await context.call('mailboxes.list', {
      ...(account !== undefined && { account }),
      ...(cursor !== undefined && { cursor }),
    });
    yield mailboxes;
    if (next === null) return;
    cursor = next;
  }
}
