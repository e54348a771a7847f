/**
 * `mailctl queue list`: pages of the daemon, written as they come. As JSON the rows are passed on as the daemon wrote
 * them, without being parsed: 100,000 messages in a fraction of a second.
 */
import type { Command } from 'commander';
import type { Params, Result } from '../../shared/api/index.ts';
import type { QueuedMessage } from '../../shared/api/queue.ts';
import { formatCount } from '../../shared/units.ts';
import { countFrom1 } from '../arguments.ts';
import type { Cli } from '../cli.ts';
import { queueColumns } from '../columns/queue.ts';
import type { Context } from '../context.ts';
import { oneOf } from '../option.ts';
import { queuePage } from '../rpc/queue-page.ts';
import { queueSorts } from '../words.ts';
import { type FilterOptions, filterOf, withFilters } from './queue-filter.ts';
import { messagesText } from './queue-verbs.ts';

/** The most that the API gives at once. */
const pageRows = 2_000;

interface ListOptions extends FilterOptions {
  readonly sort?: (typeof queueSorts)[number];
  readonly reverse?: boolean;
  readonly limit?: number;
}

export function defineList(command: Command, cli: Cli): void {
  withFilters(command.command('list').description('the messages that wait (this is the default)'))
    .addOption(oneOf('--sort <by>', 'order', queueSorts))
    .option('--reverse', 'the other way round')
    .option('--limit <n>', 'at most so many', countFrom1)
    .action((options: ListOptions, self) => cli.run(self, (context) => list(context, options)));
}

async function list(context: Context, options: ListOptions): Promise<void> {
  const params: Params<'queue.list'> = {
    filter: filterOf(options),
    ...(options.sort && { sort: options.sort }),
    ...(options.reverse && { descending: true }),
  };
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  if (context.output.json) return listJson(context, params, limit);
  const count = await context.output.pages(
    queueColumns,
    pages(context, params, limit),
    'No message matches.',
  );
  if (context.output.terminal && count > 1)
    await context.output.note(await countText(context, params, count, limit));
}

/** `212 messages`; `20 of 212 messages (4.1 MB)` when the limit may have cut the listing off. */
async function countText(
  context: Context,
  { filter = {} }: Params<'queue.list'>,
  listed: number,
  limit: number,
): Promise<string> {
  if (listed < limit) return messagesText(listed);
  const { messages, bytes } = await context.call('queue.count', { filter });
  return `${formatCount(listed)} of ${messagesText(messages, bytes)}`;
}

async function* pages(
  context: Context,
  params: Params<'queue.list'>,
  limit: number,
): AsyncGenerator<QueuedMessage[]> {
  let left = limit;
  let cursor: string | null = null;
  do {
    const page: Result<'queue.list'> = await context.call('queue.list', pageOf(params, left, cursor));
    left -= page.messages.length;
    yield page.messages;
    cursor = page.next;
  } while (cursor !== null && left > 0);
}

async function listJson(context: Context, params: Params<'queue.list'>, limit: number): Promise<void> {
  const client = await context.client();
  let left = limit;
  let page = client.callRaw('queue.list', pageOf(params, left, null));
  for (;;) {
    const { lines, next } = queuePage(await page);
    // A page before the last is full.
    left -= pageRows;
    const more = next !== null && left > 0;
    // The daemon reads the next page while this one is written.
    if (more) page = client.callRaw('queue.list', pageOf(params, left, next));
    await context.output.jsonLines(lines);
    if (!more) return;
  }
}

const pageOf = (params: Params<'queue.list'>, left: number, cursor: string | null): Params<'queue.list'> => ({
  ...params,
  limit: Math.min(left, pageRows),
  ...(cursor !== null && { cursor }),
});
