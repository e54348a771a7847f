/** Counting, where the thing happens. */
import type { CounterName } from '../../shared/api/server.ts';

/** The others are counted by the queue, in the transactions in which these things happen. */
export type GatheredCounter = Exclude<
  CounterName,
  'processedMessages' | 'deliveredMessages' | 'bouncedMessages'
>;

export interface StatisticsPort {
  add(counter: GatheredCounter, n?: number): void;
}
