/** The verbs that change the queue: they act on exactly what is named or matched, and say how many that was. */
import type { Command } from 'commander';
import type { Params } from '../../shared/api/index.ts';
import type { VerbResult } from '../../shared/api/queue.ts';
import { formatBytes, formatCount } from '../../shared/units.ts';
import { ids } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { confirm, requireConfirmable } from '../confirm.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { usageFailure } from '../failure.ts';
import { type FilterOptions, filterOf, matchesUnseen, withFilters } from './queue-filter.ts';

export interface QueueVerb {
  readonly name: string;
  readonly method: 'queue.sendNow' | 'queue.hold' | 'queue.release' | 'queue.remove' | 'queue.bounce';
  readonly summary: string;
  /** `Remove 3 messages?`, `Would remove`, `Removed`. */
  readonly imperative: string;
  readonly past: string;
  /** Mail is lost or told about: asks when it is given filters. */
  readonly destructive: boolean;
}

export const queueVerbs: readonly QueueVerb[] = [
  {
    name: 'send-now',
    method: 'queue.sendNow',
    summary: 'make messages due at once',
    imperative: 'Send now',
    past: 'Made due at once:',
    destructive: false,
  },
  {
    name: 'hold',
    method: 'queue.hold',
    summary: 'keep messages back until they are released',
    imperative: 'Hold',
    past: 'Held',
    destructive: false,
  },
  {
    name: 'release',
    method: 'queue.release',
    summary: 'let held messages go out again',
    imperative: 'Release',
    past: 'Released',
    destructive: false,
  },
  {
    name: 'remove',
    method: 'queue.remove',
    summary: 'take messages out without telling anybody; can be undone for a time',
    imperative: 'Remove',
    past: 'Removed',
    destructive: true,
  },
  {
    name: 'bounce',
    method: 'queue.bounce',
    summary: 'end messages now and send their senders a report of failure',
    imperative: 'Bounce',
    past: 'Bounced',
    destructive: true,
  },
];

interface VerbOptions extends FilterOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
}

export function defineVerbs(command: Command, cli: Cli): void {
  for (const verb of queueVerbs)
    withFilters(command.command(verb.name).description(verb.summary).argument('[id...]', 'messages', ids))
      .option('--all', 'every message in the queue')
      .option('--reason <text>', 'for the log')
      .option('--dry-run', 'only say what would be hit')
      .action((named: readonly number[] | undefined, options: VerbOptions, self) =>
        cli.run(self, (context) => act(context, verb, named ?? [], options)),
      );
}

async function act(
  context: Context,
  verb: QueueVerb,
  named: readonly number[],
  options: VerbOptions,
): Promise<ExitCode> {
  const filter = filterOf(options, named);
  if (Object.keys(filter).length === 0 && !options.all)
    throw usageFailure('no message is named', 'Name ids, filters such as --to, or --all.');
  const params: Params<'queue.remove'> = {
    filter,
    ...(options.all && { all: true }),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  const asking = verb.destructive && !options.dryRun && (options.all === true || matchesUnseen(filter));
  if (asking) {
    requireConfirmable(context, `queue ${verb.name} with filters or --all`);
    await ask(context, verb.imperative, () => context.call(verb.method, { ...params, dryRun: true }));
  }
  const result = await context.call(verb.method, { ...params, ...(options.dryRun && { dryRun: true }) });
  await report(context, verb, result);
  return result.notFound.length > 0 || result.refusedCount > 0 ? exitCode.notDone : exitCode.done;
}

const clear = { name: 'clear', imperative: 'Remove', past: 'Removed' };

export function defineClear(command: Command, cli: Cli): void {
  command
    .command('clear')
    .description('remove all that is not being delivered at this moment; can be undone for a time')
    .option('--reason <text>', 'for the log')
    .option('--dry-run', 'only say what would be removed')
    .action((options: { dryRun?: boolean; reason?: string }, self) =>
      cli.run(self, async (context) => {
        const params = options.reason === undefined ? {} : { reason: options.reason };
        if (!options.dryRun) {
          requireConfirmable(context, 'queue clear');
          await ask(context, clear.imperative, () =>
            context.call('queue.clear', { ...params, dryRun: true }),
          );
        }
        const result = await context.call('queue.clear', {
          ...params,
          ...(options.dryRun && { dryRun: true }),
        });
        // What is being delivered is left by design: that is no failure.
        await report(context, clear, result);
      }),
    );
}

/** `Remove 212 messages (4.1 MB)?` A dry run counts them; when nothing is hit there is nothing to ask. */
async function ask(context: Context, imperative: string, dryRun: () => Promise<VerbResult>): Promise<void> {
  if (context.options.yes) return;
  const { changed, bytes } = await dryRun();
  if (changed > 0) await confirm(context, `${imperative} ${messagesText(changed, bytes)}?`);
}

async function report(
  context: Context,
  { imperative, past }: Pick<QueueVerb, 'imperative' | 'past'>,
  result: VerbResult,
): Promise<void> {
  const { output } = context;
  if (output.json) await output.value(result);
  else {
    const what = result.dryRun ? `Would ${imperative.toLowerCase()}` : past;
    await output.line(`${what} ${messagesText(result.changed, result.bytes)}.`);
  }
  for (const id of result.notFound) await output.note(`message ${id}: not in the queue`);
  for (const { id, reason } of result.refused) await output.note(`message ${id}: ${reason}`);
  const unlisted = result.refusedCount - result.refused.length;
  if (unlisted > 0) await output.note(`and ${formatCount(unlisted)} more were left alone`);
  if (result.operation !== null && !output.json)
    await output.note(`To bring them back: mailctl queue undo ${result.operation}`);
}

/** `1 message`, `212 messages (4.1 MB)` */
export function messagesText(count: number, bytes?: number): string {
  const size = bytes === undefined || count === 0 ? '' : ` (${formatBytes(bytes)})`;
  return `${formatCount(count)} ${count === 1 ? 'message' : 'messages'}${size}`;
}
