/** `mailctl quarantine`: what is kept from everybody because of what was found in it; let go, or removed. */
import type { Result } from '../../shared/api/index.ts';
import type { QuarantinedMessage } from '../../shared/api/quarantine.ts';
import { visible } from '../../shared/terminal-text.ts';
import { formatBytes } from '../../shared/units.ts';
import { id, ids } from '../arguments.ts';
import type { Noun } from '../cli.ts';
import { nothing } from '../columns/column.ts';
import { findingTones, quarantineColumns } from '../columns/quarantine.ts';
import { senderText } from '../columns/queue.ts';
import { timeCell } from '../columns/time.ts';
import { confirm, requireConfirmable } from '../confirm.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { usageFailure } from '../failure.ts';
import { type ContentPart, writeContent } from '../message-content.ts';
import { messagesText } from './queue-verbs.ts';

type ShowOptions = Readonly<Partial<Record<ContentPart, boolean>>>;

interface RemoveOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

export const quarantine: Noun = {
  name: 'quarantine',
  summary: 'messages kept back for a virus, spam or a forged sender; release, remove',
  fallback: 'list',
  define(command, cli) {
    command
      .command('list')
      .description('what is in it, newest first (this is the default)')
      .action((_options, self) =>
        cli.run(self, async (context) => {
          await context.output.pages(quarantineColumns, pages(context), 'Nothing is in the quarantine.');
        }),
      );
    command
      .command('show')
      .description('what was found in a message and by what; or the message itself')
      .argument('<id>', 'message', id)
      .option('--headers', 'the header of the message instead')
      .option('--body', 'its body instead')
      .option('--raw', 'the whole message instead, byte for byte')
      .action((message: number, options: ShowOptions, self) =>
        cli.run(self, (context) => show(context, message, options)),
      );
    command
      .command('release')
      .description('let messages go where they would have gone')
      .argument('<id...>', 'messages', ids)
      .action((named: readonly number[], _options, self) =>
        cli.run(self, (context) => release(context, named)),
      );
    command
      .command('remove')
      .description('remove messages for good, without telling anybody')
      .argument('[id...]', 'messages', ids)
      .option('--all', 'every message in the quarantine')
      .option('--dry-run', 'only say what would be removed')
      .action((named: readonly number[] | undefined, options: RemoveOptions, self) =>
        cli.run(self, (context) => remove(context, named ?? [], options)),
      );
  },
};

async function* pages(context: Context): AsyncGenerator<readonly QuarantinedMessage[]> {
  let cursor: string | null = null;
  do {
    const page: Result<'quarantine.list'> = await context.call(
      'quarantine.list',
      cursor === null ? {} : { cursor },
    );
    yield page.messages;
    cursor = page.next;
  } while (cursor !== null);
}

async function show(context: Context, message: number, options: ShowOptions): Promise<void> {
  const [part, ...others] = (['headers', 'body', 'raw'] as const).filter((one) => options[one]);
  if (others.length > 0) throw usageFailure('only one of --headers, --body and --raw can be shown');
  if (part) return writeContent(context, message, part, 'quarantine.content');
  const detail = await context.call('quarantine.show', { id: message });
  const { output } = context;
  if (output.json) return output.value(detail);
  const paint = await output.paint();
  const { view } = output;
  const facts = [
    ['Message', String(detail.id), 'title'],
    ['Found', `${detail.kind} (${detail.scanner}): ${detail.reason}`, findingTones[detail.kind]],
    ['From', senderText(detail.from), null],
    ['To', detail.to.join(', '), null],
    ['Subject', detail.subject ?? nothing, null],
    ['Message-ID', detail.messageId ?? nothing, null],
    ['Size', formatBytes(detail.sizeBytes), null],
    [
      'Came from',
      [detail.source.user, detail.source.remoteAddress].filter(Boolean).join(', ') || nothing,
      null,
    ],
    ['Since', timeCell(detail.quarantinedAt, view), null],
    ['Removed', timeCell(detail.expiresAt, view), null],
  ] as const;
  const lines = facts.map(
    ([name, value, tone]) => `${paint('old', name.padEnd(12))} ${paint(tone, visible(value))}`,
  );
  await output.raw(`${lines.join('\n')}\n`);
}

async function release(context: Context, named: readonly number[]): Promise<ExitCode> {
  const { output } = context;
  const result = await context.call('quarantine.release', { ids: [...named] });
  if (output.json) await output.value(result);
  else await output.line(`Released ${messagesText(result.released)}.`);
  await noteMissing(context, result.notFound);
  for (const { id, reason } of result.refused) await output.note(`message ${id}: ${reason}`);
  return result.notFound.length + result.refused.length > 0 ? exitCode.notDone : exitCode.done;
}

async function remove(
  context: Context,
  named: readonly number[],
  { all, dryRun }: RemoveOptions,
): Promise<ExitCode> {
  const { output } = context;
  if (all !== true && named.length === 0) throw usageFailure('no message is named', 'Name ids, or --all.');
  if (all === true && named.length > 0) throw usageFailure('ids and --all do not go together');
  if (all === true && !dryRun) requireConfirmable(context, 'quarantine remove --all');
  if (dryRun || (all === true && !context.options.yes)) {
    const counted =
      all === true ? await context.call('quarantine.count', {}) : await countNamed(context, named);
    if (dryRun) {
      if (output.json) await output.value({ dryRun: true, ...counted });
      else await output.line(`Would remove ${messagesText(counted.messages, counted.bytes)}.`);
      return exitCode.done;
    }
    await confirm(context, `Remove ${messagesText(counted.messages, counted.bytes)} for good?`);
  }
  const result = await context.call('quarantine.remove', all === true ? { all } : { ids: [...named] });
  if (output.json) await output.value(result);
  else await output.line(`Removed ${messagesText(result.removed)}.`);
  await noteMissing(context, result.notFound);
  return result.notFound.length > 0 ? exitCode.notDone : exitCode.done;
}

async function countNamed(
  context: Context,
  named: readonly number[],
): Promise<{ messages: number; bytes: number }> {
  const wanted = new Set(named);
  let messages = 0;
  let bytes = 0;
  for await (const page of pages(context)) {
    for (const { id, sizeBytes } of page) {
      if (!wanted.has(id)) continue;
      messages += 1;
      bytes += sizeBytes;
    }
  }
  return { messages, bytes };
}

async function noteMissing(context: Context, notFound: readonly number[]): Promise<void> {
  for (const id of notFound) await context.output.note(`message ${id}: not in the quarantine`);
}
