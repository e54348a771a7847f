/** Files that only maild may read: state directory, database, keys. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';
import { type Check, type CheckFinding, found } from '../check.ts';

export interface PermissionsNeeds {
  readonly stateDir: string;
  /** Private key of the configuration; null when there is none. */
  readonly keyFile: () => string | null;
}

const ours = ['', 'maild.db', 'maild.db-wal', 'certificate.pem', 'secrets.key', 'dkim', 'logs', 'messages'];

export const permissionsCheck = ({ stateDir, keyFile }: PermissionsNeeds): Check => ({
  name: 'permissions',
  async run() {
    const findings = await Promise.all(ours.map((name) => look(join(stateDir, name), 0o077)));
    const key = keyFile();
    // A group of its own that may read keys is what many distributions have.
    if (key !== null) findings.push(await look(key, 0o027));
    return found(findings.flat());
  },
});

async function look(path: string, forbidden: number): Promise<readonly CheckFinding[]> {
  const info = await stat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (info === null || (info.mode & forbidden) === 0 || process.platform === 'win32') return [];
  const mode = (info.mode & 0o777).toString(8);
  const wanted = forbidden === 0o077 ? 'go-rwx' : 'g-w,o-rwx';
  return [
    {
      code: 'files.permissions',
      severity: 'warning',
      subject: path,
      evidence: `Others than maild may read or change it: its mode is ${mode}`,
      remedy: `chmod ${wanted} '${path.replaceAll("'", `'\\''`)}'`,
    },
  ];
}
