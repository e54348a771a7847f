/** Takes away what is past its time, each kind by the part whose matter it is. */
import { errorText, MaildError } from '../../errors.ts';
import type { Task } from '../task.ts';

export interface Purge {
  /** What goes, as the result names it: `messages of history`. */
  readonly what: string;
  /** In slices; answers how many went. */
  run(): Promise<number>;
}

export const retentionTask = (purges: readonly Purge[], storeUsable: () => boolean): Task => ({
  name: 'retention',
  summary: 'takes away history, removed messages and log files that are past their time',
  async run(signal) {
    // With a database that is not well there is nothing to be done, and its trouble has been told already.
    if (!storeUsable()) return { result: 'skipped', detail: 'the database cannot be used' };
    const done: string[] = [];
    const failed: string[] = [];
    for (const { what, run } of purges) {
      if (signal.aborted) break;
      try {
        const gone = await run();
        if (gone > 0) done.push(`${gone} ${what}`);
      } catch (error) {
        failed.push(`${what}: ${errorText(error)}`);
      }
    }
    if (failed.length > 0) throw new MaildError('housekeeper.retention', failed.join('; '));
    return {
      result: 'ok',
      detail: done.length === 0 ? 'nothing was past its time' : `gone: ${done.join(', ')}`,
    };
  },
});
