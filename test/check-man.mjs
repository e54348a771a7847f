/** Checks the man pages with mandoc; says by name when it is not installed. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../man', import.meta.url));
const pages = readdirSync(folder).filter((name) => /\.[1-8]$/.test(name));
const { status, error, stdout, stderr } = spawnSync(
  'mandoc',
  ['-Tlint', '-Wwarning', ...pages.map((page) => join(folder, page))],
  { encoding: 'utf8' },
);
if (error?.code === 'ENOENT') {
  console.log(`man pages not checked: mandoc is not installed`);
} else if (error) {
  throw error;
} else {
  // References to pages of other packages, which this machine need not have, are only at the level of style.
  process.stdout.write(stdout + stderr);
  console.log(status === 0 ? `${pages.length} man pages checked` : 'mandoc found faults in the man pages');
  process.exitCode = status === 0 ? 0 : 1;
}
