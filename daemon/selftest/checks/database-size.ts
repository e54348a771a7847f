/** Whether the database grows beyond what is in it. That it is damaged or full is told by the store itself. */
import { stat } from 'node:fs/promises';
import { formatBytes } from '../../../shared/units.ts';
import { type Check, type CheckFinding, couldNotCheck, found } from '../check.ts';

export interface DatabaseSizeNeeds {
  readonly path: string;
  readonly pageCounts: () => Promise<{
    readonly pages: number;
    readonly free: number;
    readonly pageBytes: number;
  }>;
  readonly storeUsable: () => boolean;
  readonly now: () => number;
}

/** It is cut back to 64 MB after each checkpoint: something reads for hours, or checkpoints fail. */
const maxLogBytes = 512 * 1024 * 1024;
const minFreeBytes = 256 * 1024 * 1024;
const growthBytes = 1024 * 1024 * 1024;
const dayMs = 86_400_000;

export function databaseSizeCheck({ path, pageCounts, storeUsable, now }: DatabaseSizeNeeds): Check {
  /** Its size a day ago, or as long ago as is known. */
  let samples: { readonly at: number; readonly bytes: number }[] = [];
  return {
    name: 'database-size',
    async run() {
      if (!storeUsable()) return couldNotCheck('the database cannot be used');
      const { pages, free, pageBytes } = await pageCounts();
      const bytes = pages * pageBytes;
      const log = await stat(`${path}-wal`).then(
        ({ size }) => size,
        () => 0,
      );
      samples = [...samples.filter(({ at }) => now() - at <= dayMs), { at: now(), bytes }];
      const grown = bytes - (samples[0]?.bytes ?? bytes);
      const findings: CheckFinding[] = [];
      const remedy = 'mailctl housekeeper run database';
      if (log > maxLogBytes) {
        const evidence = `Its write-ahead log has grown to ${formatBytes(log)}`;
        findings.push({ code: 'database.log_large', severity: 'warning', subject: path, evidence, remedy });
      }
      if (free * pageBytes > minFreeBytes && free > pages / 2) {
        const evidence = `More than half of its ${formatBytes(bytes)} are of no use any more`;
        findings.push({ code: 'database.mostly_free', severity: 'notice', subject: path, evidence, remedy });
      }
      if (grown > growthBytes && grown > bytes / 2) {
        const evidence = `It has grown by ${formatBytes(grown)} to ${formatBytes(bytes)} within a day`;
        findings.push({
          code: 'database.growing',
          severity: 'warning',
          subject: path,
          evidence,
          remedy: 'See what waits and who sends: mailctl queue summary --by sender',
        });
      }
      return found(findings);
    },
  };
}
