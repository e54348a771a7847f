/** Whether the process may have as many files and sockets open as the configuration lets clients come. */
import { readFile } from 'node:fs/promises';
import { formatCount } from '../../../shared/units.ts';
import { type Check, couldNotCheck, found } from '../check.ts';

export interface FileDescriptorNeeds {
  readonly connections: () => number;
  /** What Linux says of the limits of this process. */
  readonly limits?: () => Promise<string>;
}

/** What is open besides clients: the database, messages in transit, connections to other servers, logs. */
const others = 1_000;

export const fileDescriptorsCheck = ({
  connections,
  limits = () => readFile('/proc/self/limits', 'utf8'),
}: FileDescriptorNeeds): Check => ({
  name: 'file-descriptors',
  async run() {
    const [, allowed] = /^Max open files\s+(\d+|unlimited)/m.exec(await limits()) ?? [];
    if (allowed === undefined) return couldNotCheck('the limit of the process is not known');
    const most = allowed === 'unlimited' ? Number.POSITIVE_INFINITY : Number(allowed);
    if (most >= connections()) return found([]);
    const needed = connections() + others;
    return found([
      {
        code: 'limits.file_descriptors',
        // Who never has so many clients need not care: it is no warning on a machine that is as it comes.
        severity: 'notice',
        subject: 'limits.connections',
        evidence: `The process may open ${formatCount(most)} files; ${formatCount(connections())} connections and all else need ${formatCount(needed)}`,
        remedy: `Give it more (LimitNOFILE=${needed} in the unit of systemd, or ulimit -n), or lower limits.connections.`,
      },
    ]);
  },
});
