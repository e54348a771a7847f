/** From the name of a group to its number, which Node cannot look up. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const lookUpMs = 5_000;

/** Null when there is no such group. A number is taken as it is. */
export async function groupId(group: string): Promise<number | null> {
  if (/^\d{1,10}$/.test(group)) return Number(group);
  const file = await readFile('/etc/group', 'utf8').catch(() => '');
  return find(file, group) ?? find(await nameService(group), group);
}

/** Groups of a directory service are not in the file. Without getent there is none. */
async function nameService(group: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('getent', ['group', '--', group], { timeout: lookUpMs });
    return stdout;
  } catch {
    return '';
  }
}

/** `name:password:number:members`, a line each. */
function find(lines: string, group: string): number | null {
  for (const line of lines.split('\n')) {
    const [name, , gid] = line.split(':');
    if (name === group && gid) return Number(gid);
  }
  return null;
}
