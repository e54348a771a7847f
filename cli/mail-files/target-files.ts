/** Files that nobody else may read, in directories that are what they seem. */
import { lstat, mkdir, open, rename, utimes } from 'node:fs/promises';

const fileMode = 0o600;
const directoryMode = 0o700;

/** Made when it is not there. Throws ENOTDIR when something else is, be it a link to a directory. */
export async function requireDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: directoryMode });
  if ((await lstat(path)).isDirectory()) return;
  throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR', syscall: 'mkdir' });
}

/** Whole under its final name or not there at all. `at`: milliseconds since 1970, for its time of change. */
export async function writeWhole(
  temporary: string,
  final: string,
  bytes: string | Buffer,
  at: number,
): Promise<void> {
  // What an interrupted run has left is written over; a link is not followed.
  const handle = await open(temporary, 'wx', fileMode).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' || !(await lstat(temporary)).isFile()) throw error;
    return open(temporary, 'w', fileMode);
  });
  try {
    await handle.writeFile(bytes, typeof bytes === 'string' ? 'latin1' : undefined);
  } finally {
    await handle.close();
  }
  await utimes(temporary, at / 1_000, at / 1_000);
  await rename(temporary, final);
}
