/**
 * Programs of other people that tests talk to. A test that needs one skips by its name when it is not there:
 *
 *     const swaks = program('swaks');
 *     it.skipIf(swaks === null)(`takes a message from ${swaks ?? 'swaks (not installed)'}`, ...
 *
 * Postfix's smtp-source and smtp-sink are in the folder that MAILD_TEST_TOOLS names (`.ci/run` fetches them there,
 * without installing a mail server), or in $PATH.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions put programs that are not in a user's $PATH. */
const systemPath = ['/usr/sbin', '/usr/lib/postfix/sbin'];

/** The path of a program; null when it is not installed. */
export function program(name: string): string | null {
  const tools = process.env.MAILD_TEST_TOOLS;
  const path = (process.env.PATH ?? '').split(delimiter);
  const folders = [...(tools ? [join(tools, 'bin')] : []), ...path, ...systemPath];
  for (const folder of folders) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {}
  }
  return null;
}
