/** A check of each of our domains: several at a time, and no more than so many. */

import { errorText } from '../errors.ts';
import { type Check, type CheckFinding, couldNotCheck, found } from './check.ts';

/** A server with more of them has a DNS that is made by a program, and is asked about some. */
const maxDomains = 200;
const atOneTime = 8;

export const checkOfDomains = (
  name: string,
  domains: () => readonly string[],
  look: (domain: string) => Promise<readonly CheckFinding[]>,
): Check => ({
  name,
  async run(signal) {
    const waiting = domains().slice(0, maxDomains);
    const findings: CheckFinding[] = [];
    const failures: string[] = [];
    const work = async (): Promise<void> => {
      for (let domain = waiting.shift(); domain !== undefined && !signal.aborted; domain = waiting.shift()) {
        try {
          findings.push(...(await look(domain)));
        } catch (error) {
          failures.push(errorText(error));
        }
      }
    };
    await Promise.all(Array.from({ length: atOneTime }, work));
    // What was found is told; what was not, only when nothing was: one domain that cannot be asked hides no other.
    if (findings.length > 0 || failures.length === 0) return found(findings);
    return couldNotCheck([...new Set(failures)].slice(0, 3).join('; '));
  },
});
