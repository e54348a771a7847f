/**
 * `npm run demo`: a throw-away maild with mail going through it, and the full-screen program on it. Quitting that, or
 * Ctrl-C, ends all of it and leaves nothing behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

if (!process.stdin.isTTY || !process.stdout.isTTY) {
  console.error('demo: this needs a terminal');
  process.exit(64);
}
// Installs what is missing in a fresh clone.
const build = spawnSync(process.execPath, [join(root, 'build.mjs')], { stdio: ['ignore', 2, 2] });
if (build.status !== 0) process.exit(build.status ?? 1);

// After the build: before it there may be no libraries.
const { startDemo } = await import('./demo-server.mjs');
let screen = null;
let ending = false;
const end = () => {
  ending = true;
  screen?.kill('SIGTERM');
};
// The full-screen program gets Ctrl-C as a key; these are for whoever ends the demo from elsewhere.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);

console.error('demo: starting a maild of its own, with senders and remote servers ...');
const demo = await startDemo();
try {
  if (!ending) {
    screen = spawn(process.execPath, [join(root, 'bin', 'mailctl'), '--socket', demo.socket, 'tui'], {
      stdio: 'inherit',
    });
    process.exitCode = await new Promise((resolve) => screen.once('exit', (code) => resolve(code ?? 1)));
  }
} finally {
  console.error('demo: ending, and leaving nothing behind ...');
  await demo.stop();
}
