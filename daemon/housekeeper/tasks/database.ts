/** Looks after the database: its log copied, free pages given back, all tables checked. */
import { formatBytes } from '../../../shared/units.ts';
import { MaildError } from '../../errors.ts';
import type { DatabaseUpkeep } from '../../store/database-upkeep.ts';
import type { Task } from '../task.ts';

/** `damaged` is told of what the check found. */
export const databaseTask = (upkeep: DatabaseUpkeep, damaged: (faults: string) => void): Task => ({
  name: 'database',
  summary: 'copies the log of the database, gives free pages back, checks every table',
  async run(signal) {
    const { copiedPages } = await upkeep.checkpoint();
    const { pageBytes } = await upkeep.pageCounts();
    const given = await upkeep.vacuum(signal);
    const faults = await upkeep.faults(signal);
    if (faults.length > 0) {
      const text = faults.slice(0, 10).join('; ');
      damaged(text);
      throw new MaildError('store.damaged', `the database is damaged: ${text}`);
    }
    const done = `${formatBytes(copiedPages * pageBytes)} of the log copied, ${formatBytes(given * pageBytes)} given back`;
    return signal.aborted
      ? { result: 'skipped', detail: `${done}; cut short by the end of maild` }
      : { result: 'ok', detail: `${done}, no faults` };
  },
});
