/** The one set of filters that all queue verbs take. */
import type { Command } from 'commander';
import type { QueueFilter, QueueState } from '../../shared/api/queue.ts';
import { durationSeconds, ids, sizeBytes } from '../arguments.ts';
import { someOf } from '../option.ts';
import { queueStates } from '../words.ts';

export interface FilterOptions {
  readonly id?: readonly number[];
  readonly from?: string;
  readonly to?: string;
  readonly domain?: string;
  readonly state?: readonly QueueState[];
  readonly olderThan?: number;
  readonly largerThan?: number;
  readonly error?: string;
  readonly connection?: string;
}

export function withFilters(command: Command): Command {
  return command
    .option('--id <ids>', 'messages, separated by commas', ids)
    .option('--from <pattern>', 'envelope sender; * stands for anything')
    .option('--to <pattern>', 'a recipient')
    .option('--domain <pattern>', 'domain of a recipient')
    .addOption(someOf('--state <states>', 'in these states', queueStates))
    .option('--older-than <duration>', 'waiting for longer', durationSeconds)
    .option('--larger-than <size>', 'larger, as 10k or 5M', sizeBytes)
    .option('--error <pattern>', 'text in the last reply')
    .option('--connection <pattern>', 'connection that it goes out by');
}

/** `named` are ids given as arguments; they and --id mean the same. */
export function filterOf(options: FilterOptions, named: readonly number[] = []): QueueFilter {
  const all = [...named, ...(options.id ?? [])];
  return {
    ...(all.length > 0 && { ids: all }),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
    ...(options.domain !== undefined && { domain: options.domain }),
    ...(options.state && { states: [...options.state] }),
    ...(options.olderThan !== undefined && { olderThanSeconds: options.olderThan }),
    ...(options.largerThan !== undefined && { largerThanBytes: options.largerThan }),
    ...(options.error !== undefined && { error: options.error }),
    ...(options.connection !== undefined && { connection: options.connection }),
  };
}

/** Ids alone name messages one by one; anything else may match more than the person thinks of. */
export const matchesUnseen = (filter: QueueFilter): boolean =>
  Object.keys(filter).some((key) => key !== 'ids');
