/** The directory of everything that maild keeps: made when it is missing, and for nobody else to look into. */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { errorText, MaildError } from '../errors.ts';

/**
 * Answers what had to be put right, for the log; null when nothing had to.
 * Throws {@link MaildError} `state_dir.unusable`.
 */
export function prepareStateDirectory(path: string): string | null {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(path);
    const owner = process.getuid?.();
    if (owner === undefined) return null;
    // Whoever owns the directory can replace what is in it, whatever its mode.
    if (uid !== owner) throw new Error(`is owned by user ${uid}, and maild runs as user ${owner}`);
    if ((mode & 0o077) === 0) return null;
    chmodSync(path, 0o700);
    return `state directory had mode ${(mode & 0o777).toString(8)}, now 700`;
  } catch (error) {
    throw new MaildError('state_dir.unusable', `state directory ${path}: ${errorText(error)}`, {
      cause: error,
    });
  }
}
