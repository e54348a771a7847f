/**
 * The full-screen program, measured on a pseudo-terminal: time to the first screen, time from a key to its change on
 * the screen while 2,000 log lines and 200 session changes a second arrive, processor then and when idle, and memory
 * over 10,000 refreshes. `node test/bench/tui-bench.mjs [--seconds 30] [--refreshes 10000] [--size 160x50]`
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openTerminal } from '../pictures/terminal.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    refreshes: { type: 'string', default: '10000' },
    size: { type: 'string', default: '160x50' },
  },
});
const seconds = Number(values.seconds);
const refreshes = Number(values.refreshes);
const [columns, rows] = values.size.split('x').map(Number);
const root = fileURLToPath(new URL('../..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'tui-bench-'));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const children = new Set();

async function daemon(name, ...rates) {
  const socket = join(directory, `${name}.sock`);
  const child = spawn(
    process.execPath,
    [join(root, 'test/bench/tui-daemon.mjs'), socket, ...rates.map(String)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.add(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return socket;
}

function tui(socket) {
  const screen = openTerminal(process.execPath, [join(root, 'bin/mailctl'), 'tui'], {
    columns,
    rows,
    env: { MAILD_SOCKET: socket, MAILD_HOST: '' },
  });
  children.add({ kill: () => screen.kill() });
  return screen;
}

/** Looks at each piece of output until the screen satisfies; answers the milliseconds. */
async function untilScreen(screen, satisfied, withinMs = 10_000) {
  const begin = performance.now();
  while (!satisfied(screen.text())) {
    if (performance.now() - begin > withinMs) throw new Error(`not on the screen:\n${screen.text()}`);
    await pause(1);
  }
  return performance.now() - begin;
}

/** Processor time of a process in milliseconds; Linux counts in hundredths of a second. */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
const rssMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function firstScreen(socket) {
  const times = [];
  for (let n = 0; n < 9; n++) {
    const begin = performance.now();
    const screen = tui(socket);
    await untilScreen(screen, (text) => text.includes('Processed'));
    times.push(performance.now() - begin);
    screen.press('q');
    await screen.ended;
  }
  return times.sort((a, b) => a - b);
}

async function underLoad(socket) {
  const screen = tui(socket);
  await untilScreen(screen, (text) => text.includes('Processed'));
  const times = [];
  const begin = performance.now();
  const cpu = cpuMs(screen.pid);
  // Sessions with the cursor moved, the log paused and followed: what the key changed must be seen, not just anything.
  const rounds = [
    ['2', 'REMOTE'],
    ['s', 'sort type'],
    ['s', 'sort user'],
    ['s', 'sort ip'],
    ['s', 'sort active'],
    ['s', 'sort idle'],
    ['s', 'sort in'],
    ['s', 'sort out'],
    ['s', 'sort id'],
    ['5', /[1-9]\d* lines +following/],
    ['k', 'PAUSED'],
    ['f', 'following'],
    ['k', 'PAUSED'],
    ['f', 'following'],
  ];
  while (performance.now() - begin < seconds * 1_000)
    for (const [key, seen] of rounds) {
      await pause(20 + Math.random() * 60);
      screen.press(key);
      times.push(
        await untilScreen(screen, (text) =>
          typeof seen === 'string' ? text.includes(seen) : seen.test(text),
        ),
      );
    }
  const elapsed = performance.now() - begin;
  const load = ((cpuMs(screen.pid) - cpu) / elapsed) * 100;
  // Only following, the screen with the most to do.
  screen.press('5');
  await pause(500);
  const [from, since] = [cpuMs(screen.pid), performance.now()];
  await pause(5_000);
  const following = ((cpuMs(screen.pid) - from) / (performance.now() - since)) * 100;
  screen.press('q');
  await screen.ended;
  return { times: times.sort((a, b) => a - b), load, following };
}

async function idle(socket) {
  const screen = tui(socket);
  await untilScreen(screen, (text) => text.includes('Processed'));
  await pause(2_000);
  const [cpu, begin] = [cpuMs(screen.pid), performance.now()];
  await pause(10_000);
  const share = ((cpuMs(screen.pid) - cpu) / (performance.now() - begin)) * 100;
  screen.press('q');
  await screen.ended;
  return share;
}

/** Each key is a frame. */
async function soak(socket) {
  const screen = tui(socket);
  await untilScreen(screen, (text) => text.includes('Processed'));
  screen.press('5');
  await untilScreen(screen, (text) => text.includes('following'));
  const samples = [];
  for (let n = 0; n < refreshes; n += 100) {
    for (let key = 0; key < 50; key++) screen.press('fk');
    await pause(600);
    if (n % Math.max(100, refreshes / 10) === 0) samples.push(Math.round(rssMb(screen.pid)));
  }
  screen.press('q');
  await screen.ended;
  return samples;
}

try {
  const quiet = await daemon('quiet', 0, 0, 0);
  const starts = await firstScreen(quiet);
  console.log(
    `first screen      median ${starts[4].toFixed(0)} ms, slowest ${starts.at(-1).toFixed(0)} ms of 9`,
  );
  console.log(`idle              ${(await idle(quiet)).toFixed(1)} % of a core`);
  const busy = await daemon('busy', 2_000, 200, 1);
  const { times, load, following } = await underLoad(busy);
  console.log(
    `key to screen     median ${percentile(times, 0.5).toFixed(0)} ms, 99th ${percentile(times, 0.99).toFixed(0)} ms of ${times.length}, 2,000 lines/s and 200 changes/s`,
  );
  console.log(
    `under load        ${load.toFixed(0)} % of a core with the keys, ${following.toFixed(0)} % following the log`,
  );
  console.log(`memory            ${(await soak(busy)).join(' ')} MiB over ${refreshes} refreshes`);
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}
