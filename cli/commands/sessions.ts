/** `mailctl sessions`: who is connected, and ending it. */
import type { Command } from 'commander';
import type { SessionFilter, SessionType } from '../../shared/api/sessions.ts';
import { countFrom1, durationSeconds, ids } from '../arguments.ts';
import type { Cli, Noun } from '../cli.ts';
import { sessionColumns } from '../columns/sessions.ts';
import { timeCell } from '../columns/time.ts';
import { confirm, requireConfirmable } from '../confirm.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCode } from '../exit-code.ts';
import { usageFailure } from '../failure.ts';
import { oneOf, someOf } from '../option.ts';
import { sessionSorts, sessionTypes } from '../words.ts';
import { defineWatch } from './sessions-watch.ts';

export interface SessionFilterOptions {
  readonly type?: readonly SessionType[];
  readonly user?: string;
  readonly ip?: string;
  readonly olderThan?: number;
  readonly idle?: number;
}

interface ListOptions extends SessionFilterOptions {
  readonly sort?: (typeof sessionSorts)[number];
  readonly reverse?: boolean;
  readonly limit?: number;
}

interface KillOptions extends SessionFilterOptions {
  readonly all?: boolean;
  readonly block?: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

export const sessions: Noun = {
  name: 'sessions',
  summary: 'who is connected and what they are doing; end or watch a session',
  fallback: 'list',
  define(command, cli) {
    defineList(command, cli);
    defineKill(command, cli);
    defineWatch(command, cli);
  },
};

export function withSessionFilters(command: Command): Command {
  return command
    .addOption(someOf('--type <types>', 'of these types', sessionTypes))
    .option('--user <pattern>', 'login name; * stands for anything')
    .option('--ip <network>', 'remote address or network, as 192.0.2.0/24')
    .option('--older-than <duration>', 'connected for longer', durationSeconds)
    .option('--idle <duration>', 'nothing said for longer', durationSeconds);
}

function filterOf(options: SessionFilterOptions): SessionFilter {
  return {
    ...(options.type && { types: [...options.type] }),
    ...(options.user !== undefined && { user: options.user }),
    ...(options.ip !== undefined && { ip: options.ip }),
    ...(options.olderThan !== undefined && { olderThanSeconds: options.olderThan }),
    ...(options.idle !== undefined && { idleSeconds: options.idle }),
  };
}

function defineList(command: Command, cli: Cli): void {
  withSessionFilters(command.command('list').description('the sessions that are open (this is the default)'))
    .addOption(oneOf('--sort <by>', 'order', sessionSorts))
    .option('--reverse', 'the other way round')
    .option('--limit <n>', 'at most so many', countFrom1)
    .action((options: ListOptions, self) =>
      cli.run(self, async (context) => {
        const { sessions, total } = await context.call('sessions.list', {
          filter: filterOf(options),
          ...(options.sort && { sort: options.sort }),
          ...(options.reverse && { descending: true }),
          ...(options.limit !== undefined && { limit: options.limit }),
        });
        await context.output.list(sessionColumns, sessions, 'No session matches.');
        if (sessions.length < total && sessions.length > 0)
          await context.output.note(`${sessions.length} of ${total} sessions`);
      }),
    );
}

function defineKill(command: Command, cli: Cli): void {
  withSessionFilters(
    command
      .command('kill')
      .description('end sessions, by id or by filters')
      .argument('[id...]', 'sessions', ids),
  )
    .option('--all', 'every session')
    .option('--block <duration>', 'refuse their users or addresses for a time', durationSeconds)
    .option('--reason <text>', 'for the log and the block')
    .option('--dry-run', 'only say what would be ended')
    .action((named: readonly number[] | undefined, options: KillOptions, self) =>
      cli.run(self, (context) => kill(context, named ?? [], options)),
    );
}

async function kill(context: Context, named: readonly number[], options: KillOptions): Promise<ExitCode> {
  const { output } = context;
  const filter: SessionFilter = { ...filterOf(options), ...(named.length > 0 && { ids: [...named] }) };
  const byFilter = options.all === true || Object.keys(filterOf(options)).length > 0;
  if (!byFilter && named.length === 0)
    throw usageFailure('no session is named', 'Name ids, filters such as --ip, or --all.');
  const params = {
    filter,
    ...(options.all && { all: true }),
    ...(options.block !== undefined && { blockSeconds: options.block }),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  if (byFilter && !options.dryRun) {
    requireConfirmable(context, 'sessions kill with filters or --all');
    if (!context.options.yes) {
      const { results } = await context.call('sessions.kill', { ...params, dryRun: true });
      const hit = results.filter(({ outcome }) => outcome === 'would_end').length;
      if (hit > 0) await confirm(context, `End ${hit} ${hit === 1 ? 'session' : 'sessions'}?`);
    }
  }
  const { results, blocks } = await context.call('sessions.kill', {
    ...params,
    ...(options.dryRun && { dryRun: true }),
  });
  if (output.json) for (const result of results) await output.value(result);
  else for (const { id, outcome } of results) await output.line(`${id}  ${outcome}`);
  if (results.length === 0) await output.note('No session matches.');
  for (const { kind, value, until, id } of blocks)
    await output.note(`${kind} ${value} is refused until ${timeCell(until, output.view)} (block ${id})`);
  return results.some(({ outcome }) => outcome === 'not_found') ? exitCode.notDone : exitCode.done;
}
