/**
 * The write-ahead log as a file: made in its full size at the start.
 *
 * A sync of a file that has grown writes the file system's own journal too and takes twice as long as one that only
 * overwrites. SQLite overwrites the log once it has been copied into the database for the first time; this spares the
 * messages before that the difference. SQLite knows by checksums where the log ends and does not mind what is behind.
 */
import { open } from 'node:fs/promises';

/**
 * Fills the log with zeros up to `bytes`. Only the log: to open and close the database itself here would drop the locks
 * that SQLite holds on it (POSIX: closing any descriptor of a file drops all locks of the process). What fails is no
 * matter, the log grows by itself then.
 */
export async function extendLog(database: string, bytes: number): Promise<void> {
  const file = await open(`${database}-wal`, 'r+');
  try {
    const { size } = await file.stat();
    const piece = Buffer.alloc(1024 * 1024);
    for (let at = size; at < bytes; at += piece.length) {
      await file.write(piece, 0, Math.min(piece.length, bytes - at), at);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
