/** Whether the queue grows, or holds mail that waits for too long. */
import type { Status } from '../../../shared/api/server.ts';
import { formatAge, formatCount } from '../../../shared/units.ts';
import { type Check, type CheckFinding, couldNotCheck, found } from '../check.ts';

export interface QueueNeeds {
  readonly counts: () => Promise<Status['queue']>;
  readonly expireAfterMs: () => number;
  readonly storeUsable: () => boolean;
  readonly now: () => number;
}

const minGrowth = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function queueCheck({ counts, expireAfterMs, storeUsable, now }: QueueNeeds): Check {
  let samples: { readonly at: number; readonly total: number }[] = [];
  return {
    name: 'queue',
    async run() {
      if (!storeUsable()) return couldNotCheck('the database cannot be used');
      const queue = await counts();
      samples = [...samples.filter(({ at }) => now() - at <= 2 * hourMs), { at: now(), total: queue.total }];
      const before = samples[0]?.total ?? queue.total;
      const findings: CheckFinding[] = [];
      if (queue.total - before >= minGrowth && queue.total >= 2 * before) {
        findings.push({
          code: 'queue.growing',
          severity: 'warning',
          subject: 'queue',
          evidence: `${formatCount(queue.total)} messages wait; within two hours it were ${formatCount(queue.total - before)} more`,
          remedy: 'mailctl queue summary --by reason',
        });
      }
      const age = queue.oldestAt === null ? 0 : now() - Date.parse(queue.oldestAt);
      // What is held waits because somebody wants it to.
      if (age > Math.min(dayMs, expireAfterMs() / 2) && queue.total > queue.held) {
        findings.push({
          code: 'queue.old',
          severity: 'notice',
          subject: 'queue',
          evidence: `The oldest message has waited for ${formatAge(age)}`,
          remedy: 'mailctl queue --sort age --limit 20',
        });
      }
      return found(findings);
    },
  };
}
