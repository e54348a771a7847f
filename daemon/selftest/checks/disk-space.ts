/** Room on the disk of the state directory, for bytes and for files. */
import { statfs } from 'node:fs/promises';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { type Check, type CheckFinding, found } from '../check.ts';

export interface DiskSpaceNeeds {
  readonly stateDir: string;
  /** Below this no mail is taken. */
  readonly minFreeBytes: () => number;
  /** Of a disk: bytes and files that are free, files in all (0: the file system has no limit). */
  readonly measure?: (path: string) => Promise<DiskSpace>;
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly freeFiles: number;
  readonly files: number;
}

/** So many times what stops mail. */
const early = 5;
const minFreeFiles = 1_000;

export const diskSpaceCheck = ({ stateDir, minFreeBytes, measure = measureDisk }: DiskSpaceNeeds): Check => ({
  name: 'disk-space',
  async run() {
    const { freeBytes, freeFiles, files } = await measure(stateDir);
    const findings: CheckFinding[] = [];
    const remedy =
      'Make room on the disk, or move state_dir; less is kept with queue.keep_history and log.files.';
    const least = minFreeBytes();
    if (freeBytes < least) {
      const evidence = `${formatBytes(freeBytes)} are free: below ${formatBytes(least)} no mail is taken`;
      findings.push({ code: 'disk.full', severity: 'error', subject: stateDir, evidence, remedy });
    } else if (freeBytes < least * early) {
      const evidence = `${formatBytes(freeBytes)} are free; below ${formatBytes(least)} no mail is taken`;
      findings.push({ code: 'disk.nearly_full', severity: 'warning', subject: stateDir, evidence, remedy });
    }
    if (files > 0 && freeFiles < minFreeFiles) {
      const evidence = `The file system has room for ${formatCount(freeFiles)} more files`;
      findings.push({ code: 'disk.few_files', severity: 'warning', subject: stateDir, evidence, remedy });
    }
    return found(findings);
  },
});

async function measureDisk(path: string): Promise<DiskSpace> {
  const { bavail, bsize, ffree, files } = await statfs(path);
  return { freeBytes: bavail * bsize, freeFiles: ffree, files };
}
