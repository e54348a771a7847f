/** When tasks run by themselves, from cron expressions in local time. Only says when: nothing here waits or runs. */
import { Cron } from 'croner';

/** The first time after `after` (ms since 1970); null for never. */
export function nextRun(expression: string, after: number): number | null {
  if (expression === '') return null;
  return new Cron(expression, { mode: '5-part' }).nextRun(new Date(after))?.getTime() ?? null;
}
