/** Counting, where the thing happens. */
import type { CounterName } from '../../shared/api/server.ts';

export interface StatisticsPort {
  add(counter: CounterName, n?: number): void;
}
