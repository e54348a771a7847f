/** Takes away closed log files: those that are too old, and those beyond the number that is kept. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface LogRetention {
  /** Closed files that are kept, and the age at which they go, in ms. */
  readonly files: number;
  readonly keepMs: number;
}

/** Answers how many went. Never the file that is being written. */
export async function removeOldLogs(
  folder: string,
  { files, keepMs }: LogRetention,
  now: number,
): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const number = Number(/^maild\.log\.(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (!(number >= 1)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (number < Math.max(1, files) && now - mtimeMs <= keepMs) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
